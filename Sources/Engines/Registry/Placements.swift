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

/// Gives tenants their places: the next free one in a pool of their tier, a new pool where all are full, or a
/// store of their own.
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
    /// It guards, for each tier, the number of the pool that had room last: looked at first, so that a place
    /// does not cost a look at all pools. Only a hint: whether the pool has room its record says.
    private let turn = Mutex<[TierName: Int]>([:])

    /// Places recorded in `registry`.
    public init(registry: Registry, catalog: Catalog) {
        self.registry = registry
        self.catalog = catalog
    }

    /// Takes a place in a store of `tier`. `commit` is to commit the transaction together with what records
    /// whose the place is; where it throws `RegistryError.conflict` the choice is made again.
    /// - Throws: what `commit` throws, and `RegistryError` from reading.
    public func take(
        for tenant: TenantID, in tier: Tier, commit: (Place, RegistryTransaction) throws -> Void
    ) throws -> Place {
        try turn.withLock { hints in
            try Placements.retrying {
                let choice = try choose(for: tenant, in: tier, hint: hints[tier.name])
                try commit(choice.place, choice.transaction)
                hints[tier.name] = choice.pool
                return choice.place
            }
        }
    }

    /// The place that `take` would choose now. Takes nothing.
    public func preview(for tenant: TenantID, in tier: Tier) throws -> Place {
        try choose(for: tenant, in: tier, hint: turn.withLock { $0[tier.name] }).place
    }

    /// Gives a place back: one occupant less, and no record of the store where it was one tenant's own.
    /// `commit` is to commit the transaction together with what records that the tenant has left; where it
    /// throws `RegistryError.conflict` it is called again.
    public func release(_ store: StoreID, commit: (RegistryTransaction) throws -> Void) throws {
        try turn.withLock { hints in
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
                    // The next one may find its place here rather than in a later pool.
                    hints[record.tier] = nil
                }
            }
        }
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
    }

    private func choose(for tenant: TenantID, in tier: Tier, hint: Int?) throws -> Choice {
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
        if let hint, let record = try registry.read(StoreRecord.self, pool(hint, tier).store),
            record.occupants < capacity
        {
            return choice(of: hint, record, tier)
        }
        var pools: [(number: Int, record: StoreRecord)] = []
        try registry.forEach(StoreRecord.self, prefix: "pool-\(tier.name)-") { record in
            if case .pooled(let number) = record.kind, record.tier == tier.name {
                pools.append((number, record))
            }
        }
        // By number, which is not the order of their names.
        pools.sort { $0.number < $1.number }
        if let free = pools.first(where: { $0.record.occupants < capacity }) {
            return choice(of: free.number, free.record, tier)
        }
        let number = (pools.last?.number ?? 0) + 1
        let place = pool(number, tier)
        let record = StoreRecord(
            id: place.store, tier: tier.name, kind: .pooled(number: number), occupants: 1,
            capacity: capacity)
        return Choice(place: place, transaction: RegistryTransaction([.insert(record)]), pool: number)
    }

    /// One more in a pool that has room.
    private func choice(of number: Int, _ record: StoreRecord, _ tier: Tier) -> Choice {
        var record = record
        record.occupants += 1
        record.capacity = tier.isolation.capacity
        return Choice(
            place: pool(number, tier), transaction: RegistryTransaction([.replace(record)]), pool: number)
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
