import Base

extension ExpressionParser {
    /// Something read where a condition or an operand may stand: which of the two it is shows only behind it.
    private struct Node {
        enum Content {
            case condition(Condition)
            case operand(Operand)
        }

        let content: Content
        /// The function that gives it, where it is one's call.
        var function: String?
        var isParenthesized = false
    }

    /// Reads a whole condition.
    mutating func parseCondition() throws(ItemError) -> Condition {
        let node = try parseOr()
        let condition = try condition(of: node)
        try finish()
        return condition
    }

    // MARK: AND, OR, NOT

    private mutating func parseOr() throws(ItemError) -> Node {
        var left = try parseAnd()
        while token.kind == .or {
            let first = try condition(of: left)
            try countOperator()
            advance()
            left = Node(content: .condition(.or(first, try condition(of: try parseAnd()))))
        }
        return left
    }

    private mutating func parseAnd() throws(ItemError) -> Node {
        var left = try parseNot()
        while token.kind == .and {
            let first = try condition(of: left)
            try countOperator()
            advance()
            left = Node(content: .condition(.and(first, try condition(of: try parseNot()))))
        }
        return left
    }

    private mutating func parseNot() throws(ItemError) -> Node {
        guard token.kind == .not else { return try parseComparison() }
        try countOperator()
        advance()
        let inner = try nested { parser throws(ItemError) in try parser.parseNot() }
        return Node(content: .condition(.not(try condition(of: inner))))
    }

    // MARK: Comparisons

    private mutating func parseComparison() throws(ItemError) -> Node {
        let left = try parsePrimary()
        if let comparator = Condition.Comparator(token.kind) {
            let first = try operand(of: left)
            try countOperator()
            advance()
            let second = try operand(of: try parsePrimary())
            checkComparison(comparator, first, second)
            return Node(content: .condition(.compare(comparator, first, second)))
        }
        if token.kind == .between {
            let value = try operand(of: left)
            try countOperator()
            advance()
            let lower = try operand(of: try parsePrimary())
            guard token.kind == .and else { throw syntaxError() }
            advance()
            let upper = try operand(of: try parsePrimary())
            checkBounds(lower, upper)
            return Node(content: .condition(.between(value, lower, upper)))
        }
        if token.kind == .in {
            let value = try operand(of: left)
            try countOperator()
            advance()
            return Node(content: .condition(.isIn(value, try parseInOperands())))
        }
        return left
    }

    private mutating func parseInOperands() throws(ItemError) -> [Operand] {
        try expect(.open)
        var operands: [Operand] = []
        repeat {
            operands.append(try operand(of: try parsePrimary()))
        } while accept(.comma)
        try expect(.close)
        if operands.count > Limits.inOperandsMax {
            note(
                .operandCount,
                "The IN operator is provided with too many operands; number of operands: \(operands.count)")
        }
        return operands
    }

    private mutating func parsePrimary() throws(ItemError) -> Node {
        if accept(.open) {
            var inner = try nested { parser throws(ItemError) in try parser.parseOr() }
            try expect(.close)
            if inner.isParenthesized { note(.parentheses, "The expression has redundant parentheses;") }
            inner.isParenthesized = true
            return inner
        }
        if token.kind == .attributeValue { return Node(content: .operand(.value(try parseValue()))) }
        guard isAtPath else { throw syntaxError() }
        if isAtFunction { return try parseFunction() }
        return Node(content: .operand(.path(try parsePath())))
    }

    /// The condition that a node is.
    private mutating func condition(of node: Node) throws(ItemError) -> Condition {
        switch node.content {
        case .condition(let condition): return condition
        case .operand:
            guard let function = node.function else { throw syntaxError() }
            note(.misusedFunction, misused(function))
            return .not(.and(.exists(DocumentPath("")), .notExists(DocumentPath(""))))
        }
    }

    /// The operand that a node is.
    private mutating func operand(of node: Node) throws(ItemError) -> Operand {
        switch node.content {
        case .operand(let operand): return operand
        case .condition:
            guard let function = node.function else { throw syntaxError() }
            note(.misusedFunction, misused(function))
            return .value(.null)
        }
    }

    private func misused(_ function: String) -> String {
        "The function is not allowed to be used this way in an expression; function: \(function)"
    }

    // MARK: Functions

    private mutating func parseFunction() throws(ItemError) -> Node {
        let name = text(of: advance())
        try expect(.open)
        try countOperator()
        let operands = try nested { parser throws(ItemError) in
            var operands: [Operand] = []
            repeat {
                operands.append(try parser.operand(of: try parser.parsePrimary()))
            } while parser.accept(.comma)
            return operands
        }
        try expect(.close)
        let node = function(name, operands)
        return Node(content: node, function: name)
    }

    /// What a call means; where it is at fault, the fault is noted and anything given.
    private mutating func function(_ name: String, _ operands: [Operand]) -> Node.Content {
        let failed = Node.Content.condition(.exists(DocumentPath("")))
        guard let count = ExpressionParser.operandCount(ofConditionFunction: name) else {
            if name == "if_not_exists" || name == "list_append" {
                note(
                    .unknownFunction,
                    "The function is not allowed in a \(kind.functionPlace) expression; function: \(name)")
            } else {
                note(.unknownFunction, "Invalid function name; function: \(name)")
            }
            return failed
        }
        guard operands.count == count else {
            note(
                .operandCount,
                "Incorrect number of operands for operator or function; operator or function: \(name), "
                    + "number of operands: \(operands.count)")
            return name == "size" ? .operand(.size(operands[0])) : failed
        }
        switch name {
        case "attribute_exists", "attribute_not_exists":
            guard let path = operands[0].path else {
                note(
                    .operandType,
                    "Operator or function requires a document path; operator or function: \(name)")
                return failed
            }
            return .condition(name == "attribute_exists" ? .exists(path) : .notExists(path))
        case "attribute_type": return typeFunction(operands[0], operands[1]) ?? failed
        case "begins_with":
            checkDistinct(name, operands[0], operands[1])
            for operand in operands { checkType(of: operand, allowed: [.string, .binary], in: name) }
            return .condition(.beginsWith(operands[0], operands[1]))
        case "contains":
            checkDistinct(name, operands[0], operands[1])
            return .condition(.contains(operands[0], operands[1]))
        default:
            if let type = operands[0].knownType, [.number, .bool, .null].contains(type) {
                noteOperandType(type.rawValue, in: name)
            }
            return .operand(.size(operands[0]))
        }
    }

    /// How many operands the function takes; nil where conditions have no such function.
    static func operandCount(ofConditionFunction name: String) -> Int? {
        switch name {
        case "attribute_exists", "attribute_not_exists", "size": 1
        case "attribute_type", "begins_with", "contains": 2
        default: nil
        }
    }

    private mutating func typeFunction(_ operand: Operand, _ type: Operand) -> Node.Content? {
        guard case .string(let name)? = type.literal else {
            let found = type.knownType?.rawValue ?? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
            noteOperandType(found, in: "attribute_type")
            return nil
        }
        guard let type = AttributeType(rawValue: name) else {
            note(
                .operandType,
                "Invalid attribute type name found; type: \(name), valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
            )
            return nil
        }
        return .condition(.hasType(operand, type))
    }

    // MARK: Checks

    /// Notes it where an operand is certainly of a kind that the operator or function does not take.
    mutating func checkType(of operand: Operand, allowed: [AttributeType], in name: String) {
        guard let type = operand.knownType, !allowed.contains(type) else { return }
        noteOperandType(type.rawValue, in: name)
    }

    private mutating func noteOperandType(_ type: String, in name: String) {
        note(
            .operandType,
            "Incorrect operand type for operator or function; operator or function: \(name), "
                + "operand type: \(type)")
    }

    private mutating func checkComparison(
        _ comparator: Condition.Comparator, _ first: Operand, _ second: Operand
    ) {
        checkDistinct(comparator.rawValue, first, second)
        if comparator == .equal || comparator == .notEqual { return }
        for operand in [first, second] {
            checkType(of: operand, allowed: [.string, .number, .binary], in: comparator.rawValue)
        }
    }

    private mutating func checkDistinct(_ name: String, _ first: Operand, _ second: Operand) {
        guard let path = first.path, path == second.path else { return }
        note(
            .distinctOperands,
            "The first operand must be distinct from the remaining operands for this operator or function; "
                + "operator: \(name), first operand: \(path.description)")
    }

    private mutating func checkBounds(_ lower: Operand, _ upper: Operand) {
        guard let first = lower.literal, let second = upper.literal else { return }
        let operands =
            "lower bound operand: AttributeValue: \(first.errorText), "
            + "upper bound operand: AttributeValue: \(second.errorText)"
        for operand in [lower, upper] {
            checkType(of: operand, allowed: [.string, .number, .binary], in: "BETWEEN")
        }
        guard let order = first.order(to: second) else {
            return note(
                .operandType,
                "The BETWEEN operator requires same data type for lower and upper bounds; \(operands)")
        }
        if order > 0 {
            note(
                .operandType,
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
                    + operands)
        }
    }
}

extension ExpressionKind {
    /// The kind in the error about a function that belongs elsewhere.
    fileprivate var functionPlace: String {
        switch self {
        case .condition, .keyCondition: "condition"
        case .filter: "filter"
        case .update: "update"
        case .projection: "projection"
        }
    }
}
