import Base
import Items

extension StatementReader {
    /// The condition that a node is.
    /// - Parameter fault: the error where it is none.
    func condition(_ node: SyntaxNode, fault: ItemError = .notACondition) throws(ItemError) -> Condition {
        switch node.kind {
        case .binary(let name, let left, let right):
            if name == .and || name == .or {
                let fault = ItemError.validation("The arguments to AND/OR must be Expressions")
                let first = try condition(left, fault: fault)
                let second = try condition(right, fault: fault)
                return name == .and ? .and(first, second) : .or(first, second)
            }
            guard let comparator = Condition.Comparator(rawValue: name.rawValue) else {
                throw unsupportedOperator(name.rawValue)
            }
            return try comparison(comparator, left, right)
        case .not(let inner):
            let fault = ItemError.validation("The argument to NOT must be a Type or Expression")
            return .not(try condition(inner, fault: fault))
        case .between(let value, let lower, let upper):
            return try between(try operand(value), try operand(lower), try operand(upper))
        case .isIn(let value, let others): return try isIn(value, others)
        case .isType(let value, let type): return try isType(value, type)
        case .call(let name, let operands):
            if let condition = try function(name, operands, node.range) { return condition }
            throw name == "size" ? misused(name) : unrecognized(name, node.range)
        case .missing: throw .comparedMissing
        case .path, .string, .number, .bool, .null, .parameter, .list, .map, .set, .negative: throw fault
        }
    }

    // MARK: Comparisons

    private func comparison(
        _ comparator: Condition.Comparator, _ left: SyntaxNode, _ right: SyntaxNode
    ) throws(ItemError) -> Condition {
        if comparator == .equal || comparator == .notEqual {
            for (call, other) in [(left, right), (right, left)] {
                guard case .call(let name, let operands) = call.kind, case .bool(let flag) = other.kind,
                    let condition = try function(name, operands, call.range)
                else { continue }
                return flag == (comparator == .equal) ? condition : .not(condition)
            }
        }
        let first = try operand(left)
        let second = try operand(right)
        try checkDistinct(comparator.rawValue, first, second)
        if comparator != .equal, comparator != .notEqual {
            try check([first, second], allowed: [.string, .number, .binary], in: comparator.rawValue)
        }
        return .compare(comparator, first, second)
    }

    private func between(
        _ value: Operand, _ lower: Operand, _ upper: Operand
    ) throws(ItemError) -> Condition {
        try check([lower, upper], allowed: [.string, .number, .binary], in: "BETWEEN")
        if let first = lower.literal, let last = upper.literal {
            let operands =
                "lower bound operand: AttributeValue: \(first.errorText), "
                + "upper bound operand: AttributeValue: \(last.errorText)"
            guard let order = first.order(to: last) else {
                throw .validation(
                    "The BETWEEN operator requires same data type for lower and upper bounds; \(operands)")
            }
            guard order <= 0 else {
                throw .validation(
                    "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
                        + operands)
            }
        }
        return .between(value, lower, upper)
    }

    private func isIn(_ value: SyntaxNode, _ others: [SyntaxNode]) throws(ItemError) -> Condition {
        guard others.count <= Limits.inOperandsMax else {
            throw .validation(
                "The IN operator is provided with too many operands; number of operands: \(others.count)")
        }
        var operands: [Operand] = []
        for other in others { operands.append(try operand(other)) }
        return .isIn(try operand(value), operands)
    }

    private func isType(_ value: SyntaxNode, _ name: String) throws(ItemError) -> Condition {
        let types: [AttributeType]
        switch name {
        case "missing": types = []
        case "null": types = [.null]
        case "bool", "boolean": types = [.bool]
        case "blob": types = [.binary]
        case "string": types = [.string]
        case "numeric": types = [.number]
        case "struct", "tuple": types = [.map]
        case "list": types = [.list]
        default:
            throw .validation(
                "Unsupported data type for IS operator: \(name.uppercased()). Supported data types are [MISSING, "
                    + "NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]")
        }
        let operand: Operand
        if let path = value.path {
            operand = .path(path)
        } else if case .missing = value.kind {
            throw .comparedMissing
        } else if let literal = try literal(value) {
            operand = .value(literal)
        } else {
            throw .validation(
                "The left hand side argument to IS must be a Variable Reference, Literal, or Path")
        }
        if let type = types.first { return .hasType(operand, type) }
        if case .path(let path) = operand { return .notExists(path) }
        // A literal is never missing.
        return .compare(.notEqual, operand, operand)
    }

    // MARK: Operands

    private func operand(_ node: SyntaxNode) throws(ItemError) -> Operand {
        switch node.kind {
        case .path(let path): return .path(path)
        case .call(let name, let operands):
            guard name == "size" else {
                throw StatementReader.functions[name] == nil ? unrecognized(name, node.range) : misused(name)
            }
            guard operands.count == 1 else { throw .operandCount(operands.count, of: name) }
            let inner = try operand(operands[0])
            if let type = inner.knownType, [.number, .bool, .null].contains(type) {
                throw .operandType(type.rawValue, in: name)
            }
            return .size(inner)
        case .binary(let name, _, _): throw unsupportedOperator(name.rawValue)
        case .negative: throw unsupportedOperator("-")
        case .not: throw unsupportedOperator("NOT")
        case .between: throw unsupportedOperator("BETWEEN")
        case .isIn: throw unsupportedOperator("IN")
        case .isType: throw unsupportedOperator("IS")
        case .string, .number, .bool, .null, .missing, .parameter, .list, .map, .set:
            return .value(try value(node))
        }
    }

    // MARK: Functions

    /// How many operands the functions have that are conditions.
    private static let functions = [
        "attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2,
        "contains": 2,
    ]

    /// The condition that a call is; nil where no such function is one.
    private func function(
        _ name: String, _ nodes: [SyntaxNode], _ range: Range<Int>
    ) throws(ItemError) -> Condition? {
        guard let count = StatementReader.functions[name] else { return nil }
        guard nodes.count == count else { throw .operandCount(nodes.count, of: name) }
        let first = try operand(nodes[0])
        guard count == 2 else {
            guard let path = first.path else {
                throw .validation(
                    "Operator or function requires a document path; operator or function: \(name)")
            }
            return name == "attribute_exists" ? .exists(path) : .notExists(path)
        }
        let second = try operand(nodes[1])
        if name == "attribute_type" { return .hasType(first, try type(second)) }
        try checkDistinct(name, first, second)
        guard name == "begins_with" else { return .contains(first, second) }
        try check([first, second], allowed: [.string, .binary], in: name)
        return .beginsWith(first, second)
    }

    private func type(_ operand: Operand) throws(ItemError) -> AttributeType {
        guard case .string(let name)? = operand.literal else {
            throw .operandType(
                operand.knownType?.rawValue ?? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}", in: "attribute_type")
        }
        guard let type = AttributeType(rawValue: name) else {
            throw .validation(
                "Invalid attribute type name found; type: \(name), valid types: "
                    + "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}")
        }
        return type
    }

    // MARK: Checks

    /// - Throws: `validation` where an operand is certainly of a kind that the operator or function does not
    ///   take.
    func check(_ operands: [Operand], allowed: [AttributeType], in name: String) throws(ItemError) {
        for operand in operands {
            guard let type = operand.knownType, !allowed.contains(type) else { continue }
            throw .operandType(type.rawValue, in: name)
        }
    }

    private func checkDistinct(_ name: String, _ first: Operand, _ second: Operand) throws(ItemError) {
        guard let path = first.path, path == second.path else { return }
        throw .validation(
            "The first operand must be distinct from the remaining operands for this operator or function; "
                + "operator: \(name), first operand: \(path.description)")
    }

    /// The error for a function that is not there, or not for this.
    func unrecognized(_ name: String, _ range: Range<Int>) -> ItemError {
        places.error("Unrecognized function: \(name)", at: range)
    }

    private func misused(_ function: String) -> ItemError {
        .validation(
            "The function is not allowed to be used this way in an expression; function: \(function)")
    }

    private func unsupportedOperator(_ name: String) -> ItemError {
        .validation("Unsupported operator in Condition Expression. Operator: \(name)")
    }
}
