import Base

/// A recursive-descent parser for `JSONText`, with its depth limited.
struct JSONTextParser {
    private let bytes: [UInt8]
    private var offset = 0
    private var line = 1
    private var lineStart = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private var position: TextPosition { TextPosition(line: line, column: offset - lineStart + 1) }

    private func fault(
        _ message: String, at place: TextPosition? = nil, kind: JSONTextError.Kind = .syntax
    ) -> JSONTextError {
        JSONTextError(position: place ?? position, message: message, kind: kind)
    }

    private var found: String {
        guard offset < bytes.count else { return "the end of the text" }
        return "`\(String(decoding: bytes[offset...].prefix(1), as: UTF8.self))`"
    }

    mutating func parseWhole() throws(JSONTextError) -> JSONText.Node {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw fault("the text is not UTF-8") }
        skipSpace()
        let node = try parseValue(depth: 0)
        skipSpace()
        guard offset == bytes.count else { throw fault("expected the end of the text, found \(found)") }
        return node
    }

    private mutating func skipSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0D: offset += 1
            case 0x0A:
                offset += 1
                line += 1
                lineStart = offset
            default: return
            }
        }
    }

    private mutating func parseValue(depth: Int) throws(JSONTextError) -> JSONText.Node {
        guard depth < Limits.jsonDepthMax else {
            throw fault("nested deeper than \(Limits.jsonDepthMax) levels", kind: .limit)
        }
        let start = position
        let startOffset = offset
        guard offset < bytes.count else { throw fault("expected a value, found the end of the text") }
        let value: JSONText.Value
        switch bytes[offset] {
        case UInt8(ascii: "{"): value = .object(try parseMembers(depth: depth))
        case UInt8(ascii: "["): value = .array(try parseElements(depth: depth))
        case UInt8(ascii: "\""): value = .string(try parseString())
        case UInt8(ascii: "t"): value = try parseWord("true", as: .bool(true))
        case UInt8(ascii: "f"): value = try parseWord("false", as: .bool(false))
        case UInt8(ascii: "n"): value = try parseWord("null", as: .null)
        default: value = .number(try parseNumber())
        }
        return JSONText.Node(value: value, position: start, range: startOffset..<offset)
    }

    private mutating func parseWord(_ word: String, as value: JSONText.Value) throws(JSONTextError)
        -> JSONText.Value
    {
        guard bytes[offset...].starts(with: word.utf8) else {
            throw fault("expected a value, found \(found)")
        }
        offset += word.utf8.count
        return value
    }

    private mutating func parseMembers(depth: Int) throws(JSONTextError) -> [JSONText.Member] {
        var members: [JSONText.Member] = []
        var names: Set<String> = []
        offset += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return members }
        while true {
            skipSpace()
            let namePosition = position
            let nameStart = offset
            guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
                throw fault("expected a member name in double quotes, found \(found)")
            }
            let name = try parseString()
            let nameRange = nameStart..<offset
            guard names.insert(name).inserted else {
                throw fault(
                    "the member `\(name)` stands here a second time", at: namePosition, kind: .duplicateName)
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw fault("expected `:` after `\(name)`, found \(found)") }
            skipSpace()
            members.append(
                .init(
                    name: name, namePosition: namePosition, nameRange: nameRange,
                    node: try parseValue(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return members }
            guard take(UInt8(ascii: ",")) else { throw fault("expected `,` or `}`, found \(found)") }
        }
    }

    private mutating func parseElements(depth: Int) throws(JSONTextError) -> [JSONText.Node] {
        var elements: [JSONText.Node] = []
        offset += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return elements }
        while true {
            skipSpace()
            elements.append(try parseValue(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return elements }
            guard take(UInt8(ascii: ",")) else { throw fault("expected `,` or `]`, found \(found)") }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func parseString() throws(JSONTextError) -> String {
        var text: [UInt8] = []
        offset += 1
        while true {
            guard offset < bytes.count else { throw fault("the string is not closed") }
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try parseEscape(into: &text)
            case 0..<0x20: throw fault("a control character in a string must be escaped")
            default:
                text.append(byte)
                offset += 1
            }
        }
    }

    private mutating func parseEscape(into text: inout [UInt8]) throws(JSONTextError) {
        let start = position
        offset += 1
        guard offset < bytes.count else { throw fault("the string is not closed") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var unit = try parseHex(at: start)
            if unit & 0xFC00 == 0xD800 {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                    throw fault("half a surrogate pair", at: start)
                }
                let low = try parseHex(at: start)
                guard low & 0xFC00 == 0xDC00 else { throw fault("half a surrogate pair", at: start) }
                unit = 0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw fault("half a surrogate pair", at: start) }
            text.append(contentsOf: String(scalar).utf8)
        default: throw fault("`\\\(Character(Unicode.Scalar(byte)))` is no escape of JSON", at: start)
        }
    }

    private mutating func parseHex(at start: TextPosition) throws(JSONTextError) -> UInt32 {
        guard offset + 4 <= bytes.count,
            bytes[offset..<offset + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt32(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16)
        else { throw fault("expected four hexadecimal digits after `\\u`", at: start) }
        offset += 4
        return unit
    }

    private mutating func parseNumber() throws(JSONTextError) -> String {
        let start = offset
        _ = take(UInt8(ascii: "-"))
        let integer = takeDigits()
        guard integer > 0 else { throw fault("expected a value, found \(found)") }
        if integer > 1, bytes[offset - integer] == UInt8(ascii: "0") {
            throw fault("a number has no leading zeros")
        }
        if take(UInt8(ascii: ".")), takeDigits() == 0 { throw fault("expected a digit, found \(found)") }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard takeDigits() > 0 else { throw fault("expected a digit, found \(found)") }
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private mutating func takeDigits() -> Int {
        let start = offset
        while offset < bytes.count, bytes[offset] >= 0x30, bytes[offset] <= 0x39 { offset += 1 }
        return offset - start
    }
}
