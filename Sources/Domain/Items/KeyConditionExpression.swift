import Base

/// The sort keys that a query is after, in encoded bytes.
public struct SortRange: Hashable, Sendable {
    /// The lowest key; nil for no limit.
    public let lower: [UInt8]?
    /// Whether `lower` itself belongs to the range.
    public let isLowerIncluded: Bool
    /// The highest key; nil for no limit.
    public let upper: [UInt8]?
    /// Whether `upper` itself belongs to the range.
    public let isUpperIncluded: Bool

    /// The keys between two bounds.
    public init(
        lower: [UInt8]? = nil, isLowerIncluded: Bool = true, upper: [UInt8]? = nil,
        isUpperIncluded: Bool = true
    ) {
        self.lower = lower
        self.isLowerIncluded = isLowerIncluded
        self.upper = upper
        self.isUpperIncluded = isUpperIncluded
    }

    /// The keys that begin with `prefix`: from it to the first byte string behind all that begin so.
    public init(prefix: [UInt8]) {
        var end = prefix
        while end.last == 0xFF { end.removeLast() }
        if let last = end.indices.last { end[last] += 1 }
        self.init(lower: prefix, upper: end.isEmpty ? nil : end, isUpperIncluded: false)
    }

    /// Whether a key belongs to the range.
    public func contains(_ key: [UInt8]) -> Bool {
        if let lower {
            let order = ByteOrder.compare(key, lower)
            if order < 0 || (order == 0 && !isLowerIncluded) { return false }
        }
        guard let upper else { return true }
        let order = ByteOrder.compare(key, upper)
        return order < 0 || (order == 0 && isUpperIncluded)
    }
}

/// A KeyConditionExpression. Source: DynamoDB Developer Guide, "Key condition expressions for the Query
/// operation".
public struct KeyConditionExpression: Sendable {
    /// A condition on one attribute.
    enum Term: Sendable {
        case compare(Condition.Comparator, AttributeValue)
        case between(AttributeValue, AttributeValue)
        case beginsWith(AttributeValue)
        /// One of KeyConditions' operators that no key can be searched by.
        case notIndexable
    }

    private let terms: [(name: String, term: Term)]
    /// The names of the attributes that it mentions.
    public let attributeNames: Set<String>

    init(terms: [(name: String, term: Term)], attributeNames: Set<String>) {
        self.terms = terms
        self.attributeNames = attributeNames
    }

    /// Reads a key condition; what it uses of `attributes` counts as used.
    /// - Throws: `validation` in AWS's words.
    public static func parse(
        _ text: String, _ attributes: inout ExpressionAttributes
    ) throws(ItemError) -> KeyConditionExpression {
        var parser = try ExpressionParser(text, kind: .keyCondition, taking: &attributes)
        defer { attributes = parser.attributes }
        let condition = try parser.parseCondition()
        var terms: [(name: String, term: Term)] = []
        try collect(condition, into: &terms)
        guard terms.count <= 2 else { throw .tooManyKeyConditions }
        if terms.count == 2, ByteOrder.areEqual(terms[0].name, terms[1].name) {
            throw .validation("KeyConditionExpressions must only contain one condition per key")
        }
        return KeyConditionExpression(terms: terms, attributeNames: parser.attributeNames)
    }

    /// The keys that it is after, in a table or index with this schema.
    /// - Throws: `validation`: no equality on the partition key, a condition on something else, or a value of
    ///   the wrong kind, empty or too long; in AWS's words.
    public func resolve(
        schema: KeySchema
    ) throws(ItemError) -> (partition: AttributeValue, partitionBytes: [UInt8], sort: SortRange?) {
        let names = schema.attributes.map(\.name)
        guard let partition = term(for: schema.partition) else {
            throw .missingKeyCondition(schema.partition.name)
        }
        if case .notIndexable = partition { throw .notIndexable }
        guard case .compare(.equal, let value) = partition else {
            throw .validation("Query key condition not supported")
        }
        guard let sort = schema.sort, terms.count == 2 else {
            guard terms.count == 1 else { throw .validation("Query key condition not supported") }
            return (value, try bytes(of: value, for: schema.partition, isPartition: true), nil)
        }
        guard let sortTerm = term(for: sort) else { throw .missingKeyCondition(names[1]) }
        let partitionBytes = try bytes(of: value, for: schema.partition, isPartition: true)
        return (value, partitionBytes, try range(sortTerm, for: sort))
    }

    private func term(for attribute: KeyAttribute) -> Term? {
        terms.first { ByteOrder.areEqual($0.name, attribute.name) }?.term
    }

    private func range(_ term: Term, for attribute: KeyAttribute) throws(ItemError) -> SortRange {
        switch term {
        case .between(let lower, let upper):
            return SortRange(
                lower: try bytes(of: lower, for: attribute, isPartition: false),
                upper: try bytes(of: upper, for: attribute, isPartition: false))
        case .beginsWith(let prefix):
            guard attribute.type != .number else { throw .validation("Query key condition not supported") }
            return SortRange(prefix: try bytes(of: prefix, for: attribute, isPartition: false))
        case .notIndexable: throw .notIndexable
        case .compare(let comparator, let value):
            let bound = try bytes(of: value, for: attribute, isPartition: false)
            switch comparator {
            case .equal: return SortRange(lower: bound, upper: bound)
            case .less: return SortRange(upper: bound, isUpperIncluded: false)
            case .lessOrEqual: return SortRange(upper: bound)
            case .greater: return SortRange(lower: bound, isLowerIncluded: false)
            case .greaterOrEqual: return SortRange(lower: bound)
            case .notEqual: throw .invalidKeyOperator("<>")
            }
        }
    }

    private func bytes(
        of value: AttributeValue, for attribute: KeyAttribute, isPartition: Bool
    ) throws(ItemError) -> [UInt8] {
        guard value.type == attribute.type.attributeType else {
            throw .invalidParameter("Condition parameter type does not match schema type")
        }
        return try KeySchema.encode(value, of: attribute, isPartition: isPartition)
    }

    // MARK: From the condition

    private static func collect(
        _ condition: Condition, into terms: inout [(name: String, term: Term)]
    ) throws(ItemError) {
        switch condition {
        case .and(let left, let right):
            try collect(left, into: &terms)
            try collect(right, into: &terms)
        case .compare(.notEqual, _, _): throw .invalidKeyOperator("<>")
        case .compare(let comparator, let left, let right):
            switch (left, right) {
            case (.path(let path), .value(let value)):
                terms.append((try keyName(path), .compare(comparator, value)))
            case (.value(let value), .path(let path)):
                terms.append((try keyName(path), .compare(comparator.mirrored, value)))
            default: throw invalidOperands([left, right])
            }
        case .between(let operand, let lower, let upper):
            guard let path = operand.path else { throw notFirst("BETWEEN") }
            guard let first = lower.literal, let last = upper.literal else {
                throw invalidOperands([operand, lower, upper])
            }
            terms.append((try keyName(path), .between(first, last)))
        case .beginsWith(let operand, let prefix):
            guard let path = operand.path else { throw notFirst("begins_with") }
            guard let value = prefix.literal else { throw invalidOperands([operand, prefix]) }
            terms.append((try keyName(path), .beginsWith(value)))
        case .or: throw .invalidKeyOperator("OR")
        case .not: throw .invalidKeyOperator("NOT")
        case .isIn: throw .invalidKeyOperator("IN")
        case .exists: throw .invalidKeyOperator("attribute_exists")
        case .notExists: throw .invalidKeyOperator("attribute_not_exists")
        case .hasType: throw .invalidKeyOperator("attribute_type")
        case .contains: throw .invalidKeyOperator("contains")
        }
    }

    private static func keyName(_ path: DocumentPath) throws(ItemError) -> String {
        guard path.isTopLevel else {
            throw .validation("KeyConditionExpressions cannot have conditions on nested attributes")
        }
        return path.attributeName
    }

    private static func notFirst(_ name: String) -> ItemError {
        .validation(
            "Invalid condition in KeyConditionExpression: \(name) operator must have the key attribute as its "
                + "first operand")
    }

    private static func invalidOperands(_ operands: [Operand]) -> ItemError {
        for case .size in operands {
            return .validation("KeyConditionExpressions cannot contain nested operations")
        }
        let paths = operands.compactMap(\.path)
        return .validation(
            "Invalid condition in KeyConditionExpression: "
                + (paths.isEmpty
                    ? "No key attribute specified" : "Multiple attribute names used in one condition"))
    }
}

extension ItemError {
    static let tooManyKeyConditions = ItemError.validation("Conditions can be of length 1 or 2 only")

    fileprivate static let notIndexable = ItemError.validation(
        "Attempted conditional constraint is not an indexable operation")

    fileprivate static func missingKeyCondition(_ name: String) -> ItemError {
        .validation("Query condition missed key schema element: \(name)")
    }

    fileprivate static func invalidKeyOperator(_ name: String) -> ItemError {
        .validation("Invalid operator used in KeyConditionExpression: \(name)")
    }
}
