import Base
import FoundationEssentials

/// A piece of the files of a version of the policies. It comes and goes with the version's record.
public struct PolicyPart: RegistryRecord {
    /// Which piece.
    public struct ID: Hashable, Sendable, Codable {
        /// The version's number.
        public let number: Int
        /// Its place among the version's pieces, from 0.
        public let index: Int

        /// A piece of a version.
        public init(number: Int, index: Int) {
            self.number = number
            self.index = index
        }
    }

    /// Where the records of this kind lie.
    public static let partition = "policy-part"

    /// Which piece.
    public let id: ID
    /// Its bytes; base64 in the record.
    public let bytes: Data
    /// 1 once it is recorded.
    public var version: Int64 = 0

    /// Version and place, so that the pieces of a version lie together in their order.
    public static func sortKey(of id: ID) -> String {
        PolicyVersionRecord.sortKey(of: id.number) + "#" + PolicyVersionRecord.sortKey(of: id.index)
    }

    /// A piece that is not recorded yet.
    public init(number: Int, index: Int, bytes: some Sequence<UInt8>) {
        id = ID(number: number, index: index)
        self.bytes = Data(bytes)
    }
}
