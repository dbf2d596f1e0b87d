import Base

extension Limits {
    /// The longest statement, in UTF-16 units. Source: API reference, "ExecuteStatement", `Statement`.
    public static let statementUnitsMax = 8192
    /// How deep parentheses, lists, maps, sets, NOT and calls may stand inside each other in a statement.
    /// Ours: values nest 32 deep at the most, and what is deeper in parentheses means the same without them.
    static let statementDepthMax = 128
    /// How many partitions or keys one statement may be after. Source: DynamoDB Developer Guide, "PartiQL
    /// operators": 50 values of the partition key behind IN.
    public static let statementRangesMax = 50
}
