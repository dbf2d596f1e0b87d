import Base
import Registry

/// What is to be done, as a list of steps that are recorded before and after each is done.
///
/// A definition may change while runs of it are under way; whoever changes the list of steps raises `version`. A run keeps the
/// steps it was started with, in their order:
/// - a step that was removed or renamed, or a kind that was removed: the run stops there, `failed`, its reason naming both
///   versions; it goes on under the earlier version, or when the step is skipped;
/// - a step that was inserted: the run does without it, and says so in a note; what later steps need of it they find missing,
///   as each asserts what it needs;
/// - another order: the run keeps its own;
/// - another lock: the run takes it when it is taken up again, and gives the old one back. Where another run holds it, the run
///   keeps the old one and says so in a note.
public protocol Workflow: Sendable {
    /// The name that runs are stored with: never reused for something else.
    var kind: String { get }
    /// The version of this definition, from 1; raised with each change of the list of steps.
    var version: Int { get }
    /// The steps, in order; their names are unique in the workflow and stay as they are.
    var steps: [any WorkflowStep] { get }
    /// What happens when a step fails for good.
    var onFailure: FailurePolicy { get }
    /// The name of the lock that keeps a tenant to one run at a time of all workflows that name it, or nil.
    var lock: String? { get }
    /// How many of its runs may be under way at once; the others wait for their turn (see `RunSlots`). At least 1.
    var concurrencyMax: Int { get }
    /// Whether somebody may say how many items a second its runs do at most (`WorkflowEngine.throttle`).
    var isThrottled: Bool { get }
    /// A run is held (`paused`): said behind the commit of it, and again at each start of the process. Holds what goes on with it;
    /// may be called any number of times, also where the run has gone on since.
    func held(_ run: RunRecord) throws
    /// Changes to commit together with the start of a run.
    func starting(_ run: RunRecord) throws -> RegistryTransaction
    /// Changes to commit together with the end of a run (completed or undone, see `run.state`).
    func ending(_ run: RunRecord) throws -> RegistryTransaction
    /// Changes to commit together with the forgetting of a run that ended long ago: what it keeps beside its record goes too.
    func forgetting(_ run: RunRecord, in registry: Registry) throws -> RegistryTransaction
}

extension Workflow {
    /// The first.
    public var version: Int { 1 }
    /// As many as there are threads.
    public var concurrencyMax: Int { Limits.runsOfKindMax }
    /// Undo.
    public var onFailure: FailurePolicy { .undo }
    /// None.
    public var lock: String? { nil }
    /// No.
    public var isThrottled: Bool { false }
    /// Nothing goes on with it.
    public func held(_ run: RunRecord) throws {}
    /// None.
    public func starting(_ run: RunRecord) throws -> RegistryTransaction { RegistryTransaction() }
    /// None.
    public func ending(_ run: RunRecord) throws -> RegistryTransaction { RegistryTransaction() }
    /// None.
    public func forgetting(_ run: RunRecord, in registry: Registry) throws -> RegistryTransaction {
        RegistryTransaction()
    }
}

/// What happens when a step fails for good.
public enum FailurePolicy: Sendable {
    /// The run goes back through the undos of all steps it has begun.
    case undo
    /// The run stays where it is, `failed`, until somebody retries or undoes it.
    case stop
}

/// A part of a workflow. Both calls may be made any number of times, with any of the effects of earlier calls
/// there or not: after a crash nobody knows how far the last one came. Each asserts that its effect is there
/// before it says `done`.
public protocol WorkflowStep: Sendable {
    /// The step's name.
    var name: String { get }
    /// How it is tried again after an error.
    var retry: RetryPolicy { get }
    /// Whether a run that has begun this step can no longer be undone.
    var isPointOfNoReturn: Bool { get }
    /// Whether an operator may have the step, or its undo, skipped where it fails or hangs. Not where what comes after it
    /// would do harm without it.
    var mayBeSkipped: Bool { get }
    /// Whether a run may be paused at this step. Not where others wait for it until a later one: they would wait for as long.
    var mayBePaused: Bool { get }
    /// After how many seconds without a sign of life a run is stuck at this step. A sign of life is a change of what the run
    /// remembers, shows or commits, or a wait of a second or more that the step asks for, until its end.
    var stuckAfterSeconds: Int { get }
    /// Whether a run at this step counts among those of its kind and tenant that may be under way at once. A step that only
    /// waits for days (a grace period) does not; while it waits for more than a minute no step does.
    var holdsSlot: Bool { get }
    /// Does the step's part. An error thrown is one that may pass: it is tried again.
    func perform(_ context: RunContext) throws -> StepResult
    /// Takes the step's effects back, also those of a call that was cut short; where there are none it is
    /// `done`.
    func undo(_ context: RunContext) throws -> StepResult
}

extension WorkflowStep {
    /// The usual way of trying again.
    public var retry: RetryPolicy { RetryPolicy() }
    /// No.
    public var isPointOfNoReturn: Bool { false }
    /// Yes.
    public var mayBeSkipped: Bool { true }
    /// Yes.
    public var mayBePaused: Bool { true }
    /// Ten minutes.
    public var stuckAfterSeconds: Int { Limits.runStuckAfterSeconds }
    /// Yes.
    public var holdsSlot: Bool { true }
    /// There is nothing to take back.
    public func undo(_ context: RunContext) throws -> StepResult { .done }
}

/// How a call of a step ended.
public enum StepResult: Hashable, Sendable {
    /// The effect is there: on to the next step.
    case done
    /// Not done, nothing wrong: call again so many milliseconds from now. No thread waits meanwhile.
    case again(afterMilliseconds: Int)
    /// Go on at an earlier step (only forward).
    case back(toStep: String, reason: String)
    /// It will never succeed: the workflow's `onFailure` says what now. An undo that fails stops the run in
    /// place.
    case fail(reason: String)
}

/// How a step is tried again after an error that may pass.
public struct RetryPolicy: Hashable, Sendable {
    /// How often it is tried before the error is for good.
    public var attemptsMax: Int
    /// The wait after the first error.
    public var firstDelayMilliseconds: Int
    /// The longest wait; until then each is twice the one before, with up to a quarter more or less by
    /// chance.
    public var delayMillisecondsMax: Int

    /// Tries so often, with such waits.
    public init(attemptsMax: Int = 8, firstDelayMilliseconds: Int = 50, delayMillisecondsMax: Int = 10_000) {
        self.attemptsMax = attemptsMax
        self.firstDelayMilliseconds = firstDelayMilliseconds
        self.delayMillisecondsMax = delayMillisecondsMax
    }
}
