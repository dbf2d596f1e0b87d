import Base

/// Where a chain of the audit ends: who has this, and knows it to be genuine, can tell that nothing before it was changed.
public struct AuditHead: Hashable, Sendable, Codable {
    /// Which chain.
    public let kind: AuditKind
    /// The number of its last entry; 0 where there is none.
    public let number: Int64
    /// The digest of its last entry, 64 hexadecimal digits; empty where there is none.
    public let digest: String
    /// When that entry was written.
    public let time: Timestamp

    /// The end of a chain.
    public init(kind: AuditKind, number: Int64, digest: String, time: Timestamp) {
        self.kind = kind
        self.number = number
        self.digest = digest
        self.time = time
    }

    /// The end of a chain in which nothing is.
    static func empty(_ kind: AuditKind) -> AuditHead {
        AuditHead(kind: kind, number: 0, digest: "", time: Timestamp(milliseconds: 0))
    }
}
