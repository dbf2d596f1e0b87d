import Base

extension Limits {
    /// Tenants that one run over a pool moves.
    static let poolMovesMax = 300
    /// How often a run over a pool looks at its moves, in milliseconds.
    static let poolLookMilliseconds = 250
    /// How often it looks whether the streams of an emptied pool show nothing more, in milliseconds.
    static let poolDrainMilliseconds = 60_000
    /// Tenants that its progress and its reasons name.
    static let poolTroublesShownMax = 5
    /// Items of one chunk of a copy or a verification.
    static let moveChunkItemsMax = 500
    /// The same of a copy into a store that nobody else writes to: an index in another order than the table's is written page by page
    /// with each commit, and a larger one has more entries for each page.
    static let moveChunkItemsAloneMax = 16_000
    /// Bytes of such a chunk.
    static let moveChunkBytesAloneMax = 16 * 1024 * 1024
    /// Bytes of one chunk: what a move holds in memory of each side.
    static let moveChunkBytesMax = 2 * 1024 * 1024
    /// Items of one chunk while others write. Few large ones with long rests are felt less than many small ones, each of which is a
    /// commit with a sync of its own (figures in Benchmarks/PROFILE.md).
    static let moveSipItems = 150
    /// The same where items are removed: that is a commit in the store where the others are.
    static let clearSipItems = 25
    /// How many times as long as a sip took processor and disk are left to the others behind it.
    static let moveRestTimes: UInt64 = 4
    /// How long after somebody was seen to have written work goes in sips.
    static let feltNanoseconds: UInt64 = 250_000_000
    /// The longest rest after a sip, in nanoseconds.
    static let moveRestNanosecondsMax: UInt64 = 20_000_000
    /// How long a step of a move works before it records where it is, in milliseconds.
    static let moveSliceMilliseconds: Int64 = 100
    /// Entries of the change log that are applied in one commit.
    static let catchUpBatchMax = 500
    /// The same while others write, where the log is short, and where it has `catchUpSipLag` entries or more.
    static let catchUpSipMin = 50
    static let catchUpSipMax = 150
    static let catchUpSipLag = 500
    /// The same behind the switch, at the store that the tenant has left: 150 at a time were 20 ms there (Benchmarks/PROFILE.md).
    static let catchUpBackSipMin = 15
    static let catchUpBackSipMax = 50
    /// Entries of a journal that one look goes over.
    static let pastEntriesMax = 2000
    /// Changes of the tenant in them that one commit adds to the other journal where others write.
    static let pastSipMax = 50
    /// Tokens of transactions that the other side gets in one commit.
    static let tokensMovedMax = 500
    /// Entries of the change log beyond which catching up comes before copying.
    static let copyLagMax = 2000
    /// Looks in a row that find the log longer before the tenant's writes are held back.
    static let lostLooksMax = 5
    /// How often the log is gone through in vain before the tenant's writes are held back.
    static let passesInVainMax = 20
    /// What writes to a store may take whatever they took before, in microseconds.
    static let paceDelayMicroseconds = 4000
    /// The same where nobody knows what they took before: a slow disk is not the move's fault.
    static let paceDelayUnknownMicroseconds = 20_000
    /// How long a store that is hardly written to is waited for before it counts as quick, in nanoseconds.
    static let paceLookNanoseconds: UInt64 = 2_000_000_000
    /// The least that a slow store leaves of a copy's rate, in items a second.
    static let paceItemsPerSecondMin = 100
    /// The copy's rate where no tier says one, and the most that somebody may ask for, in items a second.
    public static let copyItemsPerSecondMax = 10_000_000
    /// How far behind the log a move may be before it raises the fence.
    static let fenceLagMax = 100
    /// So few that they are left to be applied behind it, in the commit that is made there anyway.
    static let fenceLagGood = 10
    /// Rounds of catching up before a step lets others have the thread.
    static let catchUpRoundsMax = 20
    /// How often a move raises the fence in vain before it gives up.
    static let fenceAttemptsMax = 30
    /// How often keys that differ are compared again where the log is too long to be looked at as a whole.
    static let compareAttemptsMax = 20
    /// Entries of the change log that are looked at to explain a difference.
    static let pendingChangesMax = 10_000
    /// Items of one chunk of a school's move: one commit at the target.
    static let schoolChunkItemsMax = 100
    /// Keys that the plan of a school's move names of items that stay behind.
    static let unrecognisedKeysShownMax = 20
    /// Keys that the report of a difference names.
    static let differingKeysShownMax = 10
    /// The wait between two looks at the change log while the source is kept and the tenant writes, in milliseconds.
    static let keepPollMilliseconds = 250
    /// The longest such wait, where it does not.
    static let keepPollMillisecondsMax = 5000
    /// What a plan expects of the copy where the tier sets no lower rate and nobody writes. Measured: Benchmarks/RESULTS.md.
    static let expectedCopyItemsPerSecond = 40_000.0
    /// What a plan expects of the verification there. Measured: Benchmarks/RESULTS.md.
    static let expectedVerifyItemsPerSecond = 150_000.0
    /// What a plan expects of each where somebody writes all the time: as a move of a million took on a slow disk without its pauses, up
    /// to its switch (Benchmarks/PROFILE.md). Behind it the comparison went on for a third longer than the one before.
    static let expectedLoadedCopyItemsPerSecond = 2300.0
    static let expectedLoadedVerifyItemsPerSecond = 5000.0
    /// What a plan expects of all that does not go by the items, in seconds.
    static let expectedMoveOverheadSeconds = 0.1
}
