import Base
import FoundationEssentials
import Items
import Testing

@Suite struct ExpressionAttributesTests {
    @Test func tellsWhatExpressionsDidNotUse() throws {
        var attributes = ExpressionAttributes(
            names: ["#a": "a", "#b": "b", "#c": "c"], values: [":a": .null, ":b": .null])
        _ = try ConditionExpression.parse("#b = :a", &attributes)
        #expect(
            throws: ItemError.validation(
                "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #c}")
        ) { try attributes.checkAllUsed() }
        _ = try ProjectionExpression.parse("#a, #c", &attributes)
        #expect(
            throws: ItemError.validation(
                "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}")
        ) { try attributes.checkAllUsed() }
        _ = try UpdateExpression.parse("SET x = :b", &attributes)
        try attributes.checkAllUsed()
        try ExpressionAttributes().checkAllUsed()
    }

    @Test(arguments: [
        (ExpressionAttributes(names: [:]), "ExpressionAttributeNames must not be empty"),
        (ExpressionAttributes(values: [:]), "ExpressionAttributeValues must not be empty"),
        (
            ExpressionAttributes(names: ["a": "a"]),
            #"ExpressionAttributeNames contains invalid key: Syntax error; key: "a""#
        ),
        (
            ExpressionAttributes(names: ["#": "a"]),
            ##"ExpressionAttributeNames contains invalid key: Syntax error; key: "#""##
        ),
        (
            ExpressionAttributes(names: ["#a-b": "a"]),
            ##"ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b""##
        ),
        (
            ExpressionAttributes(names: ["#a": ""]),
            "ExpressionAttributeNames contains invalid value: Empty attribute name; key: #a"
        ),
        (
            ExpressionAttributes(names: ["#a": String(repeating: "a", count: 65_536)]),
            "ExpressionAttributeNames contains invalid value: Attribute name is too large, must be less than 65536 bytes; key: #a"
        ),
        (
            ExpressionAttributes(values: ["#a": .null]),
            ##"ExpressionAttributeValues contains invalid key: Syntax error; key: "#a""##
        ),
    ])
    func refusesMalformedKeys(_ attributes: ExpressionAttributes, _ text: String) {
        #expect(throws: ItemError.validation(text)) { try attributes.checkKeys() }
    }

    @Test func acceptsProperKeysAndRefusesThemWithoutExpressions() throws {
        let names = ExpressionAttributes(names: ["#0_aZ": "a"])
        try names.checkKeys()
        #expect(
            throws: ItemError.validation(
                "ExpressionAttributeNames can only be specified when using expressions")
        ) {
            try names.checkAbsent()
        }
        try ExpressionAttributes().checkAbsent()
    }

    @Test(arguments: [
        (
            #"{":a":{"S":"a"},":b":{"N":"x"}}"#,
            "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :b"
        ),
        (
            #"{":b":{"L":[{}]}}"#,
            "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :b"
        ),
        (
            #"{":b":{"a":""},"b":{"S":"a"}}"#,
            #"ExpressionAttributeValues contains invalid key: Syntax error; key: "b""#
        ),
    ])
    func namesTheKeyOfAWrongValue(_ json: String, _ text: String) {
        #expect(throws: ItemError.validation(text)) {
            var reader = JSONReader(Array(json.utf8))
            _ = try ExpressionAttributes.readValues(from: &reader)
        }
    }

    @Test func readsNamesAndValues() throws {
        var reader = JSONReader(Array(##"{"#a":"x"}"##.utf8))
        #expect(try ExpressionAttributes.readNames(from: &reader) == ["#a": "x"])
        reader = JSONReader(Array(#"{":a":{"N":"1.0"}}"#.utf8))
        #expect(try ExpressionAttributes.readValues(from: &reader) == [":a": .number(1)])
        reader = JSONReader(Array(##"{"#a":1}"##.utf8))
        #expect(throws: ItemError.serialization("NUMBER_VALUE cannot be converted to String")) {
            try ExpressionAttributes.readNames(from: &reader)
        }
    }
}

@Suite struct ReservedWordsTests {
    /// The guide's list, from the data folder beside the package.
    private static let listed: [String] = {
        let folder =
            ProcessInfo.processInfo.environment["HOMEROOM_SHARED"] ?? "../shared"
        let bytes =
            FileManager.default.contents(atPath: folder + "/data/dynamodb/reserved-words.txt") ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }()

    @Test(.enabled(if: !listed.isEmpty, "the list is not there: set HOMEROOM_SHARED"))
    func knowsEveryWordOfTheGuide() {
        #expect(Self.listed.count == 573)
        #expect(Self.listed.filter { !ReservedWords.contains($0) } == [])
        #expect(Self.listed.filter { ReservedWords.contains($0 + "Z") } == [])
    }

    @Test(arguments: [
        ("ABORT", true), ("name", true), ("Zone", true), ("TRANSACTION", true), ("pk", false),
        ("named", false), ("", false),
        ("tenantId", false), ("schoolName", false), ("status", true), ("year", true), ("data", true),
        ("ttl", true),
    ])
    func knowsThem(_ word: String, _ isReserved: Bool) {
        #expect(ReservedWords.contains(word) == isReserved)
    }
}
