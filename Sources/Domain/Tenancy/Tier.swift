import Base

/// A level of service that a tenant can have.
public struct Tier: Hashable, Sendable {
    /// Whether tenants share a store.
    public enum Isolation: Hashable, Sendable {
        /// Up to so many tenants share one.
        case pooled(tenantsPerPool: Int)
        /// Each tenant has its own.
        case dedicated

        /// How many tenants a store takes.
        public var capacity: Int {
            switch self {
            case .pooled(let tenantsPerPool): tenantsPerPool
            case .dedicated: 1
            }
        }
    }

    /// The name in commands and physical names.
    public let name: TierName
    /// Whether tenants share a store.
    public let isolation: Isolation
    /// How many schools a tenant may have, or nil for any number.
    public let schoolsMax: Int?
    /// What one tenant may read, in DynamoDB's read units a second.
    public let readUnitsPerSecond: Int
    /// What one tenant may write, in DynamoDB's write units a second.
    public let writeUnitsPerSecond: Int
    /// How long after a move away from this tier or to it the move can be taken back.
    public let undoWindowSeconds: Int
    /// The longest that a move may hold back writes before it lets go and tries again later.
    public let writePauseMaxMilliseconds: Int
    /// How many items a second a move may copy out of a store of this tier.
    public let copyRateItemsPerSecond: Int
    /// How its tenants are backed up; nil where the catalog says nothing: only when somebody asks.
    public let backups: BackupPlan?
    /// When its tenants have outgrown it; nil where the catalog says nothing: then nobody is moved by itself.
    public let upgrade: UpgradePlan?

    /// Whether each tenant has a store of its own.
    public var isDedicated: Bool { isolation == .dedicated }
}
