import Base

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

    /// Whether that is its name, byte by byte.
    package func isNamed(_ name: String) -> Bool { ByteOrder.areEqual(self.name, name) }
}

/// What the key of a table or of an index is made of: up to four attributes in its partition key and up to four
/// in its sort key. Tables and local indexes have one of each at the most. Source: DynamoDB Developer Guide,
/// "Multi-attribute keys pattern".
public struct KeySchema: Hashable, Sendable {
    /// The partition (HASH) key attribute; the first of them where there are several.
    public let partition: KeyAttribute
    /// The partition key attributes behind the first, in order; none but in a global index.
    public let furtherPartitions: [KeyAttribute]
    /// The sort (RANGE) key attribute, if there is one; the first of them where there are several.
    public let sort: KeyAttribute?
    /// The sort key attributes behind the first, in order; none but in a global index.
    public let furtherSorts: [KeyAttribute]

    /// A schema of these attributes.
    public init(partition: KeyAttribute, sort: KeyAttribute? = nil) {
        self.partition = partition
        self.sort = sort
        furtherPartitions = []
        furtherSorts = []
    }

    /// A schema of several attributes: 1 to `Limits.keySideAttributesMax` partition key attributes, and up to as
    /// many sort key attributes, all of different names. Anything else is our own mistake, and stops.
    public init(partitions: [KeyAttribute], sorts: [KeyAttribute]) {
        precondition(
            (1...Limits.keySideAttributesMax).contains(partitions.count)
                && sorts.count <= Limits.keySideAttributesMax,
            "a key of \(partitions.count) and \(sorts.count) attributes")
        partition = partitions[0]
        furtherPartitions = Array(partitions.dropFirst())
        sort = sorts.first
        furtherSorts = Array(sorts.dropFirst())
    }

    /// The partition key attributes, in order: at least one.
    public var partitions: [KeyAttribute] {
        furtherPartitions.isEmpty ? [partition] : [partition] + furtherPartitions
    }

    /// The sort key attributes, in order.
    public var sorts: [KeyAttribute] { (sort.map { [$0] } ?? []) + furtherSorts }

    /// The partition key attributes and behind them the sort key attributes, in order.
    public var attributes: [KeyAttribute] {
        guard isMultiAttribute else { return sort.map { [partition, $0] } ?? [partition] }
        return partitions + sorts
    }

    /// How many attributes the key has.
    public var attributeCount: Int {
        1 + furtherPartitions.count + (sort == nil ? 0 : 1) + furtherSorts.count
    }

    /// Whether the partition key or the sort key has more than one attribute.
    public var isMultiAttribute: Bool { !furtherPartitions.isEmpty || !furtherSorts.isEmpty }

    /// The key attribute of that name, if it is one.
    public func attribute(named name: String) -> KeyAttribute? {
        if partition.isNamed(name) { return partition }
        if let sort, sort.isNamed(name) { return sort }
        guard isMultiAttribute else { return nil }
        return attributes.first { $0.isNamed(name) }
    }
}

/// The form in which it is stored: keys of one attribute look as they did when there were no others.
extension KeySchema: Codable {
    private enum CodingKeys: String, CodingKey {
        case partition, sort, furtherPartitions, furtherSorts
    }

    /// Reads a schema.
    /// - Throws: `DecodingError` where it is none, or has too many attributes.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        partition = try fields.decode(KeyAttribute.self, forKey: .partition)
        sort = try fields.decodeIfPresent(KeyAttribute.self, forKey: .sort)
        furtherPartitions = try fields.decodeIfPresent([KeyAttribute].self, forKey: .furtherPartitions) ?? []
        furtherSorts = try fields.decodeIfPresent([KeyAttribute].self, forKey: .furtherSorts) ?? []
        let further = max(furtherPartitions.count, furtherSorts.count)
        guard further < Limits.keySideAttributesMax, sort != nil || furtherSorts.isEmpty else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no key schema"))
        }
    }

    /// Writes the schema.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(partition, forKey: .partition)
        try fields.encodeIfPresent(sort, forKey: .sort)
        if !furtherPartitions.isEmpty { try fields.encode(furtherPartitions, forKey: .furtherPartitions) }
        if !furtherSorts.isEmpty { try fields.encode(furtherSorts, forKey: .furtherSorts) }
    }
}

/// A key as bytes that compare, unsigned, as DynamoDB orders keys: strings as UTF-8, binaries as they are,
/// numbers in `Number.append(to:)`'s encoding; several attributes as `KeySide` joins them.
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
