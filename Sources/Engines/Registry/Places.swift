import Base
import Tables
import Tenancy

/// Finds tenants a place: the first pool of the tier with room, a new pool, or a store of their own.
public struct Places {
    /// A store with one more place taken, not yet recorded.
    public struct Reservation: Sendable {
        /// The store's record, the place counted.
        public let store: StoreRecord
        /// What records it: commit it together with what the place is for.
        public let change: RegistryChange

        /// The physical table in this store.
        public func physicalTable(_ logical: TableName, tenant: TenantID) -> TableName {
            switch store.kind {
            case .pooled(let number): PhysicalNames.poolTable(logical, tier: store.tier, pool: number)
            case .dedicated: PhysicalNames.tenantTable(logical, tier: store.tier, tenant: tenant)
            }
        }
    }

    private let registry: Registry

    /// Places according to these records.
    public init(registry: Registry) { self.registry = registry }

    /// A place in the tier. Where the change loses a race when it is committed, ask again.
    public func reserve(_ tier: Tier, for tenant: TenantID) throws -> Reservation {
        guard !tier.isDedicated else {
            let store = StoreRecord(
                id: PhysicalNames.tenantStore(tenant, tier: tier.name), tier: tier.name,
                kind: .dedicated(tenant: tenant), occupants: 1, capacity: 1)
            return Reservation(store: store, change: .insert(store))
        }
        var highest = 0
        var after: String?
        repeat {
            let page = try registry.list(StoreRecord.self, after: after)
            for var store in page.records {
                guard store.tier == tier.name, case .pooled(let number) = store.kind else { continue }
                highest = max(highest, number)
                guard store.hasRoom else { continue }
                store.occupants += 1
                return Reservation(store: store, change: .replace(store))
            }
            after = page.next
        } while after != nil
        let store = StoreRecord(
            id: PhysicalNames.poolStore(tier: tier.name, pool: highest + 1), tier: tier.name,
            kind: .pooled(number: highest + 1), occupants: 1, capacity: tier.isolation.capacity)
        return Reservation(store: store, change: .insert(store))
    }

    /// The change that gives a tenant's place in the store back, or nil where the store is not on record any more.
    public func release(_ store: StoreID) throws -> RegistryChange? {
        guard var record = try registry.read(StoreRecord.self, store) else { return nil }
        switch record.kind {
        case .dedicated: return .delete(record)
        case .pooled:
            record.occupants -= 1
            return .replace(record)
        }
    }
}
