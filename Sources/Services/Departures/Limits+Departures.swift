import Base

// What leaves: tenants with everything they had, and single people.
extension Limits {
    /// The grace period where nobody says otherwise, in seconds: thirty days.
    public static let graceSecondsStandard = 30 * 86_400
    /// The longest grace period of a tenant that leaves, in days.
    public static let graceDaysMax = 365
    /// Days for which the export that a tenant takes along is kept when it has left, where nobody says otherwise.
    public static let departureExportDaysStandard = 90
    /// The most of these days.
    public static let departureExportDaysMax = 3650
    /// Between two looks at the clock while a grace period lasts, in milliseconds.
    static let gracePollMilliseconds: Int64 = 3_600_000
    /// Characters of a reason.
    public static let departureReasonCharactersMax = 500
    /// Between two looks at an export that is under way, in milliseconds.
    static let exportPollMilliseconds = 500
    /// Between two looks at another run of a tenant that leaves, in milliseconds.
    static let openRunPollMilliseconds = 5000
    /// How long a step works before it lets others have the store, in milliseconds.
    static let departureSliceMilliseconds: UInt64 = 100
    /// The pause between two slices.
    static let departurePauseMilliseconds = 50
    /// Items that one transaction removes or one read hands over.
    static let departureChunkItemsMax = 250
    /// Bytes of items that one read hands over.
    static let departureChunkBytesMax = 2 * 1024 * 1024
    /// Entries of a journal that are looked at in one transaction.
    static let departureJournalEntriesMax = 5000
    /// Records that one transaction changes.
    static let departureRecordsMax = 40
    /// Bytes of a store's file that is written anew so that nothing is left in its unused parts: writes wait meanwhile.
    static let scrubbedBytesMax = 256 * 1024 * 1024
    /// Key patterns of one erasure.
    public static let erasurePatternsMax = 200
    /// Items of one erasure.
    static let erasedItemsMax = 100_000
    /// Seconds that a dry run of an erasure may take to count.
    static let erasurePlanSecondsMax = 30
    /// How often an erasure begins anew since what it erased was written again.
    static let erasureRoundsMax = 5
    /// Places of what was left that a message names.
    static let remainsShownMax = 10
}
