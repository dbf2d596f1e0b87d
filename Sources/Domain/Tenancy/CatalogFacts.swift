import Base

/// What a deployment has, as far as a change of its catalog matters to it.
public struct CatalogFacts: Hashable, Sendable {
    /// A tenant that has not left.
    public struct Tenant: Hashable, Sendable {
        /// Its id.
        public let id: TenantID
        /// Its tier.
        public let tier: TierName
        /// How many schools it has.
        public let schools: Int
        /// Whether its store is its own; nil where it has no place.
        public let isDedicated: Bool?

        /// A tenant.
        public init(id: TenantID, tier: TierName, schools: Int, isDedicated: Bool?) {
            self.id = id
            self.tier = tier
            self.schools = schools
            self.isDedicated = isDedicated
        }
    }

    /// The tenants that have not left.
    public var tenants: [Tenant]
    /// How many tenants each pool has, by tier.
    public var pools: [TierName: [Int]]
    /// The logical tables that hold items of anybody.
    public var tablesWithItems: Set<TableName>

    /// What there is.
    public init(
        tenants: [Tenant] = [], pools: [TierName: [Int]] = [:], tablesWithItems: Set<TableName> = []
    ) {
        self.tenants = tenants
        self.pools = pools
        self.tablesWithItems = tablesWithItems
    }

    /// Whether anybody has tables.
    var hasPlaces: Bool { tenants.contains { $0.isDedicated != nil } }

    /// The tenants of a tier, by id.
    func tenants(of tier: TierName) -> [Tenant] {
        tenants.filter { $0.tier == tier }.sorted { $0.id < $1.id }
    }
}
