import Base

/// A key for the control API, of which only the secret's digest is kept, or an operator's for the gateway.
public struct CredentialRecord: RegistryRecord {
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

        /// Whose key it is; nil where it is no tenant's.
        public var tenant: TenantID? { if case .tenant(let tenant) = self { tenant } else { nil } }
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
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The key's id.
    public static func sortKey(of id: String) -> String { id }

    /// A key that is not recorded yet.
    public init(
        id: String, kind: Kind, role: String, secretDigest: String, createdAt: Timestamp, label: String,
        isDisabled: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.role = role
        self.secretDigest = secretDigest
        self.createdAt = createdAt
        self.label = label
        self.isDisabled = isDisabled
    }
}
