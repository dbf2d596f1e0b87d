import Base
import Tenancy

/// A store that tenants are placed in, and how full it is.
public struct StoreRecord: RegistryRecord {
    /// Whether tenants share it.
    public enum Kind: Hashable, Sendable, Codable {
        /// A pool of its tier: the first is number 1.
        case pooled(number: Int)
        /// One tenant's own.
        case dedicated(tenant: TenantID)
    }

    /// Where the records of this kind lie.
    public static let partition = "store"

    /// The store's id.
    public let id: StoreID
    /// The name of the tier it serves.
    public var tier: TierName
    /// Whether tenants share it.
    public var kind: Kind
    /// How many tenants have a place in it, those on their way here included. Whoever writes a placement
    /// changes this in the same transaction.
    public var occupants: Int
    /// How many tenants it takes.
    public var capacity: Int
    /// The run that empties or spreads the pool, which takes no newcomers meanwhile; nil where there is none.
    public var closedBy: RunID?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// Whether another tenant may be placed here.
    public var hasRoom: Bool { occupants < capacity && closedBy == nil }

    /// A store that is not recorded yet.
    public init(id: StoreID, tier: TierName, kind: Kind, occupants: Int = 0, capacity: Int) {
        self.id = id
        self.tier = tier
        self.kind = kind
        self.occupants = occupants
        self.capacity = capacity
    }
}
