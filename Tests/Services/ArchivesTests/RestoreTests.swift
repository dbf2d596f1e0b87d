import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing
import Workflows

@testable import Archives

@Suite struct RestoreTests {
    private func restore(
        _ world: BackupWorld, _ registry: Registry, to point: RestorePoint, isPlan: Bool = false,
        seed: UInt64 = 21
    ) throws -> RunRecord {
        let engine = world.engine(registry, seed: seed)
        let run = try world.desk(registry, engine).restore(
            RestoreInput(tenant: world.tenant.id, point: point), isPlan: isPlan, actor: .system)
        return try world.finish(run, engine)
    }

    @Test func aPlanCountsAndChangesNothing() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        try world.changeEverything()
        let before = try world.items(of: world.tenant)
        let run = try restore(world, registry, to: .backup(backup.id), isPlan: true)
        let text = try #require(run.result)
        #expect(text.contains(#""added":1,"changed":1,"removed":1,"table":"student-table","unchanged":6"#))
        #expect(text.contains(#""added":0,"changed":0,"removed":0,"table":"school-table","unchanged":2"#))
        #expect(try world.items(of: world.tenant) == before)
        #expect(try world.backups(registry).backups(of: world.tenant.id).count == 1)
    }

    /// Two thousand items change back and forth in several commits.
    @Test func goesBackAndForthByBackupsAndMoments() throws {
        let world = try BackupWorld(students: 1000)
        let registry = try world.registryFolder.open()
        let first = try world.items(of: world.tenant)
        let backup = try world.makeBackup(registry)
        world.clock.advance(byMilliseconds: 60_000)
        let moment = world.clock.now()
        world.clock.advance(byMilliseconds: 60_000)
        let school = world.tenant.schools[1].id
        try world.put(
            (500..<1500).map { BackupWorld.student($0, of: school, value: 1) }, of: world.tenant.id)
        let second = try world.items(of: world.tenant)
        let between = world.clock.now()
        world.clock.advance(byMilliseconds: 60_000)
        let neighbours = try world.items(of: world.neighbour)

        let toBackup = try restore(world, registry, to: .backup(backup.id))
        #expect(toBackup.state == .completed)
        #expect(try world.items(of: world.tenant) == first)
        let receipt = try registry.require(RestoreReceipt.self, toBackup.id)
        #expect(receipt.tables.map(\.changed) == [0, 500])
        #expect(receipt.tables.map(\.removed) == [0, 500])
        #expect(receipt.tables.map(\.unchanged) == [2, 1500])
        #expect(receipt.digestAfter == backup.digest)

        // By the journal to what the restore replaced, and to what was before that.
        #expect(try restore(world, registry, to: .moment(between), seed: 22).state == .completed)
        #expect(try world.items(of: world.tenant) == second)
        #expect(try restore(world, registry, to: .moment(moment), seed: 23).state == .completed)
        #expect(try world.items(of: world.tenant) == first)
        // And by its safety backup to what it replaced.
        #expect(try restore(world, registry, to: .backup(receipt.safetyBackup), seed: 24).state == .completed)
        #expect(try world.items(of: world.tenant) == second)
        #expect(try world.items(of: world.neighbour) == neighbours)
        try world.expectServed(registry)
    }

    @Test func theNeighbourWritesWhileTheTenantWaits() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        try world.changeEverything()
        let store = try world.stores.store(try registry.require(PlacementRecord.self, world.tenant.id).store)
        var steps: Set<String> = []
        var written: [BackupWorld.Entity] = []
        let school = world.neighbour.schools[0].id
        nonisolated(unsafe) var held: [String] = []
        let engine = WorkflowEngine(
            registry: registry, workflows: TenantBackupDesk.workflows(world.environment(registry)),
            clock: world.clock, random: SeededRandom(seed: 21), threads: 0,
            onBoundary: { boundary in
                held.append(boundary.step)
                let number = held.count
                try world.put(
                    [BackupWorld.student(number, of: school, value: number)], of: world.neighbour.id)
                let isHeld = try store.resident(world.tenant.id)?.state == .fenced
                let write = {
                    try world.put(
                        [BackupWorld.student(1, of: world.tenant.schools[0].id, value: 9)],
                        of: world.tenant.id)
                }
                if isHeld {
                    #expect(throws: TableError.misrouted(world.tenant.id)) { try write() }
                }
                // Reads go on.
                _ = try world.items(of: world.tenant)
            })
        let run = try world.desk(registry, engine).restore(
            RestoreInput(tenant: world.tenant.id, point: .backup(backup.id)), isPlan: false, actor: .system)
        #expect(try world.finish(run, engine).state == .completed)
        steps.formUnion(held)
        #expect(steps.isSuperset(of: ["prepare", "hold", "safety", "apply", "verify", "release", "tidy"]))
        written = (1...held.count).map { BackupWorld.student($0, of: school, value: $0) }
        #expect(try world.items(of: world.neighbour).isSuperset(of: written))
    }

    /// A run that is paused would hold the tenant's writes back for as long.
    @Test func isNotPausedWhileTheTenantsWritesWait() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        try world.changeEverything()
        let store = try world.stores.store(try registry.require(PlacementRecord.self, world.tenant.id).store)
        nonisolated(unsafe) var engine: WorkflowEngine?
        nonisolated(unsafe) var asked: Set<String> = []
        let made = WorkflowEngine(
            registry: registry, workflows: TenantBackupDesk.workflows(world.environment(registry)),
            clock: world.clock, random: SeededRandom(seed: 21), threads: 0,
            onBoundary: { boundary in
                guard try store.resident(world.tenant.id)?.state == .fenced else { return }
                do {
                    try engine?.pause(boundary.run, actor: .system)
                    Issue.record("paused at \(boundary.step)")
                } catch WorkflowError.notPausable(boundary.run, let step) { asked.insert(step) }
            })
        engine = made
        let run = try world.desk(registry, made).restore(
            RestoreInput(tenant: world.tenant.id, point: .backup(backup.id)), isPlan: false, actor: .system)
        #expect(try world.finish(run, made).state == .completed)
        #expect(asked.isSuperset(of: ["safety", "apply", "verify", "release"]))
    }

    /// Those who follow a stream see a restore as ordinary changes, of this tenant alone; who reads the neighbour's sees none.
    @Test func appearsInTheStreamAsOrdinaryChanges() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        try world.changeEverything()
        let placement = try registry.require(PlacementRecord.self, world.tenant.id)
        let source = try #require(try world.stores.store(placement.store) as? any StreamSource)
        let table = try #require(placement.tables["student-table"])
        let stream = try #require(try source.streams().first { $0.table == table })
        func changes(_ tenant: TenantID) throws -> [ItemChange] {
            try source.streamChanges(
                ChangeSelection(
                    table: table, startedAt: stream.startedAt, tenant: tenant, epochs: 0...100, after: 0,
                    itemsMax: 1000))
        }
        let before = try changes(world.tenant.id)
        let neighbours = try changes(world.neighbour.id)
        #expect(try restore(world, registry, to: .backup(backup.id)).state == .completed)
        let added = try changes(world.tenant.id).dropFirst(before.count)
        #expect(Set(added.map(\.event)) == [.insert, .modify, .remove] && added.count == 3)
        #expect(added.allSatisfy { $0.cause == .request })
        #expect(try changes(world.neighbour.id) == neighbours)
    }

    @Test func aSchoolThatCameLaterKeepsWhatLiesUnderItsKeys() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        let moment = world.clock.now()
        world.clock.advance(byMilliseconds: 1000)
        let late = SchoolRecord(
            id: SchoolID(random: SeededRandom(seed: 99)), name: "Late", createdAt: world.clock.now())
        var tenant = try registry.update(TenantRecord.self, world.tenant.id) { record, _ in
            record.schools.append(late)
        }
        let items = (0..<3).map { BackupWorld.student($0, of: late.id, value: 3) }
        try world.put(items, of: tenant.id)
        try world.changeEverything()
        for point in [RestorePoint.backup(backup.id), .moment(moment)] {
            let run = try restore(world, registry, to: point, seed: point == .moment(moment) ? 31 : 30)
            #expect(run.state == .completed)
            let receipt = try registry.require(RestoreReceipt.self, run.id)
            #expect(receipt.schoolsNotCovered == [late.id])
            tenant = try registry.require(TenantRecord.self, tenant.id)
            #expect(try world.items(of: tenant).isSuperset(of: items))
        }
        #expect(
            try world.items(of: world.tenant) == Set(try BackupWorld.items(of: world.tenant, students: 4)))
    }

    @Test func aSchoolThatHasLeftIsNotTouched() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        let gone = world.tenant.schools[1].id
        // The school's keys belong to the neighbour now, and so does what lies there.
        _ = try registry.update(TenantRecord.self, world.tenant.id) { record, _ in
            record.schools.removeAll { $0.id == gone }
        }
        let items = (0..<4).map { BackupWorld.student($0, of: gone, value: 8) }
        try world.put(items, of: world.neighbour.id)
        #expect(try restore(world, registry, to: .backup(backup.id)).state == .completed)
        #expect(try world.items(of: world.tenant).isSuperset(of: items))
    }

    @Test func anotherTenantsBackupIsRefused() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        let engine = world.engine(registry, seed: 8)
        #expect(throws: RestoreError.otherTenant(backup.id, world.neighbour.id)) {
            try world.desk(registry, engine).restore(
                RestoreInput(tenant: world.neighbour.id, point: .backup(backup.id)), isPlan: false,
                actor: .system)
        }
        // Nor where somebody comes past the first look.
        let run = try engine.start(
            kind: RestoreWorkflow.runKind,
            input: RestoreInput(tenant: world.neighbour.id, point: .backup(backup.id)),
            tenant: world.neighbour.id)
        #expect(try world.finish(run, engine).state == .undone)
    }

    @Test func momentsOutsideTheWindowAreRefusedWithTheWindow() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let start = world.clock.now()
        world.clock.advance(byMilliseconds: 3_600_000)
        let engine = world.engine(registry)
        let desk = world.desk(registry, engine)
        var window = try desk.window(of: world.tenant.id)
        #expect(window == RecoveryWindow(from: start, to: world.clock.now(), beginning: .onboarding))
        for moment in [start.advanced(byMilliseconds: -1), world.clock.now().advanced(byMilliseconds: 1)] {
            #expect(
                throws: RestoreError.outsideWindow(
                    world.tenant.id, moment: moment, from: start, to: world.clock.now())
            ) {
                try desk.restore(
                    RestoreInput(tenant: world.tenant.id, point: .moment(moment)), isPlan: false,
                    actor: .system)
            }
        }
        // After a day the journal reaches no further.
        world.clock.advance(byMilliseconds: 24 * 3_600_000)
        window = try desk.window(of: world.tenant.id)
        #expect(window.from == world.clock.now().advanced(bySeconds: -86_400) && window.beginning == .journal)
        // A move begins a new window.
        let moved = world.clock.now()
        _ = try registry.update(PlacementRecord.self, world.tenant.id) { placement, _ in
            placement.move(
                to: placement.store, tables: placement.tables, isDedicated: false, epoch: placement.epoch,
                at: moved)
        }
        world.clock.advance(byMilliseconds: 5000)
        window = try desk.window(of: world.tenant.id)
        #expect(window == RecoveryWindow(from: moved, to: world.clock.now(), beginning: .move))
    }

    @Test func withoutAJournalThereIsNoWindow() throws {
        let world = try BackupWorld(catalog: BackupWorld.catalogText(recoveryHours: 0))
        let registry = try world.registryFolder.open()
        let desk = world.desk(registry, world.engine(registry))
        #expect(throws: RestoreError.noRecovery(world.tenant.id)) {
            try desk.window(of: world.tenant.id)
        }
    }
}
