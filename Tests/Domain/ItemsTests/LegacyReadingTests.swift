import Base
import Items
import Testing

/// KeyConditions and AttributesToGet. Source: API reference, Query's KeyConditions and AttributesToGet.
@Suite struct LegacyReadingTests {
    typealias Comparison = LegacyCondition.Comparison

    private let strings = KeySchema(
        partition: KeyAttribute(name: "pk", type: .string), sort: KeyAttribute(name: "sk", type: .string))
    private let single = KeySchema(partition: KeyAttribute(name: "pk", type: .string))
    private static let isA = LegacyCondition(.equal, [.string("a")])

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func sort(
        _ comparison: Comparison, _ arguments: String...
    ) throws(ItemError) -> SortRange? {
        try KeyConditionExpression.keyConditions([
            "sk": LegacyCondition(comparison, arguments.map { .string($0) }), "pk": Self.isA,
        ]).resolve(schema: strings).sort
    }

    @Test func resolvesToTheSameRangesAsExpressions() throws {
        #expect(try sort(.equal, "m") == SortRange(lower: bytes("m"), upper: bytes("m")))
        #expect(try sort(.less, "m") == SortRange(upper: bytes("m"), isUpperIncluded: false))
        #expect(try sort(.lessOrEqual, "m") == SortRange(upper: bytes("m")))
        #expect(try sort(.greater, "m") == SortRange(lower: bytes("m"), isLowerIncluded: false))
        #expect(try sort(.greaterOrEqual, "m") == SortRange(lower: bytes("m")))
        #expect(try sort(.beginsWith, "m") == SortRange(prefix: bytes("m")))
        #expect(try sort(.between, "m", "n") == SortRange(lower: bytes("m"), upper: bytes("n")))
        let whole = try KeyConditionExpression.keyConditions(["pk": Self.isA])
        #expect(whole.attributeNames == ["pk"])
        let resolved = try whole.resolve(schema: strings)
        #expect(resolved.partition == .string("a"))
        #expect(resolved.partitionBytes == bytes("a"))
        #expect(resolved.sort == nil)
    }

    /// More than two are for an index whose key has several attributes. They work as in a KeyConditionExpression.
    @Test func readsConditionsOnSeveralAttributes() throws {
        let conditions = try KeyConditionExpression.keyConditions([
            "h1": Self.isA, "h2": LegacyCondition(.equal, [.number(1)]), "r1": Self.isA,
            "r2": LegacyCondition(.greater, [.number(1)]),
        ])
        var attributes = ExpressionAttributes(values: [":a": .string("a"), ":one": .number(1)])
        let expression = try KeyConditionExpression.parse(
            "h1 = :a AND h2 = :one AND r1 = :a AND r2 > :one", &attributes)
        let (found, expected) = (
            try conditions.resolve(schema: MultiAttributeKeyTests.schema),
            try expression.resolve(schema: MultiAttributeKeyTests.schema)
        )
        #expect(found.partitionBytes == expected.partitionBytes)
        #expect(found.sort == expected.sort)
        #expect(throws: ItemError.validation("Conditions can be of length 1 or 2 only")) {
            _ = try conditions.resolve(schema: strings)
        }
    }

    @Test(
        arguments: [
            ([:], "Conditions can be of length 1 or 2 only"),
            // The arguments are counted first.
            (
                ["a": isA, "b": isA, "c": LegacyCondition(.null, [.null])],
                "One or more parameter values were invalid: Invalid number of argument(s) for the NULL ComparisonOperator"
            ),
            (
                ["pk": LegacyCondition(.beginsWith, [.number(1)])],
                "One or more parameter values were invalid: ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"
            ),
        ] as [(LegacyEntries<LegacyCondition>, String)])
    func refusesToParse(_ conditions: LegacyEntries<LegacyCondition>, _ error: String) {
        #expect(throws: ItemError.validation(error)) { try KeyConditionExpression.keyConditions(conditions) }
    }

    private static let mismatch =
        "One or more parameter values were invalid: Condition parameter type does not match schema type"
    private static let notIndexable = "Attempted conditional constraint is not an indexable operation"

    private typealias Refusal = (LegacyEntries<LegacyCondition>, String)

    private static let unresolvable: [Refusal] = [
        (["sk": isA], "Query condition missed key schema element: pk"),
        (["pk": isA, "x": isA], "Query condition missed key schema element: sk"),
        (["pk": LegacyCondition(.lessOrEqual, [.string("a")])], "Query key condition not supported"),
        (
            ["pk": LegacyCondition(.between, [.string("a"), .string("b")])],
            "Query key condition not supported"
        ),
        (["pk": LegacyCondition(.equal, [.number(1)])], mismatch),
        (["pk": isA, "sk": LegacyCondition(.equal, [.number(1)])], mismatch),
        (["pk": LegacyCondition(.null)], notIndexable), (["pk": LegacyCondition(.notNull)], notIndexable),
        (["pk": LegacyCondition(.notEqual, [.string("a")])], notIndexable),
        (["pk": isA, "sk": LegacyCondition(.contains, [.string("a")])], notIndexable),
        (["pk": isA, "sk": LegacyCondition(.notContains, [.string("a")])], notIndexable),
        (["pk": isA, "sk": LegacyCondition(.isIn, [.string("a")])], notIndexable),
        (["pk": isA, "sk": LegacyCondition(.notEqual, [.string("a")])], notIndexable),
    ]

    @Test(arguments: unresolvable)
    func refusesToResolve(_ conditions: LegacyEntries<LegacyCondition>, _ error: String) throws {
        let condition = try KeyConditionExpression.keyConditions(conditions)
        #expect(throws: ItemError.validation(error)) { _ = try condition.resolve(schema: strings) }
    }

    @Test func refusesASortConditionWhereThereIsNoSortKey() throws {
        let condition = try KeyConditionExpression.keyConditions(["pk": Self.isA, "sk": Self.isA])
        #expect(throws: ItemError.validation("Query key condition not supported")) {
            _ = try condition.resolve(schema: single)
        }
    }

    @Test func attributesToGetAreNotPaths() throws {
        let projection = try ProjectionExpression.attributesToGet(["b", "x.y", "a", "absent"])
        #expect(projection.isLegacy)
        #expect(projection.attributeNames == ["a", "b", "x.y", "absent"])
        let item: Item = ["a": .null, "b": .null, "c": .null, "x": .map(["y": .null]), "x.y": .number(1)]
        #expect(projection.project(item) == ["a": .null, "b": .null, "x.y": .number(1)])
    }

    @Test func refusesEmptyNames() {
        let empty = ItemError.validation("Empty attribute name")
        #expect(throws: empty) { try ProjectionExpression.attributesToGet(["a", ""]) }
        #expect(throws: empty) { try KeyConditionExpression.keyConditions(["": Self.isA]) }
        #expect(throws: empty) { try ConditionExpression.filter(["": Self.isA], joinedBy: nil) }
        #expect(throws: empty) {
            try ConditionExpression.expected(["": LegacyExpectation(exists: false)], joinedBy: nil)
        }
        #expect(throws: empty) { try UpdateExpression.attributeUpdates(["": LegacyUpdate(.delete)]) }
    }

    @Test func refusesANameThatStandsTwice() {
        #expect(
            throws: ItemError.validation(
                "One or more parameter values were invalid: Duplicate value in attribute name: a")
        ) { try ProjectionExpression.attributesToGet(["a", "b", "a"]) }
    }
}
