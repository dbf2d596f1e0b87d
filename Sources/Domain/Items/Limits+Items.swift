import Base

extension Limits {
    /// The largest item, in bytes by `Item.sizeBytes`. Source: DynamoDB Developer Guide, "Service, account
    /// and table quotas", like the others here.
    public static let itemBytesMax = 409_600
    /// The longest partition key value, in bytes; where it has several attributes, of all together.
    public static let partitionKeyBytesMax = 2048
    /// The longest sort key value, in bytes; where it has several attributes, of all together.
    public static let sortKeyBytesMax = 1024
    /// How many attributes a global index's partition key may have, and its sort key. Source: Developer Guide,
    /// "Multi-attribute keys pattern".
    public static let keySideAttributesMax = 4
    /// The longest attribute name, in bytes.
    public static let attributeNameBytesMax = 65_535
    /// How many levels a value may have: lists and maps inside each other, and the value in the innermost
    /// one.
    public static let nestingLevelsMax = 32
    /// The longest expression, in bytes.
    public static let expressionBytesMax = 4096
    /// How many operators an expression may have.
    public static let expressionOperatorsMax = 300
    /// How many operands IN may have behind it.
    public static let inOperandsMax = 100
    /// How deep parentheses, NOT and functions may stand inside each other in an expression. Ours: AWS names
    /// no number but refuses doubled parentheses and more than 300 operators, so that 300 is never reached by
    /// a valid one.
    static let expressionDepthMax = 310
}
