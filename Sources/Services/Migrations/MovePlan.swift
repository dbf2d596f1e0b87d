import Base
import Registry
import Tables
import Tenancy

/// What somebody asks for: a tenant in another tier, or in another pool.
public struct MoveInput: Hashable, Sendable, Codable {
    /// Who moves.
    public var tenant: TenantID
    /// The tier to move to.
    public var tier: TierName
    /// How long the move can be taken back, in seconds; nil for what the catalog says.
    public var undoWindowSeconds: Int?
    /// The pool of the tier to move to; nil for the least loaded.
    public var pool: StoreID?

    /// A wish.
    public init(tenant: TenantID, tier: TierName, undoWindowSeconds: Int? = nil, pool: StoreID? = nil) {
        self.pool = pool
        self.tenant = tenant
        self.tier = tier
        self.undoWindowSeconds = undoWindowSeconds
    }
}

/// Where a tenant is and where it is going: fixed when the move is planned.
public struct MoveRoute: Hashable, Sendable, Codable {
    /// One end of a move.
    public struct End: Hashable, Sendable, Codable {
        /// The tier at this end.
        public var tier: TierName
        /// The store at this end.
        public var store: StoreID
        /// The physical table of each logical one.
        public var tables: [String: TableName]
        /// Whether the store is the tenant's alone.
        public var isDedicated: Bool
    }

    /// Who moves.
    public var tenant: TenantID
    /// Where it was when the move was planned.
    public var source: End
    /// Where it goes.
    public var target: End
}

/// What a move would do, for people to look at before it is started.
public struct MovePlan: Hashable, Sendable, Codable {
    /// From where to where. A pool's number may differ in the move itself, if the pool fills up meanwhile.
    public var route: MoveRoute
    /// What there is to copy now.
    public var extent: Extent
    /// How long the copy and the verification take.
    public var estimate: MoveEstimate
    /// How long it can be taken back, in seconds.
    public var undoWindowSeconds: Int
    /// The longest that writes may wait at the switch, in milliseconds.
    public var writePauseMaxMilliseconds: Int
    /// The logical tables whose streams lose, with a store of the tenant's own that is removed before their records are a day old, what
    /// nobody has read by then.
    public var streamsCutShort: [TableName]
}

/// Why a move is refused before anything is made.
public enum MoveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such tenant.
    case noSuchTenant(TenantID)
    /// The tenant is not active.
    case notActive(TenantID, state: String)
    /// The catalog has no such tier.
    case noSuchTier(String, remedy: String)
    /// The tenant is in that tier already.
    case alreadyThere(TenantID, TierName)
    /// The tenant is in that pool already.
    case alreadyIn(TenantID, StoreID)
    /// The pool that was named does not take the tenant.
    case pool(PoolRefusal)
    /// The tenant has more schools than the tier takes.
    case tooManySchools(TierName, schools: Int, max: Int)
    /// There is not enough room for the copy; nothing was made.
    case noCapacity(String)
    /// There is no such run, or it is no move.
    case noSuchMove(RunID)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noSuchTenant(let tenant):
            "there is no tenant `\(tenant)`; `homeroom tenant list` shows those there are"
        case .notActive(let tenant, let state):
            "tenant `\(tenant)` is \(state); only an active tenant can be moved"
        case .noSuchTier(let tier, let remedy): "there is no tier `\(tier)`; \(remedy)"
        case .alreadyThere(let tenant, let tier): "tenant `\(tenant)` is in tier `\(tier)` already"
        case .alreadyIn(let tenant, let pool):
            "tenant `\(tenant)` is in pool `\(pool)` already; `homeroom pool list` shows the others"
        case .pool(let refusal): refusal.description
        case .tooManySchools(let tier, let schools, let max):
            "tier `\(tier)` takes \(max) schools and the tenant has \(schools); choose a larger tier"
        case .noCapacity(let text): text
        case .noSuchMove(let run): "there is no move `\(run)`; `homeroom run list` shows those there are"
        }
    }
}
