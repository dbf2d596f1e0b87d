import Base
import Tenancy

/// What a tenant shows of a metric now.
public struct TierReading: Hashable, Sendable {
    /// How many schools it has.
    public var schools: Int
    /// How many items it has.
    public var items: Int64
    /// What they take, in bytes.
    public var bytes: Int64
    /// Read units of the last minute, in percent of what it may use; nil where nothing was measured.
    public var readPercent: Double?
    /// Write units of the last minute, in percent of what it may use; nil where nothing was measured.
    public var writePercent: Double?
    /// Requests of the last minute that were turned away for the rate, in percent of all; nil where there were none.
    public var throttledPercent: Double?

    /// A reading.
    public init(
        schools: Int, items: Int64, bytes: Int64, readPercent: Double? = nil, writePercent: Double? = nil,
        throttledPercent: Double? = nil
    ) {
        self.schools = schools
        self.items = items
        self.bytes = bytes
        self.readPercent = readPercent
        self.writePercent = writePercent
        self.throttledPercent = throttledPercent
    }

    /// The value that a rule goes by; a share of nothing is 0.
    public func value(of metric: UpgradeRule.Metric) -> Double {
        switch metric {
        case .schools: Double(schools)
        case .items: Double(items)
        case .bytes: Double(bytes)
        case .readRate: readPercent ?? 0
        case .writeRate: writePercent ?? 0
        case .throttled: throttledPercent ?? 0
        }
    }
}

/// How one rule stands for one tenant, from look to look.
///
/// A state machine without a clock of its own. It rises when the metric has been above the threshold for as long as the rule says, and
/// falls when the metric is at or below where the rule clears: in between it stays as it is. A rate has to stay there for
/// `Limits.ruleQuietSeconds`: a school day that is too busy is not over because night falls, and tenants are moved by night. A gap
/// between two looks that is longer than `Limits.ruleGapSeconds` begins the time above anew, for nobody knows what was in it.
public struct RuleStanding: Hashable, Sendable, Codable {
    /// Since when the metric has been above the threshold; nil where it is not.
    public private(set) var aboveSince: Timestamp?
    /// Since when the rule holds; nil where it does not.
    public private(set) var heldSince: Timestamp?
    /// Since when the metric has been where the rule clears, while it still holds; nil where it is not there.
    public private(set) var quietSince: Timestamp?
    /// What was seen last.
    public private(set) var value: Double = 0
    /// When that was.
    public private(set) var seenAt: Timestamp?

    /// Of a rule that was never looked at.
    public init() {}

    /// Whether the rule holds.
    public var holds: Bool { heldSince != nil }

    /// Takes in what is seen now.
    public mutating func note(_ value: Double, by rule: UpgradeRule, at now: Timestamp) {
        if let seenAt {
            let gap = now.milliseconds(since: seenAt)
            // The clock was set back, or nobody looked for a while.
            if gap < 0 || gap > Limits.ruleGapSeconds * 1000 { aboveSince = nil }
        }
        self.value = value
        seenAt = now
        if value > Double(rule.clearsAt) { quietSince = nil }
        if value > Double(rule.above) {
            let since = aboveSince ?? now
            aboveSince = since
            if heldSince == nil, now.milliseconds(since: since) >= Int64(rule.forMinutes) * 60_000 {
                heldSince = now
            }
        } else {
            aboveSince = nil
            if heldSince != nil, value <= Double(rule.clearsAt) { quiet(rule, at: now) }
        }
    }

    private mutating func quiet(_ rule: UpgradeRule, at now: Timestamp) {
        let since = min(quietSince ?? now, now)
        quietSince = since
        let needed = rule.metric.isPercent ? Limits.ruleQuietSeconds : 0
        guard now.milliseconds(since: since) >= needed * 1000 else { return }
        (heldSince, quietSince) = (nil, nil)
    }

    /// What outlives the process: that it holds, and since when; nil where it does not.
    var lasting: RuleStanding? {
        guard holds else { return nil }
        var kept = RuleStanding()
        kept.heldSince = heldSince
        return kept
    }

    /// For how many minutes the metric has been above the threshold.
    public func minutesAbove(at now: Timestamp) -> Int {
        guard let aboveSince else { return 0 }
        return Int(max(0, now.milliseconds(since: aboveSince)) / 60_000)
    }
}

extension Limits {
    /// Seconds between two looks at a tenant after which the time for which a rule has held is not known.
    static let ruleGapSeconds: Int64 = 300
    /// For how many seconds a rate has to be where its rule clears until it does: over a night, and the day after it.
    static let ruleQuietSeconds: Int64 = 86_400
}
