import Base
import FoundationEssentials
import Registry
import RunTestKit
import Testing

@testable import Workflows

/// What is said to a run while it runs, and what it says of itself when it gets nowhere.
@Suite struct ThrottleTests {
    let kit: RunKit

    init() throws { kit = try RunKit() }

    @Test func aRateReachesTheStepUnderWayAndIsRecorded() throws {
        let seen = Shared<[Int?]>([])
        let step = ScriptedStep { context in
            let rate = context.itemsPerSecondMax
            seen.change { $0.append(rate) }
            return rate == 1 ? .done : .again(afterMilliseconds: 10)
        }
        let engine = kit.engine([AnyWorkflow(isThrottled: true, steps: [step])])
        let run = try engine.start(kind: "any", input: 1, tenant: kit.tenant(1))
        try kit.drive(engine, roundsMax: 1)
        try engine.throttle(run, itemsPerSecond: 5, actor: kit.actor)
        try kit.drive(engine, roundsMax: 1)
        try engine.throttle(run, itemsPerSecond: nil, actor: kit.actor)
        try kit.drive(engine, roundsMax: 1)
        try engine.throttle(run, itemsPerSecond: 1, actor: kit.actor)
        try kit.drive(engine)
        #expect(seen.value == [nil, 5, nil, 1])
        let record = try engine.get(run)
        #expect(
            record.requests?.elements.map(\.reason) == ["5 items a second", "no limit", "1 items a second"])
        let audit = try kit.registry.list(AuditEntry.self).records.filter { $0.action == "run.throttled" }
        #expect(audit.count == 3 && audit.allSatisfy { $0.actor == kit.actor })
        #expect(throws: WorkflowError.finished(run, state: "completed")) {
            try engine.throttle(run, itemsPerSecond: 2, actor: kit.actor)
        }
    }

    /// Also where somebody asks something of the run between its encoding and its commit: then all is encoded once more.
    @Test func aCheckpointIsMadeWhenItsConditionHasComeAboutAndNotWhereItThrows() throws {
        let (held, calls) = (Shared<WorkflowEngine?>(nil), Shared<[String]>([]))
        let actor = kit.actor
        let vain = CheckpointStep(name: "vain") { _ in throw Fault(text: "not yet") }
        let made = CheckpointStep(name: "made") { run in
            calls.change { $0.append("condition") }
            guard calls.value.count == 1 else { return }
            try held.value?.throttle(run, itemsPerSecond: 5, actor: actor)
        }
        let engine = kit.engine([AnyWorkflow(isThrottled: true, steps: [vain, made])])
        held.change { $0 = engine }
        let run = try engine.start(kind: "any", input: 1, tenant: kit.tenant(1))
        try kit.drive(engine)
        #expect(try engine.get(run).state == .completed)
        #expect(try engine.get(run).itemsPerSecondMax == 5)
        #expect(calls.value == ["condition", "condition"])
        #expect(try kit.registry.read(NameReservation.self, "vain") == nil)
        #expect(try kit.registry.read(NameReservation.self, "made")?.version == 1)
    }

    /// Also where the run remembers more, or somebody asks something of it, between its encoding and its commit.
    @Test(arguments: [false, true]) func whatWasEncodedBeforeACheckpointIsRememberedWithIt(
        isAskedMeanwhile: Bool
    ) throws {
        let (held, seen) = (Shared<WorkflowEngine?>(nil), Shared<[[String: String]]>([]))
        let actor = kit.actor
        let step = ScriptedStep { context in
            guard try context.value(for: "made", as: Int.self) == nil else { return .done }
            let vain = try context.prepared(1, for: "vain")
            #expect(throws: Fault.self) {
                try context.checkpoint(remembering: vain) { throw Fault(text: "not yet") }
            }
            try context.checkpoint()
            let made = try context.prepared(1, for: "made")
            if isAskedMeanwhile {
                try held.value?.throttle(context.run, itemsPerSecond: 5, actor: actor)
            } else {
                try context.set(1, for: "more")
            }
            try context.checkpoint(remembering: made)
            let values = context.record.values
            seen.change { $0.append(values) }
            return .again(afterMilliseconds: 10)
        }
        let engine = kit.engine([AnyWorkflow(isThrottled: true, steps: [step])])
        held.change { $0 = engine }
        let run = try engine.start(kind: "any", input: 1, tenant: kit.tenant(1))
        try kit.drive(engine)
        let values = isAskedMeanwhile ? ["made": "1"] : ["made": "1", "more": "1"]
        #expect(seen.value == [values])
        let record = try engine.get(run)
        #expect(record.state == .completed)
        #expect(record.values == values)
        #expect(record.itemsPerSecondMax == (isAskedMeanwhile ? 5 : nil))
        held.change { $0 = nil }
    }

    @Test func aRateIsSetWhileACallIsUnderWay() throws {
        let held = Shared<WorkflowEngine?>(nil)
        let seen = Shared<[Int?]>([])
        let actor = kit.actor
        let step = ScriptedStep { context in
            let rate = context.itemsPerSecondMax
            seen.change { $0.append(rate) }
            guard seen.value.count == 1 else { return .done }
            try held.value?.throttle(context.run, itemsPerSecond: 9, actor: actor)
            return .again(afterMilliseconds: 0)
        }
        let engine = kit.engine([AnyWorkflow(isThrottled: true, steps: [step])])
        held.value = engine
        let run = try engine.start(kind: "any", input: 1)
        try kit.drive(engine)
        #expect(seen.value == [nil, 9])
        #expect(try engine.get(run).state == .completed)
        held.value = nil
    }

    @Test func aRunOfAKindWithoutARateIsRefused() throws {
        let engine = kit.engine([AnyWorkflow(steps: [ScriptedStep { _ in .again(afterMilliseconds: 10) }])])
        let run = try engine.start(kind: "any", input: 1)
        #expect(throws: WorkflowError.notThrottled(run, kind: "any")) {
            try engine.throttle(run, itemsPerSecond: 5, actor: kit.actor)
        }
        #expect(try engine.get(run).requests == nil)
    }

    @Test func aStandstillIsNoSignOfLifeWhateverChanges() throws {
        let count = Shared(0)
        let getsOn = Shared(false)
        let step = ScriptedStep(stuckAfterSeconds: 5) { context in
            count.change { $0 += 1 }
            context.progress = RunProgress(phase: "step", done: count.value, text: "lag \(count.value)")
            try context.set(count.value, for: "count")
            if !getsOn.value { context.standstill = "the tenant writes faster than this goes" }
            return .again(afterMilliseconds: 900)
        }
        let engine = kit.engine([AnyWorkflow(steps: [step])])
        let run = try engine.start(kind: "any", input: 1)
        try kit.drive(engine, roundsMax: 4)
        #expect(try engine.markStuckRuns() == [])
        try kit.drive(engine, roundsMax: 4)
        #expect(try engine.markStuckRuns() == [run])
        #expect(try engine.get(run).stuck?.reason == "the tenant writes faster than this goes")
        try kit.drive(engine, roundsMax: 2)
        #expect(try engine.get(run).stuck != nil, "more of the same")
        getsOn.value = true
        try kit.drive(engine, roundsMax: 1)
        #expect(try engine.get(run).stuck == nil)
    }

    @Test func aStuckRunSaysWhatItShowedLast() throws {
        let step = ScriptedStep(stuckAfterSeconds: 5) { context in
            context.progress = RunProgress(phase: "step", done: 3, text: "two moves wait")
            return .again(afterMilliseconds: 900)
        }
        let engine = kit.engine([AnyWorkflow(steps: [step])])
        let run = try engine.start(kind: "any", input: 1)
        try kit.drive(engine, roundsMax: 8)
        #expect(try engine.markStuckRuns() == [run])
        #expect(
            try engine.get(run).stuck?.reason
                == "the step is called again and again, and nothing changes; last shown: two moves wait")
    }

    @Test func whatGoesOnWithARunIsHeldWithItAndAgainAtTheNextStart() throws {
        let held = Shared<[RunID]>([])
        let fails = Shared(true)
        var workflow = AnyWorkflow(steps: [ScriptedStep { _ in .again(afterMilliseconds: 10) }])
        workflow.holding = { run in
            #expect(run.state == .paused)
            if fails.value {
                fails.value = false
                throw Trouble()
            }
            held.change { $0.append(run.id) }
        }
        let first = kit.engine([workflow])
        let run = try first.start(kind: "any", input: 1)
        try kit.drive(first, roundsMax: 1)
        #expect(held.value.isEmpty)
        try first.pause(run, actor: kit.actor)
        try kit.drive(first)
        #expect(held.value == [run], "tried again after it failed")
        first.stop()
        let second = kit.engine([workflow])
        try second.resumeAll()
        try kit.drive(second)
        #expect(held.value == [run, run])
        #expect(try second.get(run).state == .paused)
        try second.resume(run, actor: kit.actor)
        try kit.drive(second, roundsMax: 2)
        #expect(held.value.count == 2)
    }

    @Test func aRunOfAnEarlierVersionIsReadWithoutARate() throws {
        let step = ScriptedStep { _ in .again(afterMilliseconds: 10) }
        let engine = kit.engine([AnyWorkflow(isThrottled: true, steps: [step])])
        let run = try engine.start(kind: "any", input: 1)
        let record = try kit.registry.require(RunRecord.self, run)
        let text = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
        #expect(!text.contains("itemsPerSecondMax"))
        #expect(try JSONDecoder().decode(RunRecord.self, from: Data(text.utf8)).itemsPerSecondMax == nil)
    }
}

/// Commits a record of its own name, prepared beforehand, when its condition has come about; is done where that throws, too.
private struct CheckpointStep: WorkflowStep {
    let name: String
    let condition: @Sendable (RunID) throws -> Void

    func perform(_ context: RunContext) throws -> StepResult {
        let record = try Effect.record(name, context)
        let prepared = try context.registry.prepared(RegistryTransaction([.insert(record)]))
        do {
            try context.checkpoint(prepared: prepared) { try condition(context.run) }
        } catch is Fault {
            return .done
        }
        return .done
    }
}
