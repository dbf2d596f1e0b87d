import Tenancy
import Testing

@testable import Tiering

@Suite struct CostEstimateTests {
    private static let prices = PriceList(
        currency: "USD",
        micros: [
            .tableMonth: 2_000_000, .gigabyteMonth: 250_000, .millionReadUnits: 125_000,
            .millionWriteUnits: 625_000,
        ])

    @Test func linesAddUpToTheTotal() {
        let usage = BilledUsage(tableShares: 2, bytes: 12e9, readUnits: 40e6, writeUnits: 8e6)
        let cost = CostEstimate(usage, by: Self.prices, months: 1)
        #expect(
            cost.micros == [
                .tableMonth: 4_000_000, .gigabyteMonth: 3_000_000, .millionReadUnits: 5_000_000,
                .millionWriteUnits: 5_000_000,
            ])
        #expect(cost.total == 17_000_000)
        #expect((cost + cost).total == 34_000_000)
    }

    @Test func partsOfAMonthCountForWhatIsPaidByTheMonth() {
        let usage = BilledUsage(tableShares: 0.01, bytes: 1e9, readUnits: 1e6, writeUnits: 0)
        let cost = CostEstimate(usage, by: Self.prices, months: 0.5)
        #expect(
            cost.micros == [
                .tableMonth: 10_000, .gigabyteMonth: 125_000, .millionReadUnits: 125_000,
                .millionWriteUnits: 0,
            ])
    }

    @Test func whatHasNoPriceCostsNothing() {
        let prices = PriceList(currency: "EUR", micros: [.tableMonth: 1])
        let cost = CostEstimate(BilledUsage(bytes: 1e12, readUnits: 1e9), by: prices, months: 1)
        #expect(cost.total == 0 && cost.currency == "EUR")
    }

    @Test(
        arguments: [
            (0, "0.00 USD"), (12_340_000, "12.34 USD"), (12_345_000, "12.35 USD"), (9_999, "0.009999 USD"),
            (10_000, "0.01 USD"), (-1_500_000, "-1.50 USD"), (999_999_999_999_999, "1000000000.00 USD"),
        ] as [(Int64, String)])
    func readsAsMoney(_ micros: Int64, _ text: String) {
        #expect(moneyText(micros: micros, currency: "USD") == text)
    }
}
