import Base
import Items
import Testing

@Suite struct KeyConditionExpressionTests {
    private let strings = KeySchema(
        partition: KeyAttribute(name: "pk", type: .string), sort: KeyAttribute(name: "sk", type: .string))
    private let numbers = KeySchema(
        partition: KeyAttribute(name: "pk", type: .string), sort: KeyAttribute(name: "sk", type: .number))
    private let single = KeySchema(partition: KeyAttribute(name: "pk", type: .string))

    private func parse(_ text: String) throws(ItemError) -> KeyConditionExpression {
        var attributes = try sharedAttributes()
        return try KeyConditionExpression.parse(text, &attributes)
    }

    @Test func resolvesThePartition() throws {
        let condition = try parse("pk = :a")
        #expect(condition.attributeNames == ["pk"])
        for schema in [strings, single] {
            let key = try condition.resolve(schema: schema)
            #expect(key.partition == .string("a"))
            #expect(key.partitionBytes == [0x61])
            #expect(key.sort == nil)
        }
    }

    private static let (a, b): ([UInt8], [UInt8]) = ([0x61], [0x62])

    @Test(arguments: [
        ("sk = :a", SortRange(lower: a, upper: a)), ("sk < :a", SortRange(upper: a, isUpperIncluded: false)),
        ("sk <= :a", SortRange(upper: a)), ("sk > :a", SortRange(lower: a, isLowerIncluded: false)),
        ("sk >= :a", SortRange(lower: a)), (":a >= sk", SortRange(upper: a)),
        (":a < sk", SortRange(lower: a, isLowerIncluded: false)),
        ("sk BETWEEN :a AND :b", SortRange(lower: a, upper: b)),
        ("begins_with(sk, :a)", SortRange(lower: a, upper: b, isUpperIncluded: false)),
        ("(sk = :a)", SortRange(lower: a, upper: a)),
    ])
    func resolvesTheSortRange(_ text: String, _ range: SortRange) throws {
        #expect(try parse("pk = :b AND \(text)").resolve(schema: strings).sort == range)
        #expect(try parse("\(text) AND (:b = pk)").resolve(schema: strings).sort == range)
    }

    @Test func rangesHoldWhatTheySay() throws {
        let range = try #require(
            try parse("pk = :a AND sk BETWEEN :one AND :ten").resolve(schema: numbers).sort)
        let keys = try ["0.99", "1", "9", "10", "10.01"].map { text in
            var bytes: [UInt8] = []
            try Number(parsing: text).append(to: &bytes)
            return range.contains(bytes)
        }
        #expect(keys == [false, true, true, true, false])
        let prefix = SortRange(prefix: [1, 0xFF])
        #expect(
            [[1, 0xFE], [1, 0xFF], [1, 0xFF, 0xFF], [2], [1]].map(prefix.contains) == [
                false, true, true, false, false,
            ])
        #expect(SortRange(prefix: [0xFF, 0xFF]).upper == nil)
        #expect(SortRange(prefix: [0xFF, 0xFF]).contains([0xFF, 0xFF, 0xFF]))
    }

    @Test(arguments: [
        ("pk = :a OR sk = :a", "Invalid operator used in KeyConditionExpression: OR"),
        ("NOT pk = :a", "Invalid operator used in KeyConditionExpression: NOT"),
        ("pk <> :a", "Invalid operator used in KeyConditionExpression: <>"),
        ("pk IN (:a)", "Invalid operator used in KeyConditionExpression: IN"),
        ("attribute_exists(pk)", "Invalid operator used in KeyConditionExpression: attribute_exists"),
        ("attribute_not_exists(pk)", "Invalid operator used in KeyConditionExpression: attribute_not_exists"),
        ("attribute_type(pk, :S)", "Invalid operator used in KeyConditionExpression: attribute_type"),
        ("contains(pk, :a)", "Invalid operator used in KeyConditionExpression: contains"),
        ("pk.a = :a", "KeyConditionExpressions cannot have conditions on nested attributes"),
        (
            "pk = sk",
            "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
        ),
        (":a = :b", "Invalid condition in KeyConditionExpression: No key attribute specified"),
        ("size(pk) = :one", "KeyConditionExpressions cannot contain nested operations"),
        ("pk = :a AND pk = :b", onePerKey),
        // That comes before their number.
        ("pk = :a AND sk > :a AND sk < :b", onePerKey),
        (
            ":a BETWEEN pk AND sk",
            "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its first operand"
        ),
        (
            "begins_with(:a, pk)",
            "Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand"
        ), ("pk", #"Invalid KeyConditionExpression: Syntax error; token: "<EOF>", near: "pk""#),
        (
            "name = :a",
            "Invalid KeyConditionExpression: Attribute name is a reserved keyword; reserved keyword: name"
        ),
        (
            "begins_with(pk, :one)",
            "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"
        ),
    ])
    func refusesToParse(_ text: String, _ error: String) {
        #expect(throws: ItemError.validation(error)) { try parse(text) }
    }

    /// The first fault that stands in the expression, whether a value is missing or of a wrong kind.
    @Test(arguments: [
        ("pk = :z AND begins_with(sk, :one)", undefined), ("begins_with(sk, :one) AND pk = :z", operandType),
        ("pk = :a AND begins_with(sk, :one) AND sk = :z", operandType),
        ("pk = :a AND begins_with(sk, :one) AND sk > :a", operandType),
        ("pk = :a AND sk BETWEEN :true AND :z", undefined),
    ])
    func namesTheFirstFault(_ text: String, _ error: String) {
        #expect(throws: ItemError.validation("Invalid KeyConditionExpression: \(error)")) {
            try parse(text)
        }
    }

    static let onePerKey =
        "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"
    static let undefined =
        "An expression attribute value used in expression is not defined; attribute value: :z"
    static let operandType =
        "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"
    static let mismatch =
        "One or more parameter values were invalid: Condition parameter type does not match schema type"

    @Test(arguments: [
        ("sk = :one", "Query condition missed key schema element: pk"),
        (
            "pk = :a AND sk = :one AND x = :a",
            "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)"
        ),
        ("pk > :a", "Query key condition not supported"),
        ("pk = :a AND x = :one", "Query condition missed key schema element: sk"), ("pk = :one", mismatch),
        ("pk = :a AND sk = :a", mismatch),
        ("pk = :a AND begins_with(sk, :a)", mismatch), ("pk = :a AND sk = :true", mismatch),
        (
            "pk = :empty",
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"
        ),
    ])
    func refusesToResolve(_ text: String, _ error: String) throws {
        let condition = try parse(text)
        #expect(throws: ItemError.validation(error)) { _ = try condition.resolve(schema: numbers) }
    }

    /// Raw bytes count, in reads as in writes.
    @Test func refusesValuesLongerThanAKeyCanBe() throws {
        let schema = KeySchema(
            partition: KeyAttribute(name: "pk", type: .string), sort: KeyAttribute(name: "sk", type: .binary))
        let resolve = { (partition: Int, sort: Int) throws(ItemError) in
            var attributes = ExpressionAttributes(values: [
                ":p": .string(String(repeating: "é", count: partition / 2)),
                ":s": .binary([UInt8](repeating: 0, count: sort)),
            ])
            return try KeyConditionExpression.parse("pk = :p AND begins_with(sk, :s)", &attributes)
                .resolve(schema: schema).partitionBytes.count
        }
        #expect(try resolve(2048, 1024) == 2048)
        let invalid = "One or more parameter values were invalid: "
        #expect(
            throws: ItemError.validation(
                "\(invalid)Size of hashkey has exceeded the maximum size limit of2048 bytes")
        ) { try resolve(2050, 1024) }
        #expect(
            throws: ItemError.validation(
                "\(invalid)Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
        ) { try resolve(2048, 1025) }
    }

    @Test func refusesASortConditionWhereThereIsNoSortKey() throws {
        let condition = try parse("pk = :a AND sk = :a")
        #expect(
            throws: ItemError.validation(
                "The number of query conditions (2) exceeds the number of key attributes defined in the schema (1)"
            )
        ) { _ = try condition.resolve(schema: single) }
        let older = try KeyConditionExpression.keyConditions([
            "pk": LegacyCondition(.equal, [.string("a")]), "sk": LegacyCondition(.equal, [.string("a")]),
        ])
        #expect(throws: ItemError.validation("Query key condition not supported")) {
            _ = try older.resolve(schema: single)
        }
    }
}
