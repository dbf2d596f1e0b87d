import Base

extension Limits {
    /// Threads that carry out runs.
    public static let workflowThreads = 8
    /// Threads that are started in place of those that hang in a step.
    public static let workflowThreadsSpare = 8
    /// Runs of one tenant that are under way at once: less than there are threads, so that no tenant has them all.
    public static let runsOfTenantMax = 4
    /// Runs of one kind that are under way at once, where the workflow says nothing else.
    public static let runsOfKindMax = 8
    /// The longest wait in which a run keeps its slot, in milliseconds.
    public static let runSlotWaitMilliseconds = 60_000
    /// After how many seconds without a sign of life a run is stuck, where its step says nothing else.
    public static let runStuckAfterSeconds = 600
    /// The shortest wait that a step asks for which counts as a sign of life, in milliseconds.
    static let runSignWaitMilliseconds = 1000
    /// How long `stop` waits for the steps under way, in seconds.
    public static let workflowStopSeconds = 60
    /// The longest idempotency key, in bytes.
    public static let idempotencyKeyBytesMax = 255
    /// A run's input in bytes of JSON.
    public static let runInputBytesMax = 64 * 1024
    /// All values of a run, in bytes of JSON.
    public static let runValuesBytesMax = 192 * 1024
    /// A run's result in bytes of JSON.
    public static let runResultBytesMax = 64 * 1024
    /// How often a run's steps may send it back to earlier ones.
    public static let runReturnsMax = 1000
    /// The wait before a run is taken up again after the registry failed.
    public static let workflowTroubleDelayMilliseconds = 1000
    /// Samples of progress that a rate is worked out of.
    static let progressSamplesMax = 16
    /// The least time between two of them, in nanoseconds.
    static let progressSampleNanoseconds: UInt64 = 250_000_000
    /// Runs that one request for a list looks at.
    static let runsLookedAtMax = 2000
    /// Runs that one round of the pruning looks at.
    public static let runsPrunedMax = 1000
}
