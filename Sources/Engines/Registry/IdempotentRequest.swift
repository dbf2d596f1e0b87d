import Base

/// A request that was answered under an idempotency key, so that the same one again is given the same answer. The answer lies
/// beside it, in a record of its own: these are all read at once, answers one by one.
public struct IdempotentRequest: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "idempotent-request"

    /// Caller and key, as a digest: neither can be read from it.
    public let id: String
    /// The caller alone, as a digest.
    public let caller: String
    /// What was asked, as a digest.
    public let fingerprint: String
    /// When the answer left.
    public let answeredAt: Timestamp
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The digest of caller and key.
    public static func sortKey(of id: String) -> String { id }

    /// A request that was answered.
    public init(id: String, caller: String, fingerprint: String, answeredAt: Timestamp) {
        self.id = id
        self.caller = caller
        self.fingerprint = fingerprint
        self.answeredAt = answeredAt
    }
}

/// What was answered to a request with an idempotency key.
public struct IdempotentAnswer: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "idempotent-answer"

    /// The request's.
    public let id: String
    /// The HTTP status.
    public let status: Int
    /// The body's media type.
    public let type: String
    /// The field `Location`, a line break, then the body, in Base64, sealed under the deployment's secret: it may hold secrets that
    /// are kept nowhere else, and names of a tenant that has left since.
    public let sealed: String
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The request's.
    public static func sortKey(of id: String) -> String { id }

    /// An answer.
    public init(id: String, status: Int, type: String, sealed: String) {
        self.id = id
        self.status = status
        self.type = type
        self.sealed = sealed
    }
}
