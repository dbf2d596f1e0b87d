import Base
import Items

extension StatementParser {
    /// Reads an expression whose operators bind at least as strongly as `strength`.
    mutating func parseExpression(_ strength: Strength = .or) throws(ItemError) -> SyntaxNode {
        var left = try parseTerm(strength)
        while let next = try parseOperator(behind: left, strength) { left = next }
        return left
    }

    /// How strongly an operator binds.
    enum Strength: Int, Comparable {
        case or, and, not, comparison, sum, product, sign

        static func < (left: Strength, right: Strength) -> Bool { left.rawValue < right.rawValue }

        /// For the right-hand side of an operator of this strength.
        var next: Strength { Strength(rawValue: rawValue + 1) ?? .sign }
    }

    // MARK: Operators

    /// Reads an operator and what is behind it; nil where the next token is none that binds so strongly.
    private mutating func parseOperator(
        behind left: SyntaxNode, _ strength: Strength
    ) throws(ItemError) -> SyntaxNode? {
        if let (name, binds) = binaryOperator {
            guard binds >= strength else { return nil }
            try countOperator()
            let range = advance().range
            let right = try parseExpression(binds.next)
            return SyntaxNode(kind: .binary(name, left, right), range: range)
        }
        guard strength <= .comparison else { return nil }
        if token.isWord("is") { return try parseIs(left) }
        let isNegated =
            token.isWord("not") && ["in", "between", "like"].contains(tokenAfter.lowered)
        let start = token.range
        if isNegated { advance() }
        guard let node = try parseWordOperator(left) else { return nil }
        return isNegated ? SyntaxNode(kind: .not(node), range: start) : node
    }

    private mutating func parseWordOperator(_ left: SyntaxNode) throws(ItemError) -> SyntaxNode? {
        let range = token.range
        if ["between", "like", "in"].contains(token.lowered) { try countOperator() }
        if accept("between") {
            let lower = try parseExpression(.sum)
            try expect("and")
            let upper = try parseExpression(.sum)
            return SyntaxNode(kind: .between(left, lower, upper), range: range)
        }
        if accept("like") {
            return SyntaxNode(kind: .binary(.like, left, try parseExpression(.sum)), range: range)
        }
        guard accept("in") else { return nil }
        let others: [SyntaxNode]
        if accept(.open) {
            others = try parseElements(until: .close, "RIGHT_PAREN")
        } else {
            switch try parseExpression(.sum).kind {
            case .list(let elements), .set(let elements): others = elements
            default: others = []
            }
        }
        guard !others.isEmpty, left.path != nil else {
            throw .validation(
                "IN operator must have a left hand argument of type Variable Reference and right hand argument of "
                    + "type Seq with at least one member")
        }
        return SyntaxNode(kind: .isIn(left, others), range: range)
    }

    private mutating func parseIs(_ left: SyntaxNode) throws(ItemError) -> SyntaxNode {
        try countOperator()
        let range = advance().range
        let isNegated = accept("not")
        guard token.kind == .word else { throw .notWellFormed("Expected type name") }
        let node = SyntaxNode(kind: .isType(left, advance().lowered), range: range)
        return isNegated ? SyntaxNode(kind: .not(node), range: range) : node
    }

    private var binaryOperator: (SyntaxNode.Operator, Strength)? {
        switch token.kind {
        case .word:
            token.isWord("and") ? (.and, .and) : token.isWord("or") ? (.or, .or) : nil
        case .sign(let sign):
            switch sign {
            case .equal: (.equal, .comparison)
            case .notEqual, .bangEqual: (.notEqual, .comparison)
            case .less: (.less, .comparison)
            case .lessOrEqual: (.lessOrEqual, .comparison)
            case .greater: (.greater, .comparison)
            case .greaterOrEqual: (.greaterOrEqual, .comparison)
            case .plus: (.plus, .sum)
            case .minus: (.minus, .sum)
            case .concatenate: (.concatenate, .sum)
            case .star: (.times, .product)
            case .slash: (.divided, .product)
            case .percent: (.modulo, .product)
            case .comma, .point, .colon, .semicolon, .open, .close, .openBracket, .closeBracket,
                .openBrace, .closeBrace, .openSet, .closeSet:
                nil
            }
        case .quotedName, .string, .number, .parameter, .end: nil
        }
    }

    // MARK: Terms

    private mutating func parseTerm(_ strength: Strength) throws(ItemError) -> SyntaxNode {
        let start = token.range
        if token.isWord("not") {
            try countOperator()
            advance()
            let inner = try nested { parser throws(ItemError) in try parser.parseExpression(.not) }
            return SyntaxNode(kind: .not(inner), range: start)
        }
        if token.kind == .sign(.minus) || token.kind == .sign(.plus) {
            let isMinus = advance().kind == .sign(.minus)
            let inner = try nested { parser throws(ItemError) in try parser.parseTerm(.sign) }
            guard isMinus else { return inner }
            if case .number(let text) = inner.kind, !text.hasPrefix("-") {
                return SyntaxNode(kind: .number("-" + text), range: start.lowerBound..<inner.range.upperBound)
            }
            return SyntaxNode(kind: .negative(inner), range: start)
        }
        return try parsePrimary()
    }

    /// Reads a literal, a path, a call, or something in parentheses.
    mutating func parsePrimary() throws(ItemError) -> SyntaxNode {
        let range = token.range
        switch token.kind {
        case .string: return SyntaxNode(kind: .string(advance().text), range: range)
        case .number: return SyntaxNode(kind: .number(advance().text), range: range)
        case .parameter: return SyntaxNode(kind: .parameter(takeParameter()), range: range)
        case .quotedName: return try parsePath()
        case .word: return try parseWord()
        case .sign(.open):
            advance()
            let inner = try nested { parser throws(ItemError) in try parser.parseExpression() }
            try expect(.close, "RIGHT_PAREN")
            return inner
        case .sign(.openBracket):
            advance()
            let elements = try parseElements(until: .closeBracket, "RIGHT_BRACKET")
            return SyntaxNode(kind: .list(elements), range: range)
        case .sign(.openSet):
            advance()
            let elements = try parseElements(until: .closeSet, "RIGHT_DOUBLE_ANGLE_BRACKET")
            return SyntaxNode(kind: .set(elements), range: range)
        case .sign(.openBrace):
            advance()
            return SyntaxNode(kind: .map(try parseEntries()), range: range)
        case .sign, .end: throw .unexpectedTerm
        }
    }

    private mutating func parseWord() throws(ItemError) -> SyntaxNode {
        let range = token.range
        if tokenAfter.kind == .sign(.open) {
            try countOperator()
            let name = advance().lowered
            advance()
            let operands = try parseElements(until: .close, "RIGHT_PAREN")
            return SyntaxNode(kind: .call(name, operands), range: range)
        }
        switch token.lowered {
        case "true", "false": return SyntaxNode(kind: .bool(advance().lowered == "true"), range: range)
        case "null":
            advance()
            return SyntaxNode(kind: .null, range: range)
        case "missing":
            advance()
            return SyntaxNode(kind: .missing, range: range)
        default:
            guard token.isName else { throw .notWellFormed("Unexpected keyword") }
            return try parsePath()
        }
    }

    private mutating func parseElements(
        until close: PartiQLToken.Sign, _ name: String
    ) throws(ItemError) -> [SyntaxNode] {
        if accept(close) { return [] }
        return try nested { parser throws(ItemError) in
            var elements: [SyntaxNode] = []
            repeat {
                // `*` stands here in COUNT(*), which no function of the service's takes.
                if parser.token.kind == .sign(.star) {
                    let range = parser.advance().range
                    elements.append(SyntaxNode(kind: .missing, range: range))
                } else {
                    elements.append(try parser.parseExpression())
                }
            } while parser.accept(.comma)
            try parser.expect(close, name)
            return elements
        }
    }

    private mutating func parseEntries() throws(ItemError) -> [(key: SyntaxNode, value: SyntaxNode)] {
        if accept(.closeBrace) { return [] }
        return try nested { parser throws(ItemError) in
            var entries: [(key: SyntaxNode, value: SyntaxNode)] = []
            repeat {
                let key = try parser.parseExpression()
                try parser.expect(.colon, "COLON")
                entries.append((key, try parser.parseExpression()))
            } while parser.accept(.comma)
            try parser.expect(.closeBrace, "RIGHT_CURLY")
            return entries
        }
    }

    // MARK: Paths

    private mutating func parsePath() throws(ItemError) -> SyntaxNode {
        let range = token.range
        var steps: [DocumentPath.Step] = [.name(try pathName(advance().text))]
        while true {
            if accept(.point) {
                guard token.kind != .sign(.star) else {
                    throw .validation("Unpivot path component like a.*.b are not supported")
                }
                guard token.isName else { throw .notWellFormed("Invalid path dot component") }
                steps.append(.name(try pathName(advance().text)))
            } else if accept(.openBracket) {
                steps.append(try parseIndex())
                try expect(.closeBracket, "RIGHT_BRACKET")
            } else {
                break
            }
        }
        guard steps.count <= Limits.nestingLevelsMax else {
            throw .validation(
                "The document path has too many nesting elements; nesting levels: \(steps.count)")
        }
        return SyntaxNode(kind: .path(DocumentPath(steps: steps)), range: range)
    }

    private func pathName(_ name: String) throws(ItemError) -> String {
        guard !name.isEmpty else { throw .emptyComponent }
        return name
    }

    private mutating func parseIndex() throws(ItemError) -> DocumentPath.Step {
        let index = try nested { parser throws(ItemError) in
            guard parser.token.kind != .sign(.star) else {
                throw .validation("Wildcard path component like a[*].b are not supported")
            }
            return try parser.parseExpression()
        }
        switch index.kind {
        case .string(let name): return .name(try pathName(name))
        case .number(let text):
            guard let index = Int32(text), index >= 0 else {
                throw .validation("List index is not within the allowable range; index: [\(text)]")
            }
            return .index(Int(index))
        default: throw .validation("Unexpected path component")
        }
    }
}
