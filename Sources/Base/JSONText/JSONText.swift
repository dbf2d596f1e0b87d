import Base

/// A place in a text: line and column, both from 1, the column in bytes.
public struct TextPosition: Hashable, Sendable, Comparable {
    /// From 1.
    public let line: Int
    /// From 1, in bytes of UTF-8.
    public let column: Int

    /// The place in that line and column.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Earlier in the text before later.
    public static func < (left: TextPosition, right: TextPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// A JSON text read with the place of every value, for files that people write: an error names line and column.
///
/// Off the hot path. Duplicate member names are an error, as RFC 8259 section 4 advises against them.
public struct JSONText: Sendable {
    /// One value and where it begins.
    public struct Node: Sendable {
        /// What the value is.
        public let value: Value
        /// Where its first character stands.
        public let position: TextPosition
        /// Its bytes in the text, quotes and brackets included; of a node that was read from no text, none.
        public let range: Range<Int>

        /// A value at a place.
        public init(value: Value, position: TextPosition, range: Range<Int> = 0..<0) {
            self.value = value
            self.position = position
            self.range = range
        }
    }

    /// A member of an object, in the order of the text.
    public struct Member: Sendable {
        /// The name, unescaped.
        public let name: String
        /// Where the name's opening quote stands.
        public let namePosition: TextPosition
        /// The name's bytes in the text, quotes included.
        public let nameRange: Range<Int>
        /// The value.
        public let node: Node
    }

    /// What a JSON value can be. Numbers keep their text.
    public indirect enum Value: Sendable {
        case object([Member])
        case array([Node])
        case string(String)
        case number(String)
        case bool(Bool)
        case null
    }

    /// The outermost value.
    public let root: Node

    /// Reads `bytes`.
    /// - Throws: `JSONTextError` with the place of the first fault: bad syntax, a duplicate name, bad UTF-8, more than
    ///   `Limits.jsonDepthMax` levels, more than `Limits.fileBytesMax` bytes, or text behind the value.
    public init(parsing bytes: [UInt8]) throws(JSONTextError) {
        guard bytes.count <= Limits.fileBytesMax else {
            throw JSONTextError(
                position: TextPosition(line: 1, column: 1),
                message: "the file has \(bytes.count) bytes; at most \(Limits.fileBytesMax) are read",
                kind: .limit)
        }
        var parser = JSONTextParser(bytes: bytes)
        root = try parser.parseWhole()
    }
}

/// What is wrong with a JSON text, and where.
public struct JSONTextError: Error, Equatable, CustomStringConvertible {
    /// The place of the fault.
    public let position: TextPosition
    /// One sentence without a full stop: what was expected and what was found.
    public let message: String
    /// What kind of fault it is.
    public let kind: Kind

    /// What can be wrong with a text.
    public enum Kind: Sendable {
        /// It is not JSON.
        case syntax
        /// An object has a name twice.
        case duplicateName
        /// It is too long or nested too deep.
        case limit
    }

    /// A fault at a place.
    public init(position: TextPosition, message: String, kind: Kind = .syntax) {
        self.position = position
        self.message = message
        self.kind = kind
    }

    /// `line:column: message`.
    public var description: String { "\(position.line):\(position.column): \(message)" }
}
