import TestKit

/// What a condition compares.
enum ModelOperand: Hashable, Sendable {
    case path(ModelPath)
    case value(ModelValue)
    case size(ModelPath)
}

/// The comparators of conditions.
enum ModelComparator: String, CaseIterable {
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}

/// A condition or filter. Source of its meaning: DynamoDB Developer Guide, "Condition and filter expressions, operators, and
/// functions".
indirect enum ModelCondition: Hashable, Sendable {
    case compare(ModelComparator, ModelOperand, ModelOperand)
    case between(ModelOperand, ModelOperand, ModelOperand)
    case oneOf(ModelOperand, [ModelOperand])
    case and(ModelCondition, ModelCondition)
    case or(ModelCondition, ModelCondition)
    case not(ModelCondition)
    case exists(ModelPath)
    case missing(ModelPath)
    case hasType(ModelPath, ModelType)
    case beginsWith(ModelPath, ModelOperand)
    case contains(ModelPath, ModelOperand)
}

extension ModelOperand {
    func value(in item: ModelItem) -> ModelValue? {
        switch self {
        case .path(let path): path.value(in: item)
        case .value(let value): value
        case .size(let path):
            path.value(in: item)?.elementCount.map { .number(ExactDecimal($0)) }
        }
    }
}

extension ModelCondition {
    /// Whether it holds for an item; one that does not exist has no attributes.
    func holds(for item: ModelItem, rules: ModelRules) -> Bool {
        switch self {
        case .compare(let comparator, let left, let right):
            return ModelCondition.compare(
                left.value(in: item), comparator, right.value(in: item), rules: rules)
        case .between(let operand, let lower, let upper):
            let value = operand.value(in: item)
            return ModelCondition.compare(value, .greaterOrEqual, lower.value(in: item), rules: rules)
                && ModelCondition.compare(value, .lessOrEqual, upper.value(in: item), rules: rules)
        case .oneOf(let operand, let others):
            guard let value = operand.value(in: item) else { return false }
            return others.contains { $0.value(in: item) == value }
        case .and(let left, let right):
            return left.holds(for: item, rules: rules) && right.holds(for: item, rules: rules)
        case .or(let left, let right):
            return left.holds(for: item, rules: rules) || right.holds(for: item, rules: rules)
        case .not(let inner): return !inner.holds(for: item, rules: rules)
        case .exists(let path): return path.value(in: item) != nil
        case .missing(let path): return path.value(in: item) == nil
        case .hasType(let path, let type): return path.value(in: item)?.type == type
        case .beginsWith(let path, let prefix):
            switch (path.value(in: item), prefix.value(in: item)) {
            case (.string(let text)?, .string(let prefix)?):
                return Array(text.bytes.prefix(prefix.bytes.count)) == prefix.bytes
            case (.binary(let bytes)?, .binary(let prefix)?):
                return Array(bytes.prefix(prefix.count)) == prefix
            default: return false
            }
        case .contains(let path, let part):
            guard let whole = path.value(in: item), let part = part.value(in: item) else { return false }
            return whole.contains(part)
        }
    }

    private static func compare(
        _ left: ModelValue?, _ comparator: ModelComparator, _ right: ModelValue?, rules: ModelRules
    ) -> Bool {
        if comparator == .equal { return left != nil && left == right }
        if comparator == .notEqual {
            if rules.contains(.missingIsNeverUnequal), left == nil || right == nil { return false }
            return left == nil || left != right
        }
        guard let left, let right, let isBefore = left.precedes(right), let isBehind = right.precedes(left)
        else { return false }
        switch comparator {
        case .less: return isBefore
        case .lessOrEqual: return !isBehind
        case .greater: return isBehind
        default: return !isBefore
        }
    }
}

extension ModelValue {
    /// A part of a string or binary, a member of a set, an element of a list.
    fileprivate func contains(_ part: ModelValue) -> Bool {
        switch (self, part) {
        case (.string(let text), .string(let part)): ModelValue.stands(part.bytes, in: text.bytes)
        case (.binary(let bytes), .binary(let part)): ModelValue.stands(part, in: bytes)
        case (.strings(let set), .string(let member)): set.contains(member)
        case (.numbers(let set), .number(let member)): set.contains(member)
        case (.binaries(let set), .binary(let member)): set.contains(member)
        case (.list(let values), _): values.contains(part)
        default: false
        }
    }

    private static func stands(_ part: [UInt8], in bytes: [UInt8]) -> Bool {
        bytes.indices.contains { Array(bytes[$0...].prefix(part.count)) == part } || part.isEmpty
    }
}
