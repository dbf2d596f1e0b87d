/// The kinds of values that a key attribute can have.
public enum KeyType: String, Sendable, Hashable, Codable {
    case string = "S"
    case number = "N"
    case binary = "B"

    /// The same kind among all kinds of values.
    public var attributeType: AttributeType {
        switch self {
        case .string: .string
        case .number: .number
        case .binary: .binary
        }
    }
}

/// An attribute that a key is made of.
public struct KeyAttribute: Hashable, Sendable, Codable {
    /// The attribute's name.
    public let name: String
    /// The kind of its values.
    public let type: KeyType

    /// An attribute of that name and kind.
    public init(name: String, type: KeyType) {
        self.name = name
        self.type = type
    }
}

/// What the key of a table or of an index is made of.
public struct KeySchema: Hashable, Sendable, Codable {
    /// The partition (HASH) key attribute.
    public let partition: KeyAttribute
    /// The sort (RANGE) key attribute, if there is one.
    public let sort: KeyAttribute?

    /// A schema of these attributes.
    public init(partition: KeyAttribute, sort: KeyAttribute? = nil) {
        self.partition = partition
        self.sort = sort
    }

    /// The partition key attribute and, if there is one, the sort key attribute.
    public var attributes: [KeyAttribute] { sort.map { [partition, $0] } ?? [partition] }

    /// The key attribute of that name, if it is one.
    public func attribute(named name: String) -> KeyAttribute? {
        if ByteOrder.areEqual(partition.name, name) { return partition }
        guard let sort, ByteOrder.areEqual(sort.name, name) else { return nil }
        return sort
    }
}

/// A key as bytes that compare, unsigned, as DynamoDB orders keys: strings as UTF-8, binaries as they are,
/// numbers in `Number.append(to:)`'s encoding.
public struct EncodedKey: Hashable, Sendable {
    /// The partition key value.
    public let partition: [UInt8]
    /// The sort key value; empty where the schema has none.
    public let sort: [UInt8]

    /// A key of these bytes.
    public init(partition: [UInt8], sort: [UInt8] = []) {
        self.partition = partition
        self.sort = sort
    }
}
