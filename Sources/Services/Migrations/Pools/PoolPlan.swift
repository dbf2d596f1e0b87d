import Base
import Registry
import Tables
import Tenancy

/// What somebody asks for: the tenants of a pool spread over the tier's others, or all of them moved into one.
public struct PoolInput: Hashable, Sendable, Codable {
    /// The pool whose tenants move.
    public var pool: StoreID
    /// The pool that takes all of them; nil where they are spread.
    public var into: StoreID?
    /// How long each move can be taken back, in seconds; nil for what the catalog says.
    public var undoWindowSeconds: Int?

    /// A wish.
    public init(pool: StoreID, into: StoreID? = nil, undoWindowSeconds: Int? = nil) {
        self.pool = pool
        self.into = into
        self.undoWindowSeconds = undoWindowSeconds
    }
}

/// A tenant of a pool.
public struct PoolTenant: Hashable, Sendable {
    /// Which.
    public let id: TenantID
    /// Its name.
    public let name: String
    /// What it has in the pool.
    public let extent: Extent
    /// Items that it writes a second, of late.
    public let writesPerSecond: Double
    /// Why it cannot be moved now; nil where it can.
    public let hindrance: String?
}

/// A tenant of a pool and where it goes.
public struct PoolMove: Hashable, Sendable, Codable {
    /// Which.
    public let tenant: TenantID
    /// The pool it goes to: one that is made with it, where it is not there.
    public let pool: StoreID
    /// What it has to be copied.
    public let extent: Extent
}

/// What would be moved, for people to look at before it is started.
public struct PoolPlan: Hashable, Sendable {
    /// The pool whose tenants move.
    public let pool: StoreID
    /// Its tier.
    public let tier: TierName
    /// Who goes where, in this order.
    public let moves: [PoolMove]
    /// The names of those who go, by id.
    public let names: [TenantID: String]
    /// Who stays although it might have gone, and why.
    public let hindered: [PoolTenant]
    /// What is copied in all.
    public let extent: Extent
    /// How long all of it takes, some of them at once.
    public let estimate: MoveEstimate
    /// How long each move can be taken back, in seconds.
    public let undoWindowSeconds: Int
}

/// A pool as it is now.
public struct PoolSummary: Hashable, Sendable {
    /// Its record.
    public let record: StoreRecord
    /// How many tenants it takes by the catalog.
    public let capacity: Int
    /// Its file, in bytes.
    public let diskBytes: Int
    /// What 99 in 100 groups of writes did not exceed of late, in microseconds; nil where hardly anybody wrote.
    public let writeMicroseconds: Int?
}
