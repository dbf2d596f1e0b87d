extension JSONReader {
    /// Reads a string.
    /// - Throws: `unexpected` where another kind of value stands, `invalidText`, `syntax`.
    public mutating func readString() throws(JSONError) -> String {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
            throw mismatch(expected: .string)
        }
        return try string(in: try scanString())
    }

    /// Reads a string and hands its bytes, unescaped, to `body`: for texts that become something else.
    /// - Throws: as `readString`.
    public mutating func readString<Result>(
        _ body: (Span<UInt8>) -> Result
    ) throws(JSONError) -> Result {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
            throw mismatch(expected: .string)
        }
        let range = try scanString()
        guard range.hasEscapes else { return body(bytes.span.extracting(range.start..<range.end)) }
        let unescaped = try unescape(range)
        return body(unescaped.span)
    }

    /// Reads `true` or `false`.
    /// - Throws: `unexpected` where another kind of value stands, `syntax`.
    public mutating func readBool() throws(JSONError) -> Bool {
        skipSpace()
        if take("true") { return true }
        if take("false") { return false }
        throw mismatch(expected: .bool)
    }

    /// Reads `null`, where it stands; false, and nothing read, where another value does.
    public mutating func readNull() -> Bool {
        skipSpace()
        return take("null")
    }

    /// Reads a number as a whole one: a fraction is cut off, and what exceeds `Int`'s range becomes its end.
    /// - Throws: `unexpected` where another kind of value stands, `syntax`.
    public mutating func readInt() throws(JSONError) -> Int {
        let text = try readNumberText()
        if let whole = Int(text) { return whole }
        guard let number = Double(text), !number.isNaN else { return 0 }
        if number >= 0x1p63 { return .max }
        return number < -0x1p63 ? .min : Int(number)
    }

    /// Reads a number and gives its text, as it stands.
    /// - Throws: `unexpected` where another kind of value stands, `syntax`.
    public mutating func readNumberText() throws(JSONError) -> String {
        skipSpace()
        let start = offset
        guard try peekKind() == .number else { throw mismatch(expected: .number) }
        try skipNumber()
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    /// Skips a value of any kind, checking its syntax.
    /// - Throws: `syntax`, `invalidText`, `tooDeep`.
    public mutating func skipValue() throws(JSONError) {
        // One bit a level, 1 for an object: no recursion, so no text can exhaust the stack.
        var levels: UInt64 = 0
        var depth = 0
        while true {
            switch try peekKind() {
            case .string: _ = try scanString()
            case .number: try skipNumber()
            case .bool: _ = try readBool()
            case .null:
                guard readNull() else { throw .syntax(expected: "a value", offset: offset) }
            case .object, .array:
                guard depth < Limits.jsonDepthMax else { throw .tooDeep(offset: offset) }
                let isObject = bytes[offset] == UInt8(ascii: "{")
                if isObject { try beginObject() } else { try beginArray() }
                levels = levels << 1 | (isObject ? 1 : 0)
                depth += 1
            }
            while depth > 0 {
                let hasNext = levels & 1 == 1 ? try nextMember() : try nextElement()
                if hasNext { break }
                levels >>= 1
                depth -= 1
            }
            if depth == 0 { return }
        }
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard bytes.count - offset >= count else { return false }
        for index in 0..<count where bytes[offset + index] != word.utf8Start[index] { return false }
        offset += count
        return true
    }

    private mutating func skipNumber() throws(JSONError) {
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        let start = offset
        try skipDigits()
        if offset - start > 1, bytes[start] == 0x30 {
            throw .syntax(expected: "no leading zero", offset: start)
        }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            try skipDigits()
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-")
            {
                offset += 1
            }
            try skipDigits()
        }
    }

    private mutating func skipDigits() throws(JSONError) {
        let start = offset
        while offset < bytes.count, bytes[offset] >= 0x30, bytes[offset] <= 0x39 { offset += 1 }
        guard offset > start else { throw .syntax(expected: "a digit", offset: offset) }
    }
}
