import Base
import Registry
import RunTestKit
import Testing
import Workflows

@Suite struct SkipTests {
    let kit: RunKit

    init() throws { kit = try RunKit() }

    private func failing(_ name: String = "bad", mayBeSkipped: Bool = true) -> ScriptedStep {
        ScriptedStep(name: name, mayBeSkipped: mayBeSkipped) { _ in .fail(reason: "no") }
    }

    @Test func aFailedStepIsSkippedWithWhoAndWhy() throws {
        let last = ScriptedStep(name: "last") { context in
            try context.setResult("there")
            return .done
        }
        let engine = kit.engine([AnyWorkflow(onFailure: .stop, steps: [failing(), last])])
        let run = try engine.start(kind: "any", input: 1, tenant: kit.tenant(1))
        try kit.drive(engine)
        kit.clock.advance(byMilliseconds: 5000)
        try engine.skip(run, reason: "the store is gone", actor: kit.actor)
        try kit.drive(engine)
        let record = try engine.get(run)
        #expect(record.state == .completed)
        #expect(record.result == #""there""#)
        let skip = StepSkip(
            step: "bad", isUndo: false, actor: kit.actor, reason: "the store is gone", time: kit.clock.now())
        #expect(record.steps[0].skipped == skip)
        #expect(record.steps.map(\.state) == [.skipped, .done])
        #expect(record.steps[0].history?.elements.map(\.outcome) == [.failed, .skipped])
        #expect(record.requests?.elements.map(\.what) == ["skip"])
        #expect(record.wantedSkip == nil)
        let entries = try kit.registry.list(AuditEntry.self).records
        #expect(
            entries.map(\.action) == [
                "run.started", "run.failed", "run.skip-requested", "run.step-skipped", "run.completed",
            ])
        #expect(entries[3].actor == kit.actor)
        #expect(
            entries[3].detail == [
                "kind": "any", "step": "bad", "reason": "the store is gone", "direction": "forward",
            ])
        #expect(try kit.events("run.step-skipped").map(\.tenant) == [kit.tenant(1)])
        #expect(try kit.registry.list(OpenRun.self).records.isEmpty)
    }

    @Test func theLastStepSkippedEndsTheRunWithWhatEndsWithIt() throws {
        let engine = kit.engine([
            AnyWorkflow(lock: "place", onFailure: .stop, steps: [ScriptedStep(), failing()])
        ])
        let run = try engine.start(kind: "any", input: 1, tenant: kit.tenant(1))
        try kit.drive(engine)
        try engine.skip(run, reason: "why", actor: kit.actor)
        try kit.drive(engine)
        #expect(try engine.get(run).state == .completed)
        #expect(try engine.get(run).endedAt != nil)
        #expect(try kit.registry.list(RunLock.self).records.isEmpty)
        #expect(try kit.events("run.completed").count == 1)
    }

    @Test func anUndoThatFailsIsSkippedAndTheOthersAreMade() throws {
        let undone = Shared<[String]>([])
        let first = ScriptedStep(
            name: "first",
            undoing: { _ in
                undone.change { $0.append("first") }
                return .done
            })
        let second = ScriptedStep(name: "second", undoing: { _ in .fail(reason: "cannot") })
        let engine = kit.engine([AnyWorkflow(steps: [first, second, failing()])])
        let run = try engine.start(kind: "any", input: 1)
        try kit.drive(engine)
        #expect(try engine.get(run).state == .failed(reason: "cannot"))
        try engine.skip(run, reason: "done by hand", actor: kit.actor)
        try kit.drive(engine)
        let record = try engine.get(run)
        #expect(record.state == .undone)
        #expect(record.steps.map(\.state) == [.undone, .skipped, .undone])
        #expect(record.steps[1].skipped?.isUndo == true)
        #expect(undone.value == ["first"])
    }

    @Test func refusesToSkipWhatMustNotBe() throws {
        let engine = kit.engine([
            AnyWorkflow(onFailure: .stop, steps: [failing("verify", mayBeSkipped: false)]),
            AnyWorkflow(kind: "held", steps: [ScriptedStep { _ in .again(afterMilliseconds: 5000) }]),
        ])
        let run = try engine.start(kind: "any", input: 1)
        let healthy = try engine.start(kind: "held", input: 1)
        _ = try engine.runUntilIdle()
        #expect(throws: WorkflowError.notSkippable(run, step: "verify")) {
            try engine.skip(run, reason: "why", actor: kit.actor)
        }
        #expect(throws: WorkflowError.notApplicable(healthy, state: "waiting")) {
            try engine.skip(healthy, reason: "why", actor: kit.actor)
        }
        for reason in ["", String(repeating: "r", count: Limits.skipReasonBytesMax + 1)] {
            #expect(throws: WorkflowError.invalidReason(bytesMax: Limits.skipReasonBytesMax)) {
                try engine.skip(run, reason: reason, actor: kit.actor)
            }
        }
        try engine.cancel(healthy, actor: kit.actor)
        try kit.drive(engine)
        #expect(throws: WorkflowError.finished(healthy, state: "undone")) {
            try engine.skip(healthy, reason: "why", actor: kit.actor)
        }
    }

    @Test func aStuckStepIsSkippedBetweenTwoCalls() throws {
        let step = ScriptedStep(name: "loop", stuckAfterSeconds: 30, retry: RetryPolicy(attemptsMax: .max)) {
            _ in
            throw Trouble()
        }
        let engine = kit.engine([AnyWorkflow(steps: [step, ScriptedStep(name: "last")])])
        let run = try engine.start(kind: "any", input: 1)
        try kit.drive(engine, roundsMax: 20)
        #expect(try engine.markStuckRuns() == [run])
        try engine.skip(run, reason: "why", actor: kit.actor)
        try kit.drive(engine)
        let record = try engine.get(run)
        #expect(record.state == .completed)
        #expect(record.stuck == nil)
        #expect(record.steps.map(\.state) == [.skipped, .done])
    }

    @Test func aWishToSkipIsDroppedWhereTheStepGetsOnByItself() throws {
        let engine = Shared<WorkflowEngine?>(nil)
        let step = ScriptedStep(name: "slow", stuckAfterSeconds: 30) { [kit] context in
            kit.clock.advance(byMilliseconds: 31_000)
            try engine.value?.markStuckRuns()
            try engine.value?.skip(context.run, reason: "why", actor: kit.actor)
            return .done
        }
        engine.value = kit.engine([AnyWorkflow(steps: [step, ScriptedStep(name: "last")])])
        let run = try #require(try engine.value?.start(kind: "any", input: 1))
        try kit.drive(try #require(engine.value))
        let record = try #require(try engine.value?.get(run))
        #expect(record.state == .completed)
        #expect(record.steps.map(\.state) == [.done, .done])
        #expect(record.steps.allSatisfy { $0.skipped == nil })
        engine.value = nil
    }
}
