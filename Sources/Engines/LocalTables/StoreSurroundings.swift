import Base

/// What stores get from outside: time, randomness, and whom to tell of a file that fails.
public struct StoreSurroundings: Sendable {
    /// The time: of changes, of expiry.
    public var clock: any Clock
    /// Randomness, for the ids of tables.
    public var random: any RandomSource
    /// The file system that stores, snapshots and images lie on.
    public var files: any StoreFiles
    /// Learns when a store's file cannot be written any more, and when it can again.
    public var report: StoreReport
    /// How many pages a store writes to its log before that is copied into its file beside the writer.
    public var logPagesCopied: Int

    /// The system's clock, randomness and files, and nobody to tell, until said otherwise.
    public init(
        clock: any Clock = SystemClock(), random: any RandomSource = SystemRandom(),
        files: any StoreFiles = SystemFiles(), logPagesCopied: Int = 500,
        report: @escaping StoreReport = { _, _ in }
    ) {
        self.clock = clock
        self.random = random
        self.files = files
        self.logPagesCopied = logPagesCopied
        self.report = report
    }
}
