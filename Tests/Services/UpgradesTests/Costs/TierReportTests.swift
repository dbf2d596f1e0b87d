import Base
import Registry
import RunTestKit
import Tenancy
import Testing
import Tiering

@testable import Upgrades

@Suite struct TierReportTests {
    /// A day's record for each of the last `count` days before the world's, the oldest first.
    private func days(
        _ count: Int, of tenant: TenantID, in world: CostWorld,
        _ change: (Int, inout UsageRecord) -> Void
    ) throws {
        let today = UsageRecord.Period.day.start(of: world.folder.clock.now())
        try world.usage.put(
            (0..<count).map { day in
                var record = UsageRecord(
                    tenant: tenant, period: .day,
                    holding: today.advanced(bySeconds: Int64(day - count) * 86_400))
                change(day, &record)
                return record
            })
    }

    @Test func tiersAndPoolsAddUp() throws {
        let world = try CostWorld()
        let first = try world.add("A", store: "pool-basic-1", schools: 2)
        try world.add("B", store: "pool-basic-1")
        let third = try world.add("C", store: "pool-basic-2")
        try world.add("D", tier: "premium", store: "premium-d", schools: 30)
        world.folder.clock.advance(byMilliseconds: 30 * 60_000)
        try world.use(first, .hour, "2026-11-16T10:00:00Z") { $0.readHalfUnits = 1_000_000 }
        try world.use(first, .hour, "2026-11-16T11:00:00Z") { record in
            (record.readHalfUnits, record.writeHalfUnits, record.items, record.bytes) = (
                10_800, 5400, 70, 700
            )
        }
        try world.use(third, .hour, "2026-11-16T12:00:00Z") { record in
            (record.writeHalfUnits, record.items, record.bytes) = (1_080_000, 30, 300)
        }
        let report = try world.service().tierReport(moveKind: "move", backlog: UpgradeBacklog())
        #expect(report.tiers.map(\.tier.text) == ["basic", "premium"])
        #expect(report.tiers.map(\.figures.tenants) == [3, 1] && report.tiers.map(\.pools) == [2, 0])
        #expect(report.tiers.map(\.figures.schools) == [4, 30] && report.total.schools == 34)
        #expect(report.tiers.map(\.figures.items) == [100, 0] && report.total.bytes == 1000)
        // 5,400 read units since 11:00, of which 90 minutes are over.
        #expect(report.tiers[0].figures.readUnitsPerSecond == 1)
        #expect(report.poolCount == 2)
        #expect(report.fullest.map(\.store.text) == ["pool-basic-1", "pool-basic-2"])
        #expect(report.fullest.map(\.capacity) == [4, 4])
        #expect(report.hottest.map(\.store.text) == ["pool-basic-2", "pool-basic-1"])
        #expect(report.hottest.map(\.figures.writeUnitsPerSecond) == [100, 0.5])
        let costs = try world.service().report(CostQuery(grouping: .tier))
        #expect(report.total.cost == costs.total && report.total.projected == costs.projected)
        #expect(report.currency == "USD" && report.month.description == "2026-11")
    }

    @Test func withoutPricesThereIsNoMoney() throws {
        let world = try CostWorld(prices: nil)
        try world.add("A", store: "pool-basic-1")
        let report = try world.service().tierReport(moveKind: "move", backlog: UpgradeBacklog())
        #expect(report.total.tenants == 1 && report.total.cost == nil && report.currency == nil)
    }

    @Test func whoGrowsIsNamedWithWhatItOutgrowsFirst() throws {
        let world = try CostWorld()
        let fast = try world.add("Fast", store: "pool-basic-1")
        let slow = try world.add("Slow", store: "pool-basic-1")
        let full = try world.add("Full", store: "pool-basic-1")
        let young = try world.add("Young", store: "pool-basic-1")
        let busy = try world.add("Busy", store: "pool-basic-1")
        // The last day has 29 MB a day more than nothing: 1 GB is 51 days ahead of the 30th.
        try days(30, of: fast, in: world) { day, record in record.bytes = (day + 1) * 12_000_000 }
        try days(30, of: slow, in: world) { day, record in record.bytes = (day + 1) * 1_000_000 }
        try days(14, of: full, in: world) { _, record in record.schools = 9 }
        try days(13, of: young, in: world) { day, record in record.schools = day }
        // Half of the rate are 300 units a minute: 600 halves.
        try days(20, of: busy, in: world) { day, record in record.busiestWriteHalfUnits = day * 20 }
        let report = try world.service().tierReport(moveKind: "move", backlog: UpgradeBacklog())
        #expect(report.growers.map(\.name) == ["Full", "Busy", "Fast"] && report.growerCount == 3)
        #expect(report.growers.map(\.growth.days) == [0, 11, 54])
        #expect(report.growers.map(\.growth.metric) == [.schools, .writeRate, .bytes])
        let grower = try #require(report.growers.last)
        #expect(abs(grower.growth.perDay - 12_000_000) < 1 && grower.growth.limit == 1_000_000_000)
    }

    @Test func aForecastIsOfItsDayAndTier() throws {
        let world = try CostWorld()
        let tenant = try world.add("A", store: "pool-basic-1")
        try days(14, of: tenant, in: world) { _, record in record.schools = 9 }
        let service = world.service()
        #expect(try service.tierReport(moveKind: "move", backlog: UpgradeBacklog()).growerCount == 1)
        try days(14, of: tenant, in: world) { _, record in record.schools = 2 }
        #expect(
            try service.tierReport(moveKind: "move", backlog: UpgradeBacklog()).growerCount == 1,
            "as of the beginning of the day")
        world.folder.clock.advance(byMilliseconds: 86_400_000)
        #expect(try service.tierReport(moveKind: "move", backlog: UpgradeBacklog()).growerCount == 0)
    }

    @Test func movesAreCountedByWhatCameOfThem() throws {
        let world = try CostWorld()
        let tenant = try world.add("A", store: "pool-basic-1")
        var count = 0
        func run(
            _ state: RunState, kind: String = "move", step: Int = 0, daysAgo: Int64 = 1
        ) throws {
            let created = world.folder.clock.now().advanced(bySeconds: -daysAgo * 86_400)
            count += 1
            // Ids sort as runs were started.
            let id = try #require(RunID("r\(1_000_000 - daysAgo)\(100_000_000 + count)"))
            var record = RunRecord(
                id: id, kind: kind, tenant: tenant,
                actor: AuditActor("person:ada"), idempotencyKey: nil, lock: nil, input: "{}",
                steps: ["plan", "keep", "clean up"], createdAt: created)
            record.state = state
            record.stepIndex = step
            try world.registry.transact(RegistryTransaction([.insert(record)]))
        }
        try run(.completed)
        try run(.waiting(until: world.folder.clock.now()), step: 1)
        try run(.undone)
        try run(.running)
        try run(.undoing, step: 1)
        try run(.failed(reason: "no room"))
        try run(.paused, step: 1)
        try run(.completed, kind: "onboarding")
        try run(.completed, daysAgo: 31)
        var backlog = UpgradeBacklog()
        (backlog.forWindow, backlog.forApproval) = (5, 3)
        let report = try world.service().tierReport(moveKind: "move", backlog: backlog)
        let moves = report.moves
        #expect((moves.done, moves.undone, moves.underWay, moves.waiting) == (2, 1, 2, 2))
        #expect(moves.days == 30 && !moves.isPartial && report.backlog == backlog)
    }

    @Test func readingAheadChangesNothingAndStopsWhenAsked() throws {
        let world = try CostWorld()
        let tenant = try world.add("A", store: "pool-basic-1")
        try days(14, of: tenant, in: world) { _, record in record.schools = 9 }
        let service = world.service()
        try service.readAhead { true }
        try service.readAhead { false }
        #expect(
            try service.tierReport(moveKind: "move", backlog: UpgradeBacklog())
                == world.service().tierReport(moveKind: "move", backlog: UpgradeBacklog()))
    }
}
