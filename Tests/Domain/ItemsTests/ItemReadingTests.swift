import Base
import Items
import Testing

@Suite struct ItemReadingTests {
    private func read(_ json: String) throws(ItemError) -> Item { try Item(decoding: Array(json.utf8)) }

    @Test(arguments: [
        (#"{}"#, #"{}"#), (#"{"b":{"S":"x"},"a":{"N":"1.0"}}"#, #"{"a":{"N":"1"},"b":{"S":"x"}}"#),
        (#" { "a" : { "B" : "AAE=" } } "#, #"{"a":{"B":"AAE="}}"#),
        (#"{"a":{"BOOL":false}}"#, #"{"a":{"BOOL":false}}"#),
        (#"{"a":{"NULL":true}}"#, #"{"a":{"NULL":true}}"#), (#"{"a":{"S":"","N":null}}"#, #"{"a":{"S":""}}"#),
        (#"{"a":{"L":[{"S":"x"},{"M":{}},{"L":[]}]}}"#, #"{"a":{"L":[{"S":"x"},{"M":{}},{"L":[]}]}}"#),
        (#"{"a":{"SS":["b","a"]}}"#, #"{"a":{"SS":["a","b"]}}"#),
        (#"{"a":{"NS":["10","9","-1e1"]}}"#, #"{"a":{"NS":["-10","9","10"]}}"#),
        (#"{"a":{"BS":["/w==","AA=="]}}"#, #"{"a":{"BS":["AA==","/w=="]}}"#),
        (#"{"a":{"S":"x"},"a":{"S":"y"}}"#, #"{"a":{"S":"y"}}"#),
        (#"{"a":{"Q":[1],"S":"x"}}"#, #"{"a":{"S":"x"}}"#),
        (#"{"a":{"S":"\u0041\n\/"}}"#, #"{"a":{"S":"A\n/"}}"#),
        (#"{"a":{"B":"\u0041AE="}}"#, #"{"a":{"B":"AAE="}}"#),
    ])
    func normalizesWhatAClientSends(_ json: String, _ image: String) throws {
        let item = try read(json)
        #expect(String(decoding: item.encoded(), as: UTF8.self) == image)
        #expect(try Item(decoding: item.encoded()) == item)
    }

    static let tooDeep =
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
    static let empty = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"

    @Test(arguments: [
        ("{}", empty), (#"{"a":""}"#, empty), (#"{"S":null}"#, empty), ("null", empty),
        (#"{"L":[{}]}"#, empty),
        (#"{"M":{"a":{}}}"#, empty),
        (
            #"{"S":"a","N":"1"}"#,
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
        ), (#"{"S":"a","N":""}"#, "The parameter cannot be converted to a numeric value"),
        (#"{"N":"b"}"#, "The parameter cannot be converted to a numeric value: b"),
        (
            #"{"NULL":false}"#,
            "One or more parameter values were invalid: Null attribute value types must have the value of true"
        ),
        (#"{"SS":[]}"#, "One or more parameter values were invalid: An string set  may not be empty"),
        (#"{"NS":[]}"#, "One or more parameter values were invalid: An number set  may not be empty"),
        (#"{"BS":[]}"#, "One or more parameter values were invalid: Binary sets should not be empty"),
        (
            #"{"SS":["a","a"]}"#,
            "One or more parameter values were invalid: Input collection [a, a] contains duplicates."
        ),
        (
            #"{"SS":["b","a","b"]}"#,
            "One or more parameter values were invalid: Input collection [b, a, b] contains duplicates."
        ),
        (#"{"NS":["1","1.0"]}"#, "Input collection contains duplicates"),
        (
            #"{"BS":["Yg==","Yg=="]}"#,
            "One or more parameter values were invalid: Input collection [Yg==, Yg==]of type BS contains duplicates."
        ),
    ])
    func refusesWrongValues(_ value: String, _ text: String) {
        #expect(throws: ItemError.validation(text)) { try read("{\"a\":\(value)}") }
    }

    @Test(arguments: [
        (#"{"a":{"S":1}}"#, "NUMBER_VALUE cannot be converted to String"),
        (#"{"a":{"S":-1.5}}"#, "DECIMAL_VALUE cannot be converted to String"),
        (#"{"a":{"S":true}}"#, "TRUE_VALUE cannot be converted to String"),
        (#"{"a":{"N":false}}"#, "FALSE_VALUE cannot be converted to String"),
        (#"{"a":{"S":[]}}"#, "Unrecognized collection type class java.lang.String"),
        (#"{"a":{"S":{}}}"#, "Start of structure or map found where not expected"),
        (#"{"a":{"BOOL":"true"}}"#, "Unexpected token received from parser"),
        (#"{"a":{"BOOL":1}}"#, "NUMBER_VALUE cannot be converted to Boolean"),
        (#"{"a":{"BOOL":[]}}"#, "Unrecognized collection type class java.lang.Boolean"),
        (#"{"a":{"B":1}}"#, "only base-64-encoded strings are convertible to bytes"),
        (#"{"a":{"B":[]}}"#, "Unrecognized collection type class java.nio.ByteBuffer"),
        (#"{"a":{"B":"AAA"}}"#, "Base64 encoded length is expected a multiple of 4 bytes but found: 3"),
        (#"{"a":{"B":"=+/="}}"#, "Invalid last non-pad Base64 character dectected"),
        (#"{"a":{"B":"+/+="}}"#, "Invalid last non-pad Base64 character dectected"),
        (#"{"a":{"B":"AA!="}}"#, "Invalid Base64 character: '!'"),
        (#"{"a":{"SS":"x"}}"#, "Unexpected field type"),
        (#"{"a":{"L":{}}}"#, "Start of structure or map found where not expected"),
        (#"{"a":{"M":"x"}}"#, "Unexpected field type"),
        (
            #"{"a":{"M":[]}}"#,
            "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"
        ), (#"{"a":"x"}"#, "Unexpected value type in payload"),
        (#"{"a":1.5}"#, "Unexpected value type in payload"),
        (#"{"a":[]}"#, "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"),
        (#"{"a":{"L":[1]}}"#, "Unexpected value type in payload"),
        (#"{"a":{"S":"x"}"#, "Unexpected token received from parser"),
        (#"{"a":{"S":"x"}} x"#, "Unexpected token received from parser"), (#""x""#, "Unexpected field type"),
    ])
    func refusesWrongJSON(_ json: String, _ text: String) {
        #expect(throws: ItemError.serialization(text)) { try read(json) }
    }

    @Test(arguments: [
        ("\"5\"", "STRING_VALUE cannot be converted to Integer"),
        ("true", "TRUE_VALUE cannot be converted to Integer"),
        ("[]", "Unrecognized collection type class java.lang.Integer"),
        ("{}", "Start of structure or map found where not expected"),
        ("x", "Unexpected token received from parser"),
    ])
    func explainsWhatStandsInAnIntegersPlace(_ json: String, _ text: String) {
        var reader = JSONReader(Array(json.utf8))
        do throws(JSONError) {
            let number = try reader.readInt()
            Issue.record("read \(number)")
        } catch {
            let explained = reader.serializationError(error, wanted: .integer)
            #expect(explained == .serialization(text))
        }
    }

    @Test func refusesInvalidUTF8() {
        let json = Array(#"{"a":{"S":""#.utf8) + [0xC3, 0x28] + Array(#""}}"#.utf8)
        #expect(throws: ItemError.serialization("Unexpected token received from parser")) {
            try Item(decoding: json)
        }
    }

    @Test(arguments: [(#"{"L":["#, "]}"), (#"{"M":{"a":"#, "}}")])
    func nestsThirtyTwoLevelsWithTheInnermostValue(_ open: String, _ close: String) throws {
        func nested(_ count: Int) -> String {
            "{\"a\":" + String(repeating: open, count: count) + #"{"S":"x"}"#
                + String(repeating: close, count: count) + "}"
        }
        let item = try read(nested(31))
        #expect(try Item(decoding: item.encoded()) == item)
        for count in [32, 200_000] {
            #expect(throws: ItemError.validation(Self.tooDeep)) {
                try read(nested(count))
            }
        }
    }

    @Test func keepsNamesApartThatSwiftTakesForTheSame() throws {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        let json = #"{"\#(composed)":{"S":"\#(composed)"},"\#(decomposed)":{"S":"\#(decomposed)"}}"#
        let item = try read(json)
        #expect(item.attributes.count == 2)
        #expect(item.attributes[composed] != item.attributes[decomposed])
        #expect(try read(#"{"a":{"SS":["\#(composed)","\#(decomposed)"]}}"#).attributes["a"]?.sizeBytes == 5)
    }

    /// Names in any order, in which one may stand twice: the last value counts.
    @Test func readsManyAttributesInAnyOrder() throws {
        let random = SeededRandom(seed: 5)
        for count in [1, 10, 63, 64, 65, 66, 200, 3000] {
            let names = (0..<count).map { _ in "n\(random.next() % UInt64(count))" }
            let members = names.enumerated().map { #""\#($1)":{"N":"\#($0)"}"# }.joined(separator: ",")
            var expected: [String: AttributeValue] = [:]
            for (index, name) in names.enumerated() { expected[name] = .number(Number(index)) }
            let item = try read("{\(members)}")
            #expect(item == Item(attributes: expected))
            #expect(try read(#"{"m":{"M":{\#(members)}}}"#)["m"] == .map(expected))
        }
    }

    /// As many as fit into a request, each before the one before: in time that does not grow with the square.
    @Test func readsAsManyAttributesAsFitIntoARequest() throws {
        let count = 200_000
        let members = (0..<count).map { #""\#(900_000 - $0)":{"S":""}"# }.joined(separator: ",")
        #expect(try read("{\(members)}").attributes.count == count)
    }

    @Test(arguments: [#"{"":{"S":"x"}}"#, #"{"a":{"M":{"":{"S":"x"}}}}"#, #"{"a":{"L":[{"M":{"":{}}}]}}"#])
    func refusesEmptyNames(_ json: String) {
        #expect(throws: ItemError.validation("Empty attribute name")) { try read(json) }
    }

    @Test func allowsTheLongestNameAndRefusesOneByteMore() throws {
        let name = String(repeating: "n", count: 65_535)
        #expect(try read(#"{"\#(name)":{"S":""}}"#).attributes.count == 1)
        #expect(
            throws: ItemError.validation("Attribute name is too large, must be less than 65536 bytes")
        ) { try read(#"{"\#(name)n":{"S":""}}"#) }
    }

    /// Source: DynamoDB Developer Guide, "DynamoDB item sizes and formats", and the service's answers for
    /// numbers.
    @Test(arguments: [
        (#"{}"#, 0), (#"{"abc":{"S":"Zoë"}}"#, 7), (#"{"a":{"S":""}}"#, 1), (#"{"a":{"B":"AAE="}}"#, 3),
        (#"{"a":{"NULL":true}}"#, 2),
        (#"{"a":{"BOOL":true}}"#, 2), (#"{"a":{"N":"0"}}"#, 2), (#"{"a":{"N":"1"}}"#, 3),
        (#"{"a":{"N":"-1"}}"#, 4),
        (#"{"a":{"N":"100000"}}"#, 3), (#"{"a":{"N":"12"}}"#, 3), (#"{"a":{"N":"123"}}"#, 4),
        (#"{"a":{"L":[]}}"#, 4),
        (#"{"a":{"L":[{"S":"xy"}]}}"#, 7), (#"{"a":{"M":{}}}"#, 4), (#"{"a":{"M":{"bc":{"S":"x"}}}}"#, 8),
        (#"{"a":{"SS":["x","yz"]}}"#, 4), (#"{"a":{"NS":["1","2"]}}"#, 5), (#"{"a":{"N":"1234"}}"#, 4),
        (#"{"a":{"N":"0042"}}"#, 3),
        (#"{"a":{"N":"1010"}}"#, 4), (#"{"a":{"N":"1E125"}}"#, 3), (#"{"a":{"N":"1E-100"}}"#, 3),
        (#"{"a":{"N":"15"}}"#, 3), (#"{"a":{"N":"1.5"}}"#, 4), (#"{"a":{"N":"1.200"}}"#, 4),
        (#"{"a":{"N":"1.234"}}"#, 5), (#"{"a":{"N":"3.14159"}}"#, 6), (#"{"a":{"N":"123456"}}"#, 5),
        (#"{"a":{"N":"12345678901234567890123456789012345678"}}"#, 21),
        (#"{"a":{"BS":["AAE="]}}"#, 3),
    ])
    func countsBytes(_ json: String, _ bytes: Int) throws {
        #expect(try read(json).sizeBytes == bytes)
    }

    @Test func allowsTheLargestItemAndRefusesOneByteMore() throws {
        let text = String(repeating: "x", count: Limits.itemBytesMax - 1)
        try Item(attributes: ["a": .string(text)]).checkSize()
        #expect(throws: ItemError.itemTooLarge) { try Item(attributes: ["ab": .string(text)]).checkSize() }
        #expect(ItemError.itemTooLarge.text == "Item size has exceeded the maximum allowed size")
    }
}
