/// Goes through JSON that lies in memory once, for who wants the usual form only: each step says whether what it is after stands
/// there, passing over white space before it, and where it says no nothing more is to be asked. `JSONReader` is for the rest.
public struct JSONTokens {
    private let bytes: UnsafeRawBufferPointer
    /// Where the next byte is read.
    public private(set) var offset: Int

    /// A string as it stands in the text, between its quotes.
    public struct Text {
        /// Its bytes: UTF-8, escapes as they stand.
        public let bytes: UnsafeRawBufferPointer
        /// How many escapes of two characters it has; it has no others.
        public let escapes: Int
        /// Whether it has escapes.
        public var hasEscapes: Bool { escapes > 0 }
    }

    /// Goes through `bytes` from an offset on.
    public init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    /// Whether nothing but white space is left.
    public var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return offset == bytes.count
        }
    }

    /// Steps over a character that stands next.
    @inline(__always) public mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    /// A string's text; nil where none stands next, or it is not UTF-8 or has an escape that `JSONWriter` would write otherwise.
    public mutating func text() -> Text? {
        guard take("\"") else { return nil }
        let start = offset
        var highBits: UInt64 = 0
        var escapes = 0
        var end = start
        while true {
            end = JSONPlainRun.end(of: bytes, from: end, highBits: &highBits)
            guard end < bytes.count else { return nil }
            if bytes[end] == UInt8(ascii: "\"") { break }
            guard bytes[end] == UInt8(ascii: "\\"), end + 1 < bytes.count else { return nil }
            switch bytes[end + 1] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"),
                UInt8(ascii: "r"), UInt8(ascii: "t"):
                escapes += 1
            default: return nil
            }
            end += 2
        }
        let text = bytes.part(from: start, to: end)
        guard highBits == 0 || String(validating: text.bindMemory(to: UInt8.self), as: UTF8.self) != nil
        else {
            return nil
        }
        offset = end + 1
        return Text(bytes: text, escapes: escapes)
    }

    /// `true` or `false`; nil where neither stands next.
    public mutating func flag() -> Bool? {
        if word("true") { return true }
        return word("false") ? false : nil
    }

    private mutating func word(_ word: StaticString) -> Bool {
        skipSpace()
        let end = offset + word.utf8CodeUnitCount
        guard end <= bytes.count, bytes.part(from: offset, to: end).isSame(as: word) else { return false }
        offset = end
        return true
    }

    @inline(__always) private mutating func skipSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }
}
