import Base
import Items
import Testing

@Suite struct KeySchemaTests {
    private let schema = KeySchema(
        partition: KeyAttribute(name: "pk", type: .string), sort: KeyAttribute(name: "sk", type: .number))
    private let single = KeySchema(partition: KeyAttribute(name: "pk", type: .binary))

    @Test func encodesAndDecodesKeys() throws {
        let item: Item = ["pk": .string("é"), "sk": .number(-5), "other": .bool(true)]
        let key = try schema.key(ofItem: item)
        #expect(key.partition == [0xC3, 0xA9])
        #expect(schema.attributes(of: key) == ["pk": .string("é"), "sk": .number(-5)])
        #expect(try schema.key(ofKey: ["pk": .string("é"), "sk": .number(-5)]) == key)
        let binary = try single.key(ofItem: ["pk": .binary([0, 255])])
        #expect(binary == EncodedKey(partition: [0, 255], sort: []))
        #expect(single.attributes(of: binary) == ["pk": .binary([0, 255])])
    }

    static let invalid = "One or more parameter values were invalid: "
    static let notValid =
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "

    @Test(arguments: [
        (#"{"sk":{"N":"1"}}"#, invalid + "Missing the key pk in the item"),
        (#"{"pk":{"S":"a"}}"#, invalid + "Missing the key sk in the item"),
        (#"{"pk":{"N":"1"},"sk":{"N":"1"}}"#, invalid + "Type mismatch for key pk expected: S actual: N"),
        (
            #"{"pk":{"S":"a"},"sk":{"NULL":true}}"#,
            invalid + "Type mismatch for key sk expected: N actual: NULL"
        ),
        (#"{"pk":{"S":""},"sk":{"N":"1"}}"#, notValid + "string value. Key: pk"),
    ])
    func refusesItemsWithoutAProperKey(_ json: String, _ text: String) throws {
        let item = try Item(decoding: Array(json.utf8))
        #expect(throws: ItemError.validation(text)) { try schema.key(ofItem: item) }
    }

    @Test func allowsTheLongestKeysAndRefusesOneByteMore() throws {
        let schema = KeySchema(
            partition: KeyAttribute(name: "pk", type: .string), sort: KeyAttribute(name: "sk", type: .binary))
        let partition = AttributeValue.string(String(repeating: "x", count: 2048))
        let sort = [UInt8](repeating: 0xFF, count: 1024)
        let longPartition: Item = ["pk": .string(String(repeating: "x", count: 2049)), "sk": .binary(sort)]
        #expect(
            throws: ItemError.validation(
                Self.invalid + "Size of hashkey has exceeded the maximum size limit of2048 bytes")
        ) { try schema.key(ofItem: longPartition) }
        let longest: Item = ["pk": partition, "sk": .binary(sort)]
        #expect(try schema.key(ofItem: longest).sort == sort)
        let tooLong: Item = ["pk": partition, "sk": .binary(sort + [0])]
        let error = ItemError.validation(
            Self.invalid + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
        #expect(throws: error) { try schema.key(ofItem: tooLong) }
        #expect(throws: error) { try schema.key(ofKey: tooLong) }
        #expect(throws: ItemError.validation(Self.notValid + "binary value. Key: sk")) {
            try schema.key(ofItem: ["pk": partition, "sk": .binary([])])
        }
    }

    @Test(arguments: [
        "{}", #"{"pk":{"S":"a"}}"#, #"{"pk":{"S":"a"},"sk":{"N":"1"},"x":{"NULL":true}}"#,
        #"{"pk":{"S":"a"},"x":{"N":"1"}}"#, #"{"pk":{"N":"1"},"sk":{"N":"1"}}"#,
    ])
    func refusesKeysThatDoNotMatch(_ json: String) throws {
        let key = try Item(decoding: Array(json.utf8))
        #expect(throws: ItemError.validation("The provided key element does not match the schema")) {
            try schema.key(ofKey: key)
        }
    }

    @Test func leavesItemsWithoutIndexKeyOutAndRefusesWrongOnes() throws {
        #expect(try schema.indexKey(of: ["pk": .string("a")], index: "i") == nil)
        #expect(try schema.indexKey(of: ["sk": .number(1)], index: "i") == nil)
        #expect(try schema.indexKey(of: ["pk": .string("a"), "sk": .number(1)], index: "i") != nil)
        let mismatch = ItemError.validation(
            Self.invalid + "Type mismatch for Index Key sk Expected: N Actual: S IndexName: i")
        #expect(throws: mismatch) {
            try schema.indexKey(of: ["pk": .string("a"), "sk": .string("1")], index: "i")
        }
        // The one attribute is wrong even where the other is missing.
        #expect(throws: mismatch) { try schema.indexKey(of: ["sk": .string("1")], index: "i") }
        #expect(
            throws: ItemError.validation(
                "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
                    + "The AttributeValue for a key attribute cannot contain an empty string value. "
                    + "IndexName: i, IndexKey: pk")
        ) { try schema.indexKey(of: ["pk": .string(""), "sk": .number(1)], index: "i") }
    }

    @Test func oneNumberIsOneKeyHoweverItIsWritten() throws {
        let keys = try ["1", "1.0", "1e0", "0.1e1", "+01"].map { text in
            try schema.key(ofItem: ["pk": .string("a"), "sk": .number(try Number(parsing: text))])
        }
        #expect(Set(keys).count == 1)
    }
}
