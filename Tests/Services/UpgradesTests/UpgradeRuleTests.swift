import Base
import Registry
import Tenancy
import Testing
import Tiering
import Workflows

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

    /// In the larger tier for a month with so many schools, items, and read units a minute. Rules clear at a tenth less than their
    /// threshold: 2 schools, 90 items, 72% of 10 units a second, which are 864 halves a minute.
    @Test(arguments: [
        (schools: 2, items: 90, halves: 864, hasRoom: true),
        (schools: 3, items: 0, halves: 0, hasRoom: false),
        (schools: 1, items: 91, halves: 0, hasRoom: false),
        (schools: 1, items: 0, halves: 865, hasRoom: false),
    ])
    func aSmallerTierIsOnlyEverRecommended(
        _ has: (schools: Int, items: Int, halves: Int, hasRoom: Bool)
    ) throws {
        let world = try UpgradeWorld(1)
        let process = try world.open()
        let tenant = process.tenants[0]
        try process.set(schools: 4, of: tenant)
        try process.pass(hours: 15)
        #expect(try process.tier(of: tenant) == "advanced")
        try process.set(schools: has.schools, of: tenant)
        world.use(tenant) { $0.items += has.items }
        func pass(days: Int) throws {
            for _ in 0..<(days * 24) {
                // A look sees what was used in the minute before it.
                try process.pass(minutes: 59, everyMinutes: 59)
                world.use(tenant) { $0.readHalfUnits += has.halves }
                try process.meter.collect()
                try process.pass(minutes: 1)
            }
        }
        try pass(days: 29)
        #expect(try process.details(of: "tenant.fits-smaller", of: tenant) == [])
        try pass(days: 2)
        let told = has.hasRoom ? [["target": "basic"]] : []
        #expect(try process.details(of: "tenant.fits-smaller", of: tenant) == told)
        let listed = process.service.pending().map { ($0.tenant, $0.state, $0.standing.smaller?.tier.text) }
        #expect(listed.map(\.0) == (has.hasRoom ? [tenant] : []))
        #expect(listed.allSatisfy { $0.1 == "fits" && $0.2 == "basic" })
        try pass(days: 31)
        #expect(try process.details(of: "tenant.fits-smaller", of: tenant) == told, "once")
        #expect(try process.tier(of: tenant) == "advanced")
        #expect(try process.engine.list().records.count == 1, "nothing moves down by itself")
    }
}
