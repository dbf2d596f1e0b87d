import Base
import Registry
import RunTestKit
import Tenancy
import Testing
import Tiering
import Workflows

@testable import Migrations
@testable import Upgrades

/// When a move begins: windows, blackouts of a tenant's own, and room for the move.
@Suite struct UpgradeCalendarTests {
    @Test func aDistrictsOwnExamWeeksAreItsOwn() throws {
        let world = try UpgradeWorld(2)
        let process = try world.open()
        let (tenant, neighbour) = (process.tenants[0], process.tenants[1])
        let exams = Maintenance.Blackout(
            from: try #require(LocalDate("2026-11-23")), to: try #require(LocalDate("2026-11-24")),
            reason: "exams")
        let over = Maintenance.Blackout(
            from: try #require(LocalDate("2026-09-01")), to: try #require(LocalDate("2026-09-01")),
            reason: "first day of term")
        try process.registry.update(TenantRecord.self, tenant) { record, _ in
            record.blackouts = [over, exams]
        }
        for tenant in process.tenants { try process.set(schools: 4, of: tenant) }
        try process.pass(hours: 20)
        #expect(try process.tier(of: tenant) == "basic")
        #expect(try process.tier(of: neighbour) == "advanced")
        let outlook = try process.service.explain(tenant)
        #expect(outlook.next == "waits: no moves now: exams" && outlook.blackouts == [exams])
        #expect(outlook.nextAt?.iso8601Seconds == "2026-11-25T07:00:00Z")
        #expect(try process.service.explain(neighbour).blackouts == [])
        try process.pass(hours: 24)
        #expect(try process.tier(of: tenant) == "advanced")
    }

    @Test func aMoveThatDoesNotEndInTheRestOfTheWindowWaitsForTheNext() throws {
        let world = try UpgradeWorld(1, copyItemsPerSecond: 100)
        let process = try world.open()
        let tenant = process.tenants[0]
        let items = Self.itemsOfAnHour(copiedPerSecond: 100)
        world.use(tenant) { $0.items += items }
        try process.pass(minutes: 1)
        #expect(try process.service.explain(tenant).next == "waits: the next window")
        // After half past one.
        world.folder.clock.advance(byMilliseconds: (13 * 60 + 34) * 60_000)
        try process.pass(minutes: 1)
        let outlook = try process.service.explain(tenant)
        #expect(outlook.next == "waits: the next window that is as long as the move may take: 1 h 32 min")
        #expect(outlook.nextAt?.iso8601Seconds == "2026-11-25T07:00:00Z")
        let slot = try #require(try process.service.slot(of: tenant, expectedSeconds: 3600))
        #expect(slot.opening.from == outlook.nextAt && slot.hasRoom)
        try process.pass(hours: 24)
        #expect(try process.tier(of: tenant) == "advanced")
    }

    /// Where nobody writes it would take half an hour at the most.
    @Test func whatAMoveTakesWhileOthersWriteHasToFitToo() throws {
        let rate = 10_000
        try #require(Double(rate) >= 2 * Limits.expectedLoadedCopyItemsPerSecond)
        let world = try UpgradeWorld(1, copyItemsPerSecond: rate)
        let process = try world.open()
        let tenant = process.tenants[0]
        let items = Self.itemsOfAnHour(copiedPerSecond: rate)
        world.use(tenant) { $0.items += items }
        try process.pass(minutes: 1)
        // After half past one: there is half an hour left.
        world.folder.clock.advance(byMilliseconds: (13 * 60 + 34) * 60_000)
        try process.pass(minutes: 1)
        #expect(
            try process.service.explain(tenant).next
                == "waits: the next window that is as long as the move may take: 1 h 32 min")
    }

    /// So many that copying and comparing them takes an hour and half a minute where others write: an hour and a half with the plan's margin.
    private static func itemsOfAnHour(copiedPerSecond rate: Int) -> Int {
        let copied = min(Double(rate), Limits.expectedLoadedCopyItemsPerSecond)
        return Int(3630 / (1 / copied + 1 / Limits.expectedLoadedVerifyItemsPerSecond))
    }

    @Test func aMoveThatIsLongerThanAnyWindowBeginsWithOne() throws {
        let world = try UpgradeWorld(1, copyItemsPerSecond: 100)
        let process = try world.open()
        let tenant = process.tenants[0]
        world.use(tenant) { $0.items += 3_600_000 }
        try process.pass(minutes: 1)
        let outlook = try process.service.explain(tenant)
        #expect(
            outlook.next.contains("since no window of the coming 28 days is as long as the move may take"))
        #expect(outlook.nextAt?.iso8601Seconds == "2026-11-24T07:00:00Z")
        try process.pass(hours: 14)
        #expect(try process.tier(of: tenant) == "advanced")
    }

    @Test func anOperatorsMoveForTheWindowIsARequestThatIsApproved() throws {
        let world = try UpgradeWorld(1, mode: "recommend")
        let process = try world.open()
        let (tenant, person) = (process.tenants[0], UpgradeWorld.person)
        func schedule() throws -> UpgradeOutlook {
            try process.service.schedule(tenant, tier: UpgradeWorld.advanced, reason: "sold", actor: person)
        }
        let outlook = try schedule()
        #expect(outlook.state == "agreed" && outlook.next == "waits: the next window")
        #expect(outlook.standing.order?.reason == "sold" && outlook.target == UpgradeWorld.advanced)
        #expect(try schedule().standing == outlook.standing)
        let told = ["tenant.upgrade-requested", "tenant.upgrade-approved"]
        #expect(try process.events(of: tenant) == told, "once, however often it is asked for")
        try process.pass(hours: 15)
        #expect(try process.tier(of: tenant) == "advanced")
        let run = try #require(try process.engine.list().records.first)
        #expect(run.actor == person)
        let basic = try #require(TierName("basic"))
        try process.set(schools: 4, of: tenant)
        #expect(throws: MoveError.tooManySchools(basic, schools: 4, max: 3)) {
            try process.service.schedule(tenant, tier: basic, reason: "sold", actor: person)
        }
    }
}
