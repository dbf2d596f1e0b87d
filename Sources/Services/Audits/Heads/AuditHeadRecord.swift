import Base
import Registry

/// A sealed head that the registry keeps.
public struct AuditHeadRecord: RegistryRecord {
    /// Which chain, and how long it was.
    public struct ID: Hashable, Sendable, Codable {
        /// The chain.
        public let kind: AuditKind
        /// The number of its last entry.
        public let number: Int64

        /// The end of a chain.
        public init(kind: AuditKind, number: Int64) {
            self.kind = kind
            self.number = number
        }
    }

    /// Where the records of this kind lie.
    public static let partition = "audit-head"

    /// Which end of which chain.
    public let id: ID
    /// When it was signed.
    public let signedAt: Timestamp
    /// The signed statement.
    public let statement: String
    /// How many times the record was written.
    public var version: Int64 = 0

    /// A chain's name and the number in sixteen digits: the heads of a chain lie in their order.
    public static func sortKey(of id: ID) -> String {
        let digits = String(max(0, id.number))
        return prefix(of: id.kind) + String(repeating: "0", count: max(0, 16 - digits.utf8.count)) + digits
    }

    /// What the sort keys of a chain's heads begin with.
    public static func prefix(of kind: AuditKind) -> String { kind.rawValue + "." }

    /// The record of a head.
    init(_ sealed: SealedHead) {
        id = ID(kind: sealed.head.kind, number: sealed.head.number)
        signedAt = sealed.signedAt
        statement = sealed.statement
    }
}
