import Base

extension Limits {
    /// Days for which events are kept, unless others are given.
    public static let eventDays = 7
    /// Events of one page.
    public static let eventPageMax = 1000
    /// Events that are looked at for one page.
    public static let eventLookedAtMax = 10_000
    /// The longest that a reader waits for an event, in milliseconds.
    public static let eventWaitMillisecondsMax = 20_000
    /// Readers that wait at once: each holds a thread.
    static let eventWaitersMax = 8
    /// Events that are removed in one commit. Source: `registryTransactionItemsMax`.
    static let eventTrimMax = 90
}
