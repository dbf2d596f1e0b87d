import Items

/// Cuts a statement into tokens.
struct PartiQLLexer {
    private let bytes: [UInt8]
    private var offset = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// All tokens, and the end.
    /// - Throws: `validation` without a detail, as the service answers what it cannot cut up.
    static func tokens(of bytes: [UInt8]) throws(ItemError) -> [PartiQLToken] {
        var lexer = PartiQLLexer(bytes)
        var tokens: [PartiQLToken] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private mutating func next() throws(ItemError) -> PartiQLToken {
        try skipSpace()
        let start = offset
        guard let byte = peek() else { return token(.end, from: start) }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let text = try quoted(byte)
            return token(byte == UInt8(ascii: "'") ? .string : .quotedName, text, from: start)
        case UInt8(ascii: "?"):
            offset += 1
            return token(.parameter, from: start)
        case UInt8(ascii: "`"):
            let text = try quoted(byte)
            throw .validation("Ion Literals are not supported: \(text) under key root")
        default: break
        }
        if Self.isWordStart(byte) {
            while let byte = peek(), Self.isWordStart(byte) || Self.isDigit(byte) { offset += 1 }
            return token(.word, text(from: start), from: start)
        }
        if Self.isDigit(byte) || (byte == UInt8(ascii: ".") && peek(1).map(Self.isDigit) == true) {
            try skipNumber()
            return token(.number, text(from: start), from: start)
        }
        guard let sign = sign() else { throw .notWellFormed() }
        return token(.sign(sign), from: start)
    }

    private func token(_ kind: PartiQLToken.Kind, _ text: String = "", from start: Int) -> PartiQLToken {
        PartiQLToken(
            kind: kind, text: text, lowered: kind == .word ? text.lowercased() : "", range: start..<offset)
    }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<offset], as: UTF8.self) }

    private func peek(_ ahead: Int = 0) -> UInt8? {
        offset + ahead < bytes.count ? bytes[offset + ahead] : nil
    }

    /// Skips white space and comments.
    private mutating func skipSpace() throws(ItemError) {
        while let byte = peek() {
            if byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) {
                offset += 1
            } else if byte == UInt8(ascii: "-"), peek(1) == byte {
                while let byte = peek(), byte != 0x0A, byte != 0x0D { offset += 1 }
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                offset += 2
                while peek() != UInt8(ascii: "*") || peek(1) != UInt8(ascii: "/") {
                    guard peek() != nil else { throw .notWellFormed() }
                    offset += 1
                }
                offset += 2
            } else {
                return
            }
        }
    }

    /// Reads up to the closing quote; a doubled one stands for itself.
    private mutating func quoted(_ quote: UInt8) throws(ItemError) -> String {
        offset += 1
        var content: [UInt8] = []
        while let byte = peek() {
            offset += 1
            if byte == quote {
                guard peek() == quote else { return String(decoding: content, as: UTF8.self) }
                offset += 1
            }
            content.append(byte)
        }
        throw .notWellFormed()
    }

    /// Reads `12`, `1.5`, `.5`, `1e-3`; nothing that could go on with a word.
    private mutating func skipNumber() throws(ItemError) {
        skipDigits()
        if peek() == UInt8(ascii: ".") {
            offset += 1
            skipDigits()
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { offset += 1 }
            guard let digit = peek(), Self.isDigit(digit) else { throw .notWellFormed() }
            skipDigits()
        }
        if let byte = peek(), Self.isWordStart(byte) { throw .notWellFormed() }
    }

    private mutating func skipDigits() {
        while let byte = peek(), Self.isDigit(byte) { offset += 1 }
    }

    private mutating func sign() -> PartiQLToken.Sign? {
        for length in [2, 1] where offset + length <= bytes.count {
            let text = String(decoding: bytes[offset..<offset + length], as: UTF8.self)
            guard let sign = PartiQLToken.Sign(rawValue: text) else { continue }
            offset += length
            return sign
        }
        return nil
    }

    private static func isWordStart(_ byte: UInt8) -> Bool {
        (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x41 && byte <= 0x5A) || byte == 0x5F
            || byte == UInt8(ascii: "$")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
