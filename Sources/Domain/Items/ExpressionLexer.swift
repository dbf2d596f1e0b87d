/// The kinds of expressions, by the name of the parameter that carries them.
public enum ExpressionKind: String, Sendable, Hashable {
    case condition = "ConditionExpression"
    case filter = "FilterExpression"
    case keyCondition = "KeyConditionExpression"
    case update = "UpdateExpression"
    case projection = "ProjectionExpression"
}

/// One word or sign of an expression.
struct ExpressionToken: Sendable {
    enum Kind: Sendable, Equatable {
        case word, attributeName, attributeValue, number, sign, unknown, end
    }

    let kind: Kind
    /// As it stands in the expression; `<EOF>` at its end.
    let text: String
    /// The bytes of the expression that it covers.
    let range: Range<Int>

    /// Whether it is that sign.
    func isSign(_ sign: StaticString) -> Bool { kind == .sign && text == sign.description }

    /// Whether it is that keyword, in upper or lower case.
    func isKeyword(_ keyword: StaticString) -> Bool {
        guard kind == .word, text.utf8.count == keyword.utf8CodeUnitCount else { return false }
        for (index, byte) in text.utf8.enumerated() where byte & 0xDF != keyword.utf8Start[index] {
            return false
        }
        return true
    }
}

/// Cuts an expression into tokens.
struct ExpressionLexer {
    private let bytes: [UInt8]
    private var offset = 0
    /// Where the last token ended.
    private var lastEnd = 0

    private init(_ text: String) { bytes = Array(text.utf8) }

    /// All tokens, and the end.
    static func tokens(of text: String) -> [ExpressionToken] {
        var lexer = ExpressionLexer(text)
        var tokens: [ExpressionToken] = []
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

    private mutating func next() -> ExpressionToken {
        while offset < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset]) { offset += 1 }
        guard offset < bytes.count else {
            return ExpressionToken(kind: .end, text: "<EOF>", range: lastEnd..<lastEnd)
        }
        let start = offset
        let byte = bytes[offset]
        offset += 1
        defer { lastEnd = offset }
        let kind: ExpressionToken.Kind
        switch byte {
        case _ where Self.isLetter(byte):
            skip(while: Self.isNameByte)
            kind = .word
        case _ where Self.isDigit(byte):
            skip(while: Self.isNameByte)
            kind = bytes[start..<offset].allSatisfy(Self.isDigit) ? .number : .unknown
        case UInt8(ascii: "#"), UInt8(ascii: ":"):
            skip(while: Self.isNameByte)
            kind =
                offset - start == 1 ? .unknown : byte == UInt8(ascii: "#") ? .attributeName : .attributeValue
        case UInt8(ascii: "<"):
            skip(one: UInt8(ascii: ">"), or: UInt8(ascii: "="))
            kind = .sign
        case UInt8(ascii: ">"):
            skip(one: UInt8(ascii: "="), or: UInt8(ascii: "="))
            kind = .sign
        case _ where "=+-,.()[]".utf8.contains(byte): kind = .sign
        default:
            // The whole character, if it has more bytes than one.
            skip { $0 & 0xC0 == 0x80 }
            kind = .unknown
        }
        return ExpressionToken(
            kind: kind, text: String(decoding: bytes[start..<offset], as: UTF8.self), range: start..<offset)
    }

    private mutating func skip(while isPart: (UInt8) -> Bool) {
        while offset < bytes.count, isPart(bytes[offset]) { offset += 1 }
    }

    private mutating func skip(one first: UInt8, or second: UInt8) {
        if offset < bytes.count, bytes[offset] == first || bytes[offset] == second { offset += 1 }
    }
}
