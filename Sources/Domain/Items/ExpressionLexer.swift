/// The kinds of expressions, by the name of the parameter that carries them.
public enum ExpressionKind: String, Sendable, Hashable {
    case condition = "ConditionExpression"
    case filter = "FilterExpression"
    case keyCondition = "KeyConditionExpression"
    case update = "UpdateExpression"
    case projection = "ProjectionExpression"
}

/// One word or sign of an expression; its text stays in the expression, so that tokens cost nothing to pass
/// on.
struct ExpressionToken: Sendable {
    enum Kind: Sendable, Equatable {
        case word, and, or, not, between, `in`, attributeName, attributeValue, number, unknown, end
        case sign(Sign)
    }

    enum Sign: Sendable {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
        case plus, minus, comma, point, open, close, openBracket, closeBracket
    }

    let kind: Kind
    /// The bytes of the expression that it covers.
    let range: Range<Int>
}

/// Cuts an expression into tokens.
struct ExpressionLexer {
    private let bytes: [UInt8]
    private var offset = 0
    /// Where the last token ended.
    private var lastEnd = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// All tokens, and the end.
    static func tokens(of bytes: [UInt8]) -> [ExpressionToken] {
        var lexer = ExpressionLexer(bytes)
        var tokens: [ExpressionToken] = []
        tokens.reserveCapacity(bytes.count / 2 + 2)
        while true {
            let token = lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    /// Whether a name may go on with `byte`.
    static func isNameByte(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x41 && byte <= 0x5A) || byte == 0x5F
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private mutating func next() -> ExpressionToken {
        while offset < bytes.count, Self.isSpace(bytes[offset]) { offset += 1 }
        guard offset < bytes.count else { return ExpressionToken(kind: .end, range: lastEnd..<lastEnd) }
        let start = offset
        let byte = bytes[offset]
        offset += 1
        let kind: ExpressionToken.Kind
        if Self.isLetter(byte) {
            skipName()
            kind = word(from: start)
        } else if Self.isDigit(byte) {
            skipName()
            kind = bytes[start..<offset].allSatisfy(Self.isDigit) ? .number : .unknown
        } else if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ":") {
            skipName()
            kind =
                offset - start == 1 ? .unknown : byte == UInt8(ascii: "#") ? .attributeName : .attributeValue
        } else {
            kind = sign(byte)
        }
        lastEnd = offset
        return ExpressionToken(kind: kind, range: start..<offset)
    }

    private mutating func skipName() {
        while offset < bytes.count, Self.isNameByte(bytes[offset]) { offset += 1 }
    }

    /// What the word from `start` on is; keywords in upper or lower case.
    private func word(from start: Int) -> ExpressionToken.Kind {
        func equals(_ keyword: StaticString) -> Bool {
            guard offset - start == keyword.utf8CodeUnitCount else { return false }
            for index in start..<offset where bytes[index] & 0xDF != keyword.utf8Start[index - start] {
                return false
            }
            return true
        }
        switch offset - start {
        case 2: return equals("OR") ? .or : equals("IN") ? .in : .word
        case 3: return equals("AND") ? .and : equals("NOT") ? .not : .word
        case 7: return equals("BETWEEN") ? .between : .word
        default: return .word
        }
    }

    private mutating func sign(_ byte: UInt8) -> ExpressionToken.Kind {
        switch byte {
        case UInt8(ascii: "="): return .sign(.equal)
        case UInt8(ascii: "<"):
            if take(UInt8(ascii: ">")) { return .sign(.notEqual) }
            return .sign(take(UInt8(ascii: "=")) ? .lessOrEqual : .less)
        case UInt8(ascii: ">"): return .sign(take(UInt8(ascii: "=")) ? .greaterOrEqual : .greater)
        case UInt8(ascii: "+"): return .sign(.plus)
        case UInt8(ascii: "-"): return .sign(.minus)
        case UInt8(ascii: ","): return .sign(.comma)
        case UInt8(ascii: "."): return .sign(.point)
        case UInt8(ascii: "("): return .sign(.open)
        case UInt8(ascii: ")"): return .sign(.close)
        case UInt8(ascii: "["): return .sign(.openBracket)
        case UInt8(ascii: "]"): return .sign(.closeBracket)
        default:
            // The whole character, if it has more bytes than one.
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            return .unknown
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }
}
