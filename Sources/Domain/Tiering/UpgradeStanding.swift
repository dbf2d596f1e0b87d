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
        /// A named person has agreed to the move to that tier, and to no other; it begins in the next window, or at once.
        case agreed(since: Timestamp, by: String, to: TierName, isNow: Bool)
        /// The run that moves it to that tier, and who had agreed to it, if anybody had to.
        case moving(run: String, to: TierName, agreedBy: String?)
    }

    /// Something that people are told, once.
    public enum Notice: Hashable, Sendable {
        /// So many percent of a limit of its tier are reached.
        case near(UpgradeRule.Metric, percent: Int)
        /// These rules hold; none did before.
        case outgrown([UpgradeRule])
        /// None holds any more, before it was moved.
        case fitsAgain
        /// For `Limits.smallerDays` days it would have had room in this smaller tier: a recommendation, and never more.
        case fitsSmaller(TierName)
    }

    /// A move that somebody has asked for by hand.
    public struct Order: Hashable, Sendable, Codable {
        /// The tier that is wanted.
        public let tier: TierName
        /// Who asked.
        public let by: String
        /// When.
        public let at: Timestamp
        /// Why, for whoever agrees to it.
        public let reason: String

        /// What somebody asks for.
        public init(tier: TierName, by: String, at: Timestamp, reason: String) {
            self.tier = tier
            self.by = by
            self.at = at
            self.reason = reason
        }
    }

    /// A smaller tier in which the tenant would have room.
    public struct SmallerFit: Hashable, Sendable, Codable {
        /// The tier.
        public let tier: TierName
        /// Since when it would, without a break.
        public let since: Timestamp
        /// Whether somebody was told.
        public internal(set) var isTold = false
    }

    /// What a move still needs before it can begin, whatever the calendar says.
    public enum Need: Hashable, Sendable {
        /// None is due, or it is under way.
        case nothing
        /// The rules hold, and the catalog only has that recommended.
        case interest
        /// Somebody has to agree to it.
        case approval
        /// An opening in the calendar, unless somebody has said that it begins now.
        case opening
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
    /// What somebody has asked for and was not moved to yet.
    public private(set) var order: Order?
    /// The smaller tier that it would have room in.
    public private(set) var smaller: SmallerFit?
    /// No move by itself before this moment.
    public private(set) var coolsUntil: Timestamp?
    /// Somebody has decided against a move: whatever the rules say, the tenant fits until then.
    public private(set) var refusedUntil: Timestamp?
    /// How often a move has failed since the last that did not.
    public private(set) var failures = 0
    /// Why the last one did.
    public private(set) var failure: String?
    /// The highest step of a limit that was told, in percent, by metric.
    public private(set) var told: [String: Int] = [:]
    /// Since when a limit that was told of is far off again, by metric.
    private var farSince: [String: Timestamp] = [:]

    /// Of a tenant that nobody has looked at.
    public init() {}

    /// The steps of a limit at which people are told, in percent.
    public static let steps = [80, 95, 100]

    // MARK: What is seen

    /// Takes in what is seen of the tenant now; what is to be told.
    /// - Parameters:
    ///   - schoolsMax: how many schools it may have; nil for any number.
    ///   - smaller: the tier below, where the tenant would have room in it now.
    public mutating func note(
        _ reading: TierReading, by plan: UpgradePlan?, schoolsMax: Int?, smaller: TierName? = nil,
        at now: Timestamp
    ) -> [Notice] {
        var notices =
            nearing(reading, by: plan, schoolsMax: schoolsMax, at: now) + shrinking(to: smaller, at: now)
        guard let plan else {
            rules = [:]
            // What somebody has agreed to, or asked for, needs no rule.
            if case .outgrown = stage { stage = .fits }
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
        if let refusedUntil, refusedUntil <= now { self.refusedUntil = nil }
        switch stage {
        case .fits where !holding.isEmpty && refusedUntil == nil:
            stage = .outgrown(since: now)
            notices.append(.outgrown(holding))
        case .outgrown where holding.isEmpty:
            stage = .fits
            notices.append(.fitsAgain)
        // What somebody has agreed to is done, and what is under way comes to its own end.
        case .fits, .outgrown, .agreed, .moving: break
        }
        return notices
    }

    private mutating func shrinking(to tier: TierName?, at now: Timestamp) -> [Notice] {
        guard let tier else {
            smaller = nil
            return []
        }
        var fit = smaller?.tier == tier ? smaller : nil
        defer { smaller = fit }
        guard let since = fit?.since else {
            fit = SmallerFit(tier: tier, since: now)
            return []
        }
        guard fit?.isTold == false, now.milliseconds(since: since) >= Limits.smallerDays * 86_400_000 else {
            return []
        }
        fit?.isTold = true
        return [.fitsSmaller(tier)]
    }

    private mutating func nearing(
        _ reading: TierReading, by plan: UpgradePlan?, schoolsMax: Int?, at now: Timestamp
    ) -> [Notice] {
        UpgradeRule.Metric.allCases.compactMap { metric in
            guard let percent = share(of: metric, in: reading, by: plan, schoolsMax: schoolsMax) else {
                return nil
            }
            let reached = Self.steps.last { Double($0) <= percent }
            if let reached, reached > told[metric.rawValue] ?? 0 {
                (told[metric.rawValue], farSince[metric.rawValue]) = (reached, nil)
                return .near(metric, percent: reached)
            }
            forget(metric, at: percent, now)
            return nil
        }
    }

    /// Of its limit, in percent: of the tier's, or of the smallest size that a rule has; nil where nothing limits it.
    private func share(
        of metric: UpgradeRule.Metric, in reading: TierReading, by plan: UpgradePlan?, schoolsMax: Int?
    ) -> Double? {
        switch metric {
        case .schools: return schoolsMax.flatMap { $0 > 0 ? Double(reading.schools) * 100 / Double($0) : nil }
        case .items, .bytes:
            let least = (plan?.rules ?? []).filter { $0.metric == metric && $0.above > 0 }.map(\.above).min()
            return least.map { reading.value(of: metric) * 100 / Double($0) }
        case .readRate: return reading.readPercent
        case .writeRate: return reading.writePercent
        case .throttled: return nil
        }
    }

    /// Well below the first step, a limit is told again when the tenant comes near it once more; a rate has to have stayed there for a day,
    /// since it goes up and down with the hours.
    private mutating func forget(_ metric: UpgradeRule.Metric, at percent: Double, _ now: Timestamp) {
        guard told[metric.rawValue] != nil, percent < Double(Self.steps[0] - 10) else {
            farSince[metric.rawValue] = nil
            return
        }
        let since = min(farSince[metric.rawValue] ?? now, now)
        farSince[metric.rawValue] = since
        let needed = metric.isPercent ? Limits.ruleQuietSeconds : 0
        guard now.milliseconds(since: since) >= needed * 1000 else { return }
        (told[metric.rawValue], farSince[metric.rawValue]) = (nil, nil)
    }

    // MARK: What is to be done

    /// What outlives the process: all but the last look, which the next one makes up for.
    public var lasting: UpgradeStanding {
        var kept = self
        kept.rules = rules.compactMapValues(\.lasting)
        kept.farSince = [:]
        return kept
    }

    /// The tier that it is on its way to, or would be.
    public func target(by plan: UpgradePlan?) -> TierName? {
        switch stage {
        case .agreed(_, _, let tier, _), .moving(_, let tier, _): tier
        case .fits, .outgrown: order?.tier ?? plan?.target
        }
    }

    /// Whether a run is moving it.
    public var isMoving: Bool { if case .moving = stage { true } else { false } }

    /// What its move still needs.
    public func need(by plan: UpgradePlan?) -> Need {
        switch stage {
        case .moving: return .nothing
        case .agreed: return .opening
        case .fits: return order == nil ? .nothing : .approval
        // Whoever wants another tier than the rules has to be heard first.
        case .outgrown where order != nil: return .approval
        case .outgrown:
            switch plan?.mode {
            case nil, .recommend: return .interest
            case .ask: return .approval
            case .automatic: return .opening
            }
        }
    }

    /// What is to be done now.
    /// - Parameter seconds: what the move may take; one that does not end in its opening does not begin there.
    public func step(
        by plan: UpgradePlan?, calendar: MaintenanceCalendar, lasting seconds: Int64 = 0, at now: Timestamp
    ) -> Step {
        switch need(by: plan) {
        case .nothing, .interest: return .nothing
        case .approval: return .waitForApproval
        case .opening: break
        }
        // Whoever agrees knows of the moves before; what begins by itself, or has failed, waits.
        var waits = failures > 0
        if case .outgrown = stage { waits = true }
        if waits, let coolsUntil, coolsUntil > now {
            return .wait(until: coolsUntil, because: failure ?? "a move has ended not long ago")
        }
        if case .agreed(_, _, _, isNow: true) = stage { return .begin }
        guard let slot = calendar.slot(at: now, lasting: seconds) else { return .waitForCalendar }
        guard slot.opening.from <= now else {
            let reason = calendar.blackout(at: now).map { "no moves now: \($0.reason)" }
            return .wait(
                until: slot.opening.from, because: reason ?? calendar.reason(for: slot, lasting: seconds))
        }
        return .begin
    }

    // MARK: What happens

    /// Somebody asks for a move by hand, in place of what was asked before.
    public mutating func request(_ new: Order) {
        order = new
        if case .agreed = stage {
            stage = rules.values.contains(where: \.holds) ? .outgrown(since: new.at) : .fits
        }
    }

    /// Somebody agrees to the move to that tier.
    /// - Parameter isNow: whether it begins at once, and not in the next window.
    public mutating func agree(by person: String, to tier: TierName, isNow: Bool, at now: Timestamp) {
        if isMoving { return }
        stage = .agreed(since: now, by: person, to: tier, isNow: isNow)
        // It is known what has failed, and somebody wants it all the same.
        (failures, failure) = (0, nil)
    }

    /// The tenant cannot be moved now: what was to begin at once waits for a window.
    public mutating func hold() {
        if case .agreed(let since, let person, let tier, isNow: true) = stage {
            stage = .agreed(since: since, by: person, to: tier, isNow: false)
        }
    }

    /// Somebody decides against the move. What was asked for by hand is forgotten, and the rules go on; else whatever they say is not
    /// heard until the cool-down is over.
    public mutating func refuse(by plan: UpgradePlan?, at now: Timestamp) {
        if isMoving { return }
        let holds = rules.values.contains(where: \.holds)
        stage = order != nil && holds ? .outgrown(since: now) : .fits
        guard order == nil else {
            order = nil
            return
        }
        cool(plan, now)
        refusedUntil = coolsUntil
    }

    /// The move has begun.
    public mutating func begin(run: String, to tier: TierName) {
        if case .agreed(_, let person, _, _) = stage {
            stage = .moving(run: run, to: tier, agreedBy: person)
        } else {
            stage = .moving(run: run, to: tier, agreedBy: nil)
        }
    }

    /// The tenant is in another tier: what was known of the old one means nothing any more.
    /// - Parameters:
    ///   - old: the plan of the tier that it was in.
    ///   - new: the plan of the tier that it is in; the longer cool-down of the two holds.
    public mutating func moved(from old: UpgradePlan?, to new: UpgradePlan?, at now: Timestamp) {
        self = UpgradeStanding()
        cool([old, new].compactMap(\.self).max { $0.coolDownHours < $1.coolDownHours }, now)
    }

    /// The tenant is back in the tier that it was moved from: as it stood then.
    public mutating func resume(_ before: UpgradeStanding) {
        self = before
        rules = before.rules.compactMapValues(\.lasting)
    }

    /// The move was taken back or could not be made: the tenant is where it was. The next attempt waits, longer each time, and for a
    /// window; whoever had agreed need not do so again.
    public mutating func failed(_ reason: String, at now: Timestamp) {
        switch stage {
        case .moving(_, let tier, let person?), .agreed(_, let person, let tier, _):
            stage = .agreed(since: now, by: person, to: tier, isNow: false)
        case .fits, .outgrown, .moving:
            stage = rules.values.contains(where: \.holds) ? .outgrown(since: now) : .fits
        }
        failures += 1
        failure = reason
        let doublings = min(failures - 1, Limits.upgradeRetryDoublings)
        coolsUntil = now.advanced(bySeconds: Limits.upgradeRetrySeconds << doublings)
    }

    /// Somebody has taken the move back: that is a decision against it.
    public mutating func takenBack(by plan: UpgradePlan?, at now: Timestamp) {
        stage = .fits
        order = nil
        cool(plan, now)
        refusedUntil = coolsUntil
    }

    private mutating func cool(_ plan: UpgradePlan?, _ now: Timestamp) {
        let hours = plan?.coolDownHours ?? Limits.coolDownHoursDefault
        coolsUntil = hours > 0 ? now.advanced(bySeconds: Int64(hours) * 3600) : nil
    }
}

extension Limits {
    /// Days for which a tenant would have had room in a smaller tier before that is said.
    static let smallerDays: Int64 = 30
    /// Seconds until a move that has failed is tried again for the first time.
    static let upgradeRetrySeconds: Int64 = 3600
    /// How often that doubles: to a bit more than a day.
    static let upgradeRetryDoublings = 5
}
