import Base
import LocalTables
import Registry
import RunTestKit
import Tables
import Testing
import Workflows

@testable import Archives

@Suite struct BackupScheduleTests {
    private static let hour: Int64 = 3_600_000
    private let start = Timestamp(milliseconds: 1_800_000_000_000)
    private let tenant = TenantID(random: SeededRandom(seed: 1))

    private func schedule(at time: Timestamp, _ table: BackupTimetable) -> BackupSchedule {
        BackupSchedule(id: tenant, interval: table.interval(at: time))
    }

    @Test func spreadsTenantsOverTheInterval() {
        var hours: [Int64: Int] = [:]
        let random = SeededRandom(seed: 4)
        for _ in 0..<2400 {
            let table = BackupTimetable(everyHours: 24, tenant: TenantID(random: random))
            let begin = table.interval(at: start).milliseconds
            hours[begin % (24 * Self.hour) / Self.hour, default: 0] += 1
        }
        #expect(hours.count == 24)
        #expect(hours.values.allSatisfy { (50...160).contains($0) })
    }

    @Test func oneAnIntervalAndWhatWasMissedIsCounted() {
        let table = BackupTimetable(everyHours: 6, tenant: tenant)
        let begin = table.interval(at: start)
        let known = schedule(at: start, table)
        let at = { (hours: Double) in begin.advanced(byMilliseconds: Int64(hours * Double(Self.hour))) }
        #expect(table.due(known, createdAt: start, now: at(5.99)) == .nothing)
        #expect(table.due(known, createdAt: start, now: at(6)) == .backup(at(6), missed: 0))
        #expect(table.due(known, createdAt: start, now: at(31)) == .backup(at(30), missed: 4))
        // A new tenant's first comes with the next interval, and not twice for those before.
        #expect(table.due(nil, createdAt: start, now: at(5.99)) == .nothing)
        #expect(table.due(nil, createdAt: start, now: at(31)) == .backup(at(30), missed: 0))
    }

    @Test func aClockThatJumps() {
        let table = BackupTimetable(everyHours: 6, tenant: tenant)
        let begin = table.interval(at: start)
        let at = { (hours: Double) in begin.advanced(byMilliseconds: Int64(hours * Double(Self.hour))) }
        // Made just after the interval began, then an hour back: nothing twice, and the next comes with the next interval.
        let made = schedule(at: at(6.1), table)
        #expect(table.due(made, createdAt: start, now: at(5.1)) == .nothing)
        #expect(table.due(made, createdAt: start, now: at(6.2)) == .nothing)
        #expect(table.due(made, createdAt: start, now: at(12)) == .backup(at(12), missed: 0))
        // Made while the clock was a month ahead: not only in a month again.
        let ahead = schedule(at: at(720), table)
        #expect(table.due(ahead, createdAt: start, now: at(6.5)) == .backup(at(6), missed: 0))
    }

    @Test func aFailedOneIsTriedAgainAfterAWhile() {
        let table = BackupTimetable(everyHours: 6, tenant: tenant)
        let begin = table.interval(at: start)
        var known = schedule(at: begin, table)
        known.failures = 1
        known.failedAt = begin
        #expect(table.due(known, createdAt: start, now: begin.advanced(bySeconds: 60)) == .nothing)
        #expect(table.due(known, createdAt: start, now: begin.advanced(bySeconds: 3600)) == .retry)
        let next = begin.advanced(bySeconds: 6 * 3600)
        #expect(table.due(known, createdAt: start, now: next) == .backup(next, missed: 0))
    }

    // MARK: Whole schedules

    private func step(
        _ world: BackupWorld, _ scheduler: BackupScheduler, _ engine: WorkflowEngine, seconds: Int64
    ) throws {
        world.clock.advance(byMilliseconds: seconds * 1000)
        try scheduler.round()
        _ = try engine.runUntilIdle()
    }

    private func scheduler(
        _ world: BackupWorld, _ registry: Registry
    ) -> (BackupScheduler, WorkflowEngine) {
        let engine = world.engine(registry, seed: 77)
        return (
            BackupScheduler(
                environment: world.environment(registry), backups: world.backups(registry), engine: engine,
                clock: world.clock), engine
        )
    }

    @Test func makesOneADayAndDeletesThemInTime() throws {
        let world = try BackupWorld(catalog: BackupWorld.catalogText(everyHours: 24, keptForDays: 3))
        let registry = try world.registryFolder.open()
        let (scheduler, engine) = scheduler(world, registry)
        for _ in 0..<(6 * 24 * 2) {
            try step(world, scheduler, engine, seconds: 1800)
            try scheduler.deleteExpired()
        }
        // One ends as the next begins, give or take a look at the schedule.
        for id in [world.tenant.id, world.neighbour.id] {
            let backups = try world.backups(registry).backups(of: id)
            #expect(backups.count == 3)
            #expect(backups.allSatisfy { $0.purpose == .schedule && $0.state == .complete })
            let gaps = zip(backups, backups.dropFirst()).map {
                $1.createdAt.milliseconds(since: $0.createdAt)
            }
            #expect(gaps.allSatisfy { abs($0 - 24 * Self.hour) <= Self.hour })
        }
        let figures = try #require(scheduler.figures().first?.value)
        #expect(figures.tenants == 2 && figures.failing == 0 && figures.missed == 0)
        let expired = try registry.list(AuditEntry.self, limit: 1000).records
            .filter { $0.action == "tenant.backup.deleted" }
        #expect(!expired.isEmpty && expired.allSatisfy { $0.detail == ["reason": "expired"] })
        try world.expectNoLeftovers(registry)
    }

    @Test func afterDowntimeOneIsMadeAndTheMissedAreCounted() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let (first, engine) = scheduler(world, registry)
        for _ in 0..<50 { try step(world, first, engine, seconds: 3600) }
        let before = try world.backups(registry).backups(of: world.tenant.id).count
        engine.stop()
        world.clock.advance(byMilliseconds: 10 * 24 * Self.hour)
        let (second, next) = scheduler(world, registry)
        for _ in 0..<3 { try step(world, second, next, seconds: 600) }
        #expect(try world.backups(registry).backups(of: world.tenant.id).count == before + 1)
        let schedule = try #require(try registry.read(BackupSchedule.self, world.tenant.id))
        #expect((8...10).contains(schedule.missed))
    }

    @Test func aFailureIsNotedAndDoesNotBecomeAStorm() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let placement = try registry.require(PlacementRecord.self, world.tenant.id)
        let store = try world.stores.store(placement.store)
        // Held by something else all day: an image cannot be taken.
        try store.setResident(world.tenant.id, to: Resident(epoch: 1, state: .fenced))
        let (scheduler, engine) = scheduler(world, registry)
        for _ in 0..<(26 * 12) {
            try step(world, scheduler, engine, seconds: 300)
        }
        let schedule = try #require(try registry.read(BackupSchedule.self, world.tenant.id))
        #expect((1...27).contains(schedule.failures))
        #expect(schedule.failure?.isEmpty == false)
        #expect(scheduler.figures().first?.value.failing == 1)
        let backups = { try world.backups(registry).backups(of: $0).filter { $0.state == .complete } }
        #expect(try backups(world.tenant.id).isEmpty)
        #expect(
            try backups(world.neighbour.id).count >= 1, "its fault is its own")
        try store.setResident(world.tenant.id, to: Resident(epoch: 1, state: .active))
        for _ in 0..<30 { try step(world, scheduler, engine, seconds: 300) }
        #expect(try registry.read(BackupSchedule.self, world.tenant.id)?.failures == 0)
        #expect(try backups(world.tenant.id).count == 1)
    }
}
