import Base

/// The names of stores and physical tables, made in one place.
public enum PhysicalNames {
    /// The longest name of a logical table, in bytes: with the longest tier and id behind it, a physical name
    /// still has the 255 bytes of DynamoDB's rule.
    public static let logicalTableBytesMax = 200

    /// The store of a tier's pool, `pool-basic-1`. Pools are counted from 1.
    public static func poolStore(tier: TierName, pool: Int) -> StoreID {
        precondition(pool >= 1, "pools are counted from 1")
        return store("pool-\(tier)-\(pool)")
    }

    /// The store that a tenant has to itself, `premium-<tenantId>`: one for each tier, so that a move between two dedicated tiers has two ends.
    public static func tenantStore(_ tenant: TenantID, tier: TierName) -> StoreID {
        store("\(tier)-\(tenant)")
    }

    /// Whether a store is, by its name, one that the tenant has to itself, of whatever tier.
    public static func isTenantStore(_ store: StoreID, of tenant: TenantID) -> Bool {
        store.text.hasSuffix("-\(tenant)")
    }

    /// The physical table in a pool: `school-table-basic` in the first, `school-table-basic-2` in the next.
    public static func poolTable(_ logical: TableName, tier: TierName, pool: Int) -> TableName {
        precondition(pool >= 1, "pools are counted from 1")
        return table(pool == 1 ? "\(logical)-\(tier)" : "\(logical)-\(tier)-\(pool)")
    }

    /// The physical table in a store of the tenant's own: `school-table-premium-<tenantId>`.
    public static func tenantTable(_ logical: TableName, tier: TierName, tenant: TenantID) -> TableName {
        table("\(logical)-\(tier)-\(tenant)")
    }

    private static func store(_ text: String) -> StoreID {
        guard let id = StoreID(text) else { preconditionFailure("no store name: \(text)") }
        return id
    }

    // INVARIANT (name lengths): the catalog refuses logical names over `logicalTableBytesMax`, tiers have at
    // most 15 bytes, ids 16 and numbers 19, so this never goes over 255.
    private static func table(_ text: String) -> TableName {
        guard let name = TableName(text) else { preconditionFailure("no table name: \(text)") }
        return name
    }
}
