import Base

/// Why the engine did not do what it was asked.
public enum WorkflowError: Error, Equatable, Sendable {
    /// No workflow of that kind is known.
    case unknownKind(String)
    /// There is no such run.
    case noSuchRun(RunID)
    /// The idempotency key stands for a run with another input.
    case keyReused(key: String, run: RunID)
    /// The key is empty or longer than `Limits.idempotencyKeyBytesMax`.
    case invalidKey(String)
    /// The tenant has a run under way that this one may not run beside.
    case locked(by: RunID, lock: String)
    /// The run has come to its end.
    case finished(RunID, state: String)
    /// The run has begun a step that cannot be taken back.
    case pastReturn(RunID, step: String)
    /// What was asked does not go with how the run stands: `resume` of one that is not paused, `retry` of one
    /// that did not fail.
    case notApplicable(RunID, state: String)
    /// The step may not be skipped: what comes after it would do harm without it.
    case notSkippable(RunID, step: String)
    /// The run may not be paused at the step: others wait for it until it is past it.
    case notPausable(RunID, step: String)
    /// The rate of runs of that kind is nothing that somebody can set.
    case notThrottled(RunID, kind: String)
    /// A reason is wanted, of so many bytes at most.
    case invalidReason(bytesMax: Int)
    /// The input or the values of a run are larger than a record may be.
    case tooLarge(bytes: Int, max: Int)
    /// The engine has stopped.
    case stopped
}
