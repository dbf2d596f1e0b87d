import Base
import Dispatch
import Registry
import RunTestKit
import Testing

@testable import Workflows

@Suite struct StuckTests {
    let kit: RunKit

    init() throws { kit = try RunKit() }

    @Test func aRunThatFailsAgainAndAgainIsStuckOnceAndProgressClearsIt() throws {
        let isWell = Shared(false)
        let retry = RetryPolicy(attemptsMax: .max)
        let step = ScriptedStep(stuckAfterSeconds: 60, retry: retry) { _ in
            if !isWell.value { throw Trouble() }
            return .again(afterMilliseconds: 2000)
        }
        let engine = kit.engine([AnyWorkflow(steps: [step])])
        let begun = kit.clock.now()
        let run = try engine.start(kind: "any", input: 1, tenant: kit.tenant(1))
        // Bounded: a run that is settled against expectation has nothing due, and nothing moves the clock any more.
        for _ in 0..<10_000 where kit.clock.now().milliseconds(since: begun) <= 60_000 {
            #expect(try engine.markStuckRuns() == [])
            try kit.drive(engine, roundsMax: 1)
        }
        #expect(try engine.markStuckRuns() == [run])
        #expect(try engine.markStuckRuns() == [])
        let stall = try #require(try engine.get(run).stuck)
        #expect(stall.since == begun)
        #expect(stall.step == "step")
        #expect(stall.reason == "it fails again and again: Trouble()")
        #expect(engine.figures().stuck == ["any": 1])
        #expect(try engine.list(RunFilter(isStuck: true)).records.map(\.id) == [run])
        #expect(try kit.events("run.stuck").count == 1)
        #expect(try kit.registry.list(AuditEntry.self).records.map(\.action) == ["run.started", "run.stuck"])

        isWell.value = true
        try kit.drive(engine, roundsMax: 2)
        // A wait that the step asks for is a sign of life; the mark goes with the first change or the step's end.
        #expect(engine.figures().stuck == [:])
        try kit.drive(engine, roundsMax: 100)
        #expect(try engine.markStuckRuns() == [])
    }

    @Test func theMarkLastsOverARestart() throws {
        let step = ScriptedStep(stuckAfterSeconds: 5, retry: RetryPolicy(attemptsMax: .max)) { _ in
            throw Trouble()
        }
        let isWell = Shared(false)
        let first = kit.engine([AnyWorkflow(steps: [step])])
        let run = try first.start(kind: "any", input: 1)
        try kit.drive(first, roundsMax: 10)
        #expect(try first.markStuckRuns() == [run])
        first.stop()
        let well = ScriptedStep { context in
            isWell.value = true
            try context.set(1, for: "one")
            try context.checkpoint()
            return .again(afterMilliseconds: 1000)
        }
        let second = kit.engine([AnyWorkflow(steps: [well])])
        try second.resumeAll()
        #expect(second.figures().stuck == ["any": 1])
        try kit.drive(second, roundsMax: 1)
        #expect(second.figures().stuck == [:])
        #expect(try second.get(run).stuck == nil)
        #expect(try kit.events("run.stuck").count == 1)
    }

    @Test(arguments: [
        ("waits for an hour", 3_600_000, false, false), ("asks every second", 1000, false, false),
        ("is called at once and changes nothing", 0, false, true),
        ("is called at once and gets on", 0, true, false),
    ])
    func knowsALifeSign(what: String, wait: Int, changes: Bool, isStuck: Bool) throws {
        let calls = Shared(0)
        let engine = Shared<WorkflowEngine?>(nil)
        let marked = Shared(false)
        let step = ScriptedStep(stuckAfterSeconds: 60) { [kit] context in
            calls.change { $0 += 1 }
            guard calls.value < 200 else { return .done }
            kit.clock.advance(byMilliseconds: 1000)
            if changes { context.progress = RunProgress(phase: "step", done: calls.value) }
            if try engine.value?.markStuckRuns().isEmpty == false { marked.value = true }
            return .again(afterMilliseconds: wait)
        }
        let made = kit.engine([AnyWorkflow(steps: [step])])
        engine.value = made
        let run = try made.start(kind: "any", input: 1)
        // Bounded: while the registry fails a run is taken up again for ever, and this clock makes that no wait.
        for _ in 0..<10_000 {
            guard let due = try made.runUntilIdle() else { break }
            // Also in the middle of the wait, and at its end.
            for _ in 0..<2 {
                kit.clock.advance(byMilliseconds: due.milliseconds(since: kit.clock.now()) / 2)
                if try !made.markStuckRuns().isEmpty { marked.value = true }
            }
            kit.clock.advance(byMilliseconds: due.milliseconds(since: kit.clock.now()))
        }
        #expect(try made.get(run).state == .completed)
        #expect(marked.value == isStuck)
        engine.value = nil
    }

    @Test func hangingStepsAreSeenAndHoldUpNobodyElse() throws {
        let gate = DispatchSemaphore(value: 0)
        let entered = DispatchSemaphore(value: 0)
        let hanging = AnyWorkflow(
            kind: "hanging", concurrencyMax: 2,
            steps: [
                ScriptedStep { _ in
                    entered.signal()
                    gate.wait()
                    return .done
                }
            ])
        let plain = AnyWorkflow(kind: "plain", steps: [ScriptedStep()])
        // As many hang as there are threads.
        let engine = kit.engine([hanging, plain], threads: 2)
        let hung = try (0..<2).map { try engine.start(kind: "hanging", input: $0, tenant: kit.tenant($0)) }
        for _ in hung { entered.wait() }
        let others = try (0..<20).map { try engine.start(kind: "plain", input: $0, tenant: kit.tenant(9)) }
        let third = try engine.start(kind: "hanging", input: 3, tenant: kit.tenant(3))
        #expect(try engine.wait(for: others[0], timeoutMilliseconds: 200).state == .pending)
        #expect(try engine.markStuckRuns() == [])
        kit.clock.advance(byMilliseconds: 600_001)
        #expect(Set(try engine.markStuckRuns()) == Set(hung))
        #expect(try engine.get(hung[0]).stuck?.reason == "a call of the step has not come back")
        for run in others {
            #expect(try engine.wait(for: run, timeoutMilliseconds: 60_000).state == .completed)
        }
        // Those that hang have given their slots up, so another of their kind goes on.
        entered.wait()
        for _ in 0..<3 { gate.signal() }
        for run in hung + [third] {
            let record = try engine.wait(for: run, timeoutMilliseconds: 60_000)
            #expect(record.state == .completed)
            #expect(record.stuck == nil)
        }
        engine.stop()
    }

    @Test func doesNotWaitForAStepThatHangsToStop() throws {
        let gate = DispatchSemaphore(value: 0)
        let entered = DispatchSemaphore(value: 0)
        let told = Shared<[RunID]>([])
        let step = ScriptedStep { _ in
            entered.signal()
            gate.wait()
            return .done
        }
        let engine = WorkflowEngine(
            registry: kit.registry, workflows: [AnyWorkflow(steps: [step])], clock: kit.clock,
            random: SeededRandom(seed: 1), threads: 1, report: { run, _ in told.change { $0.append(run) } })
        let run = try engine.start(kind: "any", input: 1)
        entered.wait()
        engine.stop(timeoutSeconds: 0)
        #expect(told.value == [run])
        gate.signal()
    }
}
