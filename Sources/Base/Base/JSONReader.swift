/// Reads JSON from bytes in one pass, without a tree: the caller pulls what it wants and skips the rest.
///
///     var reader = JSONReader(body)
///     try reader.beginObject()
///     while try reader.nextMember() {
///         if reader.isMember("TableName") { name = try reader.readString() } else { try reader.skipValue() }
///     }
///     try reader.expectEnd()
///
/// Each member's or element's value must be read or skipped before the next is asked for. Nothing here
/// recurses; who reads nested values recursively must limit the depth. Strings are checked to be UTF-8 when
/// they are read or skipped. Duplicate member names are handed out as they come.
public struct JSONReader: Sendable {
    let bytes: [UInt8]
    /// Where the next byte is read.
    var offset = 0
    /// True right after `{` or `[`, before the first member or element.
    private var isAtFirst = false
    /// The name that `nextMember` found last, without its quotes.
    private var name = JSONStringRange(start: 0, end: 0, hasEscapes: false, isASCII: true)

    /// A reader at the beginning of `bytes`.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    // MARK: Places

    /// A place to come back to: made by `mark()`, good for the same reader only.
    public struct Mark: Sendable {
        fileprivate let offset: Int
        fileprivate let isAtFirst: Bool
    }

    /// The place where the reader stands.
    public func mark() -> Mark { Mark(offset: offset, isAtFirst: isAtFirst) }

    /// Goes back (or forth) to a place, to read a value a second time or to skip one whose reading failed.
    public mutating func restore(_ mark: Mark) {
        offset = mark.offset
        isAtFirst = mark.isAtFirst
    }

    /// The bytes from `start` up to where the reader stands: the text of what was read since.
    public func text(since start: Mark) -> ArraySlice<UInt8> { bytes[start.offset..<offset] }

    // MARK: Objects and arrays

    /// What the next value is, without reading it.
    /// - Throws: `syntax` where no value begins.
    public mutating func peekKind() throws(JSONError) -> JSONKind {
        skipSpace()
        guard offset < bytes.count else { throw .syntax(expected: "a value", offset: offset) }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), 0x30...0x39: return .number
        default: throw .syntax(expected: "a value", offset: offset)
        }
    }

    /// The byte the next value begins with, or 0 at the end of the text.
    public mutating func peekByte() -> UInt8 {
        skipSpace()
        return offset < bytes.count ? bytes[offset] : 0
    }

    /// Steps into an object.
    /// - Throws: `unexpected` where another kind of value stands, `syntax` where none does.
    public mutating func beginObject() throws(JSONError) { try begin(UInt8(ascii: "{"), .object) }

    /// Steps into an array.
    /// - Throws: `unexpected` where another kind of value stands, `syntax` where none does.
    public mutating func beginArray() throws(JSONError) { try begin(UInt8(ascii: "["), .array) }

    private mutating func begin(_ byte: UInt8, _ kind: JSONKind) throws(JSONError) {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == byte else { throw mismatch(expected: kind) }
        offset += 1
        isAtFirst = true
    }

    /// Goes to the next member's value and remembers its name; false where the object ends, which is stepped
    /// out of.
    /// - Throws: `syntax` where the text is no object's.
    public mutating func nextMember() throws(JSONError) -> Bool {
        guard try next(closing: UInt8(ascii: "}"), expected: "`,` or `}`") else { return false }
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
            throw .syntax(expected: "a member name", offset: offset)
        }
        name = try scanString()
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: ":") else {
            throw .syntax(expected: "`:`", offset: offset)
        }
        offset += 1
        return true
    }

    /// Goes to the next member's value; its name, or nil where the object ends.
    /// - Throws: `syntax` where the text is no object's, `invalidText` where the name is not UTF-8.
    public mutating func nextMemberName() throws(JSONError) -> String? {
        guard try nextMember() else { return nil }
        return try memberName()
    }

    /// Goes to the next element; false where the array ends, which is stepped out of.
    /// - Throws: `syntax` where the text is no array's.
    public mutating func nextElement() throws(JSONError) -> Bool {
        try next(closing: UInt8(ascii: "]"), expected: "`,` or `]`")
    }

    private mutating func next(closing: UInt8, expected: String) throws(JSONError) -> Bool {
        skipSpace()
        guard offset < bytes.count else { throw .syntax(expected: expected, offset: offset) }
        let byte = bytes[offset]
        if byte == closing {
            offset += 1
            isAtFirst = false
            return false
        }
        if isAtFirst {
            isAtFirst = false
            return true
        }
        guard byte == UInt8(ascii: ",") else { throw .syntax(expected: expected, offset: offset) }
        offset += 1
        return true
    }

    /// The name of the member that `nextMember` went to.
    /// - Throws: `invalidText` where it is not UTF-8.
    public func memberName() throws(JSONError) -> String { try string(in: name) }

    /// Whether the member that `nextMember` went to has this name; allocates nothing. A name written with
    /// escapes is compared unescaped.
    public func isMember(_ expected: StaticString) -> Bool {
        guard !name.hasEscapes else {
            do throws(JSONError) {
                return try memberName() == expected.description
            } catch {
                return false
            }
        }
        let count = expected.utf8CodeUnitCount
        guard name.end - name.start == count else { return false }
        return bytes.withUnsafeBufferPointer { buffer in
            for index in 0..<count where buffer[name.start + index] != expected.utf8Start[index] {
                return false
            }
            return true
        }
    }

    // MARK: Ends

    /// Checks that nothing but white space is left.
    /// - Throws: `syntax` where something is.
    public mutating func expectEnd() throws(JSONError) {
        skipSpace()
        guard offset == bytes.count else { throw .syntax(expected: "the end of the text", offset: offset) }
    }

    // MARK: Within the file's neighbours

    mutating func skipSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    /// The error for a value of another kind, or for none, at `offset`.
    mutating func mismatch(expected: JSONKind) -> JSONError {
        do throws(JSONError) {
            return .unexpected(try peekKind(), expected: expected, offset: offset)
        } catch {
            return error
        }
    }
}
