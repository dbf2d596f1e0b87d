import Base

/// What makes a transaction that is sent twice happen once: the caller's name for it, and what it asked for.
///
/// A store remembers a token for `WriteToken.lifetimeSeconds` after the transaction was committed, in the same commit. Source:
/// DynamoDB API reference, TransactWriteItems, ClientRequestToken.
public struct WriteToken: Hashable, Sendable {
    /// How long a token counts after its transaction: ten minutes.
    public static let lifetimeSeconds: Int64 = 600

    /// The caller's name for the transaction; another caller's token of the same name is another one.
    public var text: String
    /// A digest of all that the transaction asked for.
    public var digest: [UInt8]

    /// A token.
    public init(text: String, digest: [UInt8]) {
        self.text = text
        self.digest = digest
    }
}

/// A token that a store remembers.
public struct SpentToken: Hashable, Sendable {
    /// The token.
    public var token: WriteToken
    /// When its transaction was committed.
    public var at: Timestamp

    /// A token that was spent then.
    public init(token: WriteToken, at: Timestamp) {
        self.token = token
        self.at = at
    }
}
