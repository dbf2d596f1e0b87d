import Base
import Tenancy
import Testing

@testable import Tiering

@Suite struct BilledMonthTests {
    private static let prices = PriceList(
        currency: "USD",
        micros: [
            .tableMonth: 30_000_000, .gigabyteMonth: 3_000_000, .millionReadUnits: 1_000_000,
        ])

    @Test(arguments: [
        ("2026-11", "2026-11-01T00:00:00Z", 30), ("2026-12", "2026-12-01T00:00:00Z", 31),
        ("2024-02", "2024-02-01T00:00:00Z", 29), ("2026-02", "2026-02-01T00:00:00Z", 28),
        ("1970-01", "1970-01-01T00:00:00Z", 31),
    ])
    func aMonthIsThatOfTheCalendar(_ text: String, _ start: String, _ days: Int) throws {
        let month = try #require(CalendarMonth(text))
        #expect(month.description == text && month.start.iso8601Seconds == start)
        #expect(month.seconds == Double(days) * 86_400)
        #expect(CalendarMonth(holding: month.start) == month)
        #expect(CalendarMonth(holding: month.end.advanced(byMilliseconds: -1)) == month)
        #expect(CalendarMonth(holding: month.end) != month)
    }

    @Test(arguments: [
        "", "2026", "2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "2026_11", "1969-12", "2026-1a",
    ])
    func whatIsNoMonthIsRefused(_ text: String) { #expect(CalendarMonth(text) == nil) }

    /// A month of a hundred seconds, of which a quarter is over.
    private func month(left: Double = 75) -> BilledMonth {
        BilledMonth(
            tableShares: 2, byteSeconds: 25e9, bytesNow: 2e9, readUnits: 4e6, writeUnits: 0, secondsOver: 25,
            secondsLeft: left, secondsInAll: 100)
    }

    @Test func whatIsOverCostsItsPart() {
        #expect(
            month().cost(by: Self.prices).micros == [
                .tableMonth: 15_000_000, .gigabyteMonth: 750_000, .millionReadUnits: 4_000_000,
            ])
    }

    @Test func theRestGoesOnAsItIs() {
        // 25 + 150 billion byte seconds; the units of less than an hour are taken as an hour's.
        #expect(
            month().projectedCost(by: Self.prices).micros == [
                .tableMonth: 60_000_000, .gigabyteMonth: 5_250_000,
                .millionReadUnits: Int64((4e6 * (1 + 75 / 3600.0)).rounded()),
            ])
        var long = month(left: 7200)
        (long.secondsOver, long.secondsInAll) = (3600, 10_800)
        #expect(long.projectedCost(by: Self.prices).micros[.millionReadUnits] == 12_000_000)
        #expect(month(left: 0).projectedCost(by: Self.prices) == month(left: 0).cost(by: Self.prices))
    }

    @Test func whoWasNotThereCostsNothing() {
        var absent = month(left: 0)
        absent.secondsOver = 0
        #expect(absent.cost(by: Self.prices) == .nothing(by: Self.prices))
        #expect(absent.projectedCost(by: Self.prices).total == 0)
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func partsAddUp(_ count: Int) {
        let cost = CostEstimate(
            BilledUsage(tableShares: 1, bytes: 1_234_567_891, readUnits: 7), by: Self.prices, months: 1)
        let parts = cost.parts(count)
        #expect(parts.count == count)
        #expect(parts.dropFirst().reduce(parts[0]) { $0 + $1 } == cost)
        for entry in PriceList.Entry.allCases {
            let lines = parts.compactMap { $0.micros[entry] }
            #expect((lines.max() ?? 0) - (lines.min() ?? 0) <= 1)
        }
    }
}
