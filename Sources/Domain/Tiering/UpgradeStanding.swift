import Base
import Tenancy

/// Where a tenant stands on its way to a larger tier: what its rules say, who has agreed, what was tried.
///
/// A state machine without input or output: it is told what is seen and what happens, and says what is to be done.
public struct UpgradeStanding: Hashable, Sendable, Codable {
    /// How far it has come.
    public enum Stage: Hashable, Sendable, Codable {
        /// No rule holds.
        case fits
        /// At least one holds.
        case outgrown(since: Timestamp)
        /// A named person has agreed to the move; nil for `by` where the catalog has it move by itself.
        case agreed(since: Timestamp, by: String?)
        /// The run that moves it.
        case moving(run: String)
    }

    /// Something that people are told, once.
    public enum Notice: Hashable, Sendable {
        /// So many percent of a limit of its tier are reached.
        case near(UpgradeRule.Metric, percent: Int)
        /// These rules hold; none did before.
        case outgrown([UpgradeRule])
        /// None holds any more, before it was moved.
        case fitsAgain
    }

    /// What is to be done about a tenant now.
    public enum Step: Hashable, Sendable {
        case nothing
        /// Somebody has to agree to it.
        case waitForApproval
        /// Nothing before this moment, and why.
        case wait(until: Timestamp, because: String)
        /// Nothing, as far as the calendar goes, and why.
        case waitForCalendar
        /// The move may begin.
        case begin
    }

    /// By the rule's text.
    public private(set) var rules: [String: RuleStanding] = [:]
    /// How far it has come.
    public private(set) var stage = Stage.fits
    /// No move by itself before this moment.
    public private(set) var coolsUntil: Timestamp?
    /// How often a move has failed since the last that did not.
    public private(set) var failures = 0
    /// Why the last one did.
    public private(set) var failure: String?
    /// The highest step of a limit that was told, in percent, by metric.
    public private(set) var told: [String: Int] = [:]

    /// Of a tenant that nobody has looked at.
    public init() {}

    /// The steps of a limit at which people are told, in percent.
    public static let steps = [80, 95, 100]

    // MARK: What is seen

    /// Takes in what is seen of the tenant now; what is to be told.
    /// - Parameter schoolsMax: how many schools it may have; nil for any number.
    public mutating func note(
        _ reading: TierReading, by plan: UpgradePlan?, schoolsMax: Int?, at now: Timestamp
    ) -> [Notice] {
        var notices = nearing(reading, schoolsMax: schoolsMax)
        guard let plan else {
            rules = [:]
            if case .moving = stage { return notices }
            stage = .fits
            return notices
        }
        var standings: [String: RuleStanding] = [:]
        for rule in plan.rules {
            var standing = rules[rule.text] ?? RuleStanding()
            standing.note(reading.value(of: rule.metric), by: rule, at: now)
            standings[rule.text] = standing
        }
        rules = standings
        let holding = plan.rules.filter { standings[$0.text]?.holds ?? false }
        switch stage {
        case .fits where !holding.isEmpty:
            stage = .outgrown(since: now)
            notices.append(.outgrown(holding))
        case .outgrown where holding.isEmpty, .agreed(_, by: nil) where holding.isEmpty:
            stage = .fits
            notices.append(.fitsAgain)
        // What somebody has agreed to is done, and what is under way comes to its own end.
        case .fits, .outgrown, .agreed, .moving: break
        }
        return notices
    }

    private mutating func nearing(_ reading: TierReading, schoolsMax: Int?) -> [Notice] {
        var shares: [(UpgradeRule.Metric, Double)] = []
        if let schoolsMax, schoolsMax > 0 {
            shares.append((.schools, Double(reading.schools) * 100 / Double(schoolsMax)))
        }
        if let percent = reading.readPercent { shares.append((.readRate, percent)) }
        if let percent = reading.writePercent { shares.append((.writeRate, percent)) }
        return shares.compactMap { metric, percent in
            let reached = Self.steps.last { Double($0) <= percent }
            let before = told[metric.rawValue]
            if let reached, reached > before ?? 0 {
                told[metric.rawValue] = reached
                return .near(metric, percent: reached)
            }
            // Well below the first step: the next time it comes near is told again.
            if percent < Double(Self.steps[0] - 10) { told[metric.rawValue] = nil }
            return nil
        }
    }

    // MARK: What is to be done

    /// What is to be done now.
    public func step(by plan: UpgradePlan?, calendar: MaintenanceCalendar, at now: Timestamp) -> Step {
        guard let plan else { return .nothing }
        switch stage {
        case .fits, .moving: return .nothing
        case .outgrown:
            switch plan.mode {
            case .recommend: return .nothing
            case .ask: return .waitForApproval
            case .automatic: break
            }
        case .agreed: break
        }
        // Whoever agrees knows of the moves before; what begins by itself waits.
        if case .outgrown = stage, let coolsUntil, coolsUntil > now {
            return .wait(until: coolsUntil, because: failure ?? "a move has ended not long ago")
        }
        guard let opening = calendar.opening(at: now) else { return .waitForCalendar }
        guard opening.from <= now else {
            let reason = calendar.blackout(at: now).map { "no moves now: \($0.reason)" }
            return .wait(until: opening.from, because: reason ?? "the next window")
        }
        return .begin
    }

    // MARK: What happens

    /// Somebody agrees to the move.
    public mutating func agree(by person: String, at now: Timestamp) {
        switch stage {
        case .fits, .outgrown: stage = .agreed(since: now, by: person)
        case .agreed, .moving: break
        }
    }

    /// Somebody decides against the move: the rules begin anew when the cool-down is over.
    public mutating func refuse(by plan: UpgradePlan?, at now: Timestamp) {
        if case .moving = stage { return }
        stage = .fits
        rules = [:]
        cool(plan, now)
    }

    /// The move has begun.
    public mutating func begin(run: String) { stage = .moving(run: run) }

    /// The move has ended in the tier it was for: what was known of the old tier means nothing any more.
    public mutating func moved(by plan: UpgradePlan?, at now: Timestamp) {
        self = UpgradeStanding()
        cool(plan, now)
    }

    /// The move was taken back or could not be made: the tenant is where it was, and the next attempt waits for the cool-down.
    public mutating func failed(_ reason: String, by plan: UpgradePlan?, at now: Timestamp) {
        stage = rules.values.contains(where: \.holds) ? .outgrown(since: now) : .fits
        failures += 1
        failure = reason
        cool(plan, now)
    }

    private mutating func cool(_ plan: UpgradePlan?, _ now: Timestamp) {
        let hours = plan?.coolDownHours ?? Limits.coolDownHoursDefault
        coolsUntil = hours > 0 ? now.advanced(bySeconds: Int64(hours) * 3600) : nil
    }
}
