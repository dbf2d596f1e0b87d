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

        /// A value at a place.
        public init(value: Value, position: TextPosition) {
            self.value = value
            self.position = position
        }
    }

    /// A member of an object, in the order of the text.
    public struct Member: Sendable {
        /// The name, unescaped.
        public let name: String
        /// Where the name's opening quote stands.
        public let namePosition: TextPosition
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
                message: "the file has \(bytes.count) bytes; at most \(Limits.fileBytesMax) are read")
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

    /// A fault at a place.
    public init(position: TextPosition, message: String) {
        self.position = position
        self.message = message
    }

    /// `line:column: message`.
    public var description: String { "\(position.line):\(position.column): \(message)" }
}
