import Base
import Registry
import Tenancy
import Testing
import Tiering

@testable import Upgrades

/// What gateway and stores have counted of a tenant, held against the rules of its tier and of the one below.
@Suite struct UpgradeRuleTests {
    /// 80% of 10 units a second are 480 units a minute: 960 halves of units.
    @Test(
        arguments: [UpgradeRule.Metric.readRate, .writeRate],
        [
            (halves: 960, rate: 10), (halves: 961, rate: 10), (halves: 1920, rate: 20),
            (halves: 1921, rate: 20),
        ])
    func aRateIsAMinutesUnitsInPercentOfWhatTheTenantMayUse(
        _ metric: UpgradeRule.Metric, _ used: (halves: Int, rate: Int)
    ) throws {
        let world = try UpgradeWorld(1, mode: "recommend")
        let process = try world.open()
        let tenant = process.tenants[0]
        if used.rate != 10 {
            try process.override(
                metric == .readRate ? .readUnits : .writeUnits, to: used.rate, of: tenant)
        }
        func pass(minutes: Int) throws {
            for _ in 0..<minutes {
                world.use(tenant) { usage in
                    if metric == .readRate {
                        usage.readHalfUnits += used.halves
                    } else {
                        usage.writeHalfUnits += used.halves
                    }
                }
                try process.pass(minutes: 1)
            }
        }
        // The first minute is seen when it is over; the rule wants three on end.
        try pass(minutes: 4)
        #expect(try process.service.explain(tenant).state == "fits")
        try pass(minutes: 1)
        let rules = try process.service.explain(tenant).rules
        let isAbove = used.halves % 2 == 1
        #expect(rules.filter(\.holds).map(\.rule.metric) == (isAbove ? [metric] : []))
        let rule = try #require(rules.first { $0.rule.metric == metric })
        #expect(isAbove ? rule.value > 80 && rule.value < 80.1 : rule.value == 80)
        let told = try process.details(of: "tenant.outgrown", of: tenant).map { $0["rules"] }
        #expect(told == (isAbove ? ["\(metric.rawValue) above 80% for 3 minutes"] : []))
    }

    @Test func whatItsItemsTakeIsHeldAgainstASize() throws {
        let world = try UpgradeWorld(1, mode: "recommend")
        let process = try world.open()
        let tenant = process.tenants[0]
        world.use(tenant) { ($0.items, $0.bytes) = (1, 1000) }
        try process.pass(minutes: 1)
        #expect(try process.service.explain(tenant).state == "fits")
        world.use(tenant) { $0.bytes += 1 }
        try process.pass(minutes: 1)
        #expect(try process.service.explain(tenant).state == "outgrown")
        #expect(
            try process.details(of: "tenant.outgrown", of: tenant).map { $0["rules"] } == ["bytes above 1000"]
        )
    }
}
