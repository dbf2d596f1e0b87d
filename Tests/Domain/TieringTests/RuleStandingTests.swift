import Base
import Tenancy
import Testing

@testable import Tiering

@Suite struct RuleStandingTests {
    private static let start = Timestamp(milliseconds: 1_767_225_600_000)

    private func standing(
        _ rule: UpgradeRule, minutes values: [Double?]
    ) -> (standing: RuleStanding, holds: [Bool]) {
        var standing = RuleStanding()
        var holds: [Bool] = []
        for (minute, value) in values.enumerated() {
            if let value {
                standing.note(value, by: rule, at: Self.start.advanced(bySeconds: Int64(minute) * 60))
            }
            holds.append(standing.holds)
        }
        return (standing, holds)
    }

    private static let rate = UpgradeRule(metric: .readRate, above: 80, forMinutes: 3, clearsAt: 70)
    private static let items = UpgradeRule(metric: .items, above: 80, forMinutes: 0, clearsAt: 70)
    private static let schools = UpgradeRule(metric: .schools, above: 10, forMinutes: 0, clearsAt: 10)

    @Test(
        arguments: [
            (schools, [10, 11, 11, 10], [false, true, true, false]),
            // On the threshold is not above it.
            (rate, [80, 80, 80, 80, 80], [false, false, false, false, false]),
            (rate, [81, 81, 81, 81], [false, false, false, true]),
            // One quiet minute begins the time anew.
            (rate, [90, 90, 80, 90, 90, 90, 90], [false, false, false, false, false, false, true]),
            // Between the two thresholds it stays as it is.
            (items, [75, 81, 75, 71, 70, 75, 79], [false, true, true, true, false, false, false]),
            // A rate does so for a day where it clears.
            (rate, [90, 90, 90, 90, 75, 71, 70, 0], [false, false, false, true, true, true, true, true]),
        ] as [(UpgradeRule, [Double?], [Bool])])
    func risesAfterItsTimeAndFallsBelowItsOwnThreshold(
        _ rule: UpgradeRule, _ values: [Double?], _ expected: [Bool]
    ) { #expect(standing(rule, minutes: values).holds == expected) }

    @Test func aRateClearsAfterADayWithoutABusyMinute() {
        let busy = [Double?](repeating: 90, count: 4)
        let quiet = [Double?](repeating: 70, count: 1440)
        let broken = standing(Self.rate, minutes: busy + quiet + [71] + quiet).holds
        #expect(broken.allSatisfy { $0 } == false && broken.dropFirst(3).allSatisfy { $0 })
        let whole = standing(Self.rate, minutes: busy + quiet + [70]).holds
        #expect(whole.dropLast().last == true && whole.last == false)
    }

    @Test func timeInWhichNobodyLookedDoesNotCount() {
        let gap = [Double?](repeating: nil, count: 6)
        let values: [Double?] = [90, 90] + gap + [90, 90, 90, 90]
        #expect(standing(Self.rate, minutes: values).holds.suffix(4) == [false, false, false, true])
    }

    @Test func aClockThatIsSetBackDoesNotMakeItRise() {
        var standing = RuleStanding()
        standing.note(90, by: Self.rate, at: Self.start)
        standing.note(90, by: Self.rate, at: Self.start.advanced(bySeconds: -3600))
        standing.note(90, by: Self.rate, at: Self.start.advanced(bySeconds: -3540))
        #expect(!standing.holds && standing.minutesAbove(at: Self.start.advanced(bySeconds: -3540)) == 1)
    }

    @Test(
        arguments: [
            (schools, [], "nobody has looked yet"),
            (schools, [7], "7 schools; 4 more would do"),
            (schools, [11], "holds since 2026-01-01T00:00:00Z: 11 schools; it clears at 10 schools or less"),
            (rate, [40.4], "40%; it would have to be above 80% for 3 minutes"),
            (rate, [90, 90], "90%, for 1 of 3 minutes"),
            (
                UpgradeRule(metric: .bytes, above: 10_000_000_000, forMinutes: 0, clearsAt: 9_000_000_000),
                [7_500_000_000], "7.5 GB; more than 2.5 GB more would do"
            ),
        ] as [(UpgradeRule, [Double?], String)])
    func saysWhatIsMissing(_ rule: UpgradeRule, _ values: [Double?], _ text: String) {
        let found = standing(rule, minutes: values).standing
        let now = Self.start.advanced(bySeconds: Int64(max(0, values.count - 1)) * 60)
        #expect(RuleExplanation(rule, found, at: now).text == text)
    }
}
