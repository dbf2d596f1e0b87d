import Base

/// When a tenant has outgrown its tier, and what follows from it.
public struct UpgradePlan: Hashable, Sendable {
    /// What is done about a tenant that has outgrown its tier.
    public enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
        /// It is told; somebody may start the move.
        case recommend
        /// The move is planned, and waits for a named operator to approve it.
        case ask
        /// The move begins by itself, in the next window.
        case automatic
    }

    /// The tier it goes to.
    public let target: TierName
    /// What is done about it.
    public let mode: Mode
    /// One that holds is enough.
    public let rules: [UpgradeRule]
    /// How many schools more than the tier takes may be added until the tenant is moved.
    public let schoolsGrace: Int
    /// After a move to or from the tier, whatever came of it, for so many hours none begins by itself.
    public let coolDownHours: Int

    /// A plan.
    public init(target: TierName, mode: Mode, rules: [UpgradeRule], schoolsGrace: Int, coolDownHours: Int) {
        self.target = target
        self.mode = mode
        self.rules = rules
        self.schoolsGrace = schoolsGrace
        self.coolDownHours = coolDownHours
    }
}

/// One sign that a tenant has outgrown its tier.
public struct UpgradeRule: Hashable, Sendable {
    /// What is looked at.
    public enum Metric: String, Hashable, Sendable, Codable, CaseIterable {
        /// How many schools it has.
        case schools
        /// How many items it has.
        case items
        /// What they take, in bytes, as DynamoDB counts an item's size.
        case bytes
        /// Read units of a minute, in percent of what the tier allows.
        case readRate = "read-rate"
        /// Write units of a minute, in percent of what the tier allows.
        case writeRate = "write-rate"
        /// Requests of a minute that were turned away for the rate, in percent of all of them.
        case throttled

        /// Whether it is how much the tenant has stored.
        public var isSize: Bool { self == .items || self == .bytes }

        /// Whether it is a share of a hundred.
        public var isPercent: Bool {
            switch self {
            case .schools, .items, .bytes: false
            case .readRate, .writeRate, .throttled: true
            }
        }
    }

    /// What is looked at.
    public let metric: Metric
    /// It holds while the metric is above this: a count, bytes, or percent.
    public let above: Int
    /// For how many minutes on end; 0 for at once.
    public let forMinutes: Int
    /// Once it holds, it does until the metric is at or below this (hysteresis).
    public let clearsAt: Int

    /// A rule.
    public init(metric: Metric, above: Int, forMinutes: Int, clearsAt: Int) {
        self.metric = metric
        self.above = above
        self.forMinutes = forMinutes
        self.clearsAt = clearsAt
    }

    /// The rule in a few words: `schools above 10`, `read-rate above 80% for 30 minutes`.
    public var text: String {
        "\(metric.rawValue) above \(above)\(metric.isPercent ? "%" : "")"
            + (forMinutes == 0 ? "" : " for \(forMinutes) minutes")
    }
}
