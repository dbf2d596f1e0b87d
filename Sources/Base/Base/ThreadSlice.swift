import CScheduling

/// How long a thread has the processor at a stretch while others wait for it: the shorter, the earlier it gets it when it wakes. A wish:
/// systems before Linux 6.12, or that refuse, go on as they were.
public enum ThreadSlice {
    /// The shortest that the system gives: whoever asks for something that takes less does not wait until what computes (a move, a
    /// backup) has had its own (figures in Benchmarks/PROFILE.md).
    private static let shortNanoseconds: UInt64 = 100_000

    /// Makes that of the calling thread, and of those that it starts, short.
    public static func shorten() { homeroom_set_slice(shortNanoseconds) }

    /// Makes it what the system gives everybody.
    public static func restore() { homeroom_set_slice(0) }
}
