import Base
import Registry

/// A run in the hands of the thread that carries it out: the working copy, and its way into the registry.
///
/// INVARIANT (one owner): while a session lasts only it writes the run's record, but for what others ask of it and see of it:
/// `wanted`, `wantedSkip`, `itemsPerSecondMax`, `requests` and `stuck`.
final class RunSession {
    /// Why a session ends early.
    enum Stop: Error {
        /// The record is not as this session left it: a commit that failed was written after all.
        case lost
    }

    let registry: Registry
    let live: LiveRun
    let watch: RunWatch
    /// Why the call under way gets nowhere, in its own words; then what it remembers and shows is no sign of life.
    var standstill: String? {
        didSet { watch.noteStandstill(record.id, standstill) }
    }
    /// The working copy.
    var record: RunRecord {
        didSet { live.show(record) }
    }
    /// The record as it is stored.
    private var stored: RunRecord

    init(_ record: RunRecord, registry: Registry, live: LiveRun, watch: RunWatch) {
        self.watch = watch
        self.registry = registry
        self.live = live
        self.record = record
        stored = record
    }

    /// Forgets what the working copy holds beyond what is stored.
    func revert() { record = stored }

    /// A value of the run by its name, with the record as it is to be stored then.
    func prepared(_ text: String, for name: String) throws -> PreparedValue {
        var next = record
        next.values[name] = text
        return PreparedValue(
            name: name, text: text, record: next,
            encoded: try registry.prepared(RegistryTransaction([.replace(next)])))
    }

    /// Commits what `transition` makes of the working copy, with the changes it answers. Where somebody set a
    /// wish meanwhile it is taken over and `transition` decides again. What was `prepared` belongs to the same commit, and so does the
    /// `value`. What `condition` throws, when all is encoded and before it is committed, ends it.
    /// - Throws: `RegistryError.conflict` where a condition of the changes did not hold: the working copy is
    ///   as before.
    func commit(
        with prepared: PreparedTransaction = PreparedTransaction(), remembering value: PreparedValue? = nil,
        after condition: () throws -> Void = {},
        _ transition: (inout RunRecord) throws -> RegistryTransaction
    ) throws {
        for _ in 0..<Limits.registryUpdateAttemptsMax {
            var next = record
            if let value { next.values[value.name] = value.text }
            let transaction = try transition(&next)
            let changesOthers = !transaction.changes.isEmpty || !prepared.transaction.changes.isEmpty
            let isFurther = changesOthers || next.isFurther(than: stored)
            if next.stuck != nil, (isFurther && standstill == nil) || next.state.isSettled {
                next.stuck = nil
            }
            var all = try encoded(next, value)
            all.append(try registry.prepared(transaction))
            all.append(prepared)
            try condition()
            do throws(RegistryError) {
                let commit = try registry.transact(all)
                record = commit.record(RunRecord.self) ?? next
                stored = record
                if isFurther, standstill == nil { watch.note(record.id) }
                return
            } catch {
                guard case .conflict = error, try adoptWish() else { throw error }
            }
        }
        throw RegistryError.conflict(record.key)
    }

    /// The record's replacement, as it was prepared where that is still what is to be stored.
    private func encoded(_ next: RunRecord, _ value: PreparedValue?) throws -> PreparedTransaction {
        if let value, value.record == next { return value.encoded }
        return try registry.prepared(RegistryTransaction([.replace(next)]))
    }

    /// Shows how far the run is, with the rate and the time left.
    func show(_ progress: RunProgress?) {
        let old = record.progress
        record.progress = progress.map { watch.measured($0, of: record.id) }
        if record.hasOtherProgress(than: old), standstill == nil { watch.note(record.id) }
    }

    /// Takes over what others set meanwhile; whether there was anything.
    private func adoptWish() throws -> Bool {
        let current = try registry.require(RunRecord.self, record.id)
        guard current.version != stored.version else { return false }
        var expected = stored
        expected.adopt(current)
        guard expected == current else { throw Stop.lost }
        record.adopt(current)
        stored = current
        return true
    }
}

extension RunRecord {
    /// Takes over what others than the session set.
    fileprivate mutating func adopt(_ current: RunRecord) {
        version = current.version
        wanted = current.wanted
        wantedSkip = current.wantedSkip
        itemsPerSecondMax = current.itemsPerSecondMax
        requests = current.requests
        stuck = current.stuck
    }
}
