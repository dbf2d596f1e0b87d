/// Where a string stands in the text, between its quotes.
struct JSONStringRange: Sendable {
    let start: Int
    let end: Int
    let hasEscapes: Bool
    let isASCII: Bool
}

extension JSONReader {
    /// Goes from a string's opening quote to behind its closing one.
    ///
    /// Eight bytes at a time: most strings have neither escapes nor bytes beyond ASCII, and become text as
    /// they stand.
    mutating func scanString() throws(JSONError) -> JSONStringRange {
        let start = offset + 1
        var index = start
        var hasEscapes = false
        var highBits: UInt64 = 0
        while true {
            index = bytes.withUnsafeBytes { JSONPlainRun.end(of: $0, from: index, highBits: &highBits) }
            guard index < bytes.count else {
                throw .syntax(expected: "the string's closing quote", offset: index)
            }
            switch bytes[index] {
            case UInt8(ascii: "\""):
                offset = index + 1
                let range = JSONStringRange(
                    start: start, end: index, hasEscapes: hasEscapes, isASCII: highBits == 0)
                if highBits != 0 { try checkUTF8(range) }
                return range
            case UInt8(ascii: "\\"):
                // An escape's own byte is checked when the string is unescaped; here only `\"` and `\\`
                // matter.
                guard index + 1 < bytes.count else {
                    throw .syntax(expected: "the string's closing quote", offset: index)
                }
                hasEscapes = true
                index += 2
            default: throw .syntax(expected: "no bare control character in a string", offset: index)
            }
        }
    }

    private func checkUTF8(_ range: JSONStringRange) throws(JSONError) {
        let isValid = bytes.withUnsafeBufferPointer { buffer in
            String(validating: UnsafeBufferPointer(rebasing: buffer[range.start..<range.end]), as: UTF8.self)
                != nil
        }
        guard isValid else { throw .invalidText(offset: range.start - 1) }
    }

    /// The text of a scanned string.
    func string(in range: JSONStringRange) throws(JSONError) -> String {
        if range.hasEscapes { return String(decoding: try unescape(range), as: UTF8.self) }
        return bytes.withUnsafeBufferPointer { buffer in
            String(decoding: UnsafeBufferPointer(rebasing: buffer[range.start..<range.end]), as: UTF8.self)
        }
    }

    /// The bytes of a scanned string, its escapes resolved.
    func unescape(_ range: JSONStringRange) throws(JSONError) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(range.end - range.start)
        var index = range.start
        while index < range.end {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                index += 1
                continue
            }
            // INVARIANT (escape complete): scanString saw a byte behind each backslash, before the closing
            // quote.
            index += 2
            switch bytes[index - 1] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[index - 1])
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"): text.append(contentsOf: try scalar(at: &index, end: range.end).utf8)
            default: throw .syntax(expected: "an escape of JSON", offset: index - 1)
            }
        }
        return text
    }

    /// The character of a `\u` escape, or of two that form a surrogate pair; `index` is behind the first `u`.
    private func scalar(at index: inout Int, end: Int) throws(JSONError) -> String {
        let start = index - 2
        var unit = try hexadecimal(at: &index, end: end)
        if unit & 0xFC00 == 0xD800 {
            guard index + 2 <= end, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
            else {
                throw .invalidText(offset: start)
            }
            index += 2
            let low = try hexadecimal(at: &index, end: end)
            guard low & 0xFC00 == 0xDC00 else { throw .invalidText(offset: start) }
            unit = 0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF)
        }
        guard let scalar = Unicode.Scalar(unit) else { throw .invalidText(offset: start) }
        return String(scalar)
    }

    private func hexadecimal(at index: inout Int, end: Int) throws(JSONError) -> UInt32 {
        guard index + 4 <= end else { throw .syntax(expected: "four hexadecimal digits", offset: index) }
        var unit: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[index]
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: unit = unit << 4 | UInt32(byte - 0x41 + 10)
            case 0x61...0x66: unit = unit << 4 | UInt32(byte - 0x61 + 10)
            default: throw .syntax(expected: "four hexadecimal digits", offset: index)
            }
            index += 1
        }
        return unit
    }
}
