import Base

/// Says which version of the policies is in force: there is one such record, or none before the first start.
///
/// INVARIANT (one version in force): it is replaced in the transaction that stores the version it names, on condition of its
/// own version, so that of two activations at the same moment one is refused, and a crash leaves the old version or the new.
public struct ActivePolicyRecord: RegistryRecord {
    /// Where the record lies.
    public static let partition = "policy-active"
    /// The one record's id.
    public static let theID = "active"

    /// Always `theID`.
    public let id: String
    /// The number of the version in force.
    public var number: Int
    /// Its digest.
    public var digest: String
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// The record before the first version is in force.
    public init(number: Int, digest: String) {
        id = ActivePolicyRecord.theID
        self.number = number
        self.digest = digest
    }
}
