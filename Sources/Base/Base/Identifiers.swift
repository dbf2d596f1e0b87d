/// A name that cannot be mistaken for another kind of name: a string that has passed its kind's check.
public protocol Identifier: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// The text as it is stored, sent and shown.
    var text: String { get }
    /// The identifier with this text, or nil where the text is not of this kind's form.
    init?(_ text: String)
}

extension Identifier {
    /// The text itself.
    public var description: String { text }

    /// Byte order of the texts, so that lists of identifiers are stable.
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    /// Reads the text. Throws `DecodingError.dataCorrupted` where it is not of this kind's form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "`\(text)` is no \(Self.self)")
        }
        self = value
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// A district. Opaque: `t` and fifteen characters of Crockford's base 32.
///
/// INVARIANT (prefix-free ids): all tenant and school ids have one length, so none is a prefix of another, and their
/// characters are letters and digits, so none holds the delimiter `#` of a key.
public struct TenantID: Identifier {
    /// The sixteen characters.
    public let text: String

    /// Nil unless `text` is `t` and fifteen base 32 characters in lower case.
    public init?(_ text: String) {
        guard OpaqueID.isValid(text, prefix: "t") else { return nil }
        self.text = text
    }

    /// A new id: 75 bits from `random`.
    public init(random: some RandomSource) { text = OpaqueID.make(prefix: "t", random: random) }
}

/// A school of one tenant; unique over all tenants. Opaque: `s` and fifteen characters of Crockford's base 32.
public struct SchoolID: Identifier {
    /// The sixteen characters.
    public let text: String

    /// Nil unless `text` is `s` and fifteen base 32 characters in lower case.
    public init?(_ text: String) {
        guard OpaqueID.isValid(text, prefix: "s") else { return nil }
        self.text = text
    }

    /// A new id: 75 bits from `random`.
    public init(random: some RandomSource) { text = OpaqueID.make(prefix: "s", random: random) }
}

/// A student as their school calls them, such as their number: a segment of the keys of their records. Unique within one school alone.
///
/// INVARIANT (segments): no id holds the delimiter `#` of a key, nor a character that patterns of policies give a meaning.
public struct StudentID: Identifier {
    /// The id, exactly as it stands in keys.
    public let text: String

    /// Nil unless `text` is 1 to 64 letters and digits of ASCII and `._-`.
    public init?(_ text: String) {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(TableName.isNameByte) else {
            return nil
        }
        self.text = text
    }

    /// What an id must be like, in words.
    public static let words = "1 to 64 letters, digits and `._-`"
}

/// One execution of a workflow. Opaque: `r` and fifteen characters of Crockford's base 32.
public struct RunID: Identifier {
    /// The sixteen characters.
    public let text: String

    /// Nil unless `text` is `r` and fifteen base 32 characters in lower case.
    public init?(_ text: String) {
        guard OpaqueID.isValid(text, prefix: "r") else { return nil }
        self.text = text
    }

    /// A new id: 75 bits from `random`.
    public init(random: some RandomSource) { text = OpaqueID.make(prefix: "r", random: random) }
}

/// A place where items are kept together. Its text is a file name: lower case letters, digits, `-`; 1 to 64 characters.
public struct StoreID: Identifier {
    /// The name, which is also the file's name without its ending.
    public let text: String

    /// Nil unless `text` is 1 to 64 lower case letters, digits and `-`, the first not `-`.
    public init?(_ text: String) {
        let isNameByte = { (byte: UInt8) in
            (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte == 0x2D
        }
        guard (1...64).contains(text.utf8.count), text.utf8.first != 0x2D, text.utf8.allSatisfy(isNameByte)
        else {
            return nil
        }
        self.text = text
    }
}

/// A table's name by DynamoDB's rule: `[a-zA-Z0-9_.-]`, 3 to 255 characters.
/// Source: Amazon DynamoDB Developer Guide, "Naming rules".
public struct TableName: Identifier {
    /// The name.
    public let text: String

    /// Nil unless `text` follows the naming rule.
    public init?(_ text: String) {
        guard (3...255).contains(text.utf8.count), text.utf8.allSatisfy(TableName.isNameByte) else {
            return nil
        }
        self.text = text
    }

    /// Whether `byte` may stand in a table's or an index's name.
    public static func isNameByte(_ byte: UInt8) -> Bool {
        (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x30 && byte <= 0x39)
            || byte == 0x5F || byte == 0x2E || byte == 0x2D
    }
}

/// The common form of the opaque ids.
enum OpaqueID {
    static let length = 16
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    static func isValid(_ text: String, prefix: Character) -> Bool {
        text.utf8.count == length && text.first == prefix
            && text.utf8.dropFirst().allSatisfy(alphabet.contains)
    }

    static func make(prefix: Character, random: some RandomSource) -> String {
        var text = String(prefix)
        for byte in random.bytes(length - 1) {
            text.unicodeScalars.append(Unicode.Scalar(alphabet[Int(byte & 31)]))
        }
        return text
    }
}
