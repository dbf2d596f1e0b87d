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
        detail = note.detail
    }
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

    /// A note for the audit log.
    public init(
        actor: AuditActor, action: String, subject: String, tenant: TenantID? = nil,
        detail: [String: String] = [:]
    ) {
        self.actor = actor
        self.action = action
        self.subject = subject
        self.tenant = tenant
        self.detail = detail
    }
}
