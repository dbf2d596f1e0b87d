import Base
import Tenancy

/// Something that the rules would have done to a tenant.
public struct SimulatedEvent: Hashable, Sendable {
    /// What it was.
    public enum Happening: Hashable, Sendable {
        /// The tenant would have been told that so many percent of a limit of its tier are reached.
        case near(UpgradeRule.Metric, percent: Int)
        /// A rule began to hold, at this value.
        case holds(UpgradeRule, value: Double)
        /// A rule ceased to hold, at this value.
        case clears(UpgradeRule, value: Double)
        /// The first rule held: the tenant has outgrown its tier, and this is what the catalog does about it.
        case outgrown(UpgradePlan.Mode)
        /// None holds any more.
        case fitsAgain
        /// The move is put off.
        case waits(until: Timestamp, because: String)
        /// As many moves as may begin in a night have begun.
        case waitsForOthers(until: Timestamp, perNight: Int)
        /// The catalog lets no move begin by itself.
        case noMoves
        /// The calendar has no opening.
        case noOpening
        /// Somebody would have to approve the move to this tier.
        case waitsForApproval(TierName)
        /// The move to this tier would be recommended.
        case recommended(TierName)
        /// The move would have begun.
        case moved(from: TierName, to: TierName)
        /// No other move begins by itself before then.
        case cools(until: Timestamp)
    }

    /// When.
    public let time: Timestamp
    /// Whose.
    public let tenant: String
    /// What.
    public let happening: Happening

    /// A word for programs.
    public var kind: String {
        switch happening {
        case .near: "near"
        case .holds: "holds"
        case .clears: "clears"
        case .outgrown: "outgrown"
        case .fitsAgain: "fits"
        case .waits, .waitsForOthers, .noMoves: "waits"
        case .noOpening: "no-opening"
        case .waitsForApproval: "approval"
        case .recommended: "recommended"
        case .moved: "moved"
        case .cools: "cool-down"
        }
    }

    /// What happened, for people: a few words without a full stop.
    public var text: String {
        switch happening {
        case .near(let metric, let percent): "near a limit: \(percent)% of its \(metric.rawValue)"
        case .holds(let rule, let value):
            "holds: \(rule.text) (\(RuleExplanation.figure(value, of: rule.metric)))"
        case .clears(let rule, let value):
            "clears: \(rule.text) (\(RuleExplanation.figure(value, of: rule.metric)))"
        case .outgrown(let mode): "has outgrown its tier (\(mode.rawValue))"
        case .fitsAgain: "fits its tier again"
        case .waits(let until, let reason): "waits until \(SimulatedEvent.minute(until)): \(reason)"
        case .waitsForOthers(let until, let perNight):
            "waits until \(SimulatedEvent.minute(until)): \(perNight) moves a night"
        case .noMoves: "waits: the catalog lets no move begin by itself"
        case .noOpening: "waits: no window is open in the days to come"
        case .waitsForApproval(let tier): "would wait for an approval to go to \(tier)"
        case .recommended(let tier): "would be recommended to go to \(tier)"
        case .moved(let from, let to): "would be moved from \(from) to \(to)"
        case .cools(let until): "cool-down until \(SimulatedEvent.minute(until))"
        }
    }

    /// `2026-09-14 12:00`, in UTC.
    private static func minute(_ time: Timestamp) -> String {
        time.iso8601.prefix(16).split(separator: "T").joined(separator: " ")
    }
}

/// What has come of a tenant by the end of its history.
public struct SimulatedOutcome: Hashable, Sendable {
    /// Whose.
    public let tenant: String
    /// The tier at the beginning.
    public let firstTier: TierName
    /// The tier at the end.
    public var lastTier: TierName
    /// How often it outgrew a tier.
    public var outgrown = 0
    /// How often it would have been moved.
    public var moves = 0
    /// The longest that a move waited after its tenant had outgrown its tier, in seconds.
    public var longestWaitSeconds: Int64 = 0
    /// Where it stands at the end.
    public var isOutgrown = false

    init(tenant: String, tier: TierName) {
        self.tenant = tenant
        firstTier = tier
        lastTier = tier
    }
}
