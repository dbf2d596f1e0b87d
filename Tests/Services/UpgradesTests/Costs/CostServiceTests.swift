import Base
import Registry
import RunTestKit
import Tenancy
import TestKit
import Testing
import Tiering

@testable import Upgrades

@Suite struct CostServiceTests {
    private func error(_ body: () throws -> Void) -> CostError? {
        do {
            try body()
            return nil
        } catch { return error as? CostError }
    }

    private func micros(_ cost: CostEstimate?) -> [PriceList.Entry: Int64] { cost?.micros ?? [:] }

    /// Two tables at 30 a month; 15.5 of 30 days are over.
    @Test func aMonthSoFarIsWhatWasUsedAndItsEndWhatWillBe() throws {
        let world = try CostWorld()
        let tenant = try world.add("Alone", tier: "premium", store: "premium-alone")
        try world.use(tenant, .day, "2026-10-31") { $0.bytes = 1_000_000_000 }
        try world.use(tenant, .day, "2026-11-01") { record in
            (record.readHalfUnits, record.writeHalfUnits, record.bytes) = (
                2_000_000, 1_000_000, 1_000_000_000
            )
        }
        try world.use(tenant, .hour, "2026-11-16T10:00:00Z") { record in
            (record.readHalfUnits, record.bytes) = (1_100_000, 2_000_000_000)
        }
        let report = try world.service().report(CostQuery())
        let line = try #require(report.lines.first)
        #expect(report.month.description == "2026-11" && report.lineCount == 1)
        #expect(line.name == "Alone" && line.tier.text == "premium")
        // 1 GB for 15 days and 10 hours, 2 GB for 2 hours, of 30 days: 0.5194… GB months.
        let soFar: Double = (370 + 2 * 2) / 720 * 3e6
        let bytes = Int64(soFar.rounded())
        #expect(
            micros(line.cost) == [
                .tableMonth: 31_000_000, .gigabyteMonth: bytes, .millionReadUnits: 1_550_000,
                .millionWriteUnits: 1_000_000,
            ])
        let laterBytes: Double = (370 + 2 * 2 + 2 * 348) / 720 * 3e6
        let times = 30.0 / 15.5
        let reads = Int64((1_550_000 * times).rounded())
        let writes = Int64((1_000_000 * times).rounded())
        #expect(
            micros(line.projected) == [
                .tableMonth: 60_000_000, .gigabyteMonth: Int64(laterBytes.rounded()),
                .millionReadUnits: reads,
                .millionWriteUnits: writes,
            ])
        #expect(report.total == line.cost && report.projected == line.projected)
    }

    @Test func whoSharesAStoreBearsAPartOfItsTables() throws {
        let world = try CostWorld()
        for name in ["A", "B", "C"] { try world.add(name, store: "pool-basic-1") }
        try world.add("D", store: "pool-basic-2")
        let lines = try world.service().report(CostQuery()).lines
        let tables = Dictionary(
            lines.map { ($0.name ?? "", micros($0.projected)[.tableMonth]) }, uniquingKeysWith: { $1 })
        #expect(tables == ["A": 20_000_000, "B": 20_000_000, "C": 20_000_000, "D": 60_000_000])
        #expect(lines.first?.name == "D", "the dearest first")
    }

    @Test func whoCameInTheMonthBearsItsPartOfIt() throws {
        let world = try CostWorld()
        let tenant = try world.add("Late", store: "pool-basic-1", since: "2026-11-10T12:00:00Z")
        try world.use(tenant, .hour, "2026-11-10T12:00:00Z") { $0.bytes = 1_000_000_000 }
        let line = try #require(try world.service().report(CostQuery()).lines.first)
        #expect(micros(line.cost)[.tableMonth] == 12_000_000, "two tables for 6 of 30 days")
        #expect(micros(line.cost)[.gigabyteMonth] == 600_000)
        #expect(micros(line.projected)[.gigabyteMonth] == Int64((3e6 * 20.5 / 30).rounded()))
    }

    @Test func aMonthOfThePastIsByItsDays() throws {
        let world = try CostWorld()
        let tenant = try world.add("Old", tier: "premium", store: "premium-old")
        try world.use(tenant, .day, "2026-09-30") { $0.bytes = 1_000_000_000 }
        try world.use(tenant, .day, "2026-10-31") { record in
            (record.writeHalfUnits, record.bytes) = (4_000_000, 3_000_000_000)
        }
        try world.use(tenant, .day, "2026-11-01") { $0.readHalfUnits = 99_000_000 }
        let month = try #require(CalendarMonth("2026-10"))
        let report = try world.service().report(CostQuery(month: month))
        let line = try #require(report.lines.first)
        #expect(line.projected == nil && report.projected == nil)
        let bytes: Double = (30 + 3) / 31 * 3e6
        #expect(
            micros(line.cost) == [
                .tableMonth: 60_000_000, .gigabyteMonth: Int64(bytes.rounded()),
                .millionReadUnits: 0, .millionWriteUnits: 4_000_000,
            ])
    }

    @Test func linesAddUpByTierAndSchool() throws {
        let world = try CostWorld()
        let first = try world.add("A", store: "pool-basic-1", schools: 3)
        let second = try world.add("B", store: "pool-basic-1")
        try world.add("C", tier: "premium", store: "premium-c")
        try world.use(first, .hour, "2026-11-15T00:00:00Z") { $0.readHalfUnits = 2_000_001 }
        try world.use(second, .hour, "2026-11-15T00:00:00Z") { $0.readHalfUnits = 4_000_000 }
        let service = world.service()
        let all = try service.report(CostQuery())
        let tiers = try service.report(CostQuery(grouping: .tier))
        #expect(tiers.lines.map(\.id) == ["basic", "premium"] && tiers.lines.map(\.tenants) == [2, 1])
        #expect(tiers.total == all.total && tiers.projected == all.projected)
        let tier = try #require(TierName("basic"))
        let basic = try service.report(CostQuery(tier: tier))
        #expect(basic.lines.map(\.name) == ["B", "A"] && basic.total == tiers.lines.first?.cost)
        let one = try service.report(CostQuery(tenant: first))
        let schools = try service.report(CostQuery(tenant: first, grouping: .school))
        #expect(Set(schools.lines.compactMap(\.name)) == ["School 1", "School 2", "School 3"])
        #expect(schools.total == one.total, "not a millionth is lost")
        let totals = schools.lines.map(\.cost.total)
        #expect((totals.max() ?? 0) - (totals.min() ?? 0) <= 3, "equal parts, but for what cannot be divided")
        let other = try #require(TierName("premium"))
        #expect(try service.report(CostQuery(tenant: first, tier: other)).lines == [])
    }

    @Test func whatCannotBeReportedIsSaid() throws {
        let world = try CostWorld()
        let service = world.service()
        let stranger = TenantID(random: SeededRandom(seed: 99))
        #expect(error { _ = try service.report(CostQuery(tenant: stranger)) } == .noSuchTenant(stranger))
        #expect(error { _ = try service.report(CostQuery(grouping: .school)) } == .schoolsOfNobody)
        let gold = try #require(TierName("gold"))
        #expect(
            error { _ = try service.report(CostQuery(tier: gold)) }
                == .noSuchTier("gold", remedy: "use `basic` or `premium`"))
        let next = try #require(CalendarMonth("2026-12"))
        #expect(error { _ = try service.report(CostQuery(month: next)) } == .notYet(next))
        let old = try #require(CalendarMonth("2025-09"))
        #expect(error { _ = try service.report(CostQuery(month: old)) } == .tooLongAgo(old))
        let oldest = try #require(CalendarMonth("2025-10"))
        #expect(error { _ = try service.report(CostQuery(month: oldest)) } == nil)
        let free = try CostWorld(prices: nil)
        #expect(error { _ = try free.service().report(CostQuery()) } == .noPrices)
    }

    @Test func whatWasReadOnceIsNotReckonedTwice() throws {
        let world = try CostWorld()
        let tenant = try world.add("A", tier: "premium", store: "premium-a")
        let service = world.service()
        func reads() throws -> Int64? {
            micros(try service.report(CostQuery()).lines.first?.cost)[.millionReadUnits]
        }
        try world.use(tenant, .hour, "2026-11-16T08:00:00Z") { $0.readHalfUnits = 2_000_000 }
        #expect(try reads() == 1_000_000)
        #expect(try reads() == 1_000_000)
        // The hour under way and the one before may still be written anew.
        try world.use(tenant, .hour, "2026-11-16T11:00:00Z") { $0.readHalfUnits = 2_000_000 }
        #expect(try reads() == 2_000_000)
        world.folder.clock.advance(byMilliseconds: 30 * 60_000)
        try world.use(tenant, .hour, "2026-11-16T11:00:00Z") { $0.readHalfUnits = 4_000_000 }
        try world.use(tenant, .hour, "2026-11-16T12:00:00Z") { $0.readHalfUnits = 2_000_000 }
        #expect(try reads() == 4_000_000)
        world.folder.clock.advance(byMilliseconds: 3 * 3_600_000)
        #expect(try reads() == 4_000_000)
        try world.usage.rollUp(tenant, at: try CostWorld.moment("2026-11-17"))
        #expect(try reads() == 4_000_000)
        #expect(
            try micros(world.service().report(CostQuery()).lines.first?.cost)[.millionReadUnits] == 4_000_000)
    }

    @Test func aMoveChangesTheTablesThatAreBorne() throws {
        let world = try CostWorld()
        let tenant = try world.add("A", store: "pool-basic-1")
        try world.add("B", store: "pool-basic-1")
        try world.use(tenant, .hour, "2026-11-15T00:00:00Z") { record in
            (record.writeHalfUnits, record.bytes) = (2_000_000, 1_000_000_000)
        }
        let service = world.service()
        let premium = try #require(TierName("premium"))
        // A million units in thirty days and a half.
        let writes: Double = 2e6 * 30 / 30.5
        let cost = try #require(try service.cost(ofMoving: tenant, to: premium, store: nil))
        #expect(
            micros(cost.before) == [
                .tableMonth: 30_000_000, .gigabyteMonth: 3_000_000, .millionReadUnits: 0,
                .millionWriteUnits: Int64(writes.rounded()),
            ])
        #expect(micros(cost.after)[.tableMonth] == 60_000_000)
        #expect(cost.differenceMicros == 30_000_000)
        let basic = try #require(TierName("basic"))
        let other = try #require(StoreID("pool-basic-2"))
        #expect(
            micros(try service.cost(ofMoving: tenant, to: basic, store: other)?.after)[.tableMonth]
                == 60_000_000,
            "the first in a pool bears all of it")
        #expect(
            micros(try service.cost(ofMoving: tenant, to: basic, store: nil)?.after)[.tableMonth]
                == 15_000_000,
            "a quarter of a pool that is full")
        #expect(try service.cost(ofMoving: tenant, to: try #require(TierName("gold")), store: nil) == nil)
        let free = try CostWorld(prices: nil)
        let there = try free.add("A", store: "pool-basic-1")
        #expect(try free.service().cost(ofMoving: there, to: premium, store: nil) == nil)
    }
}
