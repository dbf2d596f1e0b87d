import Base
import Registry

/// That the items under a key pattern of a tenant were erased: kept so that no import brings them back unseen.
///
/// No key is in it: a keyed digest of the pattern (see `ErasureDigests`), and how long the pattern's parts are, so that it is known
/// which part of a key to digest. With the deployment's secret a guess can be tested, without it nothing can be learned but lengths.
public struct ErasureMark: RegistryRecord {
    /// Whose keys, and which.
    public struct ID: Hashable, Sendable, Codable {
        /// The tenant or the school whose id the keys begin with: a school takes its marks along when it moves.
        public let owner: String
        /// The pattern's digest, in base 16.
        public let digest: String

        /// A pattern of an owner's keys.
        public init(owner: String, digest: String) {
            self.owner = owner
            self.digest = digest
        }
    }

    /// What a pattern looks like without what is in it.
    public struct Shape: Hashable, Sendable, Codable {
        /// The logical table.
        public let table: String
        /// Bytes of the partition key before the `*`, and whether there is one.
        public let partition: Part
        /// The same of the sort key; nil for all sort keys.
        public let sort: Part?

        /// A pattern of a table.
        public init(table: String, partition: Part, sort: Part?) {
            self.table = table
            self.partition = partition
            self.sort = sort
        }
    }

    /// One part of a key, as a pattern has it.
    public struct Part: Hashable, Sendable, Codable {
        /// How many bytes are fixed.
        public let bytes: Int
        /// Whether more may follow that is no more of the same name.
        public let isOpen: Bool

        /// So many fixed bytes.
        public init(bytes: Int, isOpen: Bool) {
            self.bytes = bytes
            self.isOpen = isOpen
        }

        /// Whether a key can be told by its first bytes: it ends there, or goes on with what is no more of the same name.
        public func ends(in key: [UInt8]) -> Bool {
            guard bytes > 0, key.count >= bytes else { return false }
            if key.count == bytes { return true }
            return isOpen && (!Part.isOfName(key[bytes - 1]) || !Part.isOfName(key[bytes]))
        }

        /// Letters and digits, and the bytes of other scripts' letters.
        public static func isOfName(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte >= 0x80
        }
    }

    /// Where the records of this kind lie.
    public static let partition = "erasure-mark"

    /// Whose keys, and which.
    public let id: ID
    /// What the pattern looks like.
    public let shape: Shape
    /// The erasure that made it.
    public let run: RunID
    /// When.
    public let at: Timestamp
    /// 1 once it is recorded.
    public var version: Int64 = 0

    /// By owner, then digest.
    public static func sortKey(of id: ID) -> String { prefix(of: id.owner) + id.digest }
    /// What the sort keys of an owner's marks begin with.
    public static func prefix(of owner: String) -> String { owner + "#" }

    /// A mark that is not recorded yet.
    public init(id: ID, shape: Shape, run: RunID, at: Timestamp) {
        self.id = id
        self.shape = shape
        self.run = run
        self.at = at
    }
}
