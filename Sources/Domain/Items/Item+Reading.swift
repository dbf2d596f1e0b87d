import Base

extension Item {
    /// Reads a client's JSON item, `{"pk":{"S":"a"},…}`, checking everything but its size and keys. Of a name
    /// that stands twice, the last value counts.
    /// - Throws: `serialization` where a JSON value is of the wrong kind, `validation` where a value breaks a
    ///   rule.
    public static func read(from reader: inout JSONReader) throws(ItemError) -> Item {
        try reader.beginObject(as: .map)
        var attributes = AttributeMapBuilder(reserving: 8)
        while try reader.nextItemMember() {
            let name = try reader.attributeName()
            attributes.append(name, try AttributeValue.read(from: &reader))
        }
        return Item(attributes: attributes.finish())
    }
}

extension AttributeValue {
    /// Reads a client's JSON value, `{"S":"a"}`, with every check.
    /// - Throws: `serialization` where a JSON value is of the wrong kind, `validation` where a value breaks a
    ///   rule.
    public static func read(from reader: inout JSONReader) throws(ItemError) -> AttributeValue {
        try read(from: &reader, level: 0)
    }

    /// - Parameter level: how many lists and maps the value stands in.
    private static func read(from reader: inout JSONReader, level: Int) throws(ItemError) -> AttributeValue {
        guard !reader.readNull() else { throw .emptyValue }
        try reader.beginObject(as: .attributeValue)
        var value: AttributeValue?
        while try reader.nextItemMember() {
            guard let type = reader.memberType else {
                // AWS ignores a member it does not know.
                try reader.skipItemValue()
                continue
            }
            if reader.readNull() { continue }
            let next = try read(type, from: &reader, level: level)
            guard value == nil else {
                throw .validation(
                    "Supplied AttributeValue has more than one datatypes set, "
                        + "must contain exactly one of the supported datatypes")
            }
            value = next
        }
        guard let value else { throw .emptyValue }
        return value
    }

    private static func read(
        _ type: AttributeType, from reader: inout JSONReader, level: Int
    ) throws(ItemError) -> AttributeValue {
        switch type {
        case .string: return .string(try reader.itemString())
        case .number: return .number(try reader.itemNumber())
        case .binary: return .binary(try reader.itemBinary())
        case .bool: return .bool(try reader.itemBool())
        case .null:
            guard try reader.itemBool() else {
                throw .invalidParameter("Null attribute value types must have the value of true")
            }
            return .null
        case .list: return try readList(from: &reader, level: level + 1)
        case .map: return try readMap(from: &reader, level: level + 1)
        case .stringSet: return try readStringSet(from: &reader)
        case .numberSet: return try readNumberSet(from: &reader)
        case .binarySet: return try readBinarySet(from: &reader)
        }
    }

    private static func readList(from reader: inout JSONReader, level: Int) throws(ItemError)
        -> AttributeValue
    {
        guard level < Limits.nestingLevelsMax else { throw .tooManyLevels }
        try reader.beginArray(as: .list)
        var values: [AttributeValue] = []
        while try reader.nextItemElement() { values.append(try read(from: &reader, level: level)) }
        return .list(values)
    }

    private static func readMap(from reader: inout JSONReader, level: Int) throws(ItemError) -> AttributeValue
    {
        guard level < Limits.nestingLevelsMax else { throw .tooManyLevels }
        try reader.beginObject(as: .map)
        var map = AttributeMapBuilder(reserving: 0)
        while try reader.nextItemMember() {
            let name = try reader.attributeName()
            map.append(name, try read(from: &reader, level: level))
        }
        return .map(map.finish())
    }

    private static func readStringSet(from reader: inout JSONReader) throws(ItemError) -> AttributeValue {
        try reader.beginArray(as: .list)
        var members: [String] = []
        while try reader.nextItemElement() { members.append(try reader.itemString()) }
        guard !members.isEmpty else { throw .invalidParameter("An string set  may not be empty") }
        guard let set = MemberSet(distinct: members) else {
            throw .invalidParameter(
                "Input collection [\(members.joined(separator: ", "))] contains duplicates.")
        }
        return .stringSet(set)
    }

    private static func readNumberSet(from reader: inout JSONReader) throws(ItemError) -> AttributeValue {
        try reader.beginArray(as: .list)
        var members: [Number] = []
        while try reader.nextItemElement() { members.append(try reader.itemNumber()) }
        guard !members.isEmpty else { throw .invalidParameter("An number set  may not be empty") }
        guard let set = MemberSet(distinct: members) else {
            throw .validation("Input collection contains duplicates")
        }
        return .numberSet(set)
    }

    private static func readBinarySet(from reader: inout JSONReader) throws(ItemError) -> AttributeValue {
        try reader.beginArray(as: .list)
        var members: [[UInt8]] = []
        while try reader.nextItemElement() { members.append(try reader.itemBinary()) }
        guard !members.isEmpty else { throw .invalidParameter("Binary sets should not be empty") }
        guard let set = MemberSet(distinct: members) else {
            let texts = members.map(Base64.encode).joined(separator: ", ")
            throw .invalidParameter("Input collection [\(texts)]of type BS contains duplicates.")
        }
        return .binarySet(set)
    }
}

extension ItemError {
    static let emptyValue = ItemError.validation(
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
    package static let tooManyLevels = ItemError.validation(
        "Nesting Levels have exceeded supported limits: "
            + "Attributes in the item have nested levels beyond supported limit")
}
