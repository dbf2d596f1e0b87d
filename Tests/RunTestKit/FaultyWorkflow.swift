import Base
import Registry
import Synchronization
import Workflows

/// A way in which one step of a workflow goes wrong.
public enum StepFault: Hashable, Sendable, CaseIterable {
    /// The first call throws and has done nothing.
    case throwsBefore
    /// The first call throws and has done everything.
    case throwsAfter
    /// The step is carried out twice at each call; what the first one changed in the registry is there for the second.
    case performsTwice
    /// The step fails for good and has done nothing.
    case failsBefore
    /// The step fails for good and has done everything.
    case failsAfter
    /// The undo is carried out twice at each call, as with `performsTwice`; the run's last step fails so that there is one.
    case undoesTwice
    /// The first call of the undo throws and has done everything; the run's last step fails so that there is
    /// one.
    case undoThrowsAfter
    /// The step says that it is done and does nothing: what comes after it must find out.
    case skipsEffect

    /// Whether the run is undone by it (or stops, where the workflow says so).
    public var endsInFailure: Bool {
        switch self {
        case .throwsBefore, .throwsAfter, .performsTwice, .skipsEffect: false
        case .failsBefore, .failsAfter, .undoesTwice, .undoThrowsAfter: true
        }
    }

    var isOfUndo: Bool { self == .undoesTwice || self == .undoThrowsAfter }
}

/// A workflow of which one step goes wrong.
public struct FaultyWorkflow: Workflow {
    private let base: any Workflow
    /// The kind of the workflow beneath.
    public var kind: String { base.kind }
    /// The steps of the workflow beneath, the faulty one wrapped.
    public let steps: [any WorkflowStep]
    /// As beneath, unless it is to stop in place.
    public let onFailure: FailurePolicy
    /// As beneath.
    public var version: Int { base.version }
    /// As beneath, unless none may go on.
    public let concurrencyMax: Int
    /// As beneath.
    public var lock: String? { base.lock }
    /// As beneath.
    public var isThrottled: Bool { base.isThrottled }

    /// The workflow with a fault at the step of that name.
    public init(_ base: any Workflow, step name: String, fault: StepFault, stops: Bool = false) {
        self.base = base
        onFailure = stops ? .stop : base.onFailure
        concurrencyMax = base.concurrencyMax
        let last = base.steps.last?.name
        steps = base.steps.map { step in
            if step.name == name { return FaultyStep(step, fault: fault, isLast: step.name == last) }
            guard fault.isOfUndo, step.name == last else { return step }
            return FaultyStep(step, fault: .failsAfter, isLast: true)
        }
    }

    /// The workflow of which so many runs may be under way at once.
    public init(_ base: any Workflow, concurrencyMax: Int) {
        self.base = base
        steps = base.steps
        onFailure = base.onFailure
        self.concurrencyMax = concurrencyMax
    }

    /// As beneath.
    public func starting(_ run: RunRecord) throws -> RegistryTransaction { try base.starting(run) }

    /// As beneath.
    public func held(_ run: RunRecord) throws { try base.held(run) }

    /// As beneath.
    public func ending(_ run: RunRecord) throws -> RegistryTransaction { try base.ending(run) }

    /// As beneath.
    public func forgetting(_ run: RunRecord, in registry: Registry) throws -> RegistryTransaction {
        try base.forgetting(run, in: registry)
    }
}

private final class FaultyStep: WorkflowStep {
    struct Fault: Error {}

    private let base: any WorkflowStep
    private let fault: StepFault
    private let isLast: Bool
    private let hasThrown = Mutex(false)

    init(_ base: any WorkflowStep, fault: StepFault, isLast: Bool) {
        self.base = base
        self.fault = fault
        self.isLast = isLast
    }

    var name: String { base.name }
    var retry: RetryPolicy { base.retry }
    var isPointOfNoReturn: Bool { base.isPointOfNoReturn }
    var mayBeSkipped: Bool { base.mayBeSkipped }
    var stuckAfterSeconds: Int { base.stuckAfterSeconds }
    var holdsSlot: Bool { base.holdsSlot }

    func perform(_ context: RunContext) throws -> StepResult {
        switch fault {
        case .throwsBefore:
            try throwOnce()
            return try base.perform(context)
        case .throwsAfter:
            let result = try base.perform(context)
            try throwOnce()
            return result
        case .performsTwice:
            _ = try base.perform(context)
            try context.commitStaged()
            return try base.perform(context)
        case .failsBefore: return .fail(reason: "by the test")
        case .skipsEffect: return .done
        case .failsAfter:
            let result = try base.perform(context)
            return result == .done ? .fail(reason: "by the test") : result
        case .undoesTwice, .undoThrowsAfter:
            let result = try base.perform(context)
            return isLast && result == .done ? .fail(reason: "by the test") : result
        }
    }

    func undo(_ context: RunContext) throws -> StepResult {
        switch fault {
        case .undoesTwice:
            _ = try base.undo(context)
            try context.commitStaged()
            return try base.undo(context)
        case .undoThrowsAfter:
            let result = try base.undo(context)
            try throwOnce()
            return result
        case .throwsBefore, .throwsAfter, .performsTwice, .failsBefore, .failsAfter, .skipsEffect:
            return try base.undo(context)
        }
    }

    private func throwOnce() throws {
        let isFirst = hasThrown.withLock { hasThrown in
            defer { hasThrown = true }
            return !hasThrown
        }
        if isFirst { throw Fault() }
    }
}
