import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing
import Workflows

@testable import Migrations

/// What DynamoDB promises an application holds while its district moves: before each commit that the move makes to a store, somebody
/// counts, transacts, lets items end, and looks into an index.
@Suite struct MoveSemanticsTests {
    /// A district in the middle of its life, and the process that moves it.
    private struct Scene {
        let world: MoveWorld
        let classroom: Classroom
        let engine: WorkflowEngine
        let registry: Registry

        init(to target: String, undoWindowSeconds: Int) throws {
            world = try MoveWorld(to: target, undoWindowSeconds: undoWindowSeconds, isStreaming: true)
            classroom = try Classroom(world)
            registry = try world.folder.open()
            let stores = MortalStores(world.stores, registry: MortalEngine(world.folder.store)) {
                [classroom] _ in classroom.act()
            }
            engine = world.engine(over: stores, registry)
        }

        func advance() throws -> Bool {
            guard let due = try engine.runUntilIdle() else { return false }
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
            return true
        }

        func drive(_ run: RunID, to end: RunState) throws {
            while try advance() {}
            let record = try engine.get(run)
            #expect(record.state == end, "\(record.notes.map(\.text))")
        }

        func driveToKeep(_ run: RunID) throws {
            var calls = 0
            while try engine.get(run).step?.name != "keep", calls < 10_000, try advance() { calls += 1 }
            let record = try engine.get(run)
            try #require(
                record.step?.name == "keep", "\(record.state), \(record.notes.suffix(5).map(\.text))")
        }
    }

    @Test func aMoveKeepsWhatApplicationsRelyOn() throws {
        let scene = try Scene(to: "advanced", undoWindowSeconds: 2)
        for _ in 0..<12 { scene.classroom.act() }
        let run = try scene.world.start(scene.engine)
        try scene.driveToKeep(run)
        for _ in 0..<12 { scene.classroom.act() }
        try scene.drive(run, to: .completed)
        try scene.classroom.check(isIn: "advanced", hasSwitched: 1)
        let source = try scene.world.stores.store(try #require(StoreID("pool-basic-1")))
        let mover = scene.world.mover
        let left = try source.leftovers(
            of: mover.id, in: scene.world.environment(scene.registry).ownedRanges(of: mover, in: source),
            countsJournal: true)
        #expect(left.strays == nil)
        // Streams show what was done there for a day more, and the receipt says so.
        let receipt = try scene.registry.require(MoveReceipt.self, run)
        #expect(left.journalEntries > 0)
        #expect(receipt.remains?.map(\.journalEntries) == [left.journalEntries])
        #expect(
            receipt.remains?.first?.until
                == left.journalAt?.advanced(bySeconds: TableLimits.streamRetentionSeconds))
    }

    @Test func aRollBackKeepsThemToo() throws {
        let scene = try Scene(to: "advanced", undoWindowSeconds: 600)
        for _ in 0..<12 { scene.classroom.act() }
        let run = try scene.world.start(scene.engine)
        try scene.driveToKeep(run)
        for _ in 0..<12 { scene.classroom.act() }
        try scene.engine.cancel(run, actor: .system)
        try scene.drive(run, to: .undone)
        for _ in 0..<6 { scene.classroom.act() }
        try scene.classroom.check(isIn: "basic", hasSwitched: 2)
    }

    /// Who reads it only afterwards finds what was written in a store of the tenant's own from which it has gone back.
    @Test func aStoreThatWasGoneBackFromStaysForItsReaders() throws {
        // Short of ten minutes, for which tokens are known.
        let scene = try Scene(to: "premium", undoWindowSeconds: 300)
        for _ in 0..<12 { scene.classroom.act() }
        let run = try scene.world.start(scene.engine)
        try scene.driveToKeep(run)
        for _ in 0..<12 { scene.classroom.act() }
        let own = try scene.registry.require(PlacementRecord.self, scene.world.mover.id).store
        try scene.engine.cancel(run, actor: .system)
        let begun = scene.world.folder.clock.now()
        while try scene.engine.get(run).progress?.phase != "streams" { try #require(try scene.advance()) }
        for _ in 0..<6 { scene.classroom.act() }
        try scene.classroom.checkStreams(hasSwitched: 2)
        #expect(try scene.engine.get(run).progress?.text?.contains("`\(own)` stays for up to 5 min") == true)
        // And no longer than the move could have been taken back.
        try scene.drive(run, to: .undone)
        let waited = scene.world.folder.clock.now().milliseconds(since: begun)
        #expect(waited == 300_000, "\(waited)")
        #expect(try !scene.world.stores.list().contains(own))
        try scene.classroom.checkItems(isIn: "basic")
    }

    /// Nobody was ever served there.
    @Test func aStoreThatWasNeverInChargeGoesAtOnce() throws {
        let scene = try Scene(to: "premium", undoWindowSeconds: 600)
        for _ in 0..<12 { scene.classroom.act() }
        let run = try scene.world.start(scene.engine)
        try scene.engine.throttle(run, itemsPerSecond: 10, actor: .system)
        while try scene.engine.get(run).progress?.phase != "copy" { try #require(try scene.advance()) }
        let begun = scene.world.folder.clock.now()
        try scene.engine.cancel(run, actor: .system)
        try scene.drive(run, to: .undone)
        #expect(scene.world.folder.clock.now().milliseconds(since: begun) < 10_000)
    }

    @Test func aStoreThatHoldsMoreThanItShouldSaysWhat() throws {
        let world = try MoveWorld(isStreaming: true)
        let classroom = try Classroom(world)
        for _ in 0..<12 { classroom.act() }
        let store = try world.stores.store(try #require(StoreID("pool-basic-1")))
        var resident = try #require(try store.resident(world.mover.id))
        resident.isCaptured = true
        try store.setResident(world.mover.id, to: resident)
        classroom.act()
        let environment = world.environment(try world.folder.open())
        let keys = environment.ownedRanges(of: world.mover, in: store)
        let own = try store.leftovers(of: world.mover.id, in: keys, countsJournal: true)
        #expect(own.indexEntries >= 30 && own.expiryEntries >= 1 && own.changes >= 1 && own.tokens >= 1)
        #expect(own.strays?.contains("entries of the change log") == true)
        let nobody = try #require(TenantID("t000000000000000"))
        #expect(
            try store.leftovers(of: nobody, in: OwnedRanges(items: []), countsJournal: true) == Leftovers())
        // An index that the catalog does not know is looked through as a whole: the same is found.
        var unknown = keys
        unknown.entries = [:]
        #expect(
            try store.leftovers(of: world.mover.id, in: unknown, countsJournal: false).indexEntries
                == own.indexEntries)
    }
}
