import Base
import Dispatch
import Synchronization
import Tables

/// Backups of tables and restores from them. What takes long is done one after the other on a thread of its own; a restore that
/// the end of the process has interrupted goes on at the next start, a backup that was not complete is gone.
public final class BackupDesk: Sendable {
    /// A backup as it is described.
    public struct Backup: Hashable, Sendable {
        /// What it is of.
        public let manifest: SnapshotManifest
        /// Whether it is complete.
        public let isAvailable: Bool

        /// Its ARN, behind the account.
        public var resource: String { "table/\(manifest.table.schema.name)/backup/\(manifest.id)" }
    }

    private struct State {
        var backups: [SnapshotID: Backup] = [:]
        var restores: [TableName: RestoreJob] = [:]
    }

    let snapshots: any SnapshotKeeper
    let stores: any StoreProvider
    let store: StoreID
    let clock: any Clock
    private let random: any RandomSource
    private let onFailure: @Sendable (String, any Error) -> Void
    private let queue = DispatchQueue(label: "homeroom.backups", qos: .utility)
    private let calls = DispatchQueue(label: "homeroom.backups.calls")
    private let waitingCalls = Atomic<Int>(0)
    private let state = Mutex(State())
    let isStopping = Atomic<Bool>(false)

    /// Takes up what is there: backups, and restores that were interrupted.
    /// - Parameters:
    ///   - store: where restored tables go.
    ///   - onFailure: told what failed on the desk's own thread.
    /// - Throws: `TableError` where the snapshots' folder cannot be read.
    public init(
        snapshots: any SnapshotKeeper, stores: any StoreProvider, store: StoreID, clock: any Clock,
        random: any RandomSource, onFailure: @escaping @Sendable (String, any Error) -> Void
    ) throws {
        self.snapshots = snapshots
        self.stores = stores
        self.store = store
        self.clock = clock
        self.random = random
        self.onFailure = onFailure
        let jobs: [RestoreJob]?
        do { jobs = try target().records().compactMap { try RestoreJob($0) } } catch {
            // Operators' tables cannot be read; the server is for tenants too.
            jobs = nil
            onFailure("reading of interrupted restores", error)
        }
        for manifest in try snapshots.list(onFailure: { onFailure("reading of snapshot \($0)", $1) }) {
            switch manifest.purpose {
            case .backup:
                state.withLock { $0.backups[manifest.id] = Backup(manifest: manifest, isAvailable: true) }
            case .restore:
                guard let jobs, !jobs.contains(where: { $0.snapshot.id == manifest.id }) else { continue }
                try snapshots.remove(manifest.id)
            }
        }
        for job in jobs ?? [] {
            state.withLock { $0.restores[job.target.schema.name] = job }
            queue.async { self.carryOut(job) }
        }
    }

    /// Ends what is under way between two chunks, and waits for that.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        queue.sync {}
    }

    /// Waits until all that has been asked for is done.
    public func settle() { queue.sync {} }

    /// Has `body` carried out on a thread that may wait for commits; false where too many wait already.
    public func submit(_ body: @escaping @Sendable () -> Void) -> Bool {
        let (before, _) = waitingCalls.wrappingAdd(1, ordering: .relaxed)
        guard before < Limits.waitingBackupCallsMax else {
            waitingCalls.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        calls.async {
            body()
            self.waitingCalls.wrappingSubtract(1, ordering: .relaxed)
        }
        return true
    }

    // MARK: Backups

    /// Begins a backup of the table as it is when its turn comes.
    public func create(named name: String, of table: TableRecord, in store: StoreID) -> Backup {
        let manifest = SnapshotManifest(
            id: newID(), purpose: .backup, name: name, store: store, table: table, createdAt: clock.now())
        let backup = Backup(manifest: manifest, isAvailable: false)
        state.withLock { $0.backups[manifest.id] = backup }
        queue.async { self.take(manifest) }
        return backup
    }

    private func take(_ manifest: SnapshotManifest) {
        guard !isStopping.load(ordering: .acquiring) else { return }
        do throws(TableError) {
            let complete = try snapshots.take(manifest)
            state.withLock {
                $0.backups[manifest.id] = Backup(manifest: complete, isAvailable: true)
            }
        } catch {
            state.withLock { $0.backups[manifest.id] = nil }
            onFailure("backup \(manifest.id)", error)
        }
    }

    private func newID() -> SnapshotID {
        func make(_ random: some RandomSource) -> SnapshotID { SnapshotID(now: clock.now(), random: random) }
        return make(random)
    }

    /// All backups, the oldest first.
    public func backups() -> [Backup] {
        state.withLock { $0.backups.values.sorted { $0.manifest.id < $1.manifest.id } }
    }

    /// The backup of that id, or nil.
    public func backup(_ id: SnapshotID) -> Backup? { state.withLock { $0.backups[id] } }

    /// Deletes a backup; answers what it was.
    /// - Throws: `notFound`; `inUse` while it is made or restored from.
    public func delete(_ id: SnapshotID) throws(BackupError) -> Backup {
        let removed = try state.withLock { (state) throws(BackupError) -> Backup in
            guard let backup = state.backups[id] else { throw .notFound(id) }
            let isRead = state.restores.values.contains { $0.snapshot.id == id }
            guard backup.isAvailable, !isRead else { throw .inUse(id) }
            state.backups[id] = nil
            return backup
        }
        do throws(TableError) { try snapshots.remove(id) } catch {
            state.withLock { $0.backups[id] = removed }
            throw .table(error)
        }
        return removed
    }

    // MARK: Restores

    /// Restores that are under way, by the name of the table.
    public func restores() -> [TableName: RestoreJob] { state.withLock { $0.restores } }

    /// Begins to restore the backup into a new table; durable when it returns.
    /// - Parameter target: the table to make: of the backup's key, with some of its indexes.
    /// - Throws: `notFound`, `inUse`, `tableExists`.
    @discardableResult
    public func restore(_ id: SnapshotID, to target: TableRecord) throws(BackupError) -> RestoreJob {
        guard let backup = backup(id) else { throw .notFound(id) }
        guard backup.isAvailable else { throw .inUse(id) }
        return try begin(RestoreJob(target: target, snapshot: backup.manifest, backup: backup.resource))
    }

    /// Begins to restore a table as it was at a past moment into a new table; durable when it returns.
    /// - Throws: `tableExists`.
    @discardableResult
    public func restore(
        _ source: TableRecord, in sourceStore: StoreID, asOf moment: Timestamp, to target: TableRecord
    ) throws(BackupError) -> RestoreJob {
        let manifest = SnapshotManifest(
            id: newID(), purpose: .restore, name: "", store: sourceStore, table: source,
            createdAt: clock.now(),
            asOf: moment)
        return try begin(RestoreJob(target: target, snapshot: manifest, backup: nil))
    }

    private func begin(_ job: RestoreJob) throws(BackupError) -> RestoreJob {
        let name = job.target.schema.name
        // Noted first, so that of two restores to one name one is refused.
        try state.withLock { (state) throws(BackupError) in
            guard state.restores[name] == nil, !name.isRestoring else { throw .tableExists(name) }
            state.restores[name] = job
        }
        do throws(BackupError) {
            let target: any RestoreTarget
            do throws(TableError) { target = try self.target() } catch { throw .table(error) }
            guard target.schema(of: name) == nil else { throw .tableExists(name) }
            let record = try job.workingRecord()
            do throws(TableError) { try target.create(record) } catch { throw .table(error) }
        } catch {
            state.withLock { $0.restores[name] = nil }
            throw error
        }
        queue.async { self.carryOut(job) }
        return job
    }

    func target() throws(TableError) -> any RestoreTarget {
        guard let target = try stores.store(store) as? any RestoreTarget else { throw .noSuchStore(store) }
        return target
    }

    private func carryOut(_ job: RestoreJob) {
        guard !isStopping.load(ordering: .acquiring) else { return }
        do {
            guard try fill(job) else { return }
            state.withLock { $0.restores[job.target.schema.name] = nil }
        } catch {
            // The table stays as far as it came, and the next start tries again.
            onFailure("restore of table \(job.target.schema.name)", error)
        }
    }
}
