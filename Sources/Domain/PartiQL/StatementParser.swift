import Base
import Items

/// Reads a statement's clauses; what the expressions mean is found out afterwards.
struct StatementParser {
    private let source: [UInt8]
    private let tokens: [PartiQLToken]
    private var index = 0
    private var depth = 0
    private var parameterCount = 0
    private var operatorCount = 0

    /// - Throws: `validation`: the statement is too long, or cannot be cut into tokens.
    init(_ text: String) throws(ItemError) {
        guard text.utf16.count <= Limits.statementUnitsMax else {
            throw .validation(
                "1 validation error detected: Value '\(text)' at 'statement' failed to satisfy constraint: Member "
                    + "must have length less than or equal to \(Limits.statementUnitsMax)")
        }
        source = Array(text.utf8)
        tokens = try PartiQLLexer.tokens(of: source)
    }

    /// The statement's text, to say in errors where something stands.
    var places: StatementPlaces { StatementPlaces(source: source) }

    // MARK: Tokens

    /// The token to be read next.
    var token: PartiQLToken { tokens[index] }

    /// The token behind the next, or the end.
    var tokenAfter: PartiQLToken { tokens[min(index + 1, tokens.count - 1)] }

    /// Reads the next token; the end is never passed.
    @discardableResult
    mutating func advance() -> PartiQLToken {
        let token = tokens[index]
        if index + 1 < tokens.count { index += 1 }
        return token
    }

    /// Reads that sign, if it is next.
    mutating func accept(_ sign: PartiQLToken.Sign) -> Bool {
        guard token.kind == .sign(sign) else { return false }
        advance()
        return true
    }

    /// Reads that keyword, if it is next.
    mutating func accept(_ keyword: String) -> Bool {
        guard token.isWord(keyword) else { return false }
        advance()
        return true
    }

    /// Reads that sign.
    mutating func expect(_ sign: PartiQLToken.Sign, _ name: String) throws(ItemError) {
        guard accept(sign) else { throw .notWellFormed("Expected \(name)") }
    }

    /// Reads that keyword.
    mutating func expect(_ keyword: String) throws(ItemError) {
        guard accept(keyword) else { throw .notWellFormed("Expected \(keyword.uppercased())") }
    }

    /// Reads a `?`; its position among the parameters.
    mutating func takeParameter() -> Int {
        advance()
        parameterCount += 1
        return parameterCount - 1
    }

    /// Counts an operator: what is read has only so many, so that working on it ends.
    mutating func countOperator() throws(ItemError) {
        operatorCount += 1
        guard operatorCount <= Limits.expressionOperatorsMax else {
            throw .validation(
                "The expression contains too many operators; operator count: \(operatorCount)")
        }
    }

    /// Parses something that stands inside something: recursion goes through here, and has a limit.
    mutating func nested<Result>(
        _ body: (inout StatementParser) throws(ItemError) -> Result
    ) throws(ItemError) -> Result {
        guard depth < Limits.statementDepthMax else { throw .notWellFormed() }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }
}

/// Says where in a statement something stands.
struct StatementPlaces: Sendable {
    let source: [UInt8]

    /// As the service writes it: line, column and length, the first two from 1, in characters.
    func text(_ range: Range<Int>) -> String {
        var line = 1
        var lineStart = 0
        for (offset, byte) in source[..<range.lowerBound].enumerated() where byte == 0x0A {
            line += 1
            lineStart = offset + 1
        }
        let column = characterCount(lineStart..<range.lowerBound) + 1
        return "\(line):\(column):\(characterCount(range))"
    }

    /// What stands there.
    func words(_ range: Range<Int>) -> String { String(decoding: source[range], as: UTF8.self) }

    /// The error of this text at that place.
    func error(_ text: String, at range: Range<Int>) -> ItemError {
        .validation("\(text) at \(self.text(range))")
    }

    private func characterCount(_ range: Range<Int>) -> Int {
        source[range].count { $0 & 0xC0 != 0x80 }
    }
}
