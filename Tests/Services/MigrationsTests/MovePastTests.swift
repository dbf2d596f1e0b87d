import Archives
import Base
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

/// A tenant that has moved can be put back to moments before, during and after its moves, as one can that never did.
@Suite struct MovePastTests {
    /// Somebody writes twice before each commit of the move; afterwards the district is put back to what it was at each moment.
    @Test(arguments: ["advanced", "premium"]) func everyMomentOfAMoveCanBeGoneBackTo(target: String) throws {
        let world = try PastWorld(to: target)
        let registry = try world.folder.open()
        let onboarding = try world.window(registry)
        let engine = world.engine(registry) { [diary = world.diary] in for _ in 0..<2 { diary.act() } }
        let run = try world.move(target, undoWindowSeconds: 1, engine)
        try world.driveToKeep(run, engine)
        let switched = world.diary.pages.count
        for _ in 0..<12 { world.diary.act() }
        try world.finish(run, engine)
        #expect(switched > 20 && world.diary.pages.count > switched + 3, "\(switched)")
        for _ in 0..<12 { world.diary.act() }
        try world.checkPast(registry)
        // The beginning is where it was, and what lies before it is refused as ever.
        let window = try world.window(registry)
        #expect(window.from == onboarding.from && window.beginning != .move)
        #expect(throws: (any Error).self) {
            try world.past(window.from.advanced(byMilliseconds: -1), registry)
        }
        try world.base.check(
            world.base.mover, isIn: try #require(TierName(target)), registry: registry,
            items: try world.diary.itemsNow)
    }

    /// Whole restores, one after the other: to before the move, to a moment of its copy, to one behind the switch, to the end.
    @Test(arguments: ["advanced", "premium"]) func restoresGoBackAndForthAcrossAMove(target: String) throws {
        let world = try PastWorld(to: target)
        let registry = try world.folder.open()
        let engine = world.engine(registry) { [diary = world.diary] in diary.act() }
        let before = world.diary.pages.count - 2
        try world.finish(try world.move(target, engine), engine)
        for _ in 0..<9 { world.diary.act() }
        let pages = world.diary.pages
        let first = Set(try world.base.items)
        for (number, index) in [before, before + 8, pages.count - 4, before, pages.count - 1].enumerated() {
            world.clock.advance(byMilliseconds: 10)
            try world.restore(to: .moment(pages[index].moment), registry, seed: UInt64(30 + number))
            try world.base.check(
                world.base.mover, isIn: try #require(TierName(target)), registry: registry,
                items: Array(first.union(pages[index].items)))
        }
        // The restores are part of what can be gone back to.
        try world.checkPast(registry)
    }

    /// There and back again by further moves: what is known in a pool already is not added to it once more.
    @Test(arguments: ["advanced", "premium"]) func thePastGoesAlongWithEveryMove(target: String) throws {
        let world = try PastWorld(to: target)
        let registry = try world.folder.open()
        let engine = world.engine(registry) { [diary = world.diary] in diary.act() }
        for tier in [target, "basic", target, "enterprise", "basic"] {
            try world.finish(try world.move(tier, engine), engine)
            for _ in 0..<6 { world.diary.act() }
            try world.checkPast(registry, pagesMax: 20)
        }
        let pool = try #require(
            try world.base.stores.store(registry.require(PlacementRecord.self, world.base.mover.id).store)
                as? any TraceKeeper)
        let resident = try #require(try pool.resident(world.base.mover.id))
        let known = try pool.traces(of: world.base.mover.id).journalEntries
        // An adoption that is repeated adds nothing.
        let again = try pool.pastChanges(
            of: world.base.mover.id, in: try ranges(world, registry), from: Timestamp(milliseconds: 0),
            after: 0, entriesMax: 2000, changesMax: 2000)
        #expect(again.changes.count > 50 && again.next == nil && again.foreignAt == nil)
        try pool.adopt(again.changes, of: world.base.mover.id)
        #expect(try pool.traces(of: world.base.mover.id).journalEntries == known)
        #expect(resident.state == .active)
    }

    private func ranges(_ world: PastWorld, _ registry: Registry) throws -> [KeyRange] {
        let placement = try registry.require(PlacementRecord.self, world.base.mover.id)
        return Placements(registry: registry, catalog: world.base.catalog).ranges(
            tenant: world.base.mover.id, schools: world.base.mover.schools.map(\.id), tables: placement.tables
        )
    }

    /// What was written while the target was in charge comes back with a roll-back.
    @Test(arguments: ["advanced", "premium"]) func aRollBackKeepsThePastOfBothSides(target: String) throws {
        let world = try PastWorld(to: target)
        let registry = try world.folder.open()
        let onboarding = try world.window(registry)
        let adopted = Mutex(0)
        let engine = world.engine(
            registry, beforeCommit: { [diary = world.diary] in diary.act() },
            adopting: { count in adopted.withLock { $0 += count } })
        let run = try world.move(target, undoWindowSeconds: 600, engine)
        try world.driveToKeep(run, engine)
        for _ in 0..<12 { world.diary.act() }
        while try engine.runUntilIdle() != nil {
            if try world.window(registry).from == onboarding.from { break }
            world.clock.advance(byMilliseconds: 50)
        }
        // Within the undo window too the whole past is there.
        try world.checkPast(registry, pagesMax: 20)
        for _ in 0..<12 { world.diary.act() }
        let forward = adopted.withLock { $0 }
        try engine.cancel(run, actor: .system)
        try world.finish(run, engine, as: .undone)
        // What came from the source is there still, and is not handed back to it.
        let backward = adopted.withLock { $0 } - forward
        #expect(backward > 12 && backward < forward, "\(backward) after \(forward)")
        for _ in 0..<12 { world.diary.act() }
        try world.checkPast(registry)
        #expect(try world.window(registry).from == onboarding.from)
    }

    /// The source keeps a journal for an hour, the target for a day: nothing from before the hour comes along, later all is kept.
    @Test func aShorterJournalOfTheSourceIsTheBeginning() throws {
        let world = try PastWorld(to: "premium", recoveryHours: ["basic": 1, "premium": 24])
        let registry = try world.folder.open()
        world.clock.advance(byMilliseconds: 2 * 3_600_000)
        for _ in 0..<6 { world.diary.act() }
        let moment = try #require(world.diary.pages.dropLast(1).last?.moment)
        let engine = world.engine(registry)
        try world.finish(try world.move("premium", engine), engine)
        let window = try world.window(registry)
        #expect(window.beginning == .journal)
        let left = world.clock.now().milliseconds(since: window.from)
        #expect(left >= 3_590_000 && left <= 3_600_000, "\(left)")
        // Three hours later the moment is still within the premium tier's day.
        world.clock.advance(byMilliseconds: 3 * 3_600_000)
        for id in try world.base.stores.list() {
            let keeper = try #require(try world.base.stores.store(id) as? any HistoryKeeper)
            _ = try keeper.trimHistory(entriesMax: 100_000)
        }
        #expect(try world.window(registry).from == window.from)
        let page = try #require(world.diary.pages.last { $0.moment == moment })
        let first = Set(try world.base.items)
        #expect(try world.past(moment, registry) == first.union(page.items))
        // And a day later it is not, and what came along is gone.
        world.clock.advance(byMilliseconds: 24 * 3_600_000)
        #expect(try world.window(registry).from > moment)
        #expect(try world.window(registry).beginning == .journal)
        let place = try registry.require(PlacementRecord.self, world.base.mover.id).store
        let store = try #require(try world.base.stores.store(place) as? any HistoryKeeper & TraceKeeper)
        _ = try store.trimHistory(entriesMax: 100_000)
        #expect(try store.traces(of: world.base.mover.id).journalEntries == 0)
    }

    @Test func withoutAJournalAtTheTargetNothingComesAlong() throws {
        let world = try PastWorld(to: "premium", recoveryHours: ["premium": 0])
        let registry = try world.folder.open()
        let engine = world.engine(registry) { [diary = world.diary] in diary.act() }
        try world.finish(try world.move("premium", engine), engine)
        #expect(throws: RestoreError.noRecovery(world.base.mover.id)) { try world.window(registry) }
        let place = try registry.require(PlacementRecord.self, world.base.mover.id).store
        let store = try world.base.stores.store(place)
        let found = try store.pastChanges(
            of: world.base.mover.id, in: [], from: Timestamp(milliseconds: 0), after: 0, entriesMax: 2000,
            changesMax: 2000)
        #expect(found == PastChanges())

        // Back in a tier with a journal it begins with the arrival, and says why.
        try world.finish(try world.move("basic", engine), engine)
        let placement = try registry.require(PlacementRecord.self, world.base.mover.id)
        let window = try world.window(registry)
        #expect(window.from == placement.sinceAt && window.beginning == .move)
        let moment = window.from.advanced(byMilliseconds: -1)
        let run = try engine.start(
            kind: RestoreWorkflow.runKind,
            input: RestoreInput(tenant: world.base.mover.id, point: .moment(moment)),
            tenant: world.base.mover.id)
        try world.finish(run, engine, as: .undone)
        let notes = try engine.get(run).notes.map(\.text).joined()
        #expect(notes.contains("can be restored to moments from \(window.from.iso8601)"), "\(notes)")
    }

    /// Backups are made before, during and after a move, and each can be restored where the tenant is then.
    @Test(arguments: ["advanced", "premium"]) func backupsOfEachTimeAreRestoredAfterTheMove(
        target: String
    ) throws {
        let world = try PastWorld(to: target)
        let registry = try world.folder.open()
        let wanted = Mutex<[(backup: BackupID, items: Set<MoveWorld.Entity>)]>([])
        let first = Set(try world.base.items)
        let backUp: @Sendable () throws -> Void = {
            let count = wanted.withLock { $0.count }
            let maker = world.engine(registry, seed: 50 + UInt64(count))
            let run = try maker.start(
                kind: BackupWorkflow.runKind,
                input: BackupInput(tenant: world.base.mover.id, purpose: .request),
                tenant: world.base.mover.id)
            while try !maker.get(run).state.isFinal { _ = try maker.runUntilIdle() }
            var found: [TenantBackup] = []
            try registry.forEach(TenantBackup.self) { if $0.run == run { found.append($0) } }
            let backup = try #require(found.first).id
            let items = try first.union(#require(world.diary.pages.last).items)
            wanted.withLock { $0.append((backup, items)) }
        }
        let seen = Mutex<Set<String>>([])
        let engine = world.engine(
            registry,
            beforeCommit: { [diary = world.diary] in diary.act() },
            onBoundary: { boundary in
                world.diary.act()
                if seen.withLock({ $0.insert(boundary.step).inserted }) { try backUp() }
            })
        try backUp()
        let run = try world.move(target, undoWindowSeconds: 60, engine)
        try world.finish(run, engine)
        let backups = wanted.withLock { $0 }
        #expect(backups.count == 9)
        for (number, (backup, items)) in backups.enumerated() {
            try world.restore(to: .backup(backup), registry, seed: 90 + UInt64(number))
            try world.base.check(
                world.base.mover, isIn: try #require(TierName(target)), registry: registry,
                items: Array(items))
        }
    }

    /// Operators back whole tables up, as of now and as of before: what is adopted, and where the tenant is, makes no difference to them.
    @Test func backupsOfWholeTablesShowWhatWasInThem() throws {
        let world = try PastWorld(to: "advanced")
        let registry = try world.folder.open()
        let folder = try TemporaryFolder()
        let snapshots = try LocalSnapshots(
            folder: folder.path(of: "snapshots"), stores: world.base.stores)
        let random = SeededRandom(seed: 3)
        let students: @Sendable (String, Timestamp?) throws -> Set<Item> = { pool, moment in
            let store = try world.base.stores.store(try #require(StoreID(pool)))
            let record = try #require(
                store.records().first { $0.schema.name.text.hasPrefix("student-table") })
            let manifest = SnapshotManifest(
                id: SnapshotID(now: world.clock.now(), random: random), purpose: .backup, name: "table",
                store: store.id, table: record, createdAt: world.clock.now(), asOf: moment)
            _ = try snapshots.take(manifest)
            let rows = try snapshots.rows(of: manifest.id, after: nil, itemsMax: 10_000, bytesMax: .max)
            return Set(try rows.map { try $0.image.item() })
        }
        let all = { (tenant: TenantRecord) in
            Set(try MoveWorld.items(of: tenant).filter { $0.table == "student-table" }.map(\.item))
        }
        let (first, others) = (try all(world.base.mover), try all(world.base.neighbour))
        let written: @Sendable (Diary.Page) -> Set<Item> = { first.union($0.items.map(\.item)) }
        let seen = Mutex(0)
        let engine = world.engine(
            registry,
            beforeCommit: { [diary = world.diary] in diary.act() },
            onBoundary: { _ in
                guard
                    try registry.require(PlacementRecord.self, world.base.mover.id).store.text
                        == "pool-basic-1"
                else { return }
                world.diary.act()
                let page = try #require(world.diary.pages.last)
                #expect(try students("pool-basic-1", nil) == others.union(written(page)))
                seen.withLock { $0 += 1 }
            })
        let run = try world.move("advanced", undoWindowSeconds: 5, engine)
        try world.driveToKeep(run, engine)
        let switched = world.diary.pages.count
        for _ in 0..<6 { world.diary.act() }
        try world.finish(run, engine)
        #expect(seen.withLock { $0 } > 5)
        #expect(try students("pool-basic-1", nil) == others)
        let since = try #require(try registry.require(PlacementRecord.self, world.base.mover.id).sinceAt)
        for page in world.diary.pages.prefix(switched) where page.moment < since {
            #expect(try students("pool-basic-1", page.moment) == others.union(written(page)))
        }
        for page in world.diary.pages where page.moment > since {
            #expect(try students("pool-advanced-1", page.moment) == written(page))
        }
        #expect(try students("pool-advanced-1", world.diary.pages.first?.moment) == [])
    }

    /// Each of its commits is one that others wait for.
    @Test(arguments: [false, true]) func thePastComesInPartsWhereOthersWrite(isUsed: Bool) throws {
        let world = try PastWorld(to: "advanced", undoWindowSeconds: 0, acts: 120)
        let registry = try world.folder.open()
        let parts = Mutex<[Int]>([])
        let clock = RestingClock(world.clock)
        /// How often it had rested before each of them.
        let rests = Mutex<[Int]>([])
        let engine = world.engine(
            registry,
            delays: { _, through in
                CommitDelays.Sample(
                    through: through + 1, microseconds: isUsed ? Array(repeating: 1000, count: 64) : [])
            },
            adopting: { count in
                parts.withLock { $0.append(count) }
                rests.withLock { $0.append(clock.rests.count) }
            }, clock: clock)
        try world.finish(world.move("advanced", engine), engine)
        let adopted = parts.withLock { $0 }
        #expect(adopted.reduce(0, +) >= 120)
        #expect(isUsed ? adopted.allSatisfy { $0 <= Limits.pastSipMax } : adopted.count == 1, "\(adopted)")
        let before = rests.withLock { $0 }
        #expect(!isUsed || zip(before, before.dropFirst()).allSatisfy { $0 < $1 }, "\(before)")
        try world.checkPast(registry)
    }

    /// Every fault that the move is put through, with a past.
    @Test(arguments: [("basic", "premium"), ("premium", "advanced")])
    func thePastSurvivesEveryFault(source: String, target: String) throws {
        let count = try RunFaults(of: MoveWorkflow.runKind) { try PastWorld(from: source, to: target) }
            .exhaust()
        #expect(count > 150)
    }
}
