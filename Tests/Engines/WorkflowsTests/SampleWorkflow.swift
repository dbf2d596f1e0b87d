import Base
import Registry
import RunTestKit
import Workflows

/// A workflow whose every step leaves one record, and which uses all a step may do.
struct SampleWorkflow: Workflow {
    static let kind = "sample"

    let kind: String = SampleWorkflow.kind
    var version = 1
    var concurrencyMax = Limits.runsOfKindMax
    var lock: String? = "sample"
    var onFailure = FailurePolicy.undo
    var steps: [any WorkflowStep] = SampleWorkflow.standardSteps

    static let standardSteps: [any WorkflowStep] = [
        InsertStep(name: "insert"), StageStep(name: "stage"), ChunkStep(name: "chunk"),
        WaitStep(name: "wait"),
        ReturnStep(name: "return"), InsertStep(name: "last"),
    ]
}

/// A step's effect: a record under the step's name.
enum Effect {
    struct Missing: Error {
        let name: String
    }

    static func record(_ name: String, _ context: RunContext) throws -> NameReservation {
        guard let tenant = context.tenant else { throw Missing(name: "tenant") }
        return NameReservation(name: name, tenant: tenant)
    }

    static func remove(_ name: String, _ context: RunContext) throws {
        guard let stored = try context.registry.read(NameReservation.self, name) else { return }
        try context.registry.transact(RegistryTransaction([.delete(stored)]))
    }
}

/// Writes its record itself, so that a crash may come between the record and the step's end.
struct InsertStep: WorkflowStep {
    let name: String
    var isPointOfNoReturn = false

    func perform(_ context: RunContext) throws -> StepResult {
        if try context.registry.read(NameReservation.self, name) == nil {
            try context.registry.transact(RegistryTransaction([.insert(try Effect.record(name, context))]))
        }
        guard try context.registry.read(NameReservation.self, name) != nil else {
            throw Effect.Missing(name: name)
        }
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        try Effect.remove(name, context)
        return .done
    }
}

/// Lets its record commit with the step's end.
struct StageStep: WorkflowStep {
    let name: String

    func perform(_ context: RunContext) throws -> StepResult {
        guard try context.registry.read(NameReservation.self, name) == nil,
            try context.value(for: name, as: Bool.self) != true
        else { return .done }
        try context.set(true, for: name)
        context.stage(RegistryTransaction([.insert(try Effect.record(name, context))]))
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        try Effect.remove(name, context)
        return .done
    }
}

/// Counts to three with a checkpoint each, and ends early where it is asked to.
struct ChunkStep: WorkflowStep {
    let name: String

    func perform(_ context: RunContext) throws -> StepResult {
        var done = try context.value(for: name, as: Int.self) ?? 0
        while done < 3 {
            if context.isInterrupted { return .again(afterMilliseconds: 0) }
            done += 1
            try context.set(done, for: name)
            context.progress = RunProgress(phase: name, done: done, total: 3)
            try context.checkpoint()
        }
        return .done
    }
}

/// Is done at its second call, a minute later.
struct WaitStep: WorkflowStep {
    let name: String

    func perform(_ context: RunContext) throws -> StepResult {
        if let since = try context.value(for: name, as: Timestamp.self) {
            let passed = context.clock.now().milliseconds(since: since)
            return passed >= 60_000 ? .done : .again(afterMilliseconds: Int(60_000 - passed))
        }
        try context.set(context.clock.now(), for: name)
        return .again(afterMilliseconds: 60_000)
    }
}

/// Sends the run back twice.
struct ReturnStep: WorkflowStep {
    let name: String
    var times = 2

    func perform(_ context: RunContext) throws -> StepResult {
        let returns = try context.value(for: name, as: Int.self) ?? 0
        guard returns < times else { return .done }
        try context.set(returns + 1, for: name)
        return .back(toStep: "chunk", reason: "once more")
    }
}

/// What the sample is tested in.
final class SampleWorld: RunWorld {
    let folder: RegistryFolder
    let tenant = TenantID(random: SeededRandom(seed: 1))
    private let sample: SampleWorkflow

    init(_ sample: SampleWorkflow = SampleWorkflow()) throws {
        folder = try RegistryFolder()
        self.sample = sample
    }

    /// The sample has no step that looks after the others; the driver must find that out of each.
    var unnoticed: [String: String] {
        ["insert", "stage", "chunk", "return", "last"].reduce(into: [:]) { $0[$1] = "nothing checks it" }
    }

    struct Wrong: Error {
        let text: String
    }

    func workflow(over registry: Registry) throws -> any Workflow { sample }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try engine.start(kind: "sample", input: ["a": 1], tenant: tenant, idempotencyKey: "key")
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        let names = try registry.list(NameReservation.self).records.map(\.id)
        guard names == ["insert", "last", "stage"] else { throw Wrong(text: "\(names)") }
        guard run.values["chunk"] == "3", run.values["return"] == "2" else {
            throw Wrong(text: "\(run.values), \(run.returns) returns")
        }
        try checkAnnounced("run.completed", registry)
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        let names = try registry.list(NameReservation.self).records.map(\.id)
        guard names.isEmpty else { throw Wrong(text: "left behind: \(names)") }
        try checkAnnounced("run.undone", registry)
    }

    private func checkAnnounced(_ type: String, _ registry: Registry) throws {
        let events = try registry.list(OutboxEvent.self).records.filter { $0.type == type }
        guard events.count == 1, events[0].tenant == tenant else { throw Wrong(text: "\(events)") }
    }
}
