import Base
import Registry
import RunTestKit
import Synchronization
import Workflows

/// What a test of many runs needs: engines over one folder, and steps that do as they are told.
final class RunKit: Sendable {
    let folder: RegistryFolder
    let clock: ManualClock
    let registry: Registry
    let actor = AuditActor("person:ada")

    init() throws {
        folder = try RegistryFolder()
        clock = folder.clock
        registry = try folder.open()
    }

    func engine(
        _ workflows: [any Workflow], ofTenantMax: Int = Limits.runsOfTenantMax, threads: Int = 0
    ) -> WorkflowEngine {
        WorkflowEngine(
            registry: registry, workflows: workflows, clock: clock, random: SeededRandom(seed: 1),
            threads: threads, runsOfTenantMax: ofTenantMax)
    }

    func tenant(_ number: Int) -> TenantID { TenantID(random: SeededRandom(seed: UInt64(1000 + number))) }

    /// Lets time pass until nothing waits any more, at most so often.
    func drive(_ engine: WorkflowEngine, roundsMax: Int = 10_000) throws {
        for _ in 0..<roundsMax {
            guard let due = try engine.runUntilIdle() else { return }
            clock.advance(byMilliseconds: due.milliseconds(since: clock.now()))
        }
    }

    func events(_ type: String) throws -> [OutboxEvent] {
        try registry.list(OutboxEvent.self).records.filter { $0.type == type }
    }
}

/// A workflow of any steps.
struct AnyWorkflow: Workflow {
    var kind = "any"
    var version = 1
    var lock: String?
    var onFailure = FailurePolicy.undo
    var concurrencyMax = Limits.runsOfKindMax
    var isThrottled = false
    var steps: [any WorkflowStep]
    var holding: @Sendable (RunRecord) throws -> Void = { _ in }

    func held(_ run: RunRecord) throws { try holding(run) }
}

/// A step that does what the closure says.
struct ScriptedStep: WorkflowStep {
    var name = "step"
    var mayBeSkipped = true
    var isPointOfNoReturn = false
    var stuckAfterSeconds = 600
    var holdsSlot = true
    var retry = RetryPolicy()
    // A trailing closure is the first that is missing.
    var performing: @Sendable (RunContext) throws -> StepResult = { _ in .done }
    var undoing: @Sendable (RunContext) throws -> StepResult = { _ in .done }

    func perform(_ context: RunContext) throws -> StepResult { try performing(context) }
    func undo(_ context: RunContext) throws -> StepResult { try undoing(context) }
}

/// An error that may pass.
struct Trouble: Error {}

/// A value that tests and steps share.
final class Shared<Value: Sendable>: Sendable {
    private let held: Mutex<Value>
    init(_ value: Value) { held = Mutex(value) }
    var value: Value {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
    func change(_ body: @Sendable (inout Value) -> Void) { held.withLock { body(&$0) } }
}
