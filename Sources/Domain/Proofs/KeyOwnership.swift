import Policies

/// Whose a partition key is: `prefix`, the value of a session's variable, `suffix`, and where it is open any bytes.
///
/// It comes from the catalog's owned-key patterns, never from the policy itself: else a faulty policy would
/// prove itself.
public struct KeyOwnership: Hashable, Sendable {
    /// What stands before the owner's id.
    public let prefix: [UInt8]
    /// What of the session holds the owner's id, such as `aws:PrincipalTag/school_id`.
    public let variable: ConditionKeyName
    /// What stands behind it.
    public let suffix: [UInt8]
    /// Whether keys may go on.
    public let isOpen: Bool

    /// A form of keys.
    public init(prefix: [UInt8], variable: ConditionKeyName, suffix: [UInt8], isOpen: Bool) {
        self.prefix = prefix
        self.variable = variable
        self.suffix = suffix
        self.isOpen = isOpen
    }
}

/// A table or an index whose items are somebody's.
public struct ProofResource: Sendable {
    /// The logical table.
    public let table: String
    /// The index, or nil for the table itself.
    public let index: String?
    /// The name of the attribute that is the partition key.
    public let partitionKey: String
    /// The forms of keys that belong to somebody; a key of another form belongs to nobody.
    public let owners: [KeyOwnership]

    /// A table or an index.
    public init(table: String, index: String?, partitionKey: String, owners: [KeyOwnership]) {
        self.table = table
        self.index = index
        self.partitionKey = partitionKey
        self.owners = owners
    }
}
