import Base

extension Limits {
    /// The longest token that is read, in bytes. AWS's STS takes 20,000.
    public static let tokenBytesMax = 20_000
    /// The longest text of a claim of ours or a session tag. Source: IAM User Guide, "Session tags": 256.
    public static let claimBytesMax = 256
    /// The longest name of a session tag. Source: IAM User Guide, "Session tags": 128.
    public static let tagNameBytesMax = 128
    /// How many session tags one token may bring. Source: IAM User Guide, "Session tags": 50.
    public static let sessionTagsMax = 50
    /// How long a token is good for unless its issuer says otherwise.
    public static let tokenLifetimeSecondsDefault: Int64 = 15 * 60
    /// How long a token may be good for at most.
    public static let tokenLifetimeSecondsMax: Int64 = 24 * 3600
    /// How many signing keys for one algorithm are published at a time.
    public static let signingKeysMax = 8
    /// For how long whoever has fetched the published keys may go on with them, in seconds.
    public static let keySetCacheSeconds: Int64 = 300
    /// How many keys of a published set are read.
    public static let webKeysMax = 64
    /// The longest signed statement that is read, in bytes: a record's, in base64.
    public static let statementBytesMax = 1024 * 1024
}
