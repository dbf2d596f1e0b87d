import Base
import Items
import Testing

/// `é` in one scalar and in two are two names, however alike Swift's own strings find them: whoever asks for both has named both,
/// and a policy must see both.
@Suite struct ExactNamesTests {
    private static let composed = "\u{E9}"
    private static let decomposed = "e\u{301}"
    private let both: MemberSet<String> = [composed, decomposed]

    private func attributes() -> ExpressionAttributes {
        ExpressionAttributes(
            names: ["#c": Self.composed, "#d": Self.decomposed],
            values: [":a": .string("a"), ":b": .string("b")])
    }

    @Test func conditionsMentionBoth() throws {
        var attributes = attributes()
        let condition = try ConditionExpression.parse("#c = :a AND #d = :b", &attributes)
        #expect(condition.attributeNames == both)
        #expect(condition.attributeNames.count == 2)
        #expect(try condition.matches([Self.composed: .string("a"), Self.decomposed: .string("b")]))
        #expect(try !condition.matches([Self.composed: .string("a")]))
    }

    @Test func filtersMentionBoth() throws {
        var attributes = attributes()
        let filter = try ConditionExpression.parse("#d > #c", kind: .filter, &attributes)
        #expect(filter.attributeNames.count == 2)
    }

    @Test(arguments: [
        "SET #c = #d", "SET #c = :a REMOVE #d", "SET #d = if_not_exists(#c, :a)", "REMOVE #c.x, #d[0]",
    ])
    func updatesMentionBoth(_ text: String) throws {
        var attributes = attributes()
        #expect(try UpdateExpression.parse(text, &attributes).attributeNames == both)
    }

    @Test func projectionsMentionBoth() throws {
        var attributes = attributes()
        let projection = try ProjectionExpression.parse("#c, #d", &attributes)
        #expect(projection.attributeNames == both)
        #expect(
            try ProjectionExpression.attributesToGet([Self.composed, Self.decomposed]).attributeNames == both)
    }

    @Test func keyConditionsMentionBoth() throws {
        var attributes = attributes()
        let condition = try KeyConditionExpression.parse("#c = :a AND #d = :b", &attributes)
        #expect(condition.attributeNames == both)
        let schema = KeySchema(
            partition: KeyAttribute(name: Self.decomposed, type: .string),
            sort: KeyAttribute(name: Self.composed, type: .string))
        let keys = try condition.resolve(schema: schema)
        #expect(keys.partitionBytes == Array("b".utf8))
        #expect(keys.sort?.lower == Array("a".utf8))
    }

    @Test func olderParametersMentionBoth() throws {
        let one = LegacyCondition(.equal, [.string("a")])
        let conditions = LegacyEntries([(Self.composed, one), (Self.decomposed, one)])
        #expect(try KeyConditionExpression.keyConditions(conditions).attributeNames == both)
        #expect(try ConditionExpression.filter(conditions, joinedBy: .or)?.attributeNames == both)
        let expectation = LegacyExpectation(exists: false)
        let expected = LegacyEntries([(Self.composed, expectation), (Self.decomposed, expectation)])
        #expect(try ConditionExpression.expected(expected, joinedBy: nil)?.attributeNames == both)
    }

    /// A path into one of them is not one into the other, which is a key.
    @Test func aPathIntoTheOtherNameIsNoneIntoTheKey() throws {
        var attributes = attributes()
        let condition = try ConditionExpression.parse("#c.x = :a", &attributes)
        try condition.checkKeyAccess(KeySchema(partition: KeyAttribute(name: Self.decomposed, type: .string)))
        #expect(throws: ItemError.self) {
            try condition.checkKeyAccess(
                KeySchema(partition: KeyAttribute(name: Self.composed, type: .string)))
        }
    }

    /// The Kelvin sign is Swift's `K`: it must not hide behind it, whichever comes first.
    @Test(arguments: [["#K", "#\u{212A}"], ["#\u{212A}", "#K"]])
    func aKeyThatOnlyLooksRightIsRefused(_ keys: [String]) throws {
        var reader = JSONReader(Array("{\"\(keys[0])\":\"a\",\"\(keys[1])\":\"b\"}".utf8))
        let names = try ExpressionAttributes.readNames(from: &reader)
        let text = "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\u{212A}\""
        let error = try #require(throws: ItemError.self) {
            try ExpressionAttributes(names: names).checkKeys()
        }
        guard case .validation(let found) = error else { throw error }
        #expect(found.utf8.elementsEqual(text.utf8))
    }

    @Test(arguments: [[":K", ":\u{212A}"], [":\u{212A}", ":K"]])
    func aValuesKeyThatOnlyLooksRightIsRefused(_ keys: [String]) throws {
        var reader = JSONReader(Array("{\"\(keys[0])\":{\"S\":\"a\"},\"\(keys[1])\":{\"S\":\"b\"}}".utf8))
        let values = try ExpressionAttributes.readValues(from: &reader)
        #expect(throws: ItemError.self) { try ExpressionAttributes(values: values).checkKeys() }
    }

    @Test func textsAsKeysAreToldApartByTheirBytes() {
        let texts: [ExactText: Int] = [ExactText(Self.composed): 1, ExactText(Self.decomposed): 2]
        #expect(texts[ExactText(Self.composed)] == 1)
        #expect(texts[ExactText(Self.decomposed)] == 2)
        #expect(texts[ExactText("e")] == nil)
    }

    @Test func setsTakeAMemberOnce() {
        var names: MemberSet<String> = ["b"]
        let isNew = [Self.composed, Self.decomposed, Self.composed, "b"].map { names.insert($0) }
        #expect(isNew == [true, true, false, false])
        #expect(
            names.members.map { Array($0.utf8) }
                == ["b", Self.decomposed, Self.composed].map { Array($0.utf8) })
    }
}
