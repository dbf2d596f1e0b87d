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
    package enum Term: Sendable {
        case compare(Condition.Comparator, AttributeValue)
        case between(AttributeValue, AttributeValue)
        case beginsWith(AttributeValue)
        /// One of KeyConditions' operators that no key can be searched by.
        case notIndexable

        var isEquality: Bool { if case .compare(.equal, _) = self { true } else { false } }
    }

    let terms: [(name: String, term: Term)]
    /// The names of the attributes that it mentions.
    public let attributeNames: MemberSet<String>
    /// Whether it was KeyConditions, about which an error has another text.
    var isLegacy = false

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
        for (index, term) in terms.enumerated()
        where terms[..<index].contains(where: { ByteOrder.areEqual($0.name, term.name) }) {
            throw ExpressionKind.keyCondition.invalid(
                "KeyConditionExpressions must only contain one condition per key")
        }
        return KeyConditionExpression(terms: terms, attributeNames: parser.attributeNames)
    }

    /// The keys that it is after, in a table or index with this schema: an equality on each partition key
    /// attribute; of the sort key attributes as many as there are conditions, from the first on, all but the last by
    /// equality. `partition` is the first partition key attribute's value.
    /// - Throws: `validation`: more conditions than key attributes, no equality on the partition key, a condition on something else, or a value of
    ///   the wrong kind, empty or too long; in AWS's words.
    public func resolve(
        schema: KeySchema
    ) throws(ItemError) -> (partition: AttributeValue, partitionBytes: [UInt8], sort: SortRange?) {
        if isLegacy, terms.count > 2, !schema.isMultiAttribute { throw .keyConditionCount }
        if !isLegacy, terms.count > schema.attributeCount {
            throw .tooManyKeyConditions(terms.count, of: schema.attributeCount)
        }
        let first = try equality(on: schema.partition)
        var further: [(attribute: KeyAttribute, value: AttributeValue)] = []
        for attribute in schema.furtherPartitions {
            further.append((attribute, try equality(on: attribute)))
        }
        let sorts = try sortTerms(schema)
        var side = KeySide(isPartition: true, hasSeveral: !further.isEmpty)
        try side.append(try bytes(of: first, for: schema.partition), as: schema.partition.type)
        for (attribute, value) in further {
            try side.append(try bytes(of: value, for: attribute), as: attribute.type)
        }
        return (first, side.bytes, try range(sorts, hasSeveral: !schema.furtherSorts.isEmpty))
    }

    private func term(for attribute: KeyAttribute) -> Term? {
        terms.first { ByteOrder.areEqual($0.name, attribute.name) }?.term
    }

    private func equality(on attribute: KeyAttribute) throws(ItemError) -> AttributeValue {
        guard let term = term(for: attribute) else { throw .missingKeyCondition(attribute.name) }
        if case .notIndexable = term { throw .notIndexable }
        guard case .compare(.equal, let value) = term else { throw .unsupportedKeyCondition }
        return value
    }

    /// The sort key attributes that there are conditions on, with these.
    private func sortTerms(
        _ schema: KeySchema
    ) throws(ItemError) -> [(attribute: KeyAttribute, term: Term)] {
        let count = terms.count - 1 - schema.furtherPartitions.count
        guard count > 0 else { return [] }
        let sorts = schema.sorts
        guard !sorts.isEmpty else { throw .unsupportedKeyCondition }
        var found: [(attribute: KeyAttribute, term: Term)] = []
        for attribute in sorts.prefix(count) {
            guard let term = term(for: attribute) else { throw .missingKeyCondition(attribute.name) }
            guard found.last?.term.isEquality ?? true else { throw .unsupportedKeyCondition }
            found.append((attribute, term))
        }
        guard found.count == count else { throw .unsupportedKeyCondition }
        return found
    }

    /// The range of sort keys; nil where there are no conditions on them.
    private func range(
        _ terms: [(attribute: KeyAttribute, term: Term)], hasSeveral: Bool
    ) throws(ItemError) -> SortRange? {
        guard let last = terms.last else { return nil }
        var side = KeySide(isPartition: false, hasSeveral: hasSeveral)
        for (attribute, term) in terms.dropLast() {
            guard case .compare(.equal, let value) = term else { throw .unsupportedKeyCondition }
            try side.append(try bytes(of: value, for: attribute), as: attribute.type)
        }
        guard hasSeveral else { return try range(last.term, for: last.attribute, behind: side) }
        return try rangeOfSeveral(last.term, for: last.attribute, behind: side)
    }

    /// The range where the sort key has one attribute.
    private func range(
        _ term: Term, for attribute: KeyAttribute, behind side: KeySide
    ) throws(ItemError) -> SortRange {
        switch term {
        case .between(let lower, let upper):
            return SortRange(
                lower: try bound(lower, of: attribute, behind: side),
                upper: try bound(upper, of: attribute, behind: side))
        case .beginsWith(let prefix): return try beginning(prefix, of: attribute, behind: side)
        case .notIndexable: throw .notIndexable
        case .compare(let comparator, let value):
            let bound = try bound(value, of: attribute, behind: side)
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

    /// The range where the sort key has several attributes: all keys that begin so, and a value of the last
    /// attribute named stands for all keys that begin with it.
    private func rangeOfSeveral(
        _ term: Term, for attribute: KeyAttribute, behind side: KeySide
    ) throws(ItemError) -> SortRange {
        let all = side.bytes.isEmpty ? SortRange() : SortRange(prefix: side.bytes)
        switch term {
        case .between(let lower, let upper):
            return SortRange(
                lower: try bound(lower, of: attribute, behind: side),
                upper: SortRange(prefix: try bound(upper, of: attribute, behind: side)).upper,
                isUpperIncluded: false)
        case .notIndexable: throw .notIndexable
        case .beginsWith(let prefix): return try beginning(prefix, of: attribute, behind: side)
        case .compare(let comparator, let value):
            let bound = try bound(value, of: attribute, behind: side)
            let equal = SortRange(prefix: bound)
            switch comparator {
            case .equal: return equal
            case .less: return SortRange(lower: all.lower, upper: bound, isUpperIncluded: false)
            case .lessOrEqual: return SortRange(lower: all.lower, upper: equal.upper, isUpperIncluded: false)
            case .greater: return SortRange(lower: equal.upper, upper: all.upper, isUpperIncluded: false)
            case .greaterOrEqual: return SortRange(lower: bound, upper: all.upper, isUpperIncluded: false)
            case .notEqual: throw .invalidKeyOperator("<>")
            }
        }
    }

    private func bound(
        _ value: AttributeValue, of attribute: KeyAttribute, behind side: KeySide
    ) throws(ItemError) -> [UInt8] {
        var side = side
        try side.append(try bytes(of: value, for: attribute), as: attribute.type)
        return side.bytes
    }

    private func beginning(
        _ prefix: AttributeValue, of attribute: KeyAttribute, behind side: KeySide
    ) throws(ItemError) -> SortRange {
        var side = side
        try side.append(beginning: try bytes(of: prefix, for: attribute))
        return SortRange(prefix: side.bytes)
    }

    private func bytes(of value: AttributeValue, for attribute: KeyAttribute) throws(ItemError) -> [UInt8] {
        guard value.type == attribute.type.attributeType else {
            throw .invalidParameter("Condition parameter type does not match schema type")
        }
        return try KeySchema.encode(value, of: attribute)
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
        // No text says it.
        case .isItem: throw .invalidKeyOperator("item")
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
    static let keyConditionCount = ItemError.validation("Conditions can be of length 1 or 2 only")

    fileprivate static func tooManyKeyConditions(_ count: Int, of attributeCount: Int) -> ItemError {
        .validation(
            "The number of query conditions (\(count)) exceeds the number of key attributes defined in the schema "
                + "(\(attributeCount))")
    }

    fileprivate static let notIndexable = ItemError.validation(
        "Attempted conditional constraint is not an indexable operation")
    fileprivate static let unsupportedKeyCondition = ItemError.validation("Query key condition not supported")

    fileprivate static func missingKeyCondition(_ name: String) -> ItemError {
        .validation("Query condition missed key schema element: \(name)")
    }

    fileprivate static func invalidKeyOperator(_ name: String) -> ItemError {
        .validation("Invalid operator used in KeyConditionExpression: \(name)")
    }
}
