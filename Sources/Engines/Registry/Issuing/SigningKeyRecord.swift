import Base

/// A key that signs tokens: what is known of it but its private half, which is a `SecretRecord` for as long as it may sign.
public struct SigningKeyRecord: RegistryRecord {
    /// What the key does.
    ///
    ///     next → current → former → gone
    ///       └───────┴─────────┴──────┴─→ revoked
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Published, so that verifiers know it before it signs.
        case next
        /// It signs.
        case current
        /// It signs no more; its tokens verify.
        case former
        /// Its tokens have all expired: it verifies statements alone.
        case gone
        /// It has leaked, or may have: nothing that it has signed is believed.
        case revoked
    }

    /// Where the records of this kind lie.
    public static let partition = "signing-key"

    /// The `kid`: the thumbprint of the public half (RFC 7638).
    public let id: String
    /// `ES256` or `RS256`.
    public let algorithm: String
    /// The public half, as a JSON Web Key.
    public let publicKey: String
    /// When it was made, and so published.
    public let createdAt: Timestamp
    /// What it does.
    public var state: State
    /// From when on it signed; nil where it never did.
    public var signsFrom: Timestamp?
    /// Until when it signed; nil where it does, or never did.
    public var signedUntil: Timestamp?
    /// When it was revoked.
    public var revokedAt: Timestamp?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// The name of the secret that holds its private half.
    public var secretName: String { "signing-key/" + id }

    /// A key that is not recorded yet.
    public init(
        id: String, algorithm: String, publicKey: String, createdAt: Timestamp, state: State,
        signsFrom: Timestamp? = nil, signedUntil: Timestamp? = nil
    ) {
        self.id = id
        self.algorithm = algorithm
        self.publicKey = publicKey
        self.createdAt = createdAt
        self.state = state
        self.signsFrom = signsFrom
        self.signedUntil = signedUntil
    }
}
