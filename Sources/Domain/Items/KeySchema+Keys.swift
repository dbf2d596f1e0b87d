import Base

extension KeySchema {
    /// The key of an item that is put.
    /// - Throws: `validation`: a key attribute is missing, of another kind, empty or too long, in AWS's
    ///   words.
    public func key(ofItem item: Item) throws(ItemError) -> EncodedKey {
        try key { attribute throws(ItemError) in
            guard let value = item.attributes[attribute.name] else {
                throw .invalidParameter("Missing the key \(attribute.name) in the item")
            }
            guard value.type == attribute.type.attributeType else {
                throw .invalidParameter(
                    "Type mismatch for key \(attribute.name) "
                        + "expected: \(attribute.type.rawValue) actual: \(value.type.rawValue)")
            }
            return try KeySchema.encode(value, of: attribute)
        }
    }

    /// The key that a request's `Key` parameter gives: exactly the key attributes.
    /// - Throws: `validation`: "The provided key element does not match the schema"; an empty or too long
    ///   value.
    public func key(ofKey key: Item) throws(ItemError) -> EncodedKey {
        guard key.attributes.count == attributeCount else { throw .keyMismatch }
        return try self.key { attribute throws(ItemError) in
            guard let value = key.attributes[attribute.name], value.type == attribute.type.attributeType
            else {
                throw .keyMismatch
            }
            return try KeySchema.encode(value, of: attribute)
        }
    }

    /// The key that an item has in a secondary index with this schema; nil where it lacks an attribute of it,
    /// so that the index does not have the item.
    /// - Throws: `validation`: a key attribute of another kind, empty or too long, in AWS's words.
    public func indexKey(of item: Item, index: String) throws(ItemError) -> EncodedKey? {
        var isSparse = false
        let key = try key { attribute throws(ItemError) in
            guard let value = item.attributes[attribute.name] else {
                isSparse = true
                return []
            }
            guard value.type == attribute.type.attributeType else {
                throw .invalidParameter(
                    "Type mismatch for Index Key \(attribute.name) Expected: \(attribute.type.rawValue) "
                        + "Actual: \(value.type.rawValue) IndexName: \(index)")
            }
            return try KeySchema.encode(value, of: attribute, index: index)
        }
        return isSparse ? nil : key
    }

    /// Checks that no key attribute that is there is empty, whatever else is wrong with it.
    /// - Throws: `validation` in AWS's words.
    public func checkNotEmpty(_ item: Item, index: String? = nil) throws(ItemError) {
        for attribute in attributes {
            switch item.attributes[attribute.name] {
            case .string(let text)? where text.isEmpty && attribute.type == .string:
                throw KeySchema.emptyValue(of: attribute, index: index)
            case .binary(let bytes)? where bytes.isEmpty && attribute.type == .binary:
                throw KeySchema.emptyValue(of: attribute, index: index)
            default: break
            }
        }
    }

    /// The key attributes that `key` was encoded from.
    ///
    /// `key` must be one that this schema encoded: anything else is our own mistake, and stops.
    public func attributes(of key: EncodedKey) -> Item {
        var item = Item()
        KeySchema.add(key.partition, of: partition, furtherPartitions, to: &item)
        if let sort { KeySchema.add(key.sort, of: sort, furtherSorts, to: &item) }
        return item
    }

    /// The bytes of the first attribute's value in an encoded partition key: what decides whose a key is, and which
    /// leading key a condition sees.
    public func leadingPartition(of partitionKey: [UInt8]) -> [UInt8] {
        guard !furtherPartitions.isEmpty else { return partitionKey }
        guard let leading = KeySide.value(in: partitionKey, from: 0, as: partition.type) else {
            preconditionFailure("a partition key of \(partitionKey.count) bytes is not of this schema")
        }
        return leading.bytes
    }

    private static func add(
        _ key: [UInt8], of first: KeyAttribute, _ further: [KeyAttribute], to item: inout Item
    ) {
        guard !further.isEmpty else {
            item.attributes[first.name] = decode(key, as: first.type)
            return
        }
        var start = 0
        for attribute in [first] + further {
            guard let value = KeySide.value(in: key, from: start, as: attribute.type) else {
                preconditionFailure("a key of \(key.count) bytes is not of this schema")
            }
            item.attributes[attribute.name] = decode(value.bytes, as: attribute.type)
            start = value.end
        }
    }

    /// The bytes of a key attribute's value, which must be of its kind; unchecked otherwise.
    public static func bytes(of value: AttributeValue) -> [UInt8]? {
        switch value {
        case .string(let text): return Array(text.utf8)
        case .binary(let bytes): return bytes
        case .number(let number):
            var bytes: [UInt8] = []
            number.append(to: &bytes)
            return bytes
        default: return nil
        }
    }

    private func key(
        _ encode: (KeyAttribute) throws(ItemError) -> [UInt8]
    ) throws(ItemError) -> EncodedKey {
        let partitionBytes = try KeySchema.side(partition, furtherPartitions, isPartition: true, encode)
        guard let sort else { return EncodedKey(partition: partitionBytes) }
        return EncodedKey(
            partition: partitionBytes,
            sort: try KeySchema.side(sort, furtherSorts, isPartition: false, encode))
    }

    private static func side(
        _ first: KeyAttribute, _ further: [KeyAttribute], isPartition: Bool,
        _ encode: (KeyAttribute) throws(ItemError) -> [UInt8]
    ) throws(ItemError) -> [UInt8] {
        var side = KeySide(isPartition: isPartition, hasSeveral: !further.isEmpty)
        try side.append(try encode(first), as: first.type)
        for attribute in further { try side.append(try encode(attribute), as: attribute.type) }
        return side.bytes
    }

    /// The bytes of a value of a key attribute's own kind.
    static func encode(
        _ value: AttributeValue, of attribute: KeyAttribute, index: String? = nil
    ) throws(ItemError) -> [UInt8] {
        guard let bytes = bytes(of: value) else { throw .keyMismatch }
        guard !bytes.isEmpty else { throw emptyValue(of: attribute, index: index) }
        return bytes
    }

    private static func emptyValue(of attribute: KeyAttribute, index: String?) -> ItemError {
        let kind = attribute.type == .binary ? "binary" : "string"
        if let index {
            return .validation(
                "One or more parameter values are not valid. A value specified for a secondary index key is not "
                    + "supported. The AttributeValue for a key attribute cannot contain an empty \(kind) value. "
                    + "IndexName: \(index), IndexKey: \(attribute.name)")
        }
        return .validation(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                + "empty \(kind) value. Key: \(attribute.name)")
    }

    private static func decode(_ bytes: [UInt8], as type: KeyType) -> AttributeValue {
        switch type {
        case .string: return .string(String(decoding: bytes, as: UTF8.self))
        case .binary: return .binary(bytes)
        case .number:
            guard let number = Number(decodingKey: bytes) else {
                preconditionFailure("a number key of \(bytes.count) bytes is not of this encoding")
            }
            return .number(number)
        }
    }
}

extension ItemError {
    static let keyMismatch = ItemError.validation("The provided key element does not match the schema")
    // The blank that AWS's text lacks is lacking here too.
    static let partitionKeyTooLong = ItemError.invalidParameter(
        "Size of hashkey has exceeded the maximum size limit of2048 bytes")
    static let sortKeyTooLong = ItemError.invalidParameter(
        "Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
}
