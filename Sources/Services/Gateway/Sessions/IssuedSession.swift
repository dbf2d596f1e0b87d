import Base
import Registry

/// A session that a token has opened, as the audit will name it: no secret. STS has handed out temporary credentials for it, or
/// the token came with a request by itself.
public struct IssuedSession: Hashable, Sendable {
    /// The access key id, by which its requests are signed; of a token that came by itself the session's name.
    public var id: String
    /// The name that the caller gave it, or that was made of the token's id.
    public var name: String
    /// The token that opened it, by its id: the entry of its issue says who asked for it.
    public var token: String
    /// Whom the token is for.
    public var subject: String
    /// Whether somebody who runs the service has issued the token.
    public var isOperators: Bool
    /// Whose items it reaches.
    public var tenant: TenantID
    /// For which school, or the tenant's own id.
    public var school: String
    /// In which role.
    public var role: String
    /// From when.
    public var issuedAt: Timestamp
    /// Until when.
    public var expiresAt: Timestamp
    /// From which address; nil where it is not known.
    public var address: String?
    /// By which request.
    public var request: String

    /// A session.
    public init(
        id: String, name: String, token: String, subject: String, isOperators: Bool, tenant: TenantID,
        school: String, role: String, issuedAt: Timestamp, expiresAt: Timestamp, address: String?,
        request: String
    ) {
        self.id = id
        self.name = name
        self.token = token
        self.subject = subject
        self.isOperators = isOperators
        self.tenant = tenant
        self.school = school
        self.role = role
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.address = address
        self.request = request
    }
}

/// Sessions of one school and role that are counted together.
public struct SessionCount: Hashable, Sendable {
    /// What they have in common.
    public struct Group: Hashable, Sendable {
        /// Whose they are; nil beyond the limit of groups.
        public var tenant: TenantID?
        /// The school, or the tenant's own id.
        public var school: String
        /// The role.
        public var role: String
    }

    /// What they have in common.
    public var group: Group
    /// How many.
    public var count: Int
    /// The ids of some of them.
    public var samples: [String]
    /// From when the first is good.
    public var from: Timestamp
    /// When the last ends.
    public var until: Timestamp

    /// Adds others of the same group.
    mutating func add(_ other: SessionCount) {
        count += other.count
        samples += other.samples.prefix(
            Limits.sessionSamplesMax - min(samples.count, Limits.sessionSamplesMax))
        from = min(from, other.from)
        until = max(until, other.until)
    }
}

/// One entry of the audit on sessions.
public enum SessionEntry: Hashable, Sendable {
    /// A session that has an entry of its own.
    case one(IssuedSession)
    /// Several that are counted.
    case several(SessionCount)

    /// What the audit says.
    public var note: AuditNote {
        switch self {
        case .one(let session):
            let origin = AuditActor.Origin(
                signIn: "token", address: session.address, request: session.request)
            return AuditNote(
                actor: AuditActor("token:\(session.token)", origin: origin), action: "session.issued",
                subject: session.id, tenant: session.tenant,
                detail: [
                    "at": session.issuedAt.iso8601, "school": session.school, "role": session.role,
                    "name": session.name, "for": session.subject, "expiresAt": session.expiresAt.iso8601,
                    "seconds": String(session.expiresAt.seconds - session.issuedAt.seconds),
                ], kind: .access)
        case .several(let count):
            return AuditNote(
                actor: .system, action: "sessions.issued",
                subject: count.group.tenant?.text ?? "gateway", tenant: count.group.tenant,
                detail: [
                    "school": count.group.school, "role": count.group.role, "sessions": String(count.count),
                    "samples": count.samples.joined(separator: " "), "from": count.from.iso8601,
                    "until": count.until.iso8601,
                ])
        }
    }
}
