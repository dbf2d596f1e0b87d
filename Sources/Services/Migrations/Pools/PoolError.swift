import Base
import Tenancy

/// Why the tenants of a pool are not moved: said before anything is made.
public enum PoolError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such pool.
    case noSuchPool(StoreID)
    /// The catalog no longer has the pool's tier.
    case noSuchTier(StoreID, TierName)
    /// A pool cannot be emptied into itself.
    case intoItself(StoreID)
    /// The pools are of two tiers.
    case otherTier(StoreID, StoreID)
    /// The tenants do not fit.
    case doesNotFit(StoreID, tenants: Int, room: Int)
    /// A run is moving the tenants of one of the pools.
    case busy(StoreID, by: RunID)
    /// Places are held by tenants that are on their way in, or that can still come back.
    case heldPlaces(StoreID, count: Int)
    /// These tenants cannot be moved now.
    case cannotLeave(StoreID, [String])
    /// The tenants are spread as evenly as they can be.
    case alreadyEven(StoreID)
    /// There are more tenants than one run moves.
    case tooMany(StoreID, tenants: Int, max: Int)
    /// There is not enough room for the copies.
    case noCapacity(String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noSuchPool(let pool):
            "there is no pool `\(pool)`; `homeroom pool list` shows those there are"
        case .noSuchTier(let pool, let tier):
            "pool `\(pool)` is of tier `\(tier)`, which the catalog no longer has; move its tenants one by one"
        case .intoItself(let pool): "pool `\(pool)` cannot be emptied into itself; name another"
        case .otherTier(let pool, let into):
            "pools `\(pool)` and `\(into)` are of two tiers; a merge changes no tenant's tier, so choose a pool of the same"
        case .doesNotFit(let into, let tenants, let room):
            "\(tenants) tenants do not fit: pool `\(into)` has room for \(room); choose another, or move some of them first"
        case .busy(let pool, let run):
            "run `\(run)` is moving tenants of or to pool `\(pool)`; wait for it (`homeroom run watch \(run)`) or cancel it"
        case .heldPlaces(let pool, let count):
            "\(count) places of pool `\(pool)` are held by tenants on their way in or that can still come back; wait until their moves have ended"
        case .cannotLeave(let pool, let reasons):
            "pool `\(pool)` cannot be emptied: \(reasons.joined(separator: "; "))"
        case .alreadyEven(let pool):
            "no tenant of pool `\(pool)` would make room for the others by moving: nothing to do"
        case .tooMany(let pool, let tenants, let max):
            "pool `\(pool)` has \(tenants) tenants to move, and one run moves \(max); move some of them one by one first"
        case .noCapacity(let text): text
        }
    }
}
