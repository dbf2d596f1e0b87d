import Base

/// Something the control plane remembers: one item of the registry's table, found by its partition and `id`.
public protocol RegistryRecord: Codable, Hashable, Sendable {
    /// What one record is told apart by from the others of its kind.
    associatedtype ID: Sendable

    /// The partition that all records of this kind are in, in the order of their sort keys.
    static var partition: String { get }

    /// The sort key of the record with this id: 1 to 1,024 bytes.
    static func sortKey(of id: ID) -> String

    /// This record's id; it never changes.
    var id: ID { get }

    /// Where this record lies: by its id, unless an earlier version stored it elsewhere.
    var key: RegistryKey { get }

    /// How many times the record was written: 0 where it never was. Only the registry sets it.
    var version: Int64 { get set }
}

extension RegistryRecord {
    /// Where the record with this id lies.
    public static func key(of id: ID) -> RegistryKey {
        RegistryKey(partition: partition, sort: sortKey(of: id))
    }

    /// Where this record lies.
    public var key: RegistryKey { Self.key(of: id) }
}

extension RegistryRecord where ID: Identifier {
    /// The id's text.
    public static func sortKey(of id: ID) -> String { id.text }
}

/// Where a record lies in the registry's table.
public struct RegistryKey: Hashable, Sendable, CustomStringConvertible {
    /// The partition key: the kind of record.
    public let partition: String
    /// The sort key: which of them.
    public let sort: String

    /// The place of a record.
    public init(partition: String, sort: String) {
        self.partition = partition
        self.sort = sort
    }

    /// Kind and name, for messages.
    public var description: String { "\(partition) \(sort)" }
}

/// Some of the records of a kind, in order.
public struct RegistryPage<Record: RegistryRecord>: Sendable {
    /// The records.
    public var records: [Record]
    /// What to hand in as `after` for the next page, or nil where this was the last.
    public var next: String?

    /// A page.
    public init(records: [Record], next: String?) {
        self.records = records
        self.next = next
    }
}
