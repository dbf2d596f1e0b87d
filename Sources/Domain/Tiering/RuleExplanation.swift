import Base
import Tenancy

/// How one rule stands, for people: its input, its threshold, and what is still missing.
public struct RuleExplanation: Hashable, Sendable {
    /// The rule.
    public let rule: UpgradeRule
    /// Whether it holds.
    public let holds: Bool
    /// What was seen last, in the rule's unit.
    public let value: Double
    /// What is missing until it holds, or until when it goes on to hold.
    public let text: String

    /// How the rule stands now.
    public init(_ rule: UpgradeRule, _ standing: RuleStanding, at now: Timestamp) {
        self.rule = rule
        holds = standing.holds
        value = standing.value
        text = RuleExplanation.text(rule, standing, at: now)
    }

    private static func text(_ rule: UpgradeRule, _ standing: RuleStanding, at now: Timestamp) -> String {
        let value = figure(standing.value, of: rule.metric)
        if let since = standing.heldSince {
            return "holds since \(since.iso8601Seconds): \(value); "
                + "it clears at \(figure(Double(rule.clearsAt), of: rule.metric)) or less"
                + (rule.metric.isPercent ? " for a day" : "")
        }
        if standing.seenAt == nil { return "nobody has looked yet" }
        if standing.aboveSince != nil {
            let minutes = standing.minutesAbove(at: now)
            return "\(value), for \(minutes) of \(rule.forMinutes) minutes"
        }
        let missing = Double(rule.above) - standing.value
        switch rule.metric {
        case .schools, .items:
            return "\(value); \(Int(missing) + 1) more would do"
        case .bytes: return "\(value); more than \(figure(missing, of: .bytes)) more would do"
        case .readRate, .writeRate, .throttled:
            return "\(value); it would have to be above \(rule.above)%"
                + (rule.forMinutes > 0 ? " for \(rule.forMinutes) minutes" : "")
        }
    }

    static func figure(_ value: Double, of metric: UpgradeRule.Metric) -> String {
        switch metric {
        case .schools: value == 1 ? "1 school" : "\(Int(value)) schools"
        case .items: value == 1 ? "1 item" : "\(Int(value)) items"
        case .bytes: ByteText.short(value)
        case .readRate, .writeRate, .throttled: "\(Int(value.rounded()))%"
        }
    }
}

/// Bytes for people: `12.3 GB`, in powers of ten.
enum ByteText {
    static func short(_ bytes: Double) -> String {
        let units = ["bytes", "KB", "MB", "GB", "TB", "PB"]
        var value = bytes
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        return unit == 0 || tenths % 10 == 0
            ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
