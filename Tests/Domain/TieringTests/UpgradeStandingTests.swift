import Base
import Tenancy
import Testing

@testable import Tiering

@Suite struct UpgradeStandingTests {
    private static let start = Timestamp(milliseconds: 1_767_225_600_000)
    private static let anyTime = MaintenanceCalendar(.anyTime, wall: WallClock { _ in 0 })

    private static func plan(_ mode: UpgradePlan.Mode, coolDownHours: Int = 24) throws -> UpgradePlan {
        UpgradePlan(
            target: try #require(TierName("advanced")), mode: mode,
            rules: [
                UpgradeRule(metric: .schools, above: 10, forMinutes: 0, clearsAt: 9),
                UpgradeRule(metric: .throttled, above: 5, forMinutes: 2, clearsAt: 1),
            ], schoolsGrace: 0, coolDownHours: coolDownHours)
    }

    private func reading(
        _ schools: Int, throttled: Double? = nil, read: Double? = nil
    ) -> TierReading {
        TierReading(schools: schools, items: 0, bytes: 0, readPercent: read, throttledPercent: throttled)
    }

    private func minute(_ minute: Int) -> Timestamp { Self.start.advanced(bySeconds: Int64(minute) * 60) }

    @Test(arguments: [
        (UpgradePlan.Mode.recommend, UpgradeStanding.Step.nothing), (.ask, .waitForApproval),
        (.automatic, .begin),
    ])
    func whatFollowsIsTheModes(_ mode: UpgradePlan.Mode, _ step: UpgradeStanding.Step) throws {
        let plan = try Self.plan(mode)
        var standing = UpgradeStanding()
        #expect(standing.note(reading(5), by: plan, schoolsMax: 20, at: minute(0)) == [])
        #expect(standing.step(by: plan, calendar: Self.anyTime, at: minute(0)) == .nothing)
        let notices = standing.note(reading(11), by: plan, schoolsMax: 20, at: minute(1))
        #expect(notices == [.outgrown([plan.rules[0]])])
        #expect(standing.step(by: plan, calendar: Self.anyTime, at: minute(1)) == step)
        #expect(standing.note(reading(11), by: plan, schoolsMax: 20, at: minute(2)) == [], "told once")
    }

    @Test func itFitsAgainWhenNoRuleHolds() throws {
        let plan = try Self.plan(.automatic)
        var standing = UpgradeStanding()
        _ = standing.note(reading(11), by: plan, schoolsMax: nil, at: minute(0))
        #expect(standing.note(reading(10), by: plan, schoolsMax: nil, at: minute(1)) == [])
        #expect(standing.note(reading(9), by: plan, schoolsMax: nil, at: minute(2)) == [.fitsAgain])
        #expect(standing.stage == .fits)
    }

    @Test func oneRuleIsEnoughAndTakesItsTime() throws {
        let plan = try Self.plan(.automatic)
        var standing = UpgradeStanding()
        let notices = (0..<4).map {
            standing.note(reading(1, throttled: 6), by: plan, schoolsMax: nil, at: minute($0))
        }
        #expect(notices == [[], [], [.outgrown([plan.rules[1]])], []])
    }

    @Test func eachStepOfALimitIsToldOnce() throws {
        let plan = try Self.plan(.recommend)
        var standing = UpgradeStanding()
        let percents = [50, 80, 81, 96, 94, 100, 120, 75, 85, 69, 85].map(Double.init)
        let told = percents.enumerated().map { place, percent in
            standing.note(reading(1, read: percent), by: plan, schoolsMax: nil, at: minute(place))
        }
        let near = { (percent: Int) in [UpgradeStanding.Notice.near(.readRate, percent: percent)] }
        #expect(told == [[], near(80), [], near(95), [], near(100), [], [], [], [], []])
        let quiet = percents.count..<(percents.count + 1441)
        for place in quiet {
            #expect(standing.note(reading(1, read: 60), by: plan, schoolsMax: nil, at: minute(place)) == [])
        }
        let again = standing.note(
            reading(1, read: 85), by: plan, schoolsMax: nil, at: minute(quiet.upperBound))
        #expect(again == near(80), "after a day far from it")
    }

    /// Two rules of one size, of which the larger is far off, tell of the smaller once.
    @Test func aSizeIsToldOfOnceWhateverItsRules() throws {
        let rules = [4000, 5000].map { UpgradeRule(metric: .bytes, above: $0, forMinutes: 0, clearsAt: 100) }
        let plan = UpgradePlan(
            target: try #require(TierName("advanced")), mode: .recommend, rules: rules, schoolsGrace: 0,
            coolDownHours: 0)
        var standing = UpgradeStanding()
        let told = (0..<5).map {
            standing.note(
                TierReading(schools: 0, items: 0, bytes: 3300), by: plan, schoolsMax: nil, at: minute($0))
        }
        #expect(told == [[.near(.bytes, percent: 80)], [], [], [], []])
    }

    @Test func schoolsAreToldByTheTiersLimitWithoutAnyRule() {
        var standing = UpgradeStanding()
        let told = [7, 8, 9, 10].map {
            standing.note(reading($0), by: nil, schoolsMax: 10, at: minute($0))
        }
        #expect(told == [[], [.near(.schools, percent: 80)], [], [.near(.schools, percent: 100)]])
    }

    @Test func whatSomebodyAgreedToIsDoneThoughTheRulesClear() throws {
        let plan = try Self.plan(.ask)
        var standing = UpgradeStanding()
        _ = standing.note(reading(11), by: plan, schoolsMax: nil, at: minute(0))
        standing.agree(by: "ada@vendor.example", to: plan.target, isNow: false, at: minute(1))
        _ = standing.note(reading(3), by: plan, schoolsMax: nil, at: minute(2))
        #expect(standing.step(by: plan, calendar: Self.anyTime, at: minute(2)) == .begin)
    }

    @Test(arguments: UpgradePlan.Mode.allCases)
    func aRefusalLastsAsLongAsTheCoolDown(_ mode: UpgradePlan.Mode) throws {
        let plan = try Self.plan(mode)
        var standing = UpgradeStanding()
        _ = standing.note(reading(11), by: plan, schoolsMax: nil, at: minute(0))
        standing.refuse(by: plan, at: minute(1))
        #expect(standing.stage == .fits)
        let end = 1 + 24 * 60
        #expect(standing.note(reading(11), by: plan, schoolsMax: nil, at: minute(end - 1)) == [])
        #expect(standing.step(by: plan, calendar: Self.anyTime, at: minute(end - 1)) == .nothing)
        #expect(
            standing.note(reading(11), by: plan, schoolsMax: nil, at: minute(end))
                == [.outgrown([plan.rules[0]])])
    }

    @Test func aMoveThatFailsIsTriedAgainLaterAndLaterWithItsReason() throws {
        let plan = try Self.plan(.automatic, coolDownHours: 2)
        var standing = UpgradeStanding()
        _ = standing.note(reading(11), by: plan, schoolsMax: nil, at: minute(0))
        standing.begin(run: "r1", to: plan.target)
        #expect(standing.step(by: plan, calendar: Self.anyTime, at: minute(1)) == .nothing)
        standing.failed("items differ", at: minute(2))
        #expect(standing.failures == 1)
        #expect(
            standing.step(by: plan, calendar: Self.anyTime, at: minute(3))
                == .wait(until: minute(62), because: "items differ"))
        #expect(standing.step(by: plan, calendar: Self.anyTime, at: minute(62)) == .begin)
        standing.begin(run: "r2", to: plan.target)
        standing.failed("no room", at: minute(62))
        #expect(
            standing.step(by: plan, calendar: Self.anyTime, at: minute(100))
                == .wait(until: minute(182), because: "no room"))
        standing.begin(run: "r3", to: plan.target)
        standing.moved(from: plan, to: nil, at: minute(190))
        #expect(standing.failures == 0 && standing.stage == .fits && standing.rules.isEmpty)
        #expect(standing.coolsUntil == minute(310))
    }

    @Test func theWaitBetweenAttemptsHasALimit() throws {
        let plan = try Self.plan(.automatic)
        var standing = UpgradeStanding()
        _ = standing.note(reading(11), by: plan, schoolsMax: nil, at: minute(0))
        for _ in 0..<40 { standing.failed("no room", at: minute(0)) }
        #expect(standing.coolsUntil == minute(32 * 60))
    }

    @Test func whoeverAgreedNeedNotDoSoAgainWhenTheMoveFails() throws {
        let plan = try Self.plan(.ask)
        var standing = UpgradeStanding()
        _ = standing.note(reading(11), by: plan, schoolsMax: nil, at: minute(0))
        standing.agree(by: "ada@vendor.example", to: plan.target, isNow: true, at: minute(1))
        standing.begin(run: "r1", to: plan.target)
        standing.failed("no room", at: minute(2))
        #expect(
            standing.stage
                == .agreed(since: minute(2), by: "ada@vendor.example", to: plan.target, isNow: false))
        #expect(
            standing.step(by: plan, calendar: Self.anyTime, at: minute(3))
                == .wait(until: minute(62), because: "no room"))
        standing.agree(by: "bob@vendor.example", to: plan.target, isNow: true, at: minute(4))
        #expect(
            standing.step(by: plan, calendar: Self.anyTime, at: minute(4)) == .begin, "he knows what failed")
    }

    @Test func anOrderNeedsNoRuleButSomebodyWhoAgrees() throws {
        let order = UpgradeStanding.Order(
            tier: try #require(TierName("premium")), by: "sal@vendor.example", at: minute(0), reason: "sold")
        let closed = MaintenanceCalendar(
            Maintenance(
                windows: [
                    Maintenance.Window(days: Set(Maintenance.Weekday.allCases), from: 60, to: 120)
                ], blackouts: [], movesAtOnce: 1, movesPerNight: 1), wall: WallClock { _ in 0 })
        for plan in [nil, try Self.plan(.automatic)] {
            var standing = UpgradeStanding()
            standing.request(order)
            _ = standing.note(reading(1), by: plan, schoolsMax: nil, at: minute(1))
            #expect(standing.step(by: plan, calendar: closed, at: minute(1)) == .waitForApproval)
            #expect(standing.target(by: plan) == order.tier)
            standing.agree(by: "ada@vendor.example", to: order.tier, isNow: false, at: minute(2))
            _ = standing.note(reading(1), by: plan, schoolsMax: nil, at: minute(2))
            #expect(
                standing.step(by: plan, calendar: closed, at: minute(2))
                    == .wait(until: minute(60), because: "the next window"))
            standing.agree(by: "ada@vendor.example", to: order.tier, isNow: true, at: minute(3))
            #expect(standing.step(by: plan, calendar: closed, at: minute(3)) == .begin)
            standing.request(order)
            #expect(
                standing.step(by: plan, calendar: closed, at: minute(4)) == .waitForApproval,
                "another order needs another agreement")
            standing.refuse(by: plan, at: minute(5))
            #expect(standing.order == nil && standing.stage == .fits)
        }
    }

    @Test func aSmallerTierIsRecommendedOnceAfterAMonth() throws {
        let basic = try #require(TierName("basic"))
        var standing = UpgradeStanding()
        func note(_ day: Int, _ smaller: TierName?) -> [UpgradeStanding.Notice] {
            standing.note(reading(1), by: nil, schoolsMax: nil, smaller: smaller, at: minute(day * 1440))
        }
        #expect(note(0, basic) == [] && note(20, nil) == [] && note(21, basic) == [])
        #expect(note(50, basic) == [], "anew since day 21")
        #expect(note(51, basic) == [.fitsSmaller(basic)] && note(90, basic) == [])
        #expect(standing.step(by: nil, calendar: Self.anyTime, at: minute(51 * 1440)) == .nothing)
    }

    @Test(arguments: [UpgradeRule.Metric.items, .bytes])
    func sizesAreToldByTheRulesThreshold(_ metric: UpgradeRule.Metric) throws {
        let rule = UpgradeRule(metric: metric, above: 1000, forMinutes: 0, clearsAt: 900)
        let plan = UpgradePlan(
            target: try #require(TierName("advanced")), mode: .recommend, rules: [rule], schoolsGrace: 0,
            coolDownHours: 0)
        var standing = UpgradeStanding()
        let told = [799, 800, 960].map { (size: Int64) in
            standing.note(
                TierReading(schools: 0, items: size, bytes: size), by: plan, schoolsMax: nil, at: minute(0))
        }
        #expect(told == [[], [.near(metric, percent: 80)], [.near(metric, percent: 95)]])
    }

    @Test func waitsForTheWindow() throws {
        let plan = try Self.plan(.automatic)
        let night = Maintenance.Window(days: Set(Maintenance.Weekday.allCases), from: 60, to: 120)
        let calendar = MaintenanceCalendar(
            Maintenance(windows: [night], blackouts: [], movesAtOnce: 1, movesPerNight: 1),
            wall: WallClock { _ in 0 })
        var standing = UpgradeStanding()
        _ = standing.note(reading(11), by: plan, schoolsMax: nil, at: minute(0))
        #expect(
            standing.step(by: plan, calendar: calendar, at: minute(0))
                == .wait(until: minute(60), because: "the next window"))
        #expect(standing.step(by: plan, calendar: calendar, at: minute(60)) == .begin)
    }
    @Test(arguments: [
        (30, 0, "the next window"), (45, 100, "the next window that is as long as the move may take: 45 min"),
        (
            61, 0,
            "the beginning of the next window, since no window of the coming 28 days is as long as the move may take: 1 h 1 min"
        ),
    ])
    func doesNotBeginWhatDoesNotEndInItsWindow(_ minutes: Int, _ now: Int, _ reason: String) throws {
        let plan = try Self.plan(.automatic)
        let hour = Maintenance.Window(days: Set(Maintenance.Weekday.allCases), from: 60, to: 120)
        let calendar = MaintenanceCalendar(
            Maintenance(windows: [hour], blackouts: [], movesAtOnce: 1, movesPerNight: 1),
            wall: WallClock { _ in 0 })
        var standing = UpgradeStanding()
        _ = standing.note(reading(11), by: plan, schoolsMax: nil, at: minute(now))
        let next = minute(now < 60 ? 60 : 60 + 1440)
        let seconds = Int64(minutes) * 60
        #expect(
            standing.step(by: plan, calendar: calendar, lasting: seconds, at: minute(now))
                == .wait(until: next, because: reason))
        #expect(standing.step(by: plan, calendar: calendar, lasting: seconds, at: next) == .begin)
        standing.agree(by: "ada@vendor.example", to: plan.target, isNow: true, at: minute(now))
        #expect(
            standing.step(by: plan, calendar: calendar, lasting: seconds, at: minute(now)) == .begin,
            "whoever says now has looked at the clock")
    }
}
