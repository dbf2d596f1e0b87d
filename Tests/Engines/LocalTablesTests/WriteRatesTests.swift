import Base
import Tables
import Testing

@Suite struct WriteRatesTests {
    private static let second: UInt64 = 1_000_000_000
    private let tenant: TenantID
    private let other: TenantID

    init() {
        let random = SeededRandom(seed: 9)
        tenant = TenantID(random: random)
        other = TenantID(random: random)
    }

    /// Seconds at which 600 writes are made, the second at which somebody looks, and the rate.
    @Test(
        arguments: [
            ([0], 100, 6), ([0], 0, 10), ([0], 60, 10), ([0], 300, 2), ([0], 450, 600.0 / 450), ([0], 600, 0),
            ([0, 310], 400, 3), ([0, 610], 700, 1.5), ([0, 310], 3000, 0),
        ] as [([UInt64], UInt64, Double)])
    func theWindowThatRunsAndTheOneBeforeItCount(writes: [UInt64], look: UInt64, rate: Double) {
        var rates = WriteRates(now: 7)
        for at in writes {
            rates.roll(now: 7 + at * Self.second)
            rates.note(tenant, writes: 600)
        }
        let found = rates.perSecond(now: 7 + look * Self.second)
        #expect(abs((found[tenant] ?? 0) - rate) < 1e-6, "\(found)")
        #expect(found[other] == nil)
    }

    @Test func tenantsAreCountedEachForItself() {
        var rates = WriteRates(now: 0)
        rates.note(tenant, writes: 2)
        rates.note(other, writes: 5)
        rates.note(tenant, writes: 1)
        #expect(rates.perSecond(now: 60 * Self.second) == [tenant: 0.05, other: 5 / 60])
    }
}
