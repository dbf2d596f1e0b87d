import Base

/// The part of parsing that all expressions share: tokens, names, values, and the errors in AWS's order.
struct ExpressionParser {
    /// The faults of an expression whose syntax is right, in the order in which AWS looks for them.
    enum FaultRank: Int, Comparable {
        case parentheses, unknownFunction, misusedFunction, reservedWord, section, undefined, operandCount
        case distinctOperands, overlap, operandType

        static func < (left: FaultRank, right: FaultRank) -> Bool { left.rawValue < right.rawValue }
    }

    let kind: ExpressionKind
    private let source: [UInt8]
    private let tokens: [ExpressionToken]
    private var index = 0
    private var depth = 0
    private var operatorCount = 0
    private var fault: (rank: FaultRank, text: String)?
    /// The request's names and values; taken from the caller and given back when parsing ends.
    private(set) var attributes: ExpressionAttributes
    /// The names of the attributes that paths begin with.
    private(set) var attributeNames: MemberSet<String> = []
    /// The names of those attributes that paths go into.
    private(set) var nestedNames: MemberSet<String> = []

    /// Takes `attributes` from the caller, so that no copy is made when it marks what is used; the caller
    /// puts the parser's back in any case. Where this throws, nothing was taken.
    /// - Throws: `validation`: the expression is empty or too long.
    init(_ text: String, kind: ExpressionKind, taking attributes: inout ExpressionAttributes)
        throws(ItemError)
    {
        let source = Array(text.utf8)
        guard source.count <= Limits.expressionBytesMax else {
            throw kind.invalid(
                "Expression size has exceeded the maximum allowed size; expression size: \(source.count)")
        }
        let tokens = ExpressionLexer.tokens(of: source)
        guard tokens.count > 1 else { throw kind.invalid("The expression can not be empty;") }
        self.kind = kind
        self.source = source
        self.tokens = tokens
        self.attributes = attributes
        attributes = ExpressionAttributes()
    }

    // MARK: Tokens

    /// The token to be read next.
    var token: ExpressionToken { tokens[index] }

    /// The token behind the next, or the end.
    var tokenAfter: ExpressionToken { tokens[min(index + 1, tokens.count - 1)] }

    /// Reads the next token; the end is never passed.
    @discardableResult
    mutating func advance() -> ExpressionToken {
        let token = tokens[index]
        if index + 1 < tokens.count { index += 1 }
        return token
    }

    /// A token's text, as it stands in the expression; `<EOF>` at its end.
    func text(of token: ExpressionToken) -> String {
        token.kind == .end ? "<EOF>" : String(decoding: source[token.range], as: UTF8.self)
    }

    /// Reads that sign, if it is next.
    mutating func accept(_ sign: ExpressionToken.Sign) -> Bool {
        guard token.kind == .sign(sign) else { return false }
        advance()
        return true
    }

    /// Reads that sign.
    mutating func expect(_ sign: ExpressionToken.Sign) throws(ItemError) {
        guard accept(sign) else { throw syntaxError() }
    }

    /// The error for a token that cannot stand here, by default the next one. Near it stand its neighbours.
    func syntaxError() -> ItemError {
        let start = tokens[max(0, index - 1)].range.lowerBound
        let end = tokens[min(index + 1, tokens.count - 1)].range.upperBound
        let near = String(decoding: source[start..<end], as: UTF8.self)
        return kind.invalid("Syntax error; token: \"\(text(of: token))\", near: \"\(near)\"")
    }

    // MARK: Limits and faults

    /// Keeps the fault to report once the syntax is known to be right: the first of the gravest kind.
    mutating func note(_ rank: FaultRank, _ text: String) {
        // Of a key condition's operands the service looks at one after the other.
        let rank = kind == .keyCondition ? min(rank, .undefined) : rank
        if let fault, fault.rank <= rank { return }
        fault = (rank, text)
    }

    /// Counts an operator.
    mutating func countOperator() throws(ItemError) {
        operatorCount += 1
        guard operatorCount <= Limits.expressionOperatorsMax else {
            throw kind.invalid("The expression contains too many operators; operator count: \(operatorCount)")
        }
    }

    /// Parses something that stands inside something: recursion goes through here, and has a limit.
    mutating func nested<Result>(
        _ body: (inout ExpressionParser) throws(ItemError) -> Result
    ) throws(ItemError) -> Result {
        guard depth < Limits.expressionDepthMax else {
            throw kind.invalid("The expression is nested too deeply;")
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    /// Checks that everything was read and nothing is at fault.
    mutating func finish() throws(ItemError) {
        guard token.kind == .end else { throw syntaxError() }
        if let fault { throw kind.invalid(fault.text) }
    }

    // MARK: Paths and values

    /// Whether the next token can begin a path.
    var isAtPath: Bool { token.kind == .attributeName || token.kind == .word }

    /// Whether a function's call is next.
    var isAtFunction: Bool { token.kind == .word && tokenAfter.kind == .sign(.open) }

    /// Reads a path: names, `.`, `[0]`.
    mutating func parsePath() throws(ItemError) -> DocumentPath {
        var steps: [DocumentPath.Step] = [.name(try parseName())]
        while true {
            if accept(.point) {
                steps.append(.name(try parseName()))
            } else if accept(.openBracket) {
                guard token.kind == .number, let element = Int(text(of: token)) else { throw syntaxError() }
                advance()
                try expect(.closeBracket)
                steps.append(.index(element))
            } else {
                break
            }
        }
        let path = DocumentPath(steps: steps)
        attributeNames.insert(path.attributeName)
        if !path.isTopLevel { nestedNames.insert(path.attributeName) }
        if steps.count > Limits.nestingLevelsMax {
            note(
                .undefined,
                "The document path has too many nesting elements; nesting levels: \(steps.count)")
        }
        return path
    }

    private mutating func parseName() throws(ItemError) -> String {
        switch token.kind {
        case .word:
            let word = text(of: advance())
            if ReservedWords.contains(word) {
                note(
                    .reservedWord, "Attribute name is a reserved keyword; reserved keyword: \(word)")
            }
            return word
        case .attributeName:
            let key = text(of: advance())
            guard let name = attributes.name(key) else {
                note(
                    .undefined,
                    "An expression attribute name used in the document path is not defined; "
                        + "attribute name: \(key)")
                return key
            }
            return name
        default: throw syntaxError()
        }
    }

    /// Reads a `:value`. One that is not defined is noted, and becomes NULL for the rest of the parsing.
    mutating func parseValue() throws(ItemError) -> AttributeValue {
        guard token.kind == .attributeValue else { throw syntaxError() }
        let key = text(of: advance())
        guard let value = attributes.value(key) else {
            note(
                .undefined,
                "An expression attribute value used in expression is not defined; attribute value: \(key)")
            return .null
        }
        return value
    }

    /// Notes it where two of the paths cannot be used together: one leads into the other, or they take the
    /// same place for a map and for a list.
    mutating func checkOverlaps(_ paths: [DocumentPath]) {
        for (position, second) in paths.enumerated() {
            for first in paths[..<position] {
                guard let clash = first.clash(with: second) else { continue }
                return note(
                    .overlap,
                    "Two document paths \(clash) with each other; must remove or rewrite one of these paths; "
                        + "path one: \(first.description), path two: \(second.description)")
            }
        }
    }
}

extension DocumentPath {
    /// `overlap` where one leads into the other, `conflict` where they part as a name and an index, else nil.
    package func clash(with other: DocumentPath) -> String? {
        for (mine, theirs) in zip(steps, other.steps) where mine != theirs {
            switch (mine, theirs) {
            case (.name, .index), (.index, .name): return "conflict"
            default: return nil
            }
        }
        return "overlap"
    }
}

extension ExpressionKind {
    /// The error for an expression of this kind.
    func invalid(_ detail: String) -> ItemError { .validation("Invalid \(rawValue): \(detail)") }
}
