import Base
import FoundationEssentials
import Items
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing
import Workflows

@testable import Migrations

/// A rate that somebody sets while a move runs, and a log that the tenant makes longer than the move can follow.
@Suite struct MoveThrottleTests {
    private let actor = AuditActor("person:operator")

    @Test func aMoveKeepsToTheRateThatSomebodySets() throws {
        let world = try MoveWorld(from: "basic", to: "advanced")
        let registry = try world.folder.open()
        let engine = WorkflowEngine(
            registry: registry, workflows: [try world.workflow(over: registry)], clock: world.folder.clock,
            random: SeededRandom(seed: 1), threads: 0)
        let run = try world.start(engine)
        try engine.throttle(run, itemsPerSecond: 10, actor: actor)
        let begun = world.folder.clock.now()
        var copied: Timestamp?
        var shown: RunPace?
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
            let record = try engine.get(run)
            shown = shown ?? record.progress?.pace
            if copied == nil, record.step?.name == "verify" { copied = world.folder.clock.now() }
        }
        let items = try MoveWorld.items(of: world.mover).count
        let milliseconds = try #require(copied).milliseconds(since: begun)
        #expect(milliseconds >= Int64(items - 1) * 100, "\(items) items in \(milliseconds) ms")
        #expect(shown == RunPace(itemsPerSecond: 10, reason: "as somebody asked"))
        try world.checkCompleted(try engine.get(run), registry: registry)
        let request = try #require(try engine.get(run).requests?.elements.first)
        #expect(request.what == "throttle" && request.reason == "10 items a second")
    }

    @Test func writesWaitWhereCatchingUpLosesGroundAndNoneIsLost() throws {
        let world = try MoveWorld(from: "basic", to: "advanced")
        let registry = try world.folder.open()
        let engine = WorkflowEngine(
            registry: registry, workflows: [try world.workflow(over: registry)], clock: world.folder.clock,
            random: SeededRandom(seed: 1), threads: 0)
        let run = try world.start(engine)
        try engine.throttle(run, itemsPerSecond: 10, actor: actor)
        while try engine.get(run).step?.name != "copy" { _ = try engine.runUntilIdle() }
        try engine.pause(run, actor: actor)
        _ = try engine.runUntilIdle()
        let source = try world.stores.store(
            registry.require(PlacementRecord.self, world.mover.id).store)
        let before = try #require(try source.resident(world.mover.id)?.epoch)
        let placement = try registry.require(PlacementRecord.self, world.mover.id)
        let student = try MoveWorld.student(0, of: world.mover.schools[0].id, value: 7)
        for _ in 0..<50 { try source.write(try world.write(student, placement, tenant: world.mover.id)) }
        // What the run remembers that has gone through the log in vain again and again.
        var pace = Pace()
        for _ in 0..<Limits.passesInVainMax { pace.notePassInVain() }
        let text = String(decoding: try JSONEncoder().encode(pace), as: UTF8.self)
        try registry.update(RunRecord.self, run) { record, _ in record.values[MoveMemory.pace] = text }
        try engine.resume(run, actor: actor)
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        #expect(try engine.get(run).state == .completed)
        let epoch = try registry.require(PlacementRecord.self, world.mover.id).epoch
        #expect(epoch == before + 4, "the writes were held back once before the switch: \(epoch)")
        let receipt = try registry.require(MoveReceipt.self, run)
        #expect(receipt.changesApplied == 50 && receipt.fences == 1)
        let items = try MoveWorld.items(of: world.mover).map {
            $0.item["recordKey"] == student.item["recordKey"] ? student : $0
        }
        try world.check(
            world.mover, isIn: try #require(TierName("advanced")), registry: registry, items: items)
    }
}
