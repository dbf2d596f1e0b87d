import Policies

/// A request that one set of policies allows and another does not.
public struct AccessDifference: Sendable {
    /// The role.
    public let role: String
    /// The session's tags.
    public let tags: [(name: String, value: String)]
    /// What was asked of both.
    public let request: DecisionRequest
    /// Why the one allows it.
    public let allowed: DecisionExplanation
    /// Why the other does not; nil where it has no such role.
    public let denied: DecisionExplanation?

    /// A difference.
    public init(
        role: String, tags: [(name: String, value: String)], request: DecisionRequest,
        allowed: DecisionExplanation, denied: DecisionExplanation?
    ) {
        self.role = role
        self.tags = tags
        self.request = request
        self.allowed = allowed
        self.denied = denied
    }

    /// The statement that allows it.
    public var statement: DecisionExplanation.Finding? {
        allowed.findings.first { $0.outcome == .decided }
    }
}

/// What one direction of a comparison came to, for one role.
public enum PolicyChange<Difference: Sendable>: Sendable {
    /// It is proven that there is no difference.
    case none
    /// These were found.
    case some([Difference])
    /// Nothing was found, and it is not proven that there is nothing.
    case unknown(reasons: [String])
}

/// What one set of policies allows and the other does not: one difference for each pair of action and resource at most.
public typealias AccessChange = PolicyChange<AccessDifference>

/// Who can assume a role, or for longer, by one set of policies and not by the other.
public typealias TrustChange = PolicyChange<TrustDifference>

/// Somebody who can assume a role by one set of policies and not by another.
public struct TrustDifference: Sendable {
    /// What differs, as one sentence without a full stop.
    public let sentence: String
    /// Claims, and what else the conditions ask for, that show it: names as a role's trust writes them.
    public let claims: [(name: String, values: [String])]

    /// A difference.
    public init(sentence: String, claims: [(name: String, values: [String])]) {
        self.sentence = sentence
        self.claims = claims
    }
}

/// How the access of one role changes between two sets of policies.
public struct RoleDiff: Sendable {
    /// Which of the two sets has the role.
    public enum Presence: String, Sendable {
        case both, added, removed
    }

    /// The role.
    public let role: String
    /// Which of the two sets has it.
    public let presence: Presence
    /// What the new policies allow that the old do not.
    public let gained: AccessChange
    /// What the old policies allow that the new do not.
    public let lost: AccessChange
    /// Who may assume the role that could not.
    public let trustGained: TrustChange
    /// Who could assume the role and may not any more.
    public let trustLost: TrustChange

    /// How a role changes.
    public init(
        role: String, presence: Presence = .both, gained: AccessChange, lost: AccessChange,
        trustGained: TrustChange = .none, trustLost: TrustChange = .none
    ) {
        self.role = role
        self.presence = presence
        self.gained = gained
        self.lost = lost
        self.trustGained = trustGained
        self.trustLost = trustLost
    }

    /// Whether it is proven that the new policies give nobody anything more.
    public var isWithoutGain: Bool {
        if case .none = gained, case .none = trustGained { true } else { false }
    }

    /// Whether no gain was found, and it is not proven that there is none.
    public var isGainUnknown: Bool {
        if case .some = gained { return false }
        if case .some = trustGained { return false }
        return !isWithoutGain
    }

    /// Whether it is proven that both are the same.
    public var isUnchanged: Bool {
        if isWithoutGain, case .none = lost, case .none = trustLost { true } else { false }
    }
}
