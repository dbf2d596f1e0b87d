import Base

/// A step of a run.
public struct StepRecord: Hashable, Sendable, Codable {
    /// How a step stands.
    public enum State: String, Hashable, Sendable, Codable {
        case pending
        case running
        case done
        case failed
        case undoing
        case undone
        case skipped
    }

    /// The step's name, unique in its workflow.
    public let name: String
    /// How it stands.
    public var state: State = .pending
    /// How often it (or its undo, on the way back) was tried without getting on.
    public var attempts = 0
    /// Why it last did not get on.
    public var lastError: String?
    /// When it was first begun.
    public var startedAt: Timestamp?
    /// When it was done or undone.
    public var endedAt: Timestamp?
    /// When the attempt under way was begun; nil between attempts.
    public var attemptStartedAt: Timestamp?
    /// The attempts that have ended, undos included, the newest `Limits.stepAttemptsKept` of them.
    public var history: KeptNewest<StepAttempt>?
    /// Who had it (or its undo) skipped, and why.
    public var skipped: StepSkip?

    /// A step that is not begun.
    public init(name: String) { self.name = name }
}

/// One attempt at a step: from its first call to its end or its error. Calls that ended with `again` are part of it.
public struct StepAttempt: Hashable, Sendable, Codable {
    /// How an attempt ended.
    public enum Outcome: String, Hashable, Sendable, Codable {
        /// The step is done, or undone.
        case done
        /// With an error that may pass.
        case error
        /// For good.
        case failed
        /// It sent the run back to an earlier step.
        case back
        /// Somebody had it skipped.
        case skipped
    }

    /// When it was begun.
    public var startedAt: Timestamp
    /// When it ended.
    public var endedAt: Timestamp
    /// Whether it was at the undo.
    public var isUndo: Bool
    /// How it ended.
    public var outcome: Outcome
    /// The error, or the reason; cut at `Limits.stepAttemptErrorBytesMax`.
    public var error: String?

    /// An attempt that has ended.
    public init(
        startedAt: Timestamp, endedAt: Timestamp, isUndo: Bool, outcome: Outcome, error: String? = nil
    ) {
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.isUndo = isUndo
        self.outcome = outcome
        self.error = error
    }
}

/// That an operator had a step, or its undo, skipped.
public struct StepSkip: Hashable, Sendable, Codable {
    /// The step.
    public var step: String
    /// Whether it is the step's undo that was skipped.
    public var isUndo: Bool
    /// Who asked for it.
    public var actor: AuditActor
    /// Why.
    public var reason: String
    /// When it was asked for.
    public var time: Timestamp

    /// A skip.
    public init(step: String, isUndo: Bool, actor: AuditActor, reason: String, time: Timestamp) {
        self.step = step
        self.isUndo = isUndo
        self.actor = actor
        self.reason = reason
        self.time = time
    }
}
