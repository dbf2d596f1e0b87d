import Base

/// One execution of a workflow, with all it needs to go on after a restart.
public struct RunRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "run"

    /// The run's id; ids sort by the time the runs were started.
    public let id: RunID
    /// Which workflow.
    public let kind: String
    /// The tenant it is about, or nil.
    public let tenant: TenantID?
    /// Who started it.
    public let actor: AuditActor
    /// Why, in the words of whoever started it; nil where nobody said.
    public let why: String?
    /// The key it was started with, or nil.
    public let idempotencyKey: String?
    /// The name of the lock it holds (see `RunLock`), or nil.
    public var lock: String?
    /// The version of the workflow's definition that it was started with; nil where it is older than versions.
    public let definition: Int?
    /// The version it was last carried out with; nil where that is the one it was started with.
    public var laterDefinition: Int?
    /// What it was started with: JSON with sorted keys.
    public let input: String
    /// When it was started.
    public let createdAt: Timestamp
    /// When it came to its end, or nil.
    public var endedAt: Timestamp?
    /// How it stands.
    public var state: RunState = .pending
    /// Forward, or back through its undos.
    public var direction: RunDirection = .forward
    /// What somebody asked of it since.
    public var wanted: RunWish = .none
    /// Who wants the step it is at skipped, and why; only beside the wish.
    public var wantedSkip: StepSkip?
    /// Since when it makes no progress, and at what; nil where it gets on.
    public var stuck: RunStall?
    /// How many items a second it may do at most, as somebody asked; nil where nobody did.
    public var itemsPerSecondMax: Int?
    /// How long the wait is that it is `waiting` in, in milliseconds: a clock set back makes it no longer.
    public var waitMilliseconds: Int64?
    /// Which of `steps` it is at, or the number of steps where it has completed.
    public var stepIndex = 0
    /// Its steps, in order.
    public var steps: [StepRecord]
    /// How often a step sent it back to an earlier one.
    public var returns = 0
    /// What its steps remember: JSON by name.
    public var values: [String: String] = [:]
    /// How far it is, as the current step tells.
    public var progress: RunProgress?
    /// What it leaves: JSON, or nil.
    public var result: String?
    /// What happened that no other field shows (errors, returns to earlier steps), oldest first, the newest
    /// `Limits.runNotesMax` of them.
    public var notes: [RunNote] = []
    /// Who asked what of it, the newest `Limits.runRequestsMax`.
    public var requests: KeptNewest<RunRequest>?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The step it is at, or nil where it has completed.
    public var step: StepRecord? { steps.indices.contains(stepIndex) ? steps[stepIndex] : nil }

    /// A run that is not recorded yet.
    public init(
        id: RunID, kind: String, tenant: TenantID?, actor: AuditActor, idempotencyKey: String?, lock: String?,
        input: String, steps: [String], createdAt: Timestamp, definition: Int? = nil, why: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.tenant = tenant
        self.actor = actor
        self.why = why
        self.idempotencyKey = idempotencyKey
        self.lock = lock
        self.input = input
        self.definition = definition
        self.steps = steps.map { StepRecord(name: $0) }
        self.createdAt = createdAt
    }
}

/// How a run stands.
public enum RunState: Hashable, Sendable, Codable {
    /// Recorded, not begun.
    case pending
    /// At a step.
    case running
    /// Between two calls of a step, or of its undo, until then.
    case waiting(until: Timestamp)
    /// Held by somebody's wish, until resumed.
    case paused
    /// Stopped where it is, for this reason, until retried or undone.
    case failed(reason: String)
    /// On its way back, at the undo of a step.
    case undoing
    /// Undone to the end.
    case undone
    /// Done.
    case completed

    /// Whether nothing more will come.
    public var isFinal: Bool {
        switch self {
        case .undone, .completed: true
        case .pending, .running, .waiting, .paused, .failed, .undoing: false
        }
    }

    /// Whether it does nothing unless somebody asks: final, failed or paused.
    public var isSettled: Bool {
        switch self {
        case .undone, .completed, .failed, .paused: true
        case .pending, .running, .waiting, .undoing: false
        }
    }

    /// All names.
    public static let names = [
        "pending", "running", "waiting", "paused", "failed", "undoing", "undone", "completed",
    ]

    /// The case's name: for lists, logs and metrics.
    public var name: String {
        switch self {
        case .pending: "pending"
        case .running: "running"
        case .waiting: "waiting"
        case .paused: "paused"
        case .failed: "failed"
        case .undoing: "undoing"
        case .undone: "undone"
        case .completed: "completed"
        }
    }
}

/// Which way a run goes.
public enum RunDirection: Hashable, Sendable, Codable {
    /// Step by step to the end.
    case forward
    /// Undo by undo to the beginning, for this reason.
    case backward(reason: String)
}

/// What somebody asked of a run while it was under way.
public enum RunWish: String, Hashable, Sendable, Codable {
    case none
    case pause
    case undo
    case skip
}

/// How far a run is, as its current step tells.
public struct RunProgress: Hashable, Sendable, Codable {
    /// What is being done.
    public var phase: String
    /// How much of it is done.
    public var done: Int
    /// Of what, in the plural; nil of items.
    public var unit: String?
    /// How much there is, or nil where nobody knows.
    public var total: Int?
    /// How many a second of late, or nil; the engine works it out of what the steps tell.
    public var ratePerSecond: Double?
    /// How many seconds the rest will take at that rate, or nil; the engine works it out.
    public var secondsLeft: Double?
    /// More for people to read.
    public var text: String?
    /// What it keeps to now; nil where nothing holds it back.
    public var pace: RunPace?

    /// Progress.
    public init(
        phase: String, done: Int = 0, total: Int? = nil, ratePerSecond: Double? = nil, text: String? = nil,
        pace: RunPace? = nil, unit: String? = nil
    ) {
        self.unit = unit
        self.pace = pace
        self.phase = phase
        self.done = done
        self.total = total
        self.ratePerSecond = ratePerSecond
        self.text = text
    }
}

/// How fast a run goes at most, and why.
public struct RunPace: Hashable, Sendable, Codable {
    /// Items a second at most.
    public var itemsPerSecond: Int
    /// What holds it back.
    public var reason: String

    /// So many items a second, for this reason.
    public init(itemsPerSecond: Int, reason: String) {
        self.itemsPerSecond = itemsPerSecond
        self.reason = reason
    }
}

/// Something that happened to a run.
public struct RunNote: Hashable, Sendable, Codable {
    /// When.
    public var time: Timestamp
    /// At which step.
    public var step: String
    /// What.
    public var text: String

    /// A note.
    public init(time: Timestamp, step: String, text: String) {
        self.time = time
        self.step = step
        self.text = text
    }
}
