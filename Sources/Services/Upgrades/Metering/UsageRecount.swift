import Base
import Tables

/// What a count of all of a tenant's items has shown.
public struct UsageRecount: Hashable, Sendable {
    /// Whose.
    public let tenant: TenantID
    /// What there was.
    public let counted: Extent
    /// What the meter said at that moment.
    public let reckoned: Extent
    /// Whether nothing was counted before, so that the meter may have known only what came since it runs.
    public let isFirst: Bool
    /// When it ended.
    public let at: Timestamp

    /// How far the meter was off: counted less reckoned.
    public var drift: Extent { counted - reckoned }
}
