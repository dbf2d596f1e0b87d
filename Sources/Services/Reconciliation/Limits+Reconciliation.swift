import Base

// What should exist beside what does.
extension Limits {
    /// How often what looks wrong is looked at again before it is told: what changed meanwhile is then seen as it is.
    public static let reconcileLooksMax = 3
    /// Owners of keys looked at in one table, unless all are asked for.
    public static let reconcileOwnersMax = 20_000
    /// Partition keys without an owner looked at in one table, unless all are asked for.
    static let reconcileUnownedKeysMax = 1_000
    /// Items removed in one commit.
    static let reconcileChunkItemsMax = 500
    /// Seconds that one look may take that a request waits for, of which there are `reconcileLooksMax`: what is left by then is told as
    /// not looked at.
    public static let reconcileQuickSecondsMax = 10
    /// The same of one look of a run that is deep: four hours.
    public static let reconcileDeepSecondsMax = 14_400
    /// Bytes of a report, which is one record with little beside it.
    static let reconcileReportBytesMax = 360 * 1024
    /// Findings that a report holds; a number says how many more there are.
    public static let reconcileFindingsMax = 1_000
    /// Findings that the log names at a start.
    public static let reconcileLinesMax = 50
    /// Names of what is to be removed, in one request.
    public static let reconcileRemovalsMax = 1_000
    /// Seconds that an event may wait in the outbox: longer than events are kept there by retention.
    public static let reconcileEventAgeSecondsMax: Int64 = 45 * 86_400
    /// Seconds for which an unfinished file may lie there: whoever writes one is done by then.
    public static let reconcileFileAgeSecondsMin: Int64 = 900
}
