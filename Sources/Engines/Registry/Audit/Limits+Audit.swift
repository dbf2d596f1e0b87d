import Base

extension Limits {
    /// Entries of one page of a search.
    public static let auditPageEntriesMax = 1000
    /// Entries that are looked at for one page of a search, so that what matches rarely takes neither long nor much memory.
    public static let auditLookedAtMax = 10_000
    /// Entries that are read at once from one index or partition; a search holds so many of each that it walks.
    static let auditReadMax = 256
    /// Actions that begin alike and are looked up one by one; where there are more all entries are looked at.
    static let auditActionsMax = 16
    /// Entries of an index that are counted to find the one with the fewest.
    static let auditProbeMax = 256
    /// Names of actions that are remembered to be known.
    static let auditActionsRememberedMax = 4096
    /// Entries that are removed in one commit. Source: `registryTransactionItemsMax`, less the anchor, a note and the ledger.
    static let auditTrimMax = 90
    /// The longest line of an export, in bytes: a record and what stands around it.
    public static let auditLineBytesMax = registryRecordBytesMax + 1024
    /// How often a chain is verified again whose beginning was cut meanwhile.
    static let auditVerifyAttemptsMax = 3
    /// Faults that are told one by one; of those behind them only the number is told.
    public static let auditFaultsMax = 100
}
