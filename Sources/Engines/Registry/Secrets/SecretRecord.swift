import Base

/// A secret that the deployment keeps, sealed: nothing of it can be read without the master key.
public struct SecretRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "secret"

    /// What it is: `deployment`, `signing-key/…`. Sealed with it, so that one record's text does not open as another's.
    public let id: String
    /// Which data key it is sealed with.
    public var dataKey: String
    /// Nonce, encrypted bytes and tag, in Base64.
    public var sealed: String
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The name.
    public static func sortKey(of id: String) -> String { id }

    /// A secret that is not recorded yet.
    public init(id: String, dataKey: String, sealed: String) {
        self.id = id
        self.dataKey = dataKey
        self.sealed = sealed
    }
}

/// A key that secrets are sealed with, itself sealed under the master key.
///
/// INVARIANT (an open way): of each data key with which some secret is sealed there is a wrap under every master key that a start
/// may come with: while secrets are sealed anew, under the old one and the new one.
public struct DataKeyRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "data-key"

    /// Its id: `d` and sixteen hexadecimal digits.
    public let id: String
    /// Whether secrets are sealed with it from now on; others only open what is not sealed anew yet.
    public var isCurrent: Bool
    /// The key, sealed, in Base64, by the ids of the master keys it is sealed under.
    public var wraps: [String: String]
    /// When it was made.
    public let createdAt: Timestamp
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// A data key that is not recorded yet.
    public init(id: String, isCurrent: Bool, wraps: [String: String], createdAt: Timestamp) {
        self.id = id
        self.isCurrent = isCurrent
        self.wraps = wraps
        self.createdAt = createdAt
    }
}
