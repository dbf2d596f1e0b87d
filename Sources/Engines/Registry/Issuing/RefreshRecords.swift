import Base

/// A grant that can be gone on with: all refresh tokens that follow from one another. Gone when it is revoked or over.
public struct RefreshFamilyRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "refresh-family"

    /// The holder's id, a slash, and what it is told apart by: so a holder's families lie together. Access tokens name it.
    public let id: String
    /// To which service account or member it was granted.
    public let client: String
    /// The service account whose program a member gave their password to, and which shows its secret each time; nil where the
    /// program has none, and of what an earlier version granted. Source: RFC 6749 section 6.
    public let program: String?
    /// For whose items.
    public let tenant: TenantID
    /// For which school; nil for the district itself.
    public let school: SchoolID?
    /// For whose record, of that school; nil where it is no one student's.
    public let student: StudentID?
    /// When it was granted.
    public let createdAt: Timestamp
    /// When it is over, however often it was gone on with.
    public let expiresAt: Timestamp
    /// When it is over if nobody goes on with it: the end of its newest token; nil of one that an earlier version kept, until it is
    /// gone on with.
    public var idleUntil: Timestamp?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// When it is over as things stand.
    public var endsAt: Timestamp { min(idleUntil ?? expiresAt, expiresAt) }

    /// Whether it was granted before the moment from which on its holder's grants are good. In whole seconds, as tokens tell their
    /// time: so it is refused together with the tokens that it gave.
    public func isRefused(before moment: Timestamp?) -> Bool {
        moment.map { createdAt.seconds < $0.seconds } ?? false
    }

    /// A grant that is not recorded yet.
    public init(
        id: String, client: String, program: String? = nil, tenant: TenantID, school: SchoolID?,
        student: StudentID? = nil, createdAt: Timestamp, expiresAt: Timestamp
    ) {
        self.id = id
        self.client = client
        self.program = program
        self.tenant = tenant
        self.school = school
        self.student = student
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// A refresh token, known by its digest. It is kept when it was used, so that a second use is seen.
public struct RefreshTokenRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "refresh-token"

    /// SHA-256 of the token, in lower case hex.
    public let id: String
    /// Its family.
    public let family: String
    /// Whether it was used: another has taken its place.
    public var isUsed = false
    /// When it is not good any more.
    public let expiresAt: Timestamp
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The digest.
    public static func sortKey(of id: String) -> String { id }

    /// A token that is not recorded yet.
    public init(id: String, family: String, expiresAt: Timestamp) {
        self.id = id
        self.family = family
        self.expiresAt = expiresAt
    }
}

/// A token, or a family of refresh tokens, that is not believed though its time has not come.
public struct TokenRevocationRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "token-revocation"

    /// The token's `jti`, or the family's id.
    public let id: String
    /// From when on it need not be remembered.
    public let until: Timestamp
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// A revocation that is not recorded yet.
    public init(id: String, until: Timestamp) {
        self.id = id
        self.until = until
    }
}
