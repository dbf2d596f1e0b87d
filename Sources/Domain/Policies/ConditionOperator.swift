/// An operator of a Condition with its prefix and suffix: `ForAllValues:StringEqualsIfExists`.
public struct ConditionOperator: Hashable, Sendable {
    /// How the several values of a key are taken together.
    public enum Qualifier: String, Sendable {
        /// None written. On a key with several values it decides against the caller: an Allow needs every
        /// value to hold, a Deny needs one. Source: Homeroom's rule; the guides are silent.
        case plain = ""
        /// Every value holds; true where the key is absent.
        case forAllValues = "ForAllValues:"
        /// One value holds; false where the key is absent.
        case forAnyValue = "ForAnyValue:"
    }

    /// How values are taken together.
    public let qualifier: Qualifier
    /// What is compared.
    public let comparison: Comparison
    /// Whether an absent key makes the condition true.
    public let isIfExists: Bool

    /// Reads a name; nil where it is none, or `Null` with `IfExists`, which IAM refuses.
    public init?(named name: String) {
        var rest = name[...]
        let prefix = [Qualifier.forAllValues, .forAnyValue].first { rest.hasPrefix($0.rawValue) }
        qualifier = prefix ?? .plain
        rest = rest.dropFirst(qualifier.rawValue.count)
        isIfExists = rest.hasSuffix(ConditionOperator.suffix)
        if isIfExists { rest = rest.dropLast(ConditionOperator.suffix.count) }
        guard let comparison = Comparison(rawValue: String(rest)), !(comparison == .null && isIfExists) else {
            return nil
        }
        self.comparison = comparison
    }

    private static let suffix = "IfExists"

    /// As policies write it.
    public var name: String {
        qualifier.rawValue + comparison.rawValue + (isIfExists ? ConditionOperator.suffix : "")
    }

    static let allNames: [String] = [Qualifier.plain, .forAllValues, .forAnyValue].flatMap { qualifier in
        Comparison.allCases.flatMap { comparison in
            let name = qualifier.rawValue + comparison.rawValue
            return comparison == .null ? [name] : [name, name + suffix]
        }
    }
}

/// What an operator compares. Source: IAM JSON policy reference, "Condition operators".
public enum Comparison: String, CaseIterable, Sendable {
    case stringEquals = "StringEquals"
    case stringNotEquals = "StringNotEquals"
    case stringEqualsIgnoreCase = "StringEqualsIgnoreCase"
    case stringNotEqualsIgnoreCase = "StringNotEqualsIgnoreCase"
    case stringLike = "StringLike"
    case stringNotLike = "StringNotLike"
    case numericEquals = "NumericEquals"
    case numericNotEquals = "NumericNotEquals"
    case numericLessThan = "NumericLessThan"
    case numericLessThanEquals = "NumericLessThanEquals"
    case numericGreaterThan = "NumericGreaterThan"
    case numericGreaterThanEquals = "NumericGreaterThanEquals"
    case dateEquals = "DateEquals"
    case dateNotEquals = "DateNotEquals"
    case dateLessThan = "DateLessThan"
    case dateLessThanEquals = "DateLessThanEquals"
    case dateGreaterThan = "DateGreaterThan"
    case dateGreaterThanEquals = "DateGreaterThanEquals"
    case bool = "Bool"
    case binaryEquals = "BinaryEquals"
    case ipAddress = "IpAddress"
    case notIPAddress = "NotIpAddress"
    case arnEquals = "ArnEquals"
    case arnLike = "ArnLike"
    case arnNotEquals = "ArnNotEquals"
    case arnNotLike = "ArnNotLike"
    case null = "Null"

    /// Whether it holds where none of the policy's values matches, and where the key is absent.
    public var isNegated: Bool {
        switch self {
        case .stringNotEquals, .stringNotEqualsIgnoreCase, .stringNotLike, .numericNotEquals, .dateNotEquals,
            .notIPAddress, .arnNotEquals, .arnNotLike:
            true
        case .stringEquals, .stringEqualsIgnoreCase, .stringLike, .numericEquals, .numericLessThan,
            .numericLessThanEquals, .numericGreaterThan, .numericGreaterThanEquals, .dateEquals,
            .dateLessThan,
            .dateLessThanEquals, .dateGreaterThan, .dateGreaterThanEquals, .bool, .binaryEquals, .ipAddress,
            .arnEquals, .arnLike, .null:
            false
        }
    }

    /// How two values of an ordered type are compared.
    enum Relation {
        case equal, less, lessOrEqual, greater, greaterOrEqual

        func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
            switch self {
            case .equal: left == right
            case .less: left < right
            case .lessOrEqual: left <= right
            case .greater: left > right
            case .greaterOrEqual: left >= right
            }
        }
    }

    /// What the operator reads both sides as.
    enum Family {
        case text(wildcards: Bool, ignoresCase: Bool)
        case number(Relation)
        case date(Relation)
        case bool, binary, address, arn, null
    }

    var family: Family {
        switch self {
        case .stringEquals, .stringNotEquals: .text(wildcards: false, ignoresCase: false)
        case .stringEqualsIgnoreCase, .stringNotEqualsIgnoreCase: .text(wildcards: false, ignoresCase: true)
        case .stringLike, .stringNotLike: .text(wildcards: true, ignoresCase: false)
        case .numericEquals, .numericNotEquals: .number(.equal)
        case .numericLessThan: .number(.less)
        case .numericLessThanEquals: .number(.lessOrEqual)
        case .numericGreaterThan: .number(.greater)
        case .numericGreaterThanEquals: .number(.greaterOrEqual)
        case .dateEquals, .dateNotEquals: .date(.equal)
        case .dateLessThan: .date(.less)
        case .dateLessThanEquals: .date(.lessOrEqual)
        case .dateGreaterThan: .date(.greater)
        case .dateGreaterThanEquals: .date(.greaterOrEqual)
        case .bool: .bool
        case .binaryEquals: .binary
        case .ipAddress, .notIPAddress: .address
        case .arnEquals, .arnLike, .arnNotEquals, .arnNotLike: .arn
        case .null: .null
        }
    }
}
