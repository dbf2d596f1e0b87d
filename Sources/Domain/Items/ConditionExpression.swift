/// A ConditionExpression or FilterExpression. Source: DynamoDB Developer Guide, "Condition and filter
/// expressions, operators, and functions".
public struct ConditionExpression: Sendable {
    let condition: Condition
    /// The names of the attributes that it mentions.
    public let attributeNames: MemberSet<String>
    let nestedNames: MemberSet<String>
    /// Whether it was an older parameter, Expected or a filter: errors call it otherwise.
    public let isLegacy: Bool

    init(
        _ condition: Condition, attributeNames: MemberSet<String>, nestedNames: MemberSet<String>,
        isLegacy: Bool
    ) {
        self.condition = condition
        self.attributeNames = attributeNames
        self.nestedNames = nestedNames
        self.isLegacy = isLegacy
    }

    /// The condition of an older parameter, which knows no paths into attributes.
    init(legacy condition: Condition, attributeNames: MemberSet<String>) {
        self.init(condition, attributeNames: attributeNames, nestedNames: [], isLegacy: true)
    }

    /// Reads a condition; what it uses of `attributes` counts as used.
    /// - Parameter kind: condition or filter: how errors call it.
    /// - Throws: `validation` in AWS's words.
    public static func parse(
        _ text: String, kind: ExpressionKind = .condition, _ attributes: inout ExpressionAttributes
    ) throws(ItemError) -> ConditionExpression {
        var parser = try ExpressionParser(text, kind: kind, taking: &attributes)
        defer { attributes = parser.attributes }
        let condition = try parser.parseCondition()
        return ConditionExpression(
            condition, attributeNames: parser.attributeNames, nestedNames: parser.nestedNames,
            isLegacy: false)
    }

    /// The condition that an item is exactly `item`: no attribute more, less or other. No text says so; for our own writes.
    public static func isExactly(_ item: Item) -> ConditionExpression {
        ConditionExpression(.isItem(item), attributeNames: [], nestedNames: [], isLegacy: false)
    }

    /// Whether it holds for an item; nil is one that does not exist, and has no attributes.
    public func matches(_ item: Item?) throws(ItemError) -> Bool { condition.matches(item ?? Item()) }

    /// Checks that no path goes into a key attribute.
    /// - Throws: `validation` in AWS's words.
    public func checkKeyAccess(_ schema: KeySchema) throws(ItemError) {
        try schema.checkNotNested(nestedNames)
    }
}

extension KeySchema {
    /// - Throws: `validation` where a key attribute is among the names.
    func checkNotNested(_ names: MemberSet<String>) throws(ItemError) {
        for attribute in attributes where names.contains(attribute.name) {
            throw .validation(
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
                    + "Key: \(attribute.name)")
        }
    }
}
