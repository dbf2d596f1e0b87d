import Base
import Tenancy

/// Why a pool that somebody named takes no tenant.
public enum PoolRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such pool in the tier, and it is not the next that would be made.
    case noSuchPool(StoreID, of: TierName)
    /// It has as many tenants as it takes.
    case full(StoreID, tenants: Int, max: Int)
    /// A run empties or spreads it.
    case closed(StoreID, by: RunID)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noSuchPool(let pool, let tier):
            "tier `\(tier)` has no pool `\(pool)`; `homeroom pool list` shows those there are"
        case .full(let pool, let tenants, let max):
            "pool `\(pool)` is full: it has \(tenants) tenants and takes \(max); choose another, or none, and a pool with room is found"
        case .closed(let pool, let run):
            "pool `\(pool)` takes no tenants while run `\(run)` moves its own; choose another, or wait for the run"
        }
    }
}
