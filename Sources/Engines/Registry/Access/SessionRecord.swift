import Base

/// Somebody who has signed in, until they sign out or the session ends.
public struct SessionRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "session"
    /// What the ids of sessions begin with, and those of keys do not.
    public static let idPrefix = "session-"

    /// The public half of what its owner sends.
    public let id: String
    /// Whose it is.
    public let account: AccountID
    /// SHA-256 of the secret half, in lower case hex.
    public let secretDigest: String
    /// When it began.
    public let createdAt: Timestamp
    /// When it was last used, to a minute.
    public var lastUsedAt: Timestamp
    /// From where it was begun.
    public let address: String
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The session's id.
    public static func sortKey(of id: String) -> String { id }

    /// A session that begins.
    public init(id: String, account: AccountID, secretDigest: String, createdAt: Timestamp, address: String) {
        self.id = id
        self.account = account
        self.secretDigest = secretDigest
        self.createdAt = createdAt
        lastUsedAt = createdAt
        self.address = address
    }

    /// Whether it is over at that moment, last used then: too long unused, or too old.
    public func isOver(at now: Timestamp, lastUse: Timestamp) -> Bool {
        now.milliseconds(since: lastUse) >= Limits.sessionIdleMilliseconds
            || now.milliseconds(since: createdAt) >= Limits.sessionMilliseconds
    }

    /// When it ends at the latest.
    public var endsAt: Timestamp { createdAt.advanced(byMilliseconds: Limits.sessionMilliseconds) }
}

extension Limits {
    /// A session ends when it was not used for so long. Source: NIST SP 800-63B-4 section 2.2.3, which has an hour at the most.
    public static let sessionIdleMilliseconds: Int64 = 3_600_000 / 2
    /// A session ends after so long, used or not. Source: the same, which has 24 hours at the most.
    public static let sessionMilliseconds: Int64 = 12 * 3_600_000
}
