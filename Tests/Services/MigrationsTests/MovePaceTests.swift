import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import Testing
import Workflows

@testable import Migrations

/// A copy that makes room for the writes of its pool.
@Suite struct MovePaceTests {
    private static let samples = 64

    /// How long writes to the pool wait, in microseconds.
    private final class Waits: Sendable {
        private let state = Mutex<UInt32>(1000)

        var microseconds: UInt32 {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    /// To which of its stores others write.
    enum Use { case nothing, source, target }

    /// Counts commits, and looks at each.
    private final class Tally: Sendable {
        private let state = Mutex(0)
        private let onCommit = Mutex<(@Sendable () -> Void)?>(nil)
        var count: Int { state.withLock { $0 } }

        func add() {
            state.withLock { $0 += 1 }
            onCommit.withLock { $0 }?()
        }

        /// Has each commit from now on looked at before it is made.
        func look(_ look: @escaping @Sendable () -> Void) { onCommit.withLock { $0 = look } }
    }

    /// A run while its tenant's log is long, as its commits find it.
    private struct Behind {
        var commits = 0
        var step: String?
        /// Items that the step has done.
        var done = 0
    }

    /// A move out of a pool whose writes wait as long as a test says, with some students more than usual.
    private struct Scene {
        let world: MoveWorld
        let registry: Registry
        let engine: WorkflowEngine
        let students: [MoveWorld.Entity]
        let waits = Waits()
        /// Commits that the move makes.
        let commits = Tally()
        let clock: RestingClock

        init(_ use: Use = .source, undoWindowSeconds: Int = 0) throws {
            world = try MoveWorld(undoWindowSeconds: undoWindowSeconds)
            registry = try world.folder.open()
            let placement = try registry.require(PlacementRecord.self, world.mover.id)
            let source = try world.stores.store(placement.store)
            let school = world.mover.schools[0].id
            students = try (0..<500).map {
                try MoveWorld.student(1000 + $0, of: school, value: $0)
            }
            for student in students {
                try source.write(world.write(student, placement, tenant: world.mover.id))
            }
            let stores = MortalStores(
                world.stores, registry: MortalEngine(world.folder.store),
                delays: { [waits] store, through in
                    CommitDelays.Sample(
                        through: through + 1,
                        microseconds: use != .nothing && (store == placement.store) == (use == .source)
                            ? Array(repeating: waits.microseconds, count: MovePaceTests.samples) : [])
                }, beforeCommit: { [commits] _ in commits.add() })
            clock = RestingClock(world.folder.clock)
            engine = world.engine(over: stores, registry, clock: clock)
        }

        /// Goes on to the next wait, and past it; false where nothing is left to be done.
        func advance() throws -> Bool {
            guard let due = try engine.runUntilIdle() else { return false }
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
            return true
        }
    }

    @Test(arguments: [Use.nothing, .source, .target])
    func whereOthersWriteItWorksInSipsAndRestsAfterEach(use: Use) throws {
        let scene = try Scene(use)
        _ = try scene.world.start(scene.engine)
        while try scene.advance() {}
        try scene.world.check(
            scene.world.mover, isIn: try #require(TierName("advanced")), registry: scene.registry,
            items: scene.world.items + scene.students)
        // Copied, compared on both sides of the switch, and removed.
        let sips =
            3 * (scene.students.count / Limits.moveSipItems) + scene.students.count / Limits.clearSipItems
        #expect(use != .nothing ? scene.clock.rests.count >= sips : scene.clock.rests.isEmpty)
        // At the tier's rate a sip has so long, and no time passes by this clock while it is worked at.
        let longest = UInt64(Limits.moveSipItems) * 1_000_000_000 / 20_000
        #expect(scene.clock.rests.allSatisfy { $0 <= longest })
    }

    /// Later writes come to the pool that the tenant has left, where others are.
    @Test func theKeptSourceIsCaughtUpWithInSips() throws {
        let scene = try Scene(undoWindowSeconds: 600)
        let run = try scene.world.start(scene.engine)
        while try scene.engine.get(run).step?.name != "keep" { try #require(try scene.advance()) }
        let placement = try scene.registry.require(PlacementRecord.self, scene.world.mover.id)
        let target = try scene.world.stores.store(placement.store)
        for student in scene.students {
            try target.write(scene.world.write(student, placement, tenant: scene.world.mover.id))
        }
        let before = scene.clock.rests.count
        // No time passes while it is worked at, so that all of it is one slice, and the log is as long as the last look found it: empty.
        try #require(try scene.advance())
        #expect(try scene.engine.get(run).step?.name == "keep")
        #expect(scene.clock.rests.count - before >= scene.students.count / Limits.catchUpBackSipMin)
        while try scene.advance() {}
        #expect(try scene.engine.get(run).state == .completed)
    }

    /// A chunk is compared then for each slice that is caught up with, and that is done a sip at a time.
    @Test func aLongLogComesBeforeComparing() throws {
        let scene = try Scene()
        let (world, registry) = (scene.world, scene.registry)
        let run = try world.start(scene.engine)
        // So slowly that there is a wait between the steps.
        try scene.engine.throttle(run, itemsPerSecond: 10, actor: .system)
        while try scene.engine.get(run).step?.name != "verify" { try #require(try scene.advance()) }
        let placement = try registry.require(PlacementRecord.self, world.mover.id)
        let source = try world.stores.store(placement.store)
        let rounds = 2 * Limits.copyLagMax / scene.students.count
        for student in Array(repeating: scene.students, count: rounds).joined() {
            try source.write(world.write(student, placement, tenant: world.mover.id))
        }
        let behind = Mutex(Behind())
        scene.commits.look { [clock = world.folder.clock, mover = world.mover.id] in
            do {
                clock.advance(byMilliseconds: 20)
                guard try source.changeCount(of: mover, after: 0) > Limits.copyLagMax else { return }
                let record = try #require(try registry.list(RunRecord.self).records.first)
                behind.withLock {
                    $0 = Behind(
                        commits: $0.commits + 1, step: record.step?.name, done: record.progress?.done ?? 0)
                }
            } catch { Issue.record("at a commit: \(error)") }
        }
        try scene.engine.throttle(run, itemsPerSecond: nil, actor: .system)
        while try scene.advance() {}
        let found = behind.withLock { $0 }
        #expect(found.step == "verify" && found.done < scene.students.count, "\(found)")
        #expect(found.commits > Limits.copyLagMax / Limits.catchUpSipMax, "\(found)")
        #expect(try scene.engine.get(run).state == .completed)
    }

    /// What is left behind goes out of a pool where others write.
    @Test(arguments: [Use.nothing, .source]) func whatIsLeftBehindIsRemovedInSips(use: Use) throws {
        let scene = try Scene(use, undoWindowSeconds: 600)
        let run = try scene.world.start(scene.engine)
        while try scene.engine.get(run).step?.name != "keep" { try #require(try scene.advance()) }
        var (rests, before) = (0, 0)
        while try scene.engine.get(run).step?.name == "keep" {
            // Of the call that goes on from there.
            (rests, before) = (scene.clock.rests.count, scene.commits.count)
            guard try scene.advance() else { break }
        }
        while try scene.advance() {}
        #expect(try scene.engine.get(run).state == .completed)
        let sips = scene.students.count / Limits.clearSipItems
        let commits = scene.commits.count - before
        #expect(use == .source ? commits >= sips : commits < sips / 2, "\(commits)")
        #expect(use == .source ? scene.clock.rests.count - rests >= sips : scene.clock.rests.count == rests)
    }

    @Test func aMoveSlowsDownWhereWritesOfItsPoolWaitAndSaysWhy() throws {
        let scene = try Scene()
        let engine = scene.engine
        let run = try scene.world.start(engine)
        // An item at a time, so that there are looks enough.
        try engine.throttle(run, itemsPerSecond: 10, actor: .system)
        while try engine.get(run).progress?.phase != "copy" { try #require(try scene.advance()) }
        scene.waits.microseconds = 50_000
        for _ in 0..<12 { try #require(try scene.advance()) }
        #expect(try engine.get(run).progress?.pace?.reason == "as somebody asked", "the lower one holds")

        try engine.throttle(run, itemsPerSecond: nil, actor: .system)
        try #require(try scene.advance())
        let held = RunPace(
            itemsPerSecond: 100,
            reason: "writes to `pool-basic-1` take up to 50.0 ms, 1.0 ms before the move")
        #expect(try engine.get(run).progress?.pace == held)
        let begun = scene.world.folder.clock.now()
        let first = try #require(try engine.get(run).progress).done
        for _ in 0..<5 { try #require(try scene.advance()) }
        let record = try engine.get(run)
        let copied = Int64(try #require(record.progress).done - first)
        let milliseconds = scene.world.folder.clock.now().milliseconds(since: begun)
        #expect(record.step?.name == "copy" && copied > 10)
        #expect(copied <= milliseconds / 10 + 10, "\(copied) items in \(milliseconds) ms")

        // The pool has recovered, and the move does.
        scene.waits.microseconds = 1000
        try #require(try scene.advance())
        #expect(try #require(try engine.get(run).progress?.pace).itemsPerSecond > 100)
        while try scene.advance() {}
        #expect(try engine.get(run).state == .completed)
        try scene.world.check(
            scene.world.mover, isIn: try #require(TierName("advanced")), registry: scene.registry,
            items: scene.world.items + scene.students)
    }
}
