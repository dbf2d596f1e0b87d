import Base
import Items
import Testing

/// Expected, in both of its forms. Source: API reference, "ExpectedAttributeValue".
@Suite struct LegacyExpectationTests {
    private static let one = AttributeValue.number(1)

    private func parse(_ expectation: LegacyExpectation) throws(ItemError) -> ConditionExpression? {
        try ConditionExpression.expected(["a": expectation], joinedBy: nil)
    }

    @Test(arguments: [
        (LegacyExpectation(value: one), #"{"a":{"N":"1"}}"#, true),
        (LegacyExpectation(value: one), #"{"a":{"N":"2"}}"#, false),
        (LegacyExpectation(value: one), "{}", false),
        (LegacyExpectation(value: one, exists: true), #"{"a":{"N":"1"}}"#, true),
        (LegacyExpectation(value: one, exists: true), #"{"a":{"S":"1"}}"#, false),
        (LegacyExpectation(exists: false), "{}", true),
        (LegacyExpectation(exists: false), #"{"a":{"NULL":true}}"#, false),
        (LegacyExpectation(comparison: .greater, arguments: [one]), #"{"a":{"N":"2"}}"#, true),
        (LegacyExpectation(comparison: .greater, value: one), #"{"a":{"N":"2"}}"#, true),
        (LegacyExpectation(comparison: .greater, value: one), #"{"a":{"N":"1"}}"#, false),
        (LegacyExpectation(comparison: .null), "{}", true),
        (LegacyExpectation(comparison: .notNull, arguments: []), "{}", false),
    ])
    func saysWhetherItHolds(_ expectation: LegacyExpectation, _ json: String, _ holds: Bool) throws {
        let condition = try #require(try parse(expectation))
        #expect(try condition.matches(try item(json)) == holds)
        #expect(condition.attributeNames == ["a"])
    }

    @Test(arguments: [
        (LegacyExpectation(), "Value must be provided when Exists is null for Attribute: a"),
        (LegacyExpectation(exists: true), "Value must be provided when Exists is true for Attribute: a"),
        (
            LegacyExpectation(value: one, exists: false),
            "Value cannot be used when Exists is false for Attribute: a"
        ),
        (
            LegacyExpectation(arguments: [one]),
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"
        ),
        (
            LegacyExpectation(arguments: [one], exists: false),
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"
        ),
        (
            LegacyExpectation(comparison: .equal, arguments: [one], value: one),
            "Value and AttributeValueList cannot be used together for Attribute: a"
        ),
        (
            LegacyExpectation(arguments: [one], value: one),
            "Value and AttributeValueList cannot be used together for Attribute: a"
        ),
        (
            LegacyExpectation(comparison: .equal, arguments: [one], exists: true),
            "Exists and ComparisonOperator cannot be used together for Attribute: a"
        ),
        (
            LegacyExpectation(comparison: .equal, value: one, exists: false),
            "Exists and ComparisonOperator cannot be used together for Attribute: a"
        ),
        (
            LegacyExpectation(comparison: .contains),
            "Value or AttributeValueList must be used with ComparisonOperator: CONTAINS for Attribute: a"
        ),
        (
            LegacyExpectation(comparison: .equal, arguments: []),
            "Invalid number of argument(s) for the EQ ComparisonOperator"
        ),
        (
            LegacyExpectation(comparison: .null, value: one),
            "Invalid number of argument(s) for the NULL ComparisonOperator"
        ),
        (
            LegacyExpectation(comparison: .between, value: one),
            "Invalid number of argument(s) for the BETWEEN ComparisonOperator"
        ),
        (
            LegacyExpectation(comparison: .contains, value: .list([])),
            "ComparisonOperator CONTAINS is not valid for L AttributeValue type"
        ),
    ])
    func refusesWhatContradictsItself(_ expectation: LegacyExpectation, _ error: String) {
        #expect(
            throws: ItemError.validation("One or more parameter values were invalid: \(error)")
        ) { try parse(expectation) }
    }
}
