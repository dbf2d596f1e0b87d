import Archives
import Base
import Registry
import Tables
import Tenancy
import Tokens

/// What departures work with.
public struct DepartureEnvironment: Sendable {
    /// The stores.
    public var stores: any StoreProvider
    /// The records.
    public var registry: Registry
    /// The places in pools and stores, with the tables of this deployment.
    public var placements: Placements
    /// What takes a tenant's data along.
    public var archive: any TenantArchiving
    /// What else holds items of tenants: backups, exports, images.
    public var hoards: [any TenantHoard]
    /// What is kept of the gateway's decisions, or nil where nothing is.
    public var decisions: DecisionStore?
    /// Stores that remember tenants beside those that hold items: the registry's, the decisions'.
    public var otherStores: [StoreID]
    /// Makes digests of keys that nobody outside can test guesses with.
    public var digests: ErasureDigests
    /// Signs receipts.
    public var sign: SignStatement
    /// Writes down what is still in memory of decisions.
    public var flushDecisions: @Sendable () -> Void

    /// These stores, records and keepers.
    public init(
        stores: any StoreProvider, registry: Registry, placements: Placements, archive: any TenantArchiving,
        hoards: [any TenantHoard], decisions: DecisionStore?, otherStores: [StoreID] = [],
        digests: ErasureDigests, sign: @escaping SignStatement,
        flushDecisions: @escaping @Sendable () -> Void = {}
    ) {
        self.stores = stores
        self.registry = registry
        self.placements = placements
        self.archive = archive
        self.hoards = hoards
        self.decisions = decisions
        self.otherStores = otherStores
        self.digests = digests
        self.sign = sign
        self.flushDecisions = flushDecisions
    }

    var catalog: Catalog { placements.catalog }

    /// The stores that can hold something of the tenant's: those that tenants share, and its own. What a journal keeps stays
    /// behind in a pool for weeks after a move, so all of them count.
    func storesOf(_ tenant: TenantID) throws -> [any TraceKeeper] {
        let existing = Set(try stores.list())
        var ids: Set<StoreID> = []
        try registry.forEach(StoreRecord.self) { record in
            switch record.kind {
            case .pooled: ids.insert(record.id)
            case .dedicated(let owner): if owner == tenant { ids.insert(record.id) }
            }
        }
        // Also those whose record is gone already, or never was.
        for tier in catalog.tiers { ids.insert(PhysicalNames.tenantStore(tenant, tier: tier.name)) }
        return try ids.intersection(existing).sorted().map { try traceKeeper($0) }
    }

    func traceKeeper(_ id: StoreID) throws -> any TraceKeeper {
        guard let keeper = try stores.store(id) as? any TraceKeeper else {
            throw DepartureFault("store `\(id)` cannot be searched")
        }
        return keeper
    }

    /// What a tenant is told by: its own id and its schools'.
    func names(of record: TenantRecord) -> [String] { [record.id.text] + record.schools.map(\.id.text) }

    /// The tenant's keys in a store, by the shape of its tables: also of tables that no placement names.
    func ranges(of record: TenantRecord, in store: any MovableStore) -> [(
        table: LogicalTable, range: KeyRange
    )] {
        let schools = record.schools.map(\.id)
        return store.schemas().flatMap { schema in
            catalog.tables.filter { $0.key == schema.key }.flatMap { table in
                table.ownedKeys.spans(tenant: record.id, schools: schools).map {
                    (table, KeyRange(table: schema.name, lower: $0.lower, upper: $0.upper))
                }
            }
        }
    }
}

/// What stops a departure; it may pass.
struct DepartureFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
