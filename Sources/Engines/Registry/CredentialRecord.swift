import Base

/// A key for the control API, of which only the secret's digest is kept, or an operator's for the gateway.
public struct CredentialRecord: RegistryRecord, KnownSecret {
    /// What the key opens.
    public enum Kind: Hashable, Sendable, Codable {
        /// Every tenant.
        case admin
        /// One tenant.
        case tenant(TenantID)
        /// The gateway's physical tables, by a static key that signs requests; not the control API.
        case operators
        /// The policies: to look them over, to put them in force and to accept a risk with them.
        case reviewer
        /// What these roles may do.
        case platform([PlatformRole])

        /// What a key for these roles opens.
        public init(_ roles: some Sequence<PlatformRole>) {
            let roles = PlatformRole.ordered(roles)
            self = roles == [.admin] ? .admin : roles == [.reviewer] ? .reviewer : .platform(roles)
        }

        /// The roles of one who runs the platform by the control API; none for other keys.
        public var roles: [PlatformRole] {
            switch self {
            case .admin: [.admin]
            case .reviewer: [.reviewer]
            case .platform(let roles): roles
            case .tenant, .operators: []
            }
        }

        /// Whose key it is; nil where it is no tenant's.
        public var tenant: TenantID? { if case .tenant(let tenant) = self { tenant } else { nil } }
    }

    /// A secret that a newer one has taken the place of, and that is good for a while all the same.
    public struct FormerSecret: Hashable, Sendable, Codable {
        /// Its digest, as `secretDigest`.
        public let digest: String
        /// From when on it is refused.
        public let until: Timestamp

        /// A secret that ends.
        public init(digest: String, until: Timestamp) {
            self.digest = digest
            self.until = until
        }
    }

    /// Where the records of this kind lie.
    public static let partition = "credential"

    /// The key's public half.
    public let id: String
    /// What it opens.
    public var kind: Kind
    /// The role its holder acts in.
    public var role: String
    /// SHA-256 of the secret half, in lower case hex; empty for operators' keys, whose secret follows from the id.
    public var secretDigest: String
    /// When it was made.
    public var createdAt: Timestamp
    /// What people know it by.
    public var label: String
    /// Whether it is refused.
    public var isDisabled: Bool
    /// From when on it is refused; nil where it is good until somebody revokes it.
    public var expiresAt: Timestamp?
    /// When it got another secret; nil where it has its first.
    public var rotatedAt: Timestamp?
    /// The secret before that.
    public var former: FormerSecret?
    /// When it was last shown, to some minutes; nil where it never was, or before that was noted.
    public var lastUsedAt: Timestamp?
    /// Of a tenant's key: who of those who run the platform was shown its secret, as the audit names them; nil where the tenant alone
    /// was.
    public var knownTo: String?
    /// Until when they can have one that is good; nil where that has no end.
    public var knownUntil: Timestamp?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The key's id.
    public static func sortKey(of id: String) -> String { id }

    /// A key that is not recorded yet.
    public init(
        id: String, kind: Kind, role: String, secretDigest: String, createdAt: Timestamp, label: String,
        isDisabled: Bool = false, expiresAt: Timestamp? = nil
    ) {
        self.id = id
        self.kind = kind
        self.role = role
        self.secretDigest = secretDigest
        self.createdAt = createdAt
        self.label = label
        self.isDisabled = isDisabled
        self.expiresAt = expiresAt
    }
}
