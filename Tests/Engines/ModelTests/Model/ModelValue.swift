import TestKit

/// A text, compared by its UTF-8 bytes as DynamoDB does.
struct Text: Hashable, Sendable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    let string: String
    var bytes: [UInt8] { Array(string.utf8) }

    init(_ string: String) { self.string = string }
    init(stringLiteral string: String) { self.string = string }

    /// Without characters that look alike, and short where it is one character many times.
    var description: String {
        if bytes.count > 40, let first = string.first, string.allSatisfy({ $0 == first }) {
            return "\(first)…×\(bytes.count)"
        }
        return string.unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
    }

    static func == (left: Text, right: Text) -> Bool { left.bytes == right.bytes }
    static func < (left: Text, right: Text) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

/// The kinds of values, by their names in JSON.
enum ModelType: String, CaseIterable {
    case string = "S"
    case number = "N"
    case binary = "B"
    case bool = "BOOL"
    case null = "NULL"
    case list = "L"
    case map = "M"
    case strings = "SS"
    case numbers = "NS"
    case binaries = "BS"
}

/// A value, kept in Swift's own collections.
indirect enum ModelValue: Hashable, Sendable {
    case string(Text)
    case number(ExactDecimal)
    case binary([UInt8])
    case bool(Bool)
    case null
    case list([ModelValue])
    case map(ModelItem)
    case strings(Set<Text>)
    case numbers(Set<ExactDecimal>)
    case binaries(Set<[UInt8]>)

    static func number(_ text: String) -> ModelValue { .number(ExactDecimal(text) ?? .zero) }

    var type: ModelType {
        switch self {
        case .string: .string
        case .number: .number
        case .binary: .binary
        case .bool: .bool
        case .null: .null
        case .list: .list
        case .map: .map
        case .strings: .strings
        case .numbers: .numbers
        case .binaries: .binaries
        }
    }
}

/// An item, or a map's content.
typealias ModelItem = [Text: ModelValue]

extension ModelValue {
    /// Whether it comes before `other`; nil where the two have no order.
    func precedes(_ other: ModelValue) -> Bool? {
        switch (self, other) {
        case (.string(let left), .string(let right)): left < right
        case (.number(let left), .number(let right)): left < right
        case (.binary(let left), .binary(let right)): left.lexicographicallyPrecedes(right)
        default: nil
        }
    }

    /// What `size` gives. Of a string DynamoDB counts UTF-16 units.
    var elementCount: Int? {
        switch self {
        case .string(let text):
            text.string.unicodeScalars.reduce(0) { $0 + ($1.value > 0xFFFF ? 2 : 1) }
        case .binary(let bytes): bytes.count
        case .list(let values): values.count
        case .map(let map): map.count
        case .strings(let set): set.count
        case .numbers(let set): set.count
        case .binaries(let set): set.count
        case .number, .bool, .null: nil
        }
    }

    /// How many lists and maps stand inside each other.
    var depth: Int {
        switch self {
        case .list(let values): 1 + (values.map(\.depth).max() ?? 0)
        case .map(let map): 1 + (map.values.map(\.depth).max() ?? 0)
        default: 0
        }
    }

    /// Bytes by DynamoDB's rule. Source: Developer Guide, "DynamoDB item sizes and formats".
    var sizeBytes: Int {
        switch self {
        case .string(let text): text.bytes.count
        case .number(let number): number.sizeBytes
        case .binary(let bytes): bytes.count
        case .bool, .null: 1
        case .list(let values): values.reduce(3) { $0 + 1 + $1.sizeBytes }
        case .map(let map): 3 + map.count + map.sizeBytes
        case .strings(let set): set.reduce(0) { $0 + $1.bytes.count }
        case .numbers(let set): set.reduce(0) { $0 + $1.sizeBytes }
        case .binaries(let set): set.reduce(0) { $0 + $1.count }
        }
    }
}

extension ModelItem {
    /// Bytes of names and values.
    var sizeBytes: Int { reduce(0) { $0 + $1.key.bytes.count + $1.value.sizeBytes } }

    /// The item with only these attributes.
    func keeping(_ names: Set<Text>) -> ModelItem { filter { names.contains($0.key) } }
}

extension ExactDecimal {
    /// One byte, and one for each pair of decimal positions (counted from the point) that holds a digit, and one for a minus;
    /// a zero is one byte.
    fileprivate var sizeBytes: Int {
        guard !isZero else { return 1 }
        let positions = digits.indices.map { magnitude - $0 }
        let pairs = Set(positions.map { ($0 + 1000) / 2 })
        return 1 + pairs.count + (isNegative ? 1 : 0)
    }
}

extension ModelValue: CustomStringConvertible {
    var description: String {
        switch self {
        case .string(let text): "\"\(text)\""
        case .number(let number): number.text
        case .binary(let bytes) where bytes.count > 40: "b[\(bytes[0])…×\(bytes.count)]"
        case .binary(let bytes): "b\(bytes)"
        case .bool(let flag): "\(flag)"
        case .null: "null"
        case .list(let values): "[\(values.map(\.description).joined(separator: ", "))]"
        case .map(let map): map.text
        case .strings(let set): "SS(\(set.sorted().map { "\"\($0)\"" }.joined(separator: ", ")))"
        case .numbers(let set): "NS(\(set.sorted().map(\.text).joined(separator: ", ")))"
        case .binaries(let set):
            "BS(\(set.map { "\($0)" }.sorted().joined(separator: ", ")))"
        }
    }
}

extension ModelItem {
    /// `{a: 1, b: "x"}`, names in order.
    var text: String {
        let parts = sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return "{\(parts.joined(separator: ", "))}"
    }
}
