import Base
import Registry
import Tables
import Tenancy
import Workflows

/// What a restore was prepared with: remembered by its run.
struct RestoreSource: Hashable, Codable {
    /// The image or the backup that is restored.
    enum Place: Hashable, Codable {
        case image(SnapshotID)
        case backup(BackupID)
    }

    let place: Place
    /// The moment that it shows.
    let instant: Timestamp
    /// The schools that it covers.
    let schools: [SchoolID]
    /// The tables that it has.
    let tables: [String]
    /// How many items it holds.
    let items: Int
}

/// How a tenant is held while its items are put back.
struct RestoreHold: Hashable, Codable {
    /// The epoch of the fence.
    let epoch: Int64
    let since: Timestamp
    /// The backup that is made of the tenant as it was.
    let safety: BackupID
}

/// A restore as its steps see it.
struct Restore {
    static let source = "source"
    static let hold = "hold"
    static let imageID = "image"
    static let applied = "applied"
    static let takenBack = "takenBack"
    static let compared = "compared"
    static let digests = "digests"

    let environment: BackupEnvironment
    let context: RunContext
    let input: RestoreInput

    init(_ context: RunContext, _ environment: BackupEnvironment) throws {
        self.environment = environment
        self.context = context
        input = try context.input()
    }

    func placement() throws -> PlacementRecord {
        try environment.registry.require(PlacementRecord.self, input.tenant)
    }

    func source() throws -> RestoreSource {
        guard let source = try context.value(for: Restore.source, as: RestoreSource.self) else {
            throw RestoreFault.notPrepared
        }
        return source
    }

    func hold() throws -> RestoreHold {
        guard let hold = try context.value(for: Restore.hold, as: RestoreHold.self) else {
            throw RestoreFault.notHeld
        }
        return hold
    }

    /// The keys that it goes over.
    func coverage() throws -> RestoreCoverage {
        let source = try source()
        return RestoreCoverage(
            placement: try placement(), tenant: try environment.tenant(input.tenant),
            catalog: environment.catalog, tables: Set(source.tables), schools: Set(source.schools))
    }

    /// Schools that the tenant has and that are not gone over.
    func schoolsNotCovered() throws -> [SchoolID] {
        let known = Set(try source().schools)
        return try environment.tenant(input.tenant).schools.map(\.id).filter { !known.contains($0) }
    }

    /// What is restored.
    func wanted() throws -> any ArchiveRows {
        switch try source().place {
        case .image(let id): ImageRows(id, in: environment.images)
        case .backup(let id): BackupRows(try backupReader(id))
        }
    }

    /// The tenant as it was when it was held.
    func safety() throws -> any ArchiveRows { BackupRows(try backupReader(hold().safety)) }

    private func backupReader(_ id: BackupID) throws -> BackupReader {
        try environment.folder.reader(of: try environment.registry.require(TenantBackup.self, id))
    }

    /// The store that the tenant is in.
    func store() throws -> any RestorableStore {
        let id = try placement().store
        guard let store = try environment.stores.store(id) as? any RestorableStore else {
            throw RestoreFault.noRestores(id)
        }
        return store
    }

    /// What the tenant has now, of the keys that the restore goes over.
    func present() throws -> any ArchiveRows { StoreRows(try coverage(), in: try store()) }

    /// Lets the tenant's writes go on, under a new epoch.
    func letGo(fence epoch: Int64) throws {
        let store = try store()
        guard let resident = try store.resident(input.tenant) else {
            throw RestoreFault.standing("the tenant is not known in store `\(store.id)`")
        }
        switch resident.state {
        case .fenced:
            guard resident.epoch == epoch else {
                throw RestoreFault.standing("the tenant is held by something else in store `\(store.id)`")
            }
            try store.setResident(input.tenant, to: Resident(epoch: epoch + 1, state: .active))
        // A crash may have come between this and the placement's new epoch.
        case .active: break
        case .arriving, .kept:
            throw RestoreFault.standing("store `\(store.id)` is not in charge of the tenant")
        }
    }
}

/// What stops a step of a restore.
enum RestoreFault: Error, CustomStringConvertible {
    case notPrepared
    case notHeld
    case noRestores(StoreID)
    case standing(String)

    var description: String {
        switch self {
        case .notPrepared: "the restore was not prepared"
        case .notHeld: "the tenant is not held"
        case .noRestores(let store): "store `\(store)` takes no restores of single tenants"
        case .standing(let text): text
        }
    }
}
