import Base
import Registry
import RunTestKit
import Testing

@testable import Workflows

/// The wall clock is set back or forth while runs are under way.
@Suite struct SteadyTimeTests {
    static let hour: Int64 = 3_600_000
    let kit: RunKit
    private let calls = Shared(0)

    init() throws { kit = try RunKit() }

    private func waiting(milliseconds: Int) -> AnyWorkflow {
        let calls = calls
        return AnyWorkflow(
            steps: [
                ScriptedStep { _ in
                    calls.change { $0 += 1 }
                    return calls.value > 1 ? .done : .again(afterMilliseconds: milliseconds)
                }
            ])
    }

    @Test(arguments: [-hour, hour]) func aWaitIsAsLongAsItWasAskedFor(jump: Int64) throws {
        let engine = kit.engine([waiting(milliseconds: 30_000)])
        let run = try engine.start(kind: "any", input: 1)
        _ = try engine.runUntilIdle()
        kit.clock.setWall(byMilliseconds: jump)
        kit.clock.advance(byMilliseconds: 29_999)
        let due = try engine.runUntilIdle()
        #expect(due?.milliseconds(since: kit.clock.now()) == 1)
        #expect(calls.value == 1)
        kit.clock.advance(byMilliseconds: 1)
        #expect(try engine.runUntilIdle() == nil)
        #expect(try engine.get(run).state == .completed)
    }

    @Test func aWishDuringAWaitDoesNotShortenIt() throws {
        let engine = kit.engine([waiting(milliseconds: 30_000)])
        let run = try engine.start(kind: "any", input: 1)
        _ = try engine.runUntilIdle()
        kit.clock.setWall(byMilliseconds: SteadyTimeTests.hour)
        try engine.pause(run, actor: kit.actor)
        try engine.resume(run, actor: kit.actor)
        kit.clock.advance(byMilliseconds: 10_000)
        let due = try engine.runUntilIdle()
        #expect(due?.milliseconds(since: kit.clock.now()) == 20_000)
        #expect(calls.value == 1)
    }

    @Test(arguments: [(-hour, 30_000), (0, 20_000), (15_000, 5000), (hour, 0)] as [(Int64, Int64)])
    func aRestartWaitsNoLongerThanWasAskedFor(jump: Int64, left: Int64) throws {
        let first = kit.engine([waiting(milliseconds: 30_000)])
        try first.start(kind: "any", input: 1)
        _ = try first.runUntilIdle()
        kit.clock.advance(byMilliseconds: 10_000)
        first.stop()
        kit.clock.setWall(byMilliseconds: jump)
        let second = kit.engine([waiting(milliseconds: 30_000)])
        try second.resumeAll()
        let due = try second.runUntilIdle()
        #expect(due?.milliseconds(since: kit.clock.now()) ?? 0 == left)
        #expect(calls.value == (left == 0 ? 2 : 1))
    }

    @Test(arguments: [-hour, hour]) func aRetryComesAfterItsDelay(jump: Int64) throws {
        let calls = calls
        let step = ScriptedStep(retry: RetryPolicy(firstDelayMilliseconds: 10_000)) { _ in
            calls.change { $0 += 1 }
            if calls.value == 1 { throw Trouble() }
            return .done
        }
        let engine = kit.engine([AnyWorkflow(steps: [step])])
        try engine.start(kind: "any", input: 1)
        let due = try #require(try engine.runUntilIdle())
        let delay = due.milliseconds(since: kit.clock.now())
        kit.clock.setWall(byMilliseconds: jump)
        kit.clock.advance(byMilliseconds: delay - 1)
        _ = try engine.runUntilIdle()
        #expect(calls.value == 1)
        kit.clock.advance(byMilliseconds: 1)
        _ = try engine.runUntilIdle()
        #expect(calls.value == 2)
    }

    @Test func idsSortByTheStartThoughTheClockGoesBack() throws {
        let engine = kit.engine([AnyWorkflow(steps: [ScriptedStep()])])
        var runs = [try engine.start(kind: "any", input: 0)]
        kit.clock.setWall(byMilliseconds: -SteadyTimeTests.hour)
        for number in 1..<5 { runs.append(try engine.start(kind: "any", input: number)) }
        // Also those of the next process.
        let next = kit.engine([AnyWorkflow(steps: [ScriptedStep()])])
        runs.append(try next.start(kind: "any", input: 5))
        #expect(runs == runs.sorted { $0.text < $1.text })
        #expect(try engine.list().records.map(\.id) == runs.reversed())
    }

    @Test(arguments: [-hour, hour]) func noRunIsStuckByAJump(jump: Int64) throws {
        let step = ScriptedStep(stuckAfterSeconds: 60, retry: RetryPolicy(attemptsMax: .max)) { _ in
            throw Trouble()
        }
        let engine = kit.engine([AnyWorkflow(steps: [step])])
        let run = try engine.start(kind: "any", input: 1)
        try kit.drive(engine, roundsMax: 2)
        kit.clock.setWall(byMilliseconds: jump)
        #expect(try engine.markStuckRuns() == [])
        kit.clock.advance(byMilliseconds: 60_001)
        #expect(try engine.markStuckRuns() == [run])
    }

    @Test func nothingIsForgottenBecauseTheClockWasSetForth() throws {
        let engine = kit.engine([AnyWorkflow(steps: [ScriptedStep()])])
        let run = try engine.start(kind: "any", input: 1)
        try kit.drive(engine)
        let day: Int64 = 86_400
        #expect(try engine.prune(olderThanSeconds: 90 * day) == 0)
        kit.clock.setWall(byMilliseconds: 365 * day * 1000)
        #expect(try engine.prune(olderThanSeconds: 90 * day) == 0)
        kit.clock.advance(byMilliseconds: 90 * day * 1000)
        #expect(try engine.prune(olderThanSeconds: 90 * day) == 0)
        kit.clock.advance(byMilliseconds: 1)
        #expect(try engine.prune(olderThanSeconds: 90 * day) == 1)
        #expect(throws: WorkflowError.noSuchRun(run)) { try engine.get(run) }
    }
}
