import Items

extension StatementReader {
    /// The update that the changes are.
    func update(_ changes: [ChangeSyntax]) throws(ItemError) -> UpdateExpression {
        var actions: [(path: DocumentPath, action: UpdateExpression.Action)] = []
        for change in changes {
            guard let path = change.target.path else { preconditionFailure("a target is a path") }
            guard let value = change.value else {
                actions.append((path, .remove))
                continue
            }
            if case .call(let name, let operands) = value.kind, name == "set_add" || name == "set_delete" {
                let members = try members(operands, of: name, at: value.range, for: path)
                actions.append((path, name == "set_add" ? .add(members) : .delete(members)))
            } else {
                actions.append((path, .set(try assigned(value))))
            }
        }
        return try UpdateExpression(actions)
    }

    /// The members that `set_add` adds or `set_delete` takes away.
    private func members(
        _ operands: [SyntaxNode], of name: String, at range: Range<Int>, for path: DocumentPath
    ) throws(ItemError) -> AttributeValue {
        let name = name.uppercased()
        guard operands.count == 2 else {
            throw places.error("\(name) must have exactly two arguments", at: range)
        }
        guard operands[0].path == path else {
            throw places.error("The first argument to \(name) must equal the assignment value", at: range)
        }
        let members = try literal(operands[1])
        switch members {
        case .stringSet, .numberSet, .binarySet: break
        default:
            throw places.error(
                "The second argument to \(name) must be a value with type SET", at: operands[0].range)
        }
        guard let members else { preconditionFailure("a set is a value") }
        return members
    }

    /// A right-hand side of SET.
    private func assigned(_ node: SyntaxNode) throws(ItemError) -> Operand {
        switch node.kind {
        case .path(let path): return .path(path)
        case .binary(let name, let left, let right):
            guard name == .plus || name == .minus else { throw unsupported(name.rawValue) }
            let first = try assigned(left)
            let second = try assigned(right)
            try check([first, second], allowed: [.number], in: name.rawValue)
            return name == .plus ? .sum(first, second) : .difference(first, second)
        case .call(let name, let operands):
            guard name == "list_append" else { throw unrecognized(name, node.range) }
            guard operands.count == 2 else { throw .operandCount(operands.count, of: name) }
            let first = try assigned(operands[0])
            let second = try assigned(operands[1])
            try check([first, second], allowed: [.list], in: name)
            return .listAppend(first, second)
        case .isType: throw .validation("IS operator is not supported in update expressions")
        case .negative: throw unsupported("-")
        case .not: throw unsupported("NOT")
        case .between: throw unsupported("BETWEEN")
        case .isIn: throw unsupported("IN")
        case .string, .number, .bool, .null, .missing, .parameter, .list, .map, .set:
            return .value(try value(node))
        }
    }

    private func unsupported(_ name: String) -> ItemError {
        .validation("Unsupported operator in Update Expression. Operator: \(name)")
    }
}
