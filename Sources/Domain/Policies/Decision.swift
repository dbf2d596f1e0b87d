/// What a policy says of a request.
public enum Decision: Hashable, Sendable {
    /// This statement of the role allows it, nothing denies it, and the boundary and the session's policy
    /// allow it too.
    case allow(StatementID)
    /// This statement denies it.
    case explicitDeny(StatementID)
    /// No statement of that layer allows it.
    case implicitDeny(PolicyLayer)
    /// The question could not be answered, which is a denial.
    case failed(DecisionFailure)

    /// Whether the request may go on.
    public var isAllowed: Bool {
        if case .allow = self { true } else { false }
    }

    /// `Allow`, `Deny(explicit)`, `Deny(implicit)` or `Deny(error)`.
    public var name: String {
        switch self {
        case .allow: "Allow"
        case .explicitDeny: "Deny(explicit)"
        case .implicitDeny: "Deny(implicit)"
        case .failed: "Deny(error)"
        }
    }
}

/// Why a question could not be answered.
public enum DecisionFailure: Hashable, Sendable {
    /// The action reaches items by their partition keys, and those could not be determined.
    case leadingKeysUnknown
    /// A value of the request is not what its key wants, such as an address that is none; met in this
    /// statement.
    case malformedValue(StatementID)
}

/// One of the sets of policies that must all allow a request. Source: IAM User Guide, "Policy evaluation
/// logic".
public enum PolicyLayer: Int, CaseIterable, Sendable {
    /// The policies of the role.
    case role
    /// The most that the role may ever do.
    case boundary
    /// What was handed in when the session was made.
    case session
}

/// A statement of a compiled set: its place in the set.
public struct StatementID: Hashable, Sendable {
    /// From 0.
    public let index: Int
}
