import Base
import Tenancy

/// Why a wish about a tenant's tier is refused.
public enum UpgradeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such tenant, or it is on its way out.
    case noSuchTenant(TenantID)
    /// No rule holds and nobody has asked for a move.
    case nothingToApprove(TenantID)
    /// What was agreed to is not what it is about.
    case otherTier(TenantID, TierName, shown: TierName)
    /// There is nothing to refuse.
    case nothingToRefuse(TenantID)
    /// It is being moved already.
    case isMoving(TenantID, run: String)
    /// The reason is empty or too long.
    case invalidReason

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noSuchTenant(let tenant):
            "there is no tenant `\(tenant)`; `homeroom tenant list` shows those there are"
        case .nothingToApprove(let tenant):
            "tenant `\(tenant)` has not outgrown its tier and nobody has asked for another; "
                + "`homeroom upgrade request \(tenant) --tier TIER` does"
        case .otherTier(let tenant, let tier, let shown):
            "tenant `\(tenant)` is to be moved to `\(tier)` and not to `\(shown)`; look at it again with "
                + "`homeroom upgrade approve \(tenant)`"
        case .nothingToRefuse(let tenant):
            "there is nothing to refuse: tenant `\(tenant)` has not outgrown its tier and nobody has asked for another"
        case .isMoving(let tenant, let run):
            "tenant `\(tenant)` is being moved by run `\(run)`; `homeroom run rollback \(run)` takes that back"
        case .invalidReason:
            "expected a reason of 1 to \(Limits.upgradeReasonBytesMax) bytes, for whoever reads it later"
        }
    }
}

extension Limits {
    /// The longest reason for a wish, in bytes.
    static let upgradeReasonBytesMax = 500
}
