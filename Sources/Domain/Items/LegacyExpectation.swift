/// What Expected says of one attribute: a value or its absence, or an operator with arguments. Source: API
/// reference, "ExpectedAttributeValue".
public struct LegacyExpectation: Sendable {
    /// ComparisonOperator.
    public var comparison: LegacyCondition.Comparison?
    /// AttributeValueList; nil where the request has none.
    public var arguments: [AttributeValue]?
    /// Value: the same as one argument, and equality where there is no operator.
    public var value: AttributeValue?
    /// Exists: false wants the attribute absent; true says no more than `value` does.
    public var exists: Bool?

    /// An expectation of these parts, unchecked.
    public init(
        comparison: LegacyCondition.Comparison? = nil, arguments: [AttributeValue]? = nil,
        value: AttributeValue? = nil, exists: Bool? = nil
    ) {
        self.comparison = comparison
        self.arguments = arguments
        self.value = value
        self.exists = exists
    }

    /// What it means for an attribute.
    /// - Throws: `validation` where the parts contradict each other, in AWS's words.
    func condition(on name: String) throws(ItemError) -> Condition {
        if value != nil, arguments != nil {
            throw .invalidParameter(
                "Value and AttributeValueList cannot be used together for Attribute: \(name)")
        }
        guard let comparison else { return try plainCondition(on: name) }
        if exists != nil {
            throw .invalidParameter(
                "Exists and ComparisonOperator cannot be used together for Attribute: \(name)")
        }
        guard let given = arguments ?? value.map({ [$0] }) else {
            guard comparison == .null || comparison == .notNull else {
                throw .invalidParameter(
                    "Value or AttributeValueList must be used with ComparisonOperator: "
                        + "\(comparison.rawValue) for Attribute: \(name)")
            }
            return try LegacyCondition(comparison).condition(on: name)
        }
        return try LegacyCondition(comparison, given).condition(on: name)
    }

    private func plainCondition(on name: String) throws(ItemError) -> Condition {
        if arguments != nil {
            throw .invalidParameter(
                "AttributeValueList can only be used with a ComparisonOperator for Attribute: \(name)")
        }
        switch (exists, value) {
        case (false?, nil): return .notExists(DocumentPath(name))
        case (false?, _?):
            throw .invalidParameter("Value cannot be used when Exists is false for Attribute: \(name)")
        case (_, let value?): return .compare(.equal, .path(DocumentPath(name)), .value(value))
        case (let exists, nil):
            throw .invalidParameter(
                "Value must be provided when Exists is \(exists.map { "\($0)" } ?? "null") "
                    + "for Attribute: \(name)")
        }
    }
}
