import Base

extension ExpressionParser {
    /// Reads the clauses of an update.
    mutating func parseUpdate() throws(ItemError) -> [(path: DocumentPath, action: UpdateExpression.Action)] {
        var actions: [(path: DocumentPath, action: UpdateExpression.Action)] = []
        var clauses: Set<String> = []
        while token.kind != .end {
            let clause = text(of: token).uppercased()
            guard token.kind == .word, ["SET", "REMOVE", "ADD", "DELETE"].contains(clause) else {
                throw syntaxError()
            }
            if !clauses.insert(clause).inserted {
                note(.section, "The \"\(clause)\" section can only be used once in an update expression;")
            }
            advance()
            repeat {
                actions.append(try parseAction(clause))
            } while accept(.comma)
        }
        checkOverlaps(actions.map(\.path))
        try finish()
        return actions
    }

    private mutating func parseAction(
        _ clause: String
    ) throws(ItemError) -> (path: DocumentPath, action: UpdateExpression.Action) {
        let path = try parsePath()
        switch clause {
        case "SET":
            try expect(.equal)
            return (path, .set(try parseRightHandSide()))
        case "REMOVE": return (path, .remove)
        default:
            let value = try parseValue()
            checkOperand(value, of: clause)
            return (path, clause == "ADD" ? .add(value) : .delete(value))
        }
    }

    private mutating func checkOperand(_ value: AttributeValue, of clause: String) {
        switch value {
        case .stringSet, .numberSet, .binarySet: return
        case .number where clause == "ADD": return
        default: break
        }
        note(
            .operandType,
            "Incorrect operand type for operator or function; operator: \(clause), "
                + "operand type: \(value.type.longName), typeSet: ALLOWED_FOR_\(clause)_OPERAND")
    }

    // MARK: Right-hand sides

    /// Reads `operand`, `operand + operand` or `operand - operand`.
    private mutating func parseRightHandSide() throws(ItemError) -> Operand {
        let (left, _) = try parseOperand()
        guard token.kind == .sign(.plus) || token.kind == .sign(.minus) else { return left }
        return try parseSum(left)
    }

    private mutating func parseSum(_ left: Operand) throws(ItemError) -> Operand {
        let sign = text(of: advance())
        try countOperator()
        let (right, _) = try parseOperand()
        for operand in [left, right] { checkType(of: operand, allowed: [.number], in: sign) }
        return sign == "+" ? .sum(left, right) : .difference(left, right)
    }

    private mutating func parseOperand() throws(ItemError) -> (operand: Operand, isParenthesized: Bool) {
        if accept(.open) {
            let inner = try nested { parser throws(ItemError) in
                let (operand, isParenthesized) = try parser.parseOperand()
                guard parser.token.kind == .sign(.plus) || parser.token.kind == .sign(.minus) else {
                    return (operand, isParenthesized)
                }
                return (try parser.parseSum(operand), false)
            }
            try expect(.close)
            if inner.1 { note(.parentheses, "The expression has redundant parentheses;") }
            return (inner.0, true)
        }
        if token.kind == .attributeValue { return (.value(try parseValue()), false) }
        guard isAtPath else { throw syntaxError() }
        if isAtFunction { return (try parseUpdateFunction(), false) }
        return (.path(try parsePath()), false)
    }

    private mutating func parseUpdateFunction() throws(ItemError) -> Operand {
        let name = text(of: advance())
        try expect(.open)
        try countOperator()
        let operands = try nested { parser throws(ItemError) in
            var operands: [Operand] = []
            repeat {
                operands.append(try parser.parseOperand().operand)
            } while parser.accept(.comma)
            return operands
        }
        try expect(.close)
        return updateFunction(name, operands)
    }

    /// What a call means; where it is at fault, the fault is noted and anything given.
    private mutating func updateFunction(_ name: String, _ operands: [Operand]) -> Operand {
        let failed = Operand.value(.null)
        guard name == "if_not_exists" || name == "list_append" else {
            if ExpressionParser.operandCount(ofConditionFunction: name) != nil {
                note(
                    .unknownFunction,
                    "The function is not allowed in an update expression; function: \(name)")
            } else {
                note(.unknownFunction, "Invalid function name; function: \(name)")
            }
            return failed
        }
        guard operands.count == 2 else {
            note(
                .operandCount,
                "Incorrect number of operands for operator or function; operator or function: \(name), "
                    + "number of operands: \(operands.count)")
            return failed
        }
        if name == "list_append" {
            for operand in operands { checkType(of: operand, allowed: [.list], in: name) }
            return .listAppend(operands[0], operands[1])
        }
        guard let path = operands[0].path else {
            note(
                .operandType,
                "Operator or function requires a document path; operator or function: \(name)")
            return failed
        }
        return .ifNotExists(path, operands[1])
    }
}

extension AttributeType {
    /// As AWS writes it in errors about ADD and DELETE.
    fileprivate var longName: String {
        switch self {
        case .string: "STRING"
        case .number: "NUMBER"
        case .binary: "BINARY"
        case .bool: "BOOLEAN"
        case .null: "NULL"
        case .list: "LIST"
        case .map: "MAP"
        case .stringSet: "STRING_SET"
        case .numberSet: "NUMBER_SET"
        case .binarySet: "BINARY_SET"
        }
    }
}
