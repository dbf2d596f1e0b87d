/// A condition on one attribute in the form that came before expressions: an operator and its arguments, as
/// in KeyConditions, QueryFilter, ScanFilter and Expected. Source: API reference, "Condition".
public struct LegacyCondition: Sendable {
    /// The operators, by their names on the wire.
    public enum Comparison: String, Sendable, CaseIterable {
        case equal = "EQ"
        case notEqual = "NE"
        case lessOrEqual = "LE"
        case less = "LT"
        case greaterOrEqual = "GE"
        case greater = "GT"
        case notNull = "NOT_NULL"
        case null = "NULL"
        case contains = "CONTAINS"
        case notContains = "NOT_CONTAINS"
        case beginsWith = "BEGINS_WITH"
        case isIn = "IN"
        case between = "BETWEEN"

        /// How many arguments it takes.
        fileprivate var argumentCounts: ClosedRange<Int> {
            switch self {
            case .notNull, .null: 0...0
            case .isIn: 1...Int.max
            case .between: 2...2
            case .equal, .notEqual, .lessOrEqual, .less, .greaterOrEqual, .greater: 1...1
            case .contains, .notContains, .beginsWith: 1...1
            }
        }

        /// The kinds of arguments it takes; nil for all.
        fileprivate var argumentTypes: [AttributeType]? {
            switch self {
            case .equal, .notEqual, .notNull, .null: nil
            case .beginsWith: [.string, .binary]
            case .lessOrEqual, .less, .greaterOrEqual, .greater: [.string, .number, .binary]
            case .contains, .notContains, .isIn, .between: [.string, .number, .binary]
            }
        }
    }

    /// What connects the conditions on several attributes. Source: API reference, "ConditionalOperator".
    public enum Joint: String, Sendable, CaseIterable {
        case and = "AND"
        case or = "OR"
    }

    /// The operator.
    public let comparison: Comparison
    /// AttributeValueList; empty where the request has none.
    public let arguments: [AttributeValue]

    /// An operator and its arguments, unchecked.
    public init(_ comparison: Comparison, _ arguments: [AttributeValue] = []) {
        self.comparison = comparison
        self.arguments = arguments
    }

    /// Checks number, kinds and order of the arguments.
    /// - Throws: `validation` in AWS's words.
    func check() throws(ItemError) {
        guard comparison.argumentCounts.contains(arguments.count) else {
            throw .invalidParameter(
                "Invalid number of argument(s) for the \(comparison.rawValue) ComparisonOperator")
        }
        guard let type = arguments.first?.type else { return }
        guard arguments.allSatisfy({ $0.type == type }) else {
            throw .invalidParameter("AttributeValues inside AttributeValueList must be of same type")
        }
        if let types = comparison.argumentTypes, !types.contains(type) {
            throw .invalidParameter(
                "ComparisonOperator \(comparison.rawValue) is not valid for \(type.rawValue) "
                    + "AttributeValue type")
        }
        if comparison == .between, let order = arguments[0].order(to: arguments[1]), order > 0 {
            throw .validation(
                "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
            )
        }
    }

    /// What it means on an attribute.
    /// - Throws: as `check`.
    func condition(on name: String) throws(ItemError) -> Condition {
        try check()
        let path = DocumentPath(name)
        let operand = Operand.path(path)
        let values = arguments.map { Operand.value($0) }
        switch comparison {
        case .equal: return .compare(.equal, operand, values[0])
        case .notEqual: return .compare(.notEqual, operand, values[0])
        case .lessOrEqual: return .compare(.lessOrEqual, operand, values[0])
        case .less: return .compare(.less, operand, values[0])
        case .greaterOrEqual: return .compare(.greaterOrEqual, operand, values[0])
        case .greater: return .compare(.greater, operand, values[0])
        case .notNull: return .exists(path)
        case .null: return .notExists(path)
        case .contains: return .contains(operand, values[0])
        // Unlike NE, it does not hold where the attribute is missing.
        case .notContains: return .and(.exists(path), .not(.contains(operand, values[0])))
        case .beginsWith: return .beginsWith(operand, values[0])
        case .isIn: return .isIn(operand, values)
        case .between: return .between(operand, values[0], values[1])
        }
    }
}

extension Condition {
    /// The conditions connected, as a tree that is no deeper than it must be: the request has as many as fit
    /// into its body, and evaluating recurses.
    static func joined(_ conditions: ArraySlice<Condition>, by joint: LegacyCondition.Joint) -> Condition? {
        guard conditions.count > 1 else { return conditions.first }
        let middle = conditions.startIndex + conditions.count / 2
        guard let left = joined(conditions[..<middle], by: joint),
            let right = joined(conditions[middle...], by: joint)
        else { return nil }
        switch joint {
        case .and: return .and(left, right)
        case .or: return .or(left, right)
        }
    }
}

extension ConditionExpression {
    /// What QueryFilter or ScanFilter asks for; nil where it names no attribute.
    /// - Parameter joint: ConditionalOperator; nil means AND.
    /// - Throws: `validation` in AWS's words.
    public static func filter(
        _ conditions: LegacyEntries<LegacyCondition>, joinedBy joint: LegacyCondition.Joint?
    ) throws(ItemError) -> ConditionExpression? {
        var parsed: [Condition] = []
        try conditions.checkNames()
        for (name, condition) in conditions.entries {
            parsed.append(try condition.condition(on: name))
        }
        return legacy(parsed, joint, conditions.names)
    }

    /// What Expected asks for; nil where it names no attribute.
    /// - Parameter joint: ConditionalOperator; nil means AND.
    /// - Throws: `validation` in AWS's words.
    public static func expected(
        _ expectations: LegacyEntries<LegacyExpectation>, joinedBy joint: LegacyCondition.Joint?
    ) throws(ItemError) -> ConditionExpression? {
        var parsed: [Condition] = []
        try expectations.checkNames()
        for (name, expectation) in expectations.entries {
            parsed.append(try expectation.condition(on: name))
        }
        return legacy(parsed, joint, expectations.names)
    }

    private static func legacy(
        _ conditions: [Condition], _ joint: LegacyCondition.Joint?, _ names: MemberSet<String>
    ) -> ConditionExpression? {
        Condition.joined(conditions[...], by: joint ?? .and).map {
            ConditionExpression(legacy: $0, attributeNames: names)
        }
    }
}
