import Base

/// What an audit entry says, before it has its place in the order.
public struct AuditNote: Hashable, Sendable {
    /// Who.
    public var actor: AuditActor
    /// What was done.
    public var action: String
    /// To what.
    public var subject: String
    /// The tenant it concerns, or nil.
    public var tenant: TenantID?
    /// What else there is to say.
    public var detail: [String: String]
    /// Which chain it belongs to.
    public var kind: AuditKind
    /// What became of it.
    public var outcome: AuditOutcome
    /// What the subject was like before, by the names of what changed.
    public var before: [String: String]
    /// What it is like after.
    public var after: [String: String]

    /// A note for the audit log.
    public init(
        actor: AuditActor, action: String, subject: String, tenant: TenantID? = nil,
        detail: [String: String] = [:], kind: AuditKind = .activity, outcome: AuditOutcome = .done,
        before: [String: String] = [:], after: [String: String] = [:]
    ) {
        self.actor = actor
        self.action = action
        self.subject = subject
        self.tenant = tenant
        self.detail = detail
        self.kind = kind
        self.outcome = outcome
        self.before = before
        self.after = after
    }
}
