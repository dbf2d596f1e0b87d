/// Which of the audit's chains an entry is in; each is kept for as long as its kind needs.
public enum AuditKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// What was changed, and by whom.
    case activity
    /// What an operator looked at across tenants.
    case access
    /// What the gateway refused, counted by reason, with samples.
    case denial

    /// Where the entries of this kind lie. Those that were written before there were chains are `activity`.
    var partition: String {
        switch self {
        case .activity: "audit"
        case .access: "audit.access"
        case .denial: "audit.denial"
        }
    }
}

/// What became of what was asked.
public enum AuditOutcome: String, Hashable, Sendable, Codable, CaseIterable {
    /// It was done.
    case done
    /// It was asked by somebody who may not, or of what does not allow it.
    case refused
    /// It was begun and did not succeed.
    case failed
    /// It is about to be done: another entry of the same request says what came of it, unless a crash came first.
    case begun
}
