import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
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

    /// - Parameters:
    ///   - meanwhile: what others do after the first call.
    ///   - settle: makes everything as it was in the beginning.
    private func move(
        isKilled: Bool, meanwhile: @escaping @Sendable (MoveWorld) throws -> Void = { _ in },
        afterwards settle: (MoveWorld) throws -> Void = { _ in }
    ) throws -> (receipt: MoveReceipt, calls: [Int]) {
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
                    if calls.items.count == 1 { try meanwhile(world) }
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
        let record = try engine.get(run)
        #expect(record.state == .completed, "\(record.notes.map(\.text))")
        try settle(world)
        try world.checkCompleted(record, registry: registry)
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

    /// Puts five of the school's students, where the tenant is now.
    private func write(_ school: SchoolRecord, of world: MoveWorld, value: Int) throws {
        let placement = try world.folder.open().require(PlacementRecord.self, world.mover.id)
        var writes: [WriteRequest] = []
        for number in 0..<5 {
            let student = try MoveWorld.student(number, of: school.id, value: value)
            writes.append(try world.write(student, placement, tenant: world.mover.id))
        }
        try world.stores.store(placement.store)
            .write(WriteRequest(.batch, writes.flatMap(\.writes), route: writes[0].route))
    }

    /// More is written to keys that were compared than is looked through at once, then one that was not. All of it comes to what there was.
    @Test func aLogWhoseEndIsNotSeenIsNoDifference() throws {
        let entries = Limits.pendingChangesMax + Limits.compareAttemptsMax * Limits.catchUpBatchMax + 2000
        let found = try move(isKilled: false) { world in
            for value in (0..<entries / 5).reversed() {
                try write(world.mover.schools[0], of: world, value: value)
            }
            // Whichever was compared already: the others were not.
            for school in world.mover.schools.dropFirst() { try write(school, of: world, value: 1) }
        } afterwards: { world in
            for school in world.mover.schools.dropFirst() { try write(school, of: world, value: 0) }
        }
        #expect(found.receipt.outcome == .moved)
    }
}
