import Base
import ControlAPI
import Registry
import Tables
import Tenancy
import Testing

@testable import Upgrades
@testable import homeroom

/// What metrics say of usage.
@Suite struct UsageTotalsTests {
    private let totals = UsageTotals { _ in TierName("basic") }
    private let tenant = TenantID(random: SeededRandom(seed: 1))
    private let other = TenantID(random: SeededRandom(seed: 2))

    private func note(_ tenant: TenantID, drift: Int, isFirst: Bool = false) {
        totals.note(
            UsageRecount(
                tenant: tenant, counted: Extent(items: 100 + drift, bytes: 0),
                reckoned: Extent(items: 100, bytes: 0), isFirst: isFirst, at: Timestamp(milliseconds: 0)))
    }

    private func figure(_ name: String) throws -> Double {
        try #require(totals.families(isFailing: false).first { $0.name == name }?.samples.first).value
    }

    @Test(arguments: [false, true])
    func saysWhetherWhatWasCountedWaitsInMemory(_ isFailing: Bool) throws {
        let family = totals.families(isFailing: isFailing).first { $0.name == "homeroom_usage_unwritten" }
        #expect(try #require(family).samples.map(\.value) == [isFailing ? 1 : 0])
    }

    @Test func unitsAreHalvesOfThemByTwo() throws {
        var usage = TenantUsage()
        (usage.readHalfUnits, usage.writeHalfUnits) = (3, 10)
        totals.add([tenant: usage, other: usage])
        #expect(try figure("homeroom_usage_read_units_total") == 3)
        #expect(try figure("homeroom_usage_write_units_total") == 10)
    }

    @Test func driftIsThatOfEachTenantsLastCount() throws {
        note(tenant, drift: -3)
        note(other, drift: 2)
        #expect(try figure("homeroom_usage_drift_items") == 5)
        note(tenant, drift: 0)
        #expect(try figure("homeroom_usage_drift_items") == 2)
        note(other, drift: 7, isFirst: true)
        #expect(
            try figure("homeroom_usage_drift_items") == 0, "before the first count nothing was reckoned with")
        #expect(try figure("homeroom_usage_recounts_total") == 4)
    }

    @Test func theDriftOfATenantThatLeavesGoesWithIt() throws {
        note(tenant, drift: 3)
        note(other, drift: 4)
        totals.forget(tenant)
        #expect(try figure("homeroom_usage_drift_items") == 4)
    }

    @Test func whatATenantThatHasLeftHadUsedStaysInItsTier() throws {
        var usage = TenantUsage()
        usage.requests = 5
        totals.add([tenant: usage])
        totals.forget(tenant)
        #expect(try figure("homeroom_usage_requests_total") == 5)
    }
}
