import Base

extension Limits {
    /// Threads that carry out runs.
    public static let workflowThreads = 8
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
}
