/// For how long the audit's entries are kept, by their kind.
public struct AuditRetention: Hashable, Sendable, Codable {
    /// Days for which it is kept what was changed.
    public var activityDays: Int
    /// Days for which it is kept what operators looked at.
    public var accessDays: Int
    /// Days for which it is kept what was refused.
    public var denialDays: Int

    /// Two years, two years and 90 days, unless others are given: each at least 1.
    public init(activityDays: Int = 730, accessDays: Int = 730, denialDays: Int = 90) {
        precondition(min(activityDays, accessDays, denialDays) > 0, "an entry is kept for a day at least")
        self.activityDays = activityDays
        self.accessDays = accessDays
        self.denialDays = denialDays
    }

    /// Days for which entries of this kind are kept.
    public func days(_ kind: AuditKind) -> Int {
        switch kind {
        case .activity: activityDays
        case .access: accessDays
        case .denial: denialDays
        }
    }
}
