import Base
import Tenancy

/// Another value for one of the tier's limits, for one tenant and a time; part of the tenant's record.
public struct LimitOverride: Hashable, Sendable, Codable {
    /// Which limit.
    public let limit: TierLimit
    /// What holds in the place of the tier's word.
    public var value: Int
    /// When the tier's word holds again; nil for never.
    public var until: Timestamp?
    /// Why, for those who ask later.
    public var reason: String

    /// Another value for a limit.
    public init(limit: TierLimit, value: Int, until: Timestamp? = nil, reason: String) {
        self.limit = limit
        self.value = value
        self.until = until
        self.reason = reason
    }

    /// Whether it holds then.
    public func holds(at now: Timestamp) -> Bool { until.map { now < $0 } ?? true }
}

extension TenantRecord {
    /// The tier's limits as they hold for this tenant then: whatever the tier, an override stays until it ends or is cleared.
    public func effective(_ tier: Tier, at now: Timestamp) -> Tier {
        guard !overrides.isEmpty else { return tier }
        var values: [TierLimit: Int] = [:]
        for override in overrides where override.holds(at: now) { values[override.limit] = override.value }
        return tier.overridden(by: values)
    }
}
