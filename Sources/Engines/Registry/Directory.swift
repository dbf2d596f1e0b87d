import Base
import Synchronization

/// All tenants with their placements, in memory, for lookups on the hot path; kept current from the commits
/// of this process, in their order.
///
/// A lookup answers an immutable entry; a change replaces one entry and costs the same whatever the number of
/// tenants.
public final class Directory: Sendable {
    /// Makes what a user of the directory keeps with each tenant. Called anew at each change of the tenant,
    /// with no two calls at once; it must not write to the registry.
    public typealias Compile = @Sendable (TenantRecord, PlacementRecord?) -> (any AnyObject & Sendable)?

    private let tenants = ShardedTable<TenantEntry>()
    private let schools = ShardedTable<TenantID>()
    /// Placements whose tenant is not recorded (yet, or any more).
    private let strays = ShardedTable<PlacementRecord>()
    private let publication = Mutex<Void>(())
    private let listeners = Mutex<[@Sendable (TenantID) -> Void]>([])
    private let compile: Compile
    private let changes = Atomic<Int>(0)
    private let goneCount = Atomic<Int>(0)

    /// Reads all tenants and placements of the registry and follows it from then on. Made before anything is
    /// committed.
    public init(following registry: Registry, compile: @escaping Compile = { _, _ in nil })
        throws(RegistryError)
    {
        self.compile = compile
        try registry.forEach(TenantRecord.self) { apply(.stored($0)) }
        try registry.forEach(PlacementRecord.self) { apply(.stored($0)) }
        registry.follow(with: self)
    }

    /// A directory of these tenants, none of whom has a placement; it follows nothing.
    public init(of tenants: [TenantRecord], compile: @escaping Compile = { _, _ in nil }) {
        self.compile = compile
        for tenant in tenants { apply(.stored(tenant)) }
    }

    /// How many tenants there are.
    public var count: Int { tenants.count }

    /// How many tenants there are that are not gone.
    public var livingCount: Int { tenants.count - goneCount.load(ordering: .relaxed) }

    /// Another number after each change of an entry: who keeps an entry looks here whether it still counts. Read it before the
    /// entry.
    public var generation: Int { changes.load(ordering: .acquiring) }

    /// The tenant's entry as it is now, or nil.
    public func entry(_ tenant: TenantID) -> TenantEntry? { tenants[DirectoryKey(tenant)] }

    /// The entry of the tenant whose id has these bytes, or nil.
    public func entry(tenantBytes: UnsafeRawBufferPointer) -> TenantEntry? {
        DirectoryKey(tenantBytes).flatMap { tenants[$0] }
    }

    /// The entry of the tenant that the school with these bytes belongs to, or nil.
    public func owner(schoolBytes: UnsafeRawBufferPointer) -> TenantEntry? {
        DirectoryKey(schoolBytes).flatMap { schools[$0] }.flatMap(entry)
    }

    /// The entry of the tenant that the school belongs to, or nil.
    public func owner(of school: SchoolID) -> TenantEntry? { schools[DirectoryKey(school)].flatMap(entry) }

    /// The entries of all tenants, by id.
    public func entries() -> [TenantEntry] { tenants.all().sorted { $0.record.id < $1.record.id } }

    /// Calls `listener` after each change of a tenant's entry, on the thread that committed it, when lookups
    /// show it.
    public func onChange(_ listener: @escaping @Sendable (TenantID) -> Void) {
        listeners.withLock { $0.append(listener) }
    }

    /// Makes all entries anew: where what `compile` goes by has changed.
    public func recompile() {
        let ids = tenants.all().map(\.record.id)
        for id in ids {
            publication.withLock { _ in
                guard let entry = entry(id) else { return }
                publish(entry.record, entry.placement)
            }
        }
        ids.forEach(notify)
    }

    /// A record as a commit left it.
    enum Change {
        case stored(any RegistryRecord)
        case removed(any RegistryRecord)
    }

    /// Shows a change; the tenant whose entry it touched, or nil.
    ///
    /// Relies on INVARIANT (publication order): the changes of one record come in the order of their commits.
    @discardableResult
    func apply(_ change: Change) -> TenantID? {
        publication.withLock { _ in
            switch change {
            case .stored(let record as TenantRecord):
                let stray = strays[DirectoryKey(record.id)]
                strays[DirectoryKey(record.id)] = nil
                publish(record, entry(record.id)?.placement ?? stray)
                return record.id
            case .removed(let record as TenantRecord):
                remove(record.id)
                return record.id
            case .stored(let record as PlacementRecord):
                place(record.tenant, record)
                return record.tenant
            case .removed(let record as PlacementRecord):
                place(record.tenant, nil)
                return record.tenant
            case .stored, .removed: return nil
            }
        }
    }

    /// Calls the listeners.
    func notify(_ tenant: TenantID) {
        let listeners = listeners.withLock { $0 }
        for listener in listeners { listener(tenant) }
    }

    private func publish(_ record: TenantRecord, _ placement: PlacementRecord?) {
        let before = entry(record.id)?.record
        let old = before?.schools.map(\.id) ?? []
        count(gone: record.isGone ? 1 : 0, before: before)
        let new = record.schools.map(\.id)
        let compiled = compile(record, placement)
        tenants[DirectoryKey(record.id)] = TenantEntry(
            record: record, placement: placement, compiled: compiled)
        changes.wrappingAdd(1, ordering: .releasing)
        guard old != new else { return }
        for school in new { schools[DirectoryKey(school)] = record.id }
        forget(Set(old).subtracting(new), of: record.id)
    }

    private func place(_ tenant: TenantID, _ placement: PlacementRecord?) {
        if let entry = entry(tenant) {
            publish(entry.record, placement)
        } else {
            strays[DirectoryKey(tenant)] = placement
        }
    }

    private func remove(_ tenant: TenantID) {
        guard let entry = entry(tenant) else { return }
        tenants[DirectoryKey(tenant)] = nil
        changes.wrappingAdd(1, ordering: .releasing)
        strays[DirectoryKey(tenant)] = entry.placement
        count(gone: 0, before: entry.record)
        forget(Set(entry.record.schools.map(\.id)), of: tenant)
    }

    private func count(gone now: Int, before: TenantRecord?) {
        goneCount.wrappingAdd(now - (before?.isGone == true ? 1 : 0), ordering: .relaxed)
    }

    private func forget(_ gone: Set<SchoolID>, of tenant: TenantID) {
        for school in gone where schools[DirectoryKey(school)] == tenant {
            schools[DirectoryKey(school)] = nil
        }
    }
}

extension TenantRecord {
    fileprivate var isGone: Bool { state.name == .gone }
}
