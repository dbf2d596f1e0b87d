import Base

/// A line of the audit log: who did what to what. Never changed, listed in order.
public struct AuditEntry: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "audit"

    /// When, and its place in the order.
    public let id: RecordStamp
    /// Who.
    public let actor: AuditActor
    /// What was done: `tenant.suspended`.
    public let action: String
    /// To what: an id.
    public let subject: String
    /// The tenant it concerns, or nil.
    public let tenant: TenantID?
    /// What became of it.
    public let outcome: AuditOutcome
    /// What the subject was like before, by the names of what changed. No secrets and no item content.
    public let before: [String: String]?
    /// What it is like after.
    public let after: [String: String]?
    /// What else there is to say. No secrets and no item content.
    public let detail: [String: String]
    /// 1 once it is recorded.
    public var version: Int64 = 0

    /// The stamp's text.
    public static func sortKey(of id: RecordStamp) -> String { id.sortText }

    init(id: RecordStamp, note: AuditNote) {
        self.id = id
        actor = note.actor
        action = note.action
        subject = note.subject
        tenant = note.tenant
        outcome = note.outcome
        before = note.before.isEmpty ? nil : note.before
        after = note.after.isEmpty ? nil : note.after
        detail = note.detail
    }
}

/// Which of the audit's chains an entry is in; each is kept for as long as its kind needs.
public enum AuditKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// What was changed, and by whom.
    case activity
    /// What an operator looked at across tenants.
    case access
    /// What the gateway refused, counted by reason, with samples.
    case denial
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
