/// Writes JSON into bytes, without white space and with no more escapes than RFC 8259 section 7 demands.
/// Commas come by themselves; that objects are closed and members have names is the caller's care.
///
///     var json = JSONWriter(reserving: 256)
///     json.beginObject()
///     json.name("Count")
///     json.int(3)
///     json.name("Item")
///     json.raw(stored)
///     json.endObject()
///     send(json.bytes)
public struct JSONWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8]
    private var needsComma = false

    /// An empty text, with room for that many bytes.
    public init(reserving bytesCount: Int = 0) {
        bytes = []
        bytes.reserveCapacity(bytesCount)
    }

    /// Steps into an object.
    public mutating func beginObject() { open(UInt8(ascii: "{")) }

    /// Steps out of an object.
    public mutating func endObject() { close(UInt8(ascii: "}")) }

    /// Steps into an array.
    public mutating func beginArray() { open(UInt8(ascii: "[")) }

    /// Steps out of an array.
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// The next member's name, of the program's own: it must need no escapes.
    public mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// The next member's name.
    public mutating func name(text: String) {
        separate()
        bytes.appendJSONString(text)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A string.
    public mutating func string(_ text: String) {
        separate()
        bytes.appendJSONString(text)
        needsComma = true
    }

    /// A whole number.
    public mutating func int(_ number: Int) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
        needsComma = true
    }

    /// A number with a fraction; it must be finite.
    public mutating func double(_ number: Double) {
        precondition(number.isFinite, "JSON has no word for \(number)")
        separate()
        bytes.append(contentsOf: "\(number)".utf8)
        needsComma = true
    }

    /// `true` or `false`.
    public mutating func bool(_ flag: Bool) {
        separate()
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        needsComma = true
    }

    /// `null`.
    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

    /// A value that is JSON already.
    public mutating func raw(_ json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// A value that `body` appends to the bytes itself: exactly one, and JSON.
    public mutating func value(_ body: (inout [UInt8]) -> Void) {
        separate()
        body(&bytes)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func open(_ byte: UInt8) {
        separate()
        bytes.append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        bytes.append(byte)
        needsComma = true
    }
}

extension [UInt8] {
    /// Appends `text` as a JSON string, quotes and all.
    public mutating func appendJSONString(_ text: String) {
        var text = text
        append(UInt8(ascii: "\""))
        text.withUTF8 { appendEscaped($0) }
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        let raw = UnsafeRawBufferPointer(text)
        var highBits: UInt64 = 0
        var start = 0
        while start < text.count {
            let end = JSONPlainRun.end(of: raw, from: start, highBits: &highBits)
            append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<end]))
            if end < text.count { appendEscape(text[end]) }
            start = end + 1
        }
    }

    private mutating func appendEscape(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        case 0x22, 0x5C: append(byte)
        default:
            append(contentsOf: "u00".utf8)
            append(byte < 0x10 ? 0x30 : 0x31)
            let low = byte & 0x0F
            append(low < 10 ? 0x30 + low : 0x61 + low - 10)
        }
    }
}
