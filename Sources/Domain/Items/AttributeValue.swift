/// A value of DynamoDB's: what stands under an attribute's name. Source: API reference, "AttributeValue".
public enum AttributeValue: Sendable {
    case string(String)
    case number(Number)
    case binary([UInt8])
    case bool(Bool)
    case null
    case list([AttributeValue])
    case map(AttributeMap)
    case stringSet(MemberSet<String>)
    case numberSet(MemberSet<Number>)
    case binarySet(MemberSet<[UInt8]>)

    /// A map from a dictionary.
    public static func map(_ dictionary: [String: AttributeValue]) -> AttributeValue {
        .map(AttributeMap(dictionary))
    }

    /// What kind of value it is.
    public var type: AttributeType {
        switch self {
        case .string: .string
        case .number: .number
        case .binary: .binary
        case .bool: .bool
        case .null: .null
        case .list: .list
        case .map: .map
        case .stringSet: .stringSet
        case .numberSet: .numberSet
        case .binarySet: .binarySet
        }
    }

    /// The text, where it is a string.
    public var string: String? { if case .string(let text) = self { text } else { nil } }

    /// The number, where it is one.
    public var number: Number? { if case .number(let number) = self { number } else { nil } }
}

/// The kinds of values, by the names they have in JSON.
public enum AttributeType: String, Sendable, Hashable, CaseIterable {
    case string = "S"
    case number = "N"
    case binary = "B"
    case bool = "BOOL"
    case null = "NULL"
    case list = "L"
    case map = "M"
    case stringSet = "SS"
    case numberSet = "NS"
    case binarySet = "BS"
}

extension AttributeValue: Hashable {
    /// Whether kind and content are the same; strings by their bytes, sets without order, lists with it.
    public static func == (left: AttributeValue, right: AttributeValue) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): ByteOrder.areEqual(left, right)
        case (.number(let left), .number(let right)): left == right
        case (.binary(let left), .binary(let right)): left == right
        case (.bool(let left), .bool(let right)): left == right
        case (.null, .null): true
        case (.list(let left), .list(let right)): left == right
        case (.map(let left), .map(let right)): left == right
        case (.stringSet(let left), .stringSet(let right)): left == right
        case (.numberSet(let left), .numberSet(let right)): left == right
        case (.binarySet(let left), .binarySet(let right)): left == right
        default: false
        }
    }

    /// Feeds kind and content to a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        switch self {
        case .string(let text): ByteOrder.hash(text, into: &hasher)
        case .number(let number): hasher.combine(number)
        case .binary(let bytes): hasher.combine(bytes)
        case .bool(let flag): hasher.combine(flag)
        case .null: break
        case .list(let values): hasher.combine(values)
        case .map(let map): hasher.combine(map)
        case .stringSet(let members): hasher.combine(members)
        case .numberSet(let members): hasher.combine(members)
        case .binarySet(let members): hasher.combine(members)
        }
    }
}
