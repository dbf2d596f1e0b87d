import Base

/// A program of a tenant that gets tokens by its own credentials (OAuth 2.0's client). Of its secret only digests are kept.
public struct ServiceAccountRecord: RegistryRecord, KnownSecret {
    /// Where the records of this kind lie.
    public static let partition = "service-account"

    /// The client id: `svc_` and twenty characters.
    public let id: String
    /// Whose program it is.
    public let tenant: TenantID
    /// The schools that it may act for, one by a token; none where it acts for the district itself.
    public var schools: [SchoolID]
    /// The role of its tokens.
    public var role: String
    /// What its tokens are signed with: `ES256` or `RS256`.
    public var algorithm: String
    /// SHA-256 of the secret, in lower case hex.
    public var secretDigest: String
    /// That of the secret before, which is good for a while after a change; nil where there is none.
    public var formerDigest: String?
    /// Until when the secret before is good.
    public var formerUntil: Timestamp?
    /// What people know it by.
    public var label: String
    /// When it was made.
    public let createdAt: Timestamp
    /// From when on it gets no tokens; nil for never.
    public var expiresAt: Timestamp?
    /// Whether it is refused.
    public var isDisabled = false
    /// Tokens that were issued to it before are refused; nil where none are.
    public var refusedBefore: Timestamp?
    /// Who of those who run the platform was shown its secret, as the audit names them; nil where the tenant's own key was alone.
    public var knownTo: String?
    /// Until when the secret that they were shown is good; nil for no end.
    public var knownUntil: Timestamp?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// An account that is not recorded yet.
    public init(
        id: String, tenant: TenantID, schools: [SchoolID], role: String, algorithm: String,
        secretDigest: String, label: String, createdAt: Timestamp, expiresAt: Timestamp?
    ) {
        self.id = id
        self.tenant = tenant
        self.schools = schools
        self.role = role
        self.algorithm = algorithm
        self.secretDigest = secretDigest
        self.label = label
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// Whose a service account is: so a tenant's accounts lie together, which by their own ids they do not.
public struct ServiceAccountOwner: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "service-account-owner"

    /// The tenant's id, a slash, and the account's id.
    public let id: String
    /// The account's id.
    public let account: String
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// What the ids of a tenant's begin with.
    public static func prefix(of tenant: TenantID) -> String { tenant.text + "/" }

    /// Whose this account is.
    public init(_ record: ServiceAccountRecord) {
        id = Self.prefix(of: record.tenant) + record.id
        account = record.id
    }
}
