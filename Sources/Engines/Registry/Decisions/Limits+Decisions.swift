import Base

extension Limits {
    /// Days that a decision is kept.
    public static let decisionDaysMax = 30
    /// Denials that are kept of one tenant; the oldest go first.
    public static let decisionsDeniedPerTenantMax = 5000
    /// Sampled allows that are kept of one tenant.
    public static let decisionsAllowedPerTenantMax = 500
    /// Decisions that are kept in all: about a kilobyte each.
    public static let decisionsMax = 100_000
    /// Decisions that one listing looks at, before it answers with what it has and where to go on.
    public static let decisionsLookedAtMax = 20_000
    /// Decisions that one commit writes or removes. Source: `TableLimits.transactionItemsMax`.
    static let decisionsPerCommitMax = 100
    /// Decisions that a listing reads ahead in all the partitions that it merges.
    static let decisionsReadAheadMax = 2000
    /// Seconds between two looks for decisions that have grown too old.
    static let decisionPruneSeconds = 600
}
