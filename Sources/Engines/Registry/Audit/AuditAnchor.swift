import Base

/// What is left of the entries that were cut from the beginning of a chain: where the rest of it is tied to. One a kind,
/// changed in the commits that cut.
public struct AuditAnchor: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "audit-anchor"

    /// Which chain.
    public let id: AuditKind
    /// The number of the last entry that was removed.
    public var number: Int64
    /// That entry's digest, which the first one that is left names as its predecessor's.
    public var digest: String
    /// When that entry was written.
    public var time: Timestamp
    /// Who cut.
    public var cutBy: AuditActor
    /// When it was cut last.
    public var cutAt: Timestamp
    /// The last number of which an entry `audit.trimmed` has told that it was removed.
    var toldThrough: Int64 = 0
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The kind's name.
    public static func sortKey(of id: AuditKind) -> String { id.rawValue }

    /// Where a chain begins.
    public init(
        kind: AuditKind, number: Int64, digest: String, time: Timestamp, cutBy: AuditActor, cutAt: Timestamp
    ) {
        id = kind
        self.number = number
        self.digest = digest
        self.time = time
        self.cutBy = cutBy
        self.cutAt = cutAt
    }
}
