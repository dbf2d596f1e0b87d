import Base
import Foundation
import Items
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

@testable import Migrations

/// The fence and its budget: what a move does that cannot switch in time.
@Suite struct FenceTests {
    /// Slow whenever the fence stands, until it has been raised in vain so many times; a writer puts a student all the while.
    private final class SlowSide: Sendable {
        struct Seen {
            var vain = 0
            var acknowledged = 0
            var acknowledgedAtFences: [Int] = []
            var isFenced = false
        }

        private let world: MoveWorld
        private let registry: Registry
        private let slowFences: Range<Int>
        private let seen = Mutex(Seen())

        init(_ world: MoveWorld, slowFences: Range<Int>) throws {
            self.world = world
            self.slowFences = slowFences
            registry = try world.folder.open()
        }

        var values: Seen { seen.withLock { $0 } }

        func look() {
            do {
                let placement = try registry.require(PlacementRecord.self, world.mover.id)
                let source = try world.stores.store(placement.store)
                let isFenced = try source.resident(world.mover.id)?.state == .fenced
                let isSlow = seen.withLock { seen in
                    if isFenced, !seen.isFenced { seen.acknowledgedAtFences.append(seen.acknowledged) }
                    seen.isFenced = isFenced
                    guard isFenced, slowFences.contains(seen.acknowledgedAtFences.count - 1) else {
                        return false
                    }
                    seen.vain = seen.acknowledgedAtFences.count
                    return true
                }
                if isSlow { world.folder.clock.advance(byMilliseconds: 300) }
                guard !isFenced else { return }
                let value = values.acknowledged + 1
                let student = try MoveWorld.student(0, of: world.mover.schools[0].id, value: value)
                do {
                    try source.write(try world.write(student, placement, tenant: world.mover.id))
                    seen.withLock { $0.acknowledged = value }
                } catch TableError.misrouted {}
            } catch { Issue.record("\(error)") }
        }
    }

    private func engine(_ world: MoveWorld, _ side: SlowSide, _ registry: Registry) -> WorkflowEngine {
        let stores = MortalStores(world.stores, registry: MortalEngine(world.folder.store)) { _ in
            side.look()
        }
        return world.engine(over: stores, registry)
    }

    /// Lets time pass while the engine waits for it, until somebody has seen enough.
    private func advance(
        _ engine: WorkflowEngine, _ world: MoveWorld, until isEnough: () throws -> Bool = { false }
    ) throws {
        while try !isEnough(), let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
    }

    private func run(slowFences: Int) throws -> (RunRecord, SlowSide.Seen, MoveWorld, Registry) {
        let world = try MoveWorld(undoWindowSeconds: 0)
        let side = try SlowSide(world, slowFences: 0..<slowFences)
        let registry = try world.folder.open()
        let engine = engine(world, side, registry)
        let run = try world.start(engine)
        try advance(engine, world)
        return (try engine.get(run), side.values, world, registry)
    }

    @Test(arguments: [1, 3]) func comesDownByItselfAndIsTriedAgain(slowFences: Int) throws {
        let (record, seen, world, registry) = try run(slowFences: slowFences)
        #expect(record.state == .completed, "\(record.notes.map(\.text))")
        let receipt = try registry.require(MoveReceipt.self, record.id)
        #expect(seen.vain == slowFences)
        #expect(receipt.fences == slowFences + 1)
        #expect(try #require(receipt.writePauseMilliseconds) < 250)
        // Between two fences the tenant's writes go on where they were.
        for (earlier, later) in zip(seen.acknowledgedAtFences, seen.acknowledgedAtFences.dropFirst()) {
            #expect(later > earlier)
        }
        var items = try world.items.filter {
            $0.item["recordKey"]?.string?.hasSuffix("\(world.mover.schools[0].id)#STUDENT#0") != true
        }
        items.append(try MoveWorld.student(0, of: world.mover.schools[0].id, value: seen.acknowledged))
        try world.check(
            world.mover, isIn: try #require(TierName("advanced")), registry: registry, items: items)
    }

    @Test func isRaisedSoOftenAndNoMore() throws {
        let (record, seen, world, registry) = try run(slowFences: .max)
        #expect(record.state == .undone)
        #expect(seen.vain == Limits.fenceAttemptsMax)
        #expect(
            record.notes.contains {
                $0.text.contains("the fence was raised \(Limits.fenceAttemptsMax) times")
                    && $0.text.contains("try again when the tenant writes less")
            }, "\(record.notes.map(\.text))")
        let placement = try registry.require(PlacementRecord.self, world.mover.id)
        let resident = try world.stores.store(placement.store).resident(world.mover.id)
        #expect(resident == Resident(epoch: placement.epoch, state: .active))
        #expect(placement.store.text == "pool-basic-1")
        #expect(try registry.read(MoveReceipt.self, record.id)?.outcome == .cancelled)
    }

    @Test func whoHasItTriedAgainHasItTriedAsOftenAgain() throws {
        let world = try MoveWorld(undoWindowSeconds: 600)
        // The first fence is the switch's.
        let side = try SlowSide(world, slowFences: 1..<Limits.fenceAttemptsMax + 3)
        let registry = try world.folder.open()
        let engine = engine(world, side, registry)
        let run = try world.start(engine)
        try advance(engine, world) { try engine.get(run).step?.name == "keep" }
        try engine.cancel(run, actor: .system)
        try advance(engine, world)
        guard case .failed(let reason) = try engine.get(run).state else {
            Issue.record("it is \(try engine.get(run).state)")
            return
        }
        #expect(reason.contains("the fence was raised \(Limits.fenceAttemptsMax) times"))
        try engine.retry(run, actor: .system)
        try advance(engine, world)
        #expect(try engine.get(run).state == .undone)
        #expect(side.values.vain == Limits.fenceAttemptsMax + 3)
    }

    @Test func aHandOverOfTheVersionBeforeIsRead() throws {
        let old = Data(#"{"sequence":1,"applied":2,"fences":3}"#.utf8)
        let expected = HandOver(sequence: 1, applied: 2, fences: 3)
        #expect(try JSONDecoder().decode(HandOver.self, from: old) == expected)
    }
}
