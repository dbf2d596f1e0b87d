import Base
import FoundationEssentials
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

/// What a tenant has where it is not served goes slice by slice, and is looked for wherever it may be.
@Suite struct MoveClearTests {
    /// A district that moves to another pool, ten items a second.
    private struct Scene {
        let world: MoveWorld
        let registry: Registry
        let engine: WorkflowEngine
        let run: RunID

        init(isStreaming: Bool = false, itemsPerSecond: Int? = 10, onBoundary: OnBoundary? = nil) throws {
            let world = try MoveWorld(undoWindowSeconds: 0, isStreaming: isStreaming)
            self.world = world
            registry = try world.folder.open()
            engine = WorkflowEngine(
                registry: registry, workflows: [try world.workflow(over: registry)],
                clock: world.folder.clock, random: SeededRandom(seed: 1), threads: 0,
                onBoundary: { try onBoundary?($0, world) })
            run = try world.start(engine)
            if let itemsPerSecond { try engine.throttle(run, itemsPerSecond: itemsPerSecond, actor: .system) }
        }

        /// Goes on to the next wait, and past it; false where nothing is left to be done.
        func advance() throws -> Bool {
            guard let due = try engine.runUntilIdle() else { return false }
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
            return true
        }

        /// Items of the target's tables.
        func copies() throws -> Int { try MoveClearTests.target(world).items() }
    }

    private typealias OnBoundary = @Sendable (Boundary, MoveWorld) throws -> Void

    fileprivate static func target(_ world: MoveWorld) throws -> any MovableStore {
        try world.stores.store(try #require(StoreID("pool-advanced-1")))
    }

    @Test func copiesAreTakenOutOfAPoolAtThePaceOfTheMove() throws {
        let scene = try Scene()
        while try scene.engine.get(scene.run).progress?.done ?? 0 < 12 { try #require(try scene.advance()) }
        try scene.engine.cancel(scene.run, actor: .system)
        let begun = scene.world.folder.clock.now()
        let copied = try scene.copies()
        var left: [Int] = []
        var shown: [RunProgress] = []
        while try scene.advance() {
            left.append(try scene.copies())
            if let progress = try scene.engine.get(scene.run).progress { shown.append(progress) }
        }
        #expect(copied >= 12)
        #expect(zip([copied] + left, left).allSatisfy { $0 - $1 <= 1 }, "\(left)")
        let milliseconds = scene.world.folder.clock.now().milliseconds(since: begun)
        #expect(milliseconds >= Int64(copied - 1) * 100, "\(copied) items in \(milliseconds) ms")
        let last = try #require(shown.last { $0.phase == "provision" })
        #expect(last.done == copied - 1 || last.done == copied)
        #expect(last.total == copied)
        #expect(last.pace == RunPace(itemsPerSecond: 10, reason: "as somebody asked"))
        #expect(try scene.engine.get(scene.run).state == .undone)
        try scene.world.check(scene.world.mover, isIn: scene.world.mover.tier, registry: scene.registry)
    }

    @Test func whatAnotherRunLeftInThePoolGoesAtThatPaceToo() throws {
        let planted = Once()
        let scene = try Scene { boundary, world in
            guard boundary.step == "provision", planted.isFirst() else { return }
            let tier = try #require(TierName("advanced"))
            let names = world.catalog.tables.map {
                ($0.name.text, PhysicalNames.poolTable($0.name, tier: tier, pool: 1))
            }
            let placements = world.environment(try world.folder.open()).placements
            let target = try world.stores.create(
                PhysicalNames.poolStore(tier: tier, pool: 1),
                tables: placements.schemas(of: Dictionary(uniqueKeysWithValues: names)))
            let (mover, other) = (world.mover.id, RunID(random: SeededRandom(seed: 9)))
            try target.setResident(mover, to: Resident(epoch: 1, state: .arriving(other)))
            let table = try #require(target.schemas().first { $0.name.text.hasPrefix("student-table") })
            let items = try (0..<8).map { number in
                let item = try MoveWorld.student(100 + number, of: world.mover.schools[0].id, value: 1).item
                return MovedItem(
                    table: table.name, key: try table.key.key(ofItem: item), image: ItemImage(item))
            }
            try target.apply(items, for: mover, run: other)
        }
        var left: [Int] = []
        while try scene.engine.get(scene.run).step?.name != "copy" {
            try #require(try scene.advance())
            left.append(try scene.copies())
            if left.last == 0 { break }
        }
        #expect(left.filter { $0 > 0 }.count >= 7 && Set(left).isSuperset(of: [1, 4, 7]), "\(left)")
        while try scene.advance() {}
        try scene.world.checkCompleted(try scene.engine.get(scene.run), registry: scene.registry)
    }

    @Test func aLongJournalIsCountedInSlicesThatCanBeHeld() throws {
        let world = try MoveWorld(undoWindowSeconds: 0, isStreaming: true)
        let registry = try world.folder.open()
        let placement = try registry.require(PlacementRecord.self, world.mover.id)
        let source = try world.stores.store(placement.store)
        // More than one look at the journal goes over.
        let school = world.mover.schools[0].id
        for value in 0..<60 {
            let writes = try (0..<100).map { number in
                try world.write(
                    MoveWorld.student(1000 + number, of: school, value: value), placement,
                    tenant: world.mover.id)
            }
            var request = writes[0]
            request.kind = .batch
            request.writes = writes.flatMap(\.writes)
            try source.write(request)
        }
        let hold = Hold()
        let stores = MortalStores(world.stores, registry: MortalEngine(world.folder.store)) { _ in hold.act()
        }
        let environment = MoveEnvironment(
            stores: stores, registry: registry, placements: world.environment(registry).placements)
        let engine = WorkflowEngine(
            registry: registry, workflows: [MoveWorkflow(environment: environment)],
            clock: world.folder.clock, random: SeededRandom(seed: 1), threads: 0)
        let run = try world.start(engine)
        let mover = world.mover.id
        let held = Once()
        hold.set {
            // The last commit before the journal is looked at.
            guard try engine.get(run).step?.name == "clean up", try source.resident(mover) == nil else {
                return
            }
            if held.isFirst() { try engine.pause(run, actor: .system) }
        }
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        let record = try engine.get(run)
        #expect(record.state == .paused)
        let text = try #require(record.values["journal"])
        let counted = try JSONDecoder().decode(JournalCount.self, from: Data(text.utf8))
        #expect(counted.next != nil && counted.entries > 0, "\(counted)")
        hold.set {}
        try engine.resume(run, actor: .system)
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        #expect(try engine.get(run).state == .completed)
        let remains = try #require(try registry.require(MoveReceipt.self, run).remains)
        let left = try source.leftovers(of: mover, in: OwnedRanges(items: []), countsJournal: true)
        #expect(remains.map(\.journalEntries) == [left.journalEntries] && left.journalEntries > 6000)
        let until = left.journalAt?.advanced(bySeconds: TableLimits.streamRetentionSeconds)
        #expect(remains.first?.until == until)
    }

    @Test func aFileOfTheTenantsOwnThatNobodyHasOnRecordIsFound() throws {
        let scene = try Scene(itemsPerSecond: nil)
        let world = scene.world
        let stray = PhysicalNames.tenantStore(world.mover.id, tier: try #require(TierName("premium")))
        let store = try world.stores.create(stray, tables: [])
        let other = RunID(random: SeededRandom(seed: 9))
        try store.setResident(world.mover.id, to: Resident(epoch: 1, state: .arriving(other)))
        while try scene.advance() {}
        let record = try scene.engine.get(scene.run)
        guard case .failed = record.state else {
            Issue.record("the run is \(record.state)")
            return
        }
        #expect(record.step?.name == "clean up")
        #expect(
            record.notes.contains { $0.text.contains("store `\(stray)`: the tenant is still known there") },
            "\(record.notes.map(\.text))")
        try world.stores.remove(stray)
        try scene.engine.retry(scene.run, actor: .system)
        while try scene.advance() {}
        try world.checkCompleted(try scene.engine.get(scene.run), registry: scene.registry)
    }
}

/// Something that is done before each commit.
private final class Hold: Sendable {
    private let body = Mutex<(@Sendable () throws -> Void)?>(nil)

    func set(_ body: @escaping @Sendable () throws -> Void) { self.body.withLock { $0 = body } }

    func act() {
        do { try body.withLock { $0 }?() } catch { Issue.record("\(error)") }
    }
}

extension MovableStore {
    fileprivate func items() throws -> Int {
        try schemas().reduce(0) { count, schema in
            try count + extent(of: KeyRange(table: schema.name, lower: [], upper: nil)).items
        }
    }
}
