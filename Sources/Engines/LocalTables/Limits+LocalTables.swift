import Base

extension Limits {
    /// Write requests that share one commit, at the most.
    static let groupRequestsMax = 512
    /// Write requests that wait for a store's writer, at the most; one more is refused as overload.
    static let queuedRequestsMax = 20_000
    /// How long a transaction waits for a lock of another connection to the file, in milliseconds. Nobody holds one for longer than it
    /// takes to look at the log's index.
    static let fileLockMilliseconds: Int32 = 5000
    /// Read connections that a store keeps open while nobody uses them.
    static let idleReadersMax = 4
    /// What a check of a store's file tells of it, at the most.
    static let checkFindingsMax = 100
    /// Compiled statements of a kind that a read connection keeps.
    static let readerStatementsMax = 512
    /// Rows that one chunk of housekeeping looks at or drops: what a write may have to wait for.
    static let housekeepingRowsMax = 256
    /// Bytes of rows that one chunk of housekeeping looks at or drops, and at least one row.
    static let housekeepingBytesMax = 1 << 20
    /// The wait before housekeeping tries again after the file or the disk failed.
    static let housekeepingRetrySeconds = 5
    /// Rows of a table or an index that are counted while somebody waits for its size.
    static let rowsCountedAtOnceMax = 20_000
    /// Counts of rows that are remembered.
    static let sizesKeptMax = 4096
    /// For how long the size of a larger table is told again before it is counted anew. DynamoDB counts every six hours.
    static let sizeSecondsMax: Int64 = 600
    /// Entries of the journal that are looked at in one transaction.
    static let tracedEntriesMax = 5000
    /// Entries of the change log, or tokens, that are forgotten in one commit.
    static let forgottenEntriesMax = 5000
    /// How long a copy of the log into its file is put off where the one before it was but now, in nanoseconds.
    static let logCopyNanoseconds: UInt64 = 50_000_000
    /// Bytes of images that one look for a tenant's past answers, and at least one change.
    static let pastBytesMax = 2 << 20
    /// Bytes of a file that a search holds at once.
    static let searchedBytesAtOnce = 1 << 20
}
