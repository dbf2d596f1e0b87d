import Items

/// Writes the model's conditions and updates as DynamoDB's expressions.
struct ExpressionWriter {
    private var names: [String: String] = [:]
    private var values: [String: AttributeValue] = [:]

    /// What the expressions written so far refer to.
    var attributes: ExpressionAttributes {
        ExpressionAttributes(names: names.isEmpty ? nil : names, values: values.isEmpty ? nil : values)
    }

    // MARK: Names and values

    private mutating func text(_ name: Text) -> String {
        // A name of one plain letter needs no placeholder.
        if name.bytes.count == 1, name.bytes[0] >= 0x61, name.bytes[0] <= 0x7A { return name.string }
        for (key, known) in names where Text(known) == name { return key }
        let key = "#n\(names.count)"
        names[key] = name.string
        return key
    }

    mutating func text(_ path: ModelPath) -> String {
        path.steps.reduce(text(path.attribute)) { text, step in
            switch step {
            case .name(let name): "\(text).\(self.text(name))"
            case .index(let index): "\(text)[\(index)]"
            }
        }
    }

    private mutating func text(_ value: ModelValue) throws -> String {
        let key = ":v\(values.count)"
        values[key] = try Conversion.attributeValue(value)
        return key
    }

    private mutating func text(_ operand: ModelOperand) throws -> String {
        switch operand {
        case .path(let path): text(path)
        case .value(let value): try text(value)
        case .size(let path): "size(\(text(path)))"
        }
    }

    // MARK: Conditions

    mutating func text(_ condition: ModelCondition) throws -> String {
        switch condition {
        case .compare(let comparator, let left, let right):
            return "\(try text(left)) \(comparator.rawValue) \(try text(right))"
        case .between(let operand, let lower, let upper):
            return "\(try text(operand)) BETWEEN \(try text(lower)) AND \(try text(upper))"
        case .oneOf(let operand, let others):
            var texts: [String] = []
            for other in others { texts.append(try text(other)) }
            return "\(try text(operand)) IN (\(texts.joined(separator: ", ")))"
        case .and(let left, let right):
            return "\(try text(left, inside: 2)) AND \(try text(right, inside: 2))"
        case .or(let left, let right):
            return "\(try text(left, inside: 1)) OR \(try text(right, inside: 1))"
        case .not(let inner): return "NOT \(try text(inner, inside: 3))"
        case .exists(let path): return "attribute_exists(\(text(path)))"
        case .missing(let path): return "attribute_not_exists(\(text(path)))"
        case .hasType(let path, let type):
            return "attribute_type(\(text(path)), \(try text(.string(Text(type.rawValue)))))"
        case .beginsWith(let path, let prefix):
            return "begins_with(\(text(path)), \(try text(prefix)))"
        case .contains(let path, let part): return "contains(\(text(path)), \(try text(part)))"
        }
    }

    /// Parentheses only where they are needed: redundant ones are an error, and precedence is to be tested.
    private mutating func text(_ condition: ModelCondition, inside precedence: Int) throws -> String {
        let own =
            switch condition {
            case .or: 1
            case .and: 2
            case .not: 3
            default: 4
            }
        let text = try text(condition)
        return own < precedence ? "(\(text))" : text
    }

    // MARK: Keys and projections

    mutating func text(_ read: ModelRead, key: ModelKeySchema) throws -> String {
        var terms: [String] = []
        for (attribute, value) in zip(key.partition, read.partition ?? []) {
            terms.append("\(text(attribute.name)) = \(try text(value))")
        }
        for (attribute, term) in zip(key.sort, read.sort) {
            let name = text(attribute.name)
            switch term {
            case .compare(let comparator, let value):
                terms.append("\(name) \(comparator.rawValue) \(try text(value))")
            case .between(let lower, let upper):
                terms.append("\(name) BETWEEN \(try text(lower)) AND \(try text(upper))")
            case .beginsWith(let prefix): terms.append("begins_with(\(name), \(try text(prefix)))")
            }
        }
        return terms.joined(separator: " AND ")
    }

    mutating func text(_ paths: [ModelPath]) -> String {
        var texts: [String] = []
        for path in paths { texts.append(text(path)) }
        return texts.joined(separator: ", ")
    }

    // MARK: Updates

    mutating func text(_ update: ModelUpdate) throws -> String {
        var clauses: [(word: String, actions: [String])] = []
        for change in update.changes {
            let path = text(change.path)
            let (word, action) =
                switch change.action {
                case .set(let expression): ("SET", "\(path) = \(try text(expression))")
                case .remove: ("REMOVE", path)
                case .add(let value): ("ADD", "\(path) \(try text(value))")
                case .delete(let value): ("DELETE", "\(path) \(try text(value))")
                }
            if let position = clauses.firstIndex(where: { $0.word == word }) {
                clauses[position].actions.append(action)
            } else {
                clauses.append((word, [action]))
            }
        }
        return clauses.map { "\($0.word) \($0.actions.joined(separator: ", "))" }.joined(separator: " ")
    }

    private mutating func text(_ expression: ModelExpression) throws -> String {
        switch expression {
        case .value(let value): try text(value)
        case .path(let path): text(path)
        case .ifNotExists(let path, let other): "if_not_exists(\(text(path)), \(try text(other)))"
        case .listAppend(let first, let second): "list_append(\(try text(first)), \(try text(second)))"
        case .plus(let left, let right): "\(try text(left)) + \(try text(right))"
        case .minus(let left, let right): "\(try text(left)) - \(try text(right))"
        }
    }
}
