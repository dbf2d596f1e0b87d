import Archives
import Base
import Items
import LocalTables
import Migrations
import Registry
import RunTestKit
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

/// Two districts of which one moves, whose past is known, and the service that puts a district back.
final class PastWorld: RunWorld, Sendable {
    let base: MoveWorld
    let diary: Diary
    private let disk: TemporaryFolder
    private let images: LocalTenantImages
    private let backups: BackupFolder

    /// - Parameter acts: what was written before.
    init(
        from source: String = "basic", to target: String = "advanced", undoWindowSeconds: Int = 1,
        recoveryHours: [String: Int] = [:], acts: Int = 12
    ) throws {
        base = try MoveWorld(
            from: source, to: target, undoWindowSeconds: undoWindowSeconds, isStreaming: true,
            recoveryHours: recoveryHours)
        disk = try TemporaryFolder()
        images = try LocalTenantImages(folder: disk.path(of: "images"), stores: base.stores)
        backups = try BackupFolder(path: disk.path(of: "backups"))
        base.folder.clock.advance(byMilliseconds: 5)
        diary = try Diary(base)
        for _ in 0..<acts { diary.act() }
    }

    var clock: ManualClock { base.folder.clock }

    func archives(_ registry: Registry) -> BackupEnvironment {
        BackupEnvironment(
            stores: base.stores, registry: registry,
            placements: Placements(registry: registry, catalog: base.catalog), images: images,
            folder: backups)
    }

    /// A process that moves and restores; before each commit of a store by a move `beforeCommit` happens.
    func engine(
        _ registry: Registry, seed: UInt64 = 7,
        beforeCommit: @escaping @Sendable () -> Void = {},
        onBoundary: @escaping @Sendable (Boundary) throws -> Void = { _ in },
        delays: @escaping @Sendable (StoreID, Int) -> CommitDelays.Sample = { _, _ in CommitDelays.Sample() },
        adopting: @escaping @Sendable (Int) -> Void = { _ in },
        clock: (any Clock)? = nil
    ) -> WorkflowEngine {
        let stores = MortalStores(
            base.stores, registry: MortalEngine(base.folder.store), delays: delays, adopting: adopting
        ) { _ in beforeCommit() }
        let environment = MoveEnvironment(
            stores: stores, registry: registry,
            placements: Placements(registry: registry, catalog: base.catalog), clock: clock ?? self.clock)
        return WorkflowEngine(
            registry: registry,
            workflows: [MoveWorkflow(environment: environment)]
                + TenantBackupDesk.workflows(archives(registry)),
            clock: clock ?? self.clock, random: SeededRandom(seed: seed), threads: 0, onBoundary: onBoundary)
    }

    func finish(_ run: RunID, _ engine: WorkflowEngine, as end: RunState = .completed) throws {
        while let due = try engine.runUntilIdle() {
            clock.advance(byMilliseconds: max(0, due.milliseconds(since: clock.now())))
        }
        let record = try engine.get(run)
        try base.expect(record.state == end, "\(record.state): \(record.notes.map(\.text))")
    }

    func driveToKeep(_ run: RunID, _ engine: WorkflowEngine) throws {
        while try engine.get(run).step?.name != "keep" {
            let due = try #require(try engine.runUntilIdle())
            clock.advance(byMilliseconds: due.milliseconds(since: clock.now()))
        }
    }

    func move(_ tier: String, undoWindowSeconds: Int = 0, _ engine: WorkflowEngine) throws -> RunID {
        try engine.start(
            kind: MoveWorkflow.runKind,
            input: MoveInput(
                tenant: base.mover.id, tier: try #require(TierName(tier)),
                undoWindowSeconds: undoWindowSeconds),
            tenant: base.mover.id)
    }

    func window(_ registry: Registry) throws -> RecoveryWindow {
        try archives(registry).window(of: base.mover.id, now: clock.now())
    }

    /// Puts the district back by a run.
    func restore(to point: RestorePoint, _ registry: Registry, seed: UInt64) throws {
        let engine = engine(registry, seed: seed)
        let run = try engine.start(
            kind: RestoreWorkflow.runKind, input: RestoreInput(tenant: base.mover.id, point: point),
            tenant: base.mover.id)
        try finish(run, engine)
    }

    /// What the journals say the district had at a moment.
    func past(_ moment: Timestamp, _ registry: Registry) throws -> Set<MoveWorld.Entity> {
        let placement = try registry.require(PlacementRecord.self, base.mover.id)
        let tables = try base.catalog.tables.map { table in
            let physical = try #require(placement.tables[table.name.text])
            return TenantImage.Table(
                name: table.name.text,
                ranges: table.ownedKeys.spans(tenant: base.mover.id, schools: base.mover.schools.map(\.id))
                    .map {
                        KeyRange(table: physical, lower: $0.lower, upper: $0.upper)
                    })
        }
        let id = SnapshotID(now: moment, random: SeededRandom(seed: UInt64(moment.milliseconds)))
        _ = try images.take(
            TenantImage(
                id: id, tenant: base.mover.id, store: placement.store, epoch: placement.epoch, tables: tables,
                createdAt: clock.now(), asOf: moment,
                historyFrom: placement.historyFrom == nil ? nil : try window(registry).from))
        defer { #expect(throws: Never.self) { try images.remove(id) } }
        var found: Set<MoveWorld.Entity> = []
        for table in tables {
            for row in try images.rows(
                of: id, table: table.name, after: nil, itemsMax: 10_000, bytesMax: .max)
            {
                found.insert(MoveWorld.Entity(table: table.name, item: try row.image.item()))
            }
        }
        return found
    }

    /// Throws unless the district can be put back to every moment of the diary.
    func checkPast(_ registry: Registry, pagesMax: Int = 60) throws {
        let first = Set(try base.items)
        for page in diary.pages(atMost: pagesMax) {
            let found = try past(page.moment, registry).subtracting(first)
            let texts = { (items: Set<MoveWorld.Entity>) in
                items.map {
                    "\($0.item["recordKey"]?.string?.suffix(2) ?? "") \($0.item["value"]?.number?.text ?? "")"
                }
                .sorted()
            }
            try base.expect(
                found == page.items,
                "at \(page.moment.milliseconds): \(texts(found)) for \(texts(page.items))")
        }
    }

    // MARK: RunWorld

    var folder: RegistryFolder { base.folder }

    func workflow(over registry: Registry) throws -> any Workflow {
        MoveWorkflow(
            environment: MoveEnvironment(
                stores: base.stores, registry: registry,
                placements: Placements(registry: registry, catalog: base.catalog), clock: clock))
    }

    func start(_ engine: WorkflowEngine) throws -> RunID { try base.start(engine) }

    var unnoticed: [String: String] { base.unnoticed }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        let tier = try registry.require(TenantRecord.self, base.mover.id).tier
        try base.expect(tier != base.mover.tier, "it is where it was")
        try check(in: tier, registry)
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws { try check(in: base.mover.tier, registry) }

    /// All is in its place and nowhere else, what came along of the past included, which can be gone back to.
    private func check(in tier: TierName, _ registry: Registry) throws {
        try base.check(base.mover, isIn: tier, registry: registry, items: try diary.itemsNow)
        try checkPast(registry, pagesMax: 4)
        let placement = try registry.require(PlacementRecord.self, base.mover.id)
        let mover = base.mover.id
        for id in try base.stores.list() where id != placement.store {
            let keeper = try #require(try base.stores.store(id) as? any TraceKeeper)
            try base.expect(try keeper.removeAdopted(of: mover, entriesMax: 1) == 0, "a past left in \(id)")
        }
    }
}
