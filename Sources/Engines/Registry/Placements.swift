import Base
import Synchronization
import Tables
import Tenancy

/// A store that has a place for a tenant, and what its tables are called there.
public struct Place: Hashable, Sendable, Codable {
    /// The store.
    public let store: StoreID
    /// Whether it is this tenant's alone.
    public let isDedicated: Bool
    /// The physical table of each logical one.
    public let tables: [String: TableName]
}

/// Gives tenants their places: one in the least loaded pool of their tier that has room, in a new pool where all are full, or
/// a store of their own.
///
/// INVARIANT (counted places): a store's `occupants` changes in the same transaction as what makes a tenant
/// one of them.
public final class Placements: Sendable {
    /// The tiers and tables that places are made for.
    public let catalog: Catalog
    let registry: Registry
    /// Held over reading and committing, so that the threads of this process do not race in vain; against
    /// other processes the transactions' conditions hold.
    ///
    /// It guards how loaded the pools are: looked at first, so that a place does not cost a look at all pools.
    /// Only a hint: whether a pool has room its record says.
    private let turn = Mutex<PoolLoads>(PoolLoads())
    private let turnstile = Turnstile()
    private let bytes: @Sendable (StoreID) -> Int
    private let clock: any Clock

    /// Places recorded in `registry`.
    /// - Parameter bytes: how many bytes a store takes up on its disk, 0 where nobody knows: asked of each pool at most every
    ///   `Limits.poolLoadSeconds`.
    public init(
        registry: Registry, catalog: Catalog, clock: any Clock = SystemClock(),
        bytes: @escaping @Sendable (StoreID) -> Int = { _ in 0 }
    ) {
        self.registry = registry
        self.catalog = catalog
        self.clock = clock
        self.bytes = bytes
    }

    /// Takes a place in a store of `tier`. `commit` is to commit the transaction together with what records
    /// whose the place is; where it throws `RegistryError.conflict` the choice is made again.
    /// - Throws: what `commit` throws, `PoolRefusal` where the pool does not take it, and `RegistryError` from reading.
    /// - Parameter pool: the pool to take it in; nil for the least loaded that has room.
    public func take(
        for tenant: TenantID, in tier: Tier, pool: StoreID? = nil,
        commit: (Place, RegistryTransaction) throws -> Void
    ) throws -> Place {
        try locked { loads in
            try Placements.retrying {
                let choice = try choose(for: tenant, in: tier, pool: pool, &loads)
                do { try commit(choice.place, choice.transaction) } catch {
                    loads.forget(tier.name)
                    throw error
                }
                if let pool = choice.pool { loads.note(pool, of: tier.name, occupants: choice.occupants) }
                return choice.place
            }
        }
    }

    /// The place that `take` would choose now. Takes nothing.
    public func preview(for tenant: TenantID, in tier: Tier, pool: StoreID? = nil) throws -> Place {
        try locked { try choose(for: tenant, in: tier, pool: pool, &$0).place }
    }

    /// All pools of the tier, by number.
    public func pools(of tier: Tier) throws -> [StoreRecord] {
        try locked { try read(tier, &$0).map(\.record) }
    }

    /// How loaded a pool is by so many tenants, bytes, and items that they write a second: in tenants.
    public static func load(tenants: Int, bytes: Int, writesPerSecond: Double = 0) -> Double {
        Double(tenants) + Double(bytes) / Double(Limits.placementBytesPerTenant)
            + writesPerSecond / Limits.placementWritesPerTenant
    }

    /// How many bytes the store takes up on its disk, 0 where nobody knows.
    public func diskBytes(of store: StoreID) -> Int { bytes(store) }

    /// The pool that would be made next in the tier.
    public func nextPool(of tier: Tier) throws -> StoreID {
        let last = try locked { try read(tier, &$0).last?.number ?? 0 }
        return pool(last + 1, tier).store
    }

    /// Gives a place back: one occupant less, and no record of the store where it was one tenant's own.
    /// `commit` is to commit the transaction together with what records that the tenant has left; where it
    /// throws `RegistryError.conflict` it is called again.
    public func release(_ store: StoreID, commit: (RegistryTransaction) throws -> Void) throws {
        try locked { loads in
            try Placements.retrying {
                guard var record = try registry.read(StoreRecord.self, store) else {
                    return try commit(RegistryTransaction())
                }
                switch record.kind {
                case .dedicated: try commit(RegistryTransaction([.delete(record)]))
                case .pooled:
                    guard record.occupants > 0 else {
                        throw RegistryError.damaged(record.key, reason: "a place given back twice")
                    }
                    record.occupants -= 1
                    try commit(RegistryTransaction([.replace(record)]))
                    loads.forget(record.tier)
                }
            }
        }
    }

    private func locked<Value>(_ body: (inout PoolLoads) throws -> Value) throws -> Value {
        try turnstile.pass { try turn.withLock { try body(&$0) } }
    }

    private static func retrying<Result>(_ body: () throws -> Result) throws -> Result {
        var attempt = 1
        while true {
            do { return try body() } catch let error as RegistryError {
                guard case .conflict = error, attempt < Limits.registryUpdateAttemptsMax else { throw error }
                ConflictPause.wait(afterAttempt: attempt)
                attempt += 1
            }
        }
    }

    private struct Choice {
        let place: Place
        let transaction: RegistryTransaction
        /// The pool's number, where it is one.
        var pool: Int?
        /// How many tenants it has then.
        var occupants = 1
    }

    private func choose(
        for tenant: TenantID, in tier: Tier, pool wanted: StoreID?, _ loads: inout PoolLoads
    ) throws -> Choice {
        if let wanted { return try choose(wanted, in: tier, &loads) }
        guard !tier.isDedicated else {
            let store = PhysicalNames.tenantStore(tenant, tier: tier.name)
            let tables = names { PhysicalNames.tenantTable($0, tier: tier.name, tenant: tenant) }
            let record = StoreRecord(
                id: store, tier: tier.name, kind: .dedicated(tenant: tenant), occupants: 1, capacity: 1)
            return Choice(
                place: Place(store: store, isDedicated: true, tables: tables),
                transaction: RegistryTransaction([.insert(record)]))
        }
        // The catalog may have changed since the pool was made: the tier's word counts, and the record learns
        // it.
        let capacity = tier.isolation.capacity
        for candidate in try candidates(tier, capacity, &loads) {
            guard let record = try registry.read(StoreRecord.self, pool(candidate.number, tier).store) else {
                continue
            }
            guard record.closedBy == nil else { continue }
            guard record.occupants < capacity else {
                loads.note(candidate.number, of: tier.name, occupants: record.occupants)
                continue
            }
            return choice(of: candidate.number, record, tier)
        }
        // All that are known are full: the others', too, before another is made.
        var last = 0
        for found in try read(tier, &loads) {
            if found.record.occupants < capacity, found.record.closedBy == nil {
                return choice(of: found.number, found.record, tier)
            }
            last = max(last, found.number)
        }
        return newPool(last + 1, tier)
    }

    /// A place in the pool that somebody named: one that is there, or the next that would be made.
    private func choose(_ wanted: StoreID, in tier: Tier, _ loads: inout PoolLoads) throws -> Choice {
        guard !tier.isDedicated else { throw PoolRefusal.noSuchPool(wanted, of: tier.name) }
        let pools = try read(tier, &loads)
        guard let found = pools.first(where: { $0.record.id == wanted }) else {
            let next = (pools.last?.number ?? 0) + 1
            guard pool(next, tier).store == wanted else {
                throw PoolRefusal.noSuchPool(wanted, of: tier.name)
            }
            return newPool(next, tier)
        }
        if let run = found.record.closedBy { throw PoolRefusal.closed(wanted, by: run) }
        guard found.record.occupants < tier.isolation.capacity else {
            throw PoolRefusal.full(wanted, tenants: found.record.occupants, max: tier.isolation.capacity)
        }
        return choice(of: found.number, found.record, tier)
    }

    private func newPool(_ number: Int, _ tier: Tier) -> Choice {
        let place = pool(number, tier)
        let record = StoreRecord(
            id: place.store, tier: tier.name, kind: .pooled(number: number), occupants: 1,
            capacity: tier.isolation.capacity)
        return Choice(place: place, transaction: RegistryTransaction([.insert(record)]), pool: number)
    }

    /// The pools that had room when they were last looked at, the least loaded first.
    private func candidates(
        _ tier: Tier, _ capacity: Int, _ loads: inout PoolLoads
    ) throws -> [PoolLoads.Pool] {
        let now = clock.monotonicNanoseconds()
        if let known = loads.candidates(tier.name, capacity: capacity, now: now) { return known }
        _ = try read(tier, &loads)
        return loads.candidates(tier.name, capacity: capacity, now: now) ?? []
    }

    /// Reads all pools of the tier anew, by number, which is not the order of their names.
    private func read(
        _ tier: Tier, _ loads: inout PoolLoads
    ) throws -> [(number: Int, record: StoreRecord)] {
        var pools: [(number: Int, record: StoreRecord)] = []
        try registry.forEach(StoreRecord.self, prefix: "pool-\(tier.name)-") { record in
            if case .pooled(let number) = record.kind, record.tier == tier.name {
                pools.append((number, record))
            }
        }
        pools.sort { $0.number < $1.number }
        loads.keep(
            pools.map {
                PoolLoads.Pool(number: $0.number, occupants: $0.record.occupants, bytes: bytes($0.record.id))
            }, of: tier.name, now: clock.monotonicNanoseconds())
        return pools
    }

    /// One more in a pool that has room.
    private func choice(of number: Int, _ record: StoreRecord, _ tier: Tier) -> Choice {
        var record = record
        record.occupants += 1
        record.capacity = tier.isolation.capacity
        return Choice(
            place: pool(number, tier), transaction: RegistryTransaction([.replace(record)]), pool: number,
            occupants: record.occupants)
    }

    private func pool(_ number: Int, _ tier: Tier) -> Place {
        Place(
            store: PhysicalNames.poolStore(tier: tier.name, pool: number), isDedicated: false,
            tables: names { PhysicalNames.poolTable($0, tier: tier.name, pool: number) })
    }

    private func names(_ name: (TableName) -> TableName) -> [String: TableName] {
        Dictionary(
            catalog.tables.map { ($0.name.text, name($0.name)) }, uniquingKeysWith: { first, _ in first })
    }
}

extension Placements {
    /// The shapes of the tables under these physical names, in the catalog's order.
    public func schemas(of tables: [String: TableName]) -> [TableSchema] {
        catalog.tables.compactMap { table in tables[table.name.text].map { table.schema(named: $0) } }
    }

    /// All keys of the tenant and these schools in the tables of these physical names: disjoint, in order
    /// within each table.
    public func ranges(tenant: TenantID, schools: [SchoolID], tables: [String: TableName]) -> [KeyRange] {
        catalog.tables.flatMap { table in
            guard let name = tables[table.name.text] else { return [KeyRange]() }
            return table.ownedKeys.spans(tenant: tenant, schools: schools).map {
                KeyRange(table: name, lower: $0.lower, upper: $0.upper)
            }
        }
    }
}

extension LogicalTable {
    /// The table's shape under a physical name.
    public func schema(named name: TableName) -> TableSchema {
        TableSchema(
            name: name, key: key,
            indexes: indexes.map { index in
                let projection: IndexSchema.Projection =
                    switch index.projection {
                    case .all: .all
                    case .keysOnly: .keysOnly
                    case .include(let names): .include(names)
                    }
                return IndexSchema(
                    name: index.name, key: index.key, projection: projection,
                    kind: index.kind == .local ? .local : .global)
            })
    }
}
