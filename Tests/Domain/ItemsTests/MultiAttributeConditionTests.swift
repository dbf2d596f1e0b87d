import Base
import Items
import Testing

/// Key conditions over several attributes, against comparing the items' attributes one by one.
@Suite struct MultiAttributeConditionTests {
    private let schema = MultiAttributeKeyTests.schema

    private func parse(_ text: String, _ values: [String: AttributeValue]) throws -> KeyConditionExpression {
        var attributes = ExpressionAttributes(values: values)
        return try KeyConditionExpression.parse(text, &attributes)
    }

    private static let values: [String: AttributeValue] = [
        ":h1": .string("h"), ":h2": .number(7), ":a": .string("a"), ":b": .string("b"),
        ":one": .number(1), ":ten": .number(10), ":bytes": .binary([0, 1]), ":empty": .string(""),
    ]

    /// Every kind of condition on the sort key: the range holds the keys of the items for which the same text holds as a
    /// condition on the item.
    @Test(arguments: [
        "r1 = :a", "r1 < :b", "r1 <= :a", "r1 > :a", "r1 >= :b", "begins_with(r1, :a)",
        "r1 BETWEEN :a AND :b", "r1 = :a AND r2 = :one", "r1 = :a AND r2 > :one", "r1 = :a AND r2 < :ten",
        "r2 >= :one AND r1 = :a", "r1 = :a AND r2 <= :one", "r1 = :a AND r2 BETWEEN :one AND :ten",
        "r1 = :a AND r2 = :one AND begins_with(r3, :bytes)", "r1 = :a AND r2 = :one AND r3 > :bytes",
        "r1 = :a AND r2 = :one AND r3 <= :bytes", "r1 = :a AND r2 = :one AND r3 = :bytes",
    ])
    func rangeHoldsWhatTheConditionSays(_ text: String) throws {
        let resolved = try parse("h1 = :h1 AND h2 = :h2 AND \(text)", Self.values).resolve(schema: schema)
        let range = try #require(resolved.sort)
        var attributes = ExpressionAttributes(values: Self.values)
        let condition = try ConditionExpression.parse(text, kind: .filter, &attributes)
        var counts: [Bool: Int] = [:]
        for r1 in ["a", "a\u{0}", "a\u{0}b", "aa", "b", "b\u{1}", "c", "A"] {
            for r2 in ["-10", "0", "1", "2", "10", "11", "100"] {
                for r3 in [[0], [0, 1], [0, 1, 0], [0, 2], [1], [0xFF]] as [[UInt8]] {
                    let number = try Number(parsing: r2)
                    let item: Item = [
                        "h1": .string("h"), "h2": .number(7), "r1": .string(r1), "r2": .number(number),
                        "r3": .binary(r3),
                    ]
                    let key = try schema.key(ofItem: item)
                    #expect(resolved.partitionBytes == key.partition)
                    let isIn = try condition.matches(item)
                    #expect(range.contains(key.sort) == isIn, "\(r1) \(r2) \(r3)")
                    counts[isIn, default: 0] += 1
                }
            }
        }
        #expect(counts.count == 2)
    }

    @Test func partitionAloneHoldsAll() throws {
        let resolved = try parse("h2 = :h2 AND h1 = :h1", Self.values).resolve(schema: schema)
        #expect(resolved.partition == .string("h"))
        #expect(resolved.sort == nil)
    }

    @Test(arguments: [
        ("h1 = :h1", "Query condition missed key schema element: h2"),
        ("h2 = :h2 AND r1 = :a", "Query condition missed key schema element: h1"),
        ("h1 = :h1 AND h2 > :h2", "Query key condition not supported"),
        ("h1 = :h1 AND h2 BETWEEN :one AND :ten", "Query key condition not supported"),
        ("h1 = :h1 AND h2 = :h2 AND r2 = :one", "Query condition missed key schema element: r1"),
        (
            "h1 = :h1 AND h2 = :h2 AND r1 = :a AND r3 = :bytes",
            "Query condition missed key schema element: r2"
        ),
        ("h1 = :h1 AND h2 = :h2 AND r1 > :a AND r2 = :one", "Query key condition not supported"),
        (
            "h1 = :h1 AND h2 = :h2 AND begins_with(r1, :a) AND r2 = :one", "Query key condition not supported"
        ),
        ("h1 = :h1 AND h2 = :h2 AND x = :a", "Query condition missed key schema element: r1"),
        (
            "h1 = :h1 AND h2 = :h2 AND r1 = :a AND r2 = :one AND r3 = :bytes AND x = :a",
            "The number of query conditions (6) exceeds the number of key attributes defined in the schema (5)"
        ),
        ("h1 = :h1 AND h2 = :h2 AND r1 = :one", KeyConditionExpressionTests.mismatch),
        ("h1 = :h1 AND h2 = :a", KeyConditionExpressionTests.mismatch),
        (
            "h1 = :empty AND h2 = :h2",
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: h1"
        ),
    ])
    func refusesToResolve(_ text: String, _ error: String) throws {
        let condition = try parse(text, Self.values)
        #expect(throws: ItemError.validation(error)) { _ = try condition.resolve(schema: schema) }
    }

    @Test func prefixesAreLimitedToo() throws {
        var values = Self.values
        values[":a"] = .string(String(repeating: "x", count: 1024))
        let condition = try parse("h1 = :h1 AND h2 = :h2 AND r1 = :a AND r2 = :one", values)
        #expect(
            throws: ItemError.validation(
                "One or more parameter values were invalid: "
                    + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
        ) { _ = try condition.resolve(schema: schema) }
    }
}
