import Base
import Crypto
import Tenancy

/// What somebody who runs the platform signs in with: an e-mail address, in small letters.
public struct AccountID: Identifier {
    /// The address.
    public let text: String

    /// Nil unless `text` is an e-mail address. Capital letters become small ones.
    public init?(_ text: String) {
        guard EmailAddress(text) != nil else { return nil }
        self.text = text.lowercased()
    }
}

/// Somebody who runs the platform: who they are, what they may do, and what of their secrets is kept.
public struct AccountRecord: RegistryRecord {
    /// A way in for whoever has no password yet: a code that is good once.
    public struct Invitation: Hashable, Sendable, Codable {
        /// SHA-256 of the code, in lower case hex.
        public let digest: String
        /// From when on it is refused.
        public let expiresAt: Timestamp

        /// An invitation.
        public init(digest: String, expiresAt: Timestamp) {
            self.digest = digest
            self.expiresAt = expiresAt
        }
    }

    /// What is kept of a password.
    public struct Password: Hashable, Sendable, Codable {
        /// With which cost it was made.
        public let cost: Scrypt.Cost
        /// In lower case hex.
        public let salt: String
        /// What scrypt makes of password and salt, in lower case hex.
        public let digest: String
        /// When it was set.
        public let setAt: Timestamp

        /// What is kept.
        public init(cost: Scrypt.Cost, salt: String, digest: String, setAt: Timestamp) {
            self.cost = cost
            self.salt = salt
            self.digest = digest
            self.setAt = setAt
        }
    }

    /// One-time codes that are asked for beside the password.
    public struct SecondFactor: Hashable, Sendable, Codable {
        /// The secret, encrypted, in base64url.
        public let sealedSecret: String
        /// Whether its owner has shown a code of it; until then none is asked for.
        public var isConfirmed: Bool
        /// The number of the last period of which a code was taken: none of it or of one before is taken again.
        public var lastStep: Int64
        /// SHA-256 of the recovery codes that are left, in lower case hex.
        public var recoveryDigests: [String]

        /// A factor that is not confirmed.
        public init(sealedSecret: String) {
            self.sealedSecret = sealedSecret
            isConfirmed = false
            lastStep = 0
            recoveryDigests = []
        }
    }

    /// From where somebody has signed in before.
    public struct KnownAddress: Hashable, Sendable, Codable {
        /// The address, as text.
        public let address: String
        /// The last time.
        public let lastAt: Timestamp

        /// An address.
        public init(address: String, lastAt: Timestamp) {
            self.address = address
            self.lastAt = lastAt
        }
    }

    /// Where the records of this kind lie.
    public static let partition = "account"

    /// What its owner signs in with.
    public let id: AccountID
    /// What people call them.
    public var name: String
    /// What they may do, in order.
    public var roles: [PlatformRole]
    /// When it was made.
    public let createdAt: Timestamp
    /// Whether it opens nothing.
    public var isDisabled = false
    /// How its owner can set a password, or nil.
    public var invitation: Invitation?
    /// What is kept of the password; nil where none is set.
    public var password: Password?
    /// The second factor; nil where there is none.
    public var secondFactor: SecondFactor?
    /// The ids of its sessions, the oldest first.
    public var sessions: [String] = []
    /// From where its owner signed in, the newest last.
    public var knownAddresses: [KnownAddress] = []
    /// How many times the record was written.
    public var version: Int64 = 0

    /// An account without a password.
    public init(
        id: AccountID, name: String, roles: some Sequence<PlatformRole>, createdAt: Timestamp,
        invitation: Invitation? = nil
    ) {
        self.id = id
        self.name = name
        self.roles = PlatformRole.ordered(roles)
        self.createdAt = createdAt
        self.invitation = invitation
    }
}
