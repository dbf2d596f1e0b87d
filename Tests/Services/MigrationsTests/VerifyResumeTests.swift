import Base
import Registry
import RunTestKit
import Synchronization
import Testing
import Workflows

@testable import Migrations

/// A comparison that is cut short after each chunk goes on where it was, and ends with the digest that it had without that.
@Suite struct VerifyResumeTests {
    private struct Killed: Error {}

    /// Sixty milliseconds go by between two looks at it, so that a slice is as short as it can be.
    private final class TickingClock: Clock {
        private let base: any Clock
        private let ticks = Mutex<UInt64>(0)

        init(_ base: any Clock) { self.base = base }

        func now() -> Timestamp { base.now() }

        func monotonicNanoseconds() -> UInt64 {
            ticks.withLock { ticks in
                ticks += 60_000_000
                return ticks
            }
        }
    }

    private final class Calls: Sendable {
        private let done = Mutex<[Int]>([])
        var items: [Int] { done.withLock { $0 } }

        func note(_ items: Int) { done.withLock { $0.append(items) } }
    }

    private func move(isKilled: Bool) throws -> (receipt: MoveReceipt, calls: [Int]) {
        let world = try MoveWorld(undoWindowSeconds: 0)
        let calls = Calls()
        func process() throws -> WorkflowEngine {
            let registry = try world.folder.open()
            return WorkflowEngine(
                registry: registry, workflows: [try world.workflow(over: registry)],
                clock: TickingClock(world.folder.clock), random: SeededRandom(seed: 1), threads: 0,
                onBoundary: { boundary in
                    guard boundary.step == "verify", boundary.point == .recorded else { return }
                    let runs = try registry.list(RunRecord.self).records
                    calls.note(runs.first?.progress?.done ?? 0)
                    if isKilled { throw Killed() }
                })
        }
        var engine = try process()
        let run = try world.start(engine)
        while true {
            do {
                while let due = try engine.runUntilIdle() {
                    world.folder.clock.advance(
                        byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
                }
                break
            } catch is Killed {
                engine = try process()
                try engine.resumeAll()
            }
        }
        let registry = try world.folder.open()
        try world.checkCompleted(try engine.get(run), registry: registry)
        return (try registry.require(MoveReceipt.self, run), calls.items)
    }

    @Test func goesOnWhereItWasWithTheSameDigest() throws {
        let whole = try move(isKilled: false)
        let cut = try move(isKilled: true)
        #expect(cut.calls.count > 2, "\(cut.calls)")
        // Each call compares what the one before had not: it never begins anew.
        #expect(cut.calls == cut.calls.sorted() && Set(cut.calls).count > 2)
        #expect(cut.receipt.verifiedDigest == whole.receipt.verifiedDigest)
        #expect(cut.receipt.verifiedItems == whole.receipt.verifiedItems)
        #expect(cut.receipt.verifiedDigest.count == 64)
    }
}
