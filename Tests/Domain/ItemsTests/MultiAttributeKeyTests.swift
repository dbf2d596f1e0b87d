import Base
import FoundationEssentials
import Items
import Testing

@Suite struct MultiAttributeKeyTests {
    private static func attribute(_ name: String, _ type: KeyType) -> KeyAttribute {
        KeyAttribute(name: name, type: type)
    }

    static let schema = KeySchema(
        partitions: [attribute("h1", .string), attribute("h2", .number)],
        sorts: [attribute("r1", .string), attribute("r2", .number), attribute("r3", .binary)])

    // MARK: Encoding

    @Test func encodesAndDecodesKeys() throws {
        let item: Item = [
            "h1": .string("a\u{0}b"), "h2": .number(-12), "r1": .string("x"), "r2": .number(0),
            "r3": .binary([0, 1, 0xFF, 0]),
        ]
        let key = try Self.schema.key(ofItem: item)
        #expect(Self.schema.attributes(of: key) == item)
        #expect(try Self.schema.key(ofKey: item) == key)
        #expect(Self.schema.leadingPartition(of: key.partition) == Array("a\u{0}b".utf8))
        #expect(Self.schema.attributes.map(\.name) == ["h1", "h2", "r1", "r2", "r3"])
        #expect(Self.schema.attributeCount == 5)
        #expect(Self.schema.attribute(named: "r3") == Self.attribute("r3", .binary))
        #expect(Self.schema.attribute(named: "r4") == nil)
    }

    @Test func leadingPartitionOfOneAttributeIsTheKeyItself() {
        let schema = KeySchema(partition: Self.attribute("pk", .binary))
        #expect(schema.leadingPartition(of: [0, 1, 0xFF]) == [0, 1, 0xFF])
    }

    @Test func leavesItemsOutThatLackAnyAttribute() throws {
        let item: Item = [
            "h1": .string("a"), "h2": .number(1), "r1": .string("x"), "r2": .number(0), "r3": .binary([1]),
        ]
        #expect(try Self.schema.indexKey(of: item, index: "i") != nil)
        for name in ["h1", "h2", "r1", "r2", "r3"] {
            var sparse = item
            sparse[name] = nil
            #expect(try Self.schema.indexKey(of: sparse, index: "i") == nil)
            // The others are looked at even so.
            sparse[name == "r1" ? "h1" : "r1"] = .number(1)
            let wrong = name == "r1" ? "h1" : "r1"
            #expect(
                throws: ItemError.validation(
                    "One or more parameter values were invalid: Type mismatch for Index Key \(wrong) "
                        + "Expected: S Actual: N IndexName: i")
            ) { try Self.schema.indexKey(of: sparse, index: "i") }
        }
    }

    @Test func limitsAllAttributesOfASideTogether() throws {
        let text = { (count: Int) in AttributeValue.string(String(repeating: "x", count: count)) }
        let schema = KeySchema(
            partitions: [Self.attribute("a", .string), Self.attribute("b", .string)],
            sorts: [Self.attribute("c", .string), Self.attribute("d", .string)])
        let longest: Item = ["a": text(2000), "b": text(48), "c": text(1), "d": text(1023)]
        #expect(try schema.indexKey(of: longest, index: "i") != nil)
        var tooLong = longest
        tooLong["b"] = text(49)
        #expect(
            throws: ItemError.validation(
                "One or more parameter values were invalid: "
                    + "Size of hashkey has exceeded the maximum size limit of2048 bytes")
        ) { try schema.indexKey(of: tooLong, index: "i") }
        tooLong = longest
        tooLong["c"] = text(2)
        #expect(
            throws: ItemError.validation(
                "One or more parameter values were invalid: "
                    + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
        ) { try schema.indexKey(of: tooLong, index: "i") }
    }

    /// Byte order of the joined keys is the order of their attributes, and no key is another's beginning.
    @Test func orderOfBytesIsOrderOfAttributes() throws {
        let random = SeededRandom(seed: 71)
        let types: [KeyType] = [.string, .number, .binary]
        for _ in 0..<200 {
            let kinds = (0..<(2 + Int(random.next() % 3))).map { _ in types[Int(random.next() % 3)] }
            let sorts = kinds.enumerated().map { Self.attribute("r\($0.offset)", $0.element) }
            let schema = KeySchema(partitions: [Self.attribute("h", .string)], sorts: sorts)
            let rows = try (0..<12).map { _ -> (item: Item, bytes: [UInt8]) in
                var item: Item = ["h": .string("h")]
                for sort in sorts { item[sort.name] = try randomValue(random, sort.type) }
                return (item, try schema.key(ofItem: item).sort)
            }
            for left in rows {
                #expect(
                    schema.attributes(of: EncodedKey(partition: Array("h".utf8), sort: left.bytes))
                        == left.item)
                for right in rows {
                    let expected = componentOrder(left.item, right.item, sorts)
                    #expect(ByteOrder.compare(left.bytes, right.bytes).signum() == expected)
                    #expect(expected == 0 || !right.bytes.starts(with: left.bytes))
                }
            }
        }
    }

    private func randomValue(_ random: SeededRandom, _ type: KeyType) throws -> AttributeValue {
        let bytes = (0..<(1 + Int(random.next() % 4))).map { _ in
            [0, 1, 2, 0x61, 0x7F, 0xFE, 0xFF][Int(random.next() % 7)] as UInt8
        }
        switch type {
        case .binary: return .binary(bytes)
        case .string: return .string(String(decoding: bytes.map { $0 & 0x7F }, as: UTF8.self))
        case .number:
            let digits = [0, 1, -1, 9, 10, 100, -100, 12, 99, 255][Int(random.next() % 10)]
            return .number(try Number(parsing: "\(digits)e\(Int(random.next() % 5) - 2)"))
        }
    }

    private func componentOrder(_ left: Item, _ right: Item, _ sorts: [KeyAttribute]) -> Int {
        for sort in sorts {
            let order: Int
            switch (left[sort.name], right[sort.name]) {
            case (.string(let left)?, .string(let right)?): order = ByteOrder.compare(left, right)
            case (.binary(let left)?, .binary(let right)?): order = ByteOrder.compare(left, right)
            case (.number(let left)?, .number(let right)?): order = left < right ? -1 : left == right ? 0 : 1
            default: order = 0
            }
            if order != 0 { return order.signum() }
        }
        return 0
    }

    // MARK: Stored form

    @Test func readsWhatWasStoredBeforeThereWereSeveral() throws {
        let old = #"{"partition":{"name":"pk","type":"S"},"sort":{"name":"sk","type":"N"}}"#
        let schema = try JSONDecoder().decode(KeySchema.self, from: Data(old.utf8))
        #expect(
            schema == KeySchema(partition: Self.attribute("pk", .string), sort: Self.attribute("sk", .number))
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(schema), as: UTF8.self) == old)
        let several = try encoder.encode(Self.schema)
        #expect(try JSONDecoder().decode(KeySchema.self, from: several) == Self.schema)
    }

    @Test(arguments: [
        #"{"partition":{"name":"a","type":"S"},"furtherSorts":[{"name":"b","type":"S"}]}"#,
        #"{"partition":{"name":"a","type":"S"},"furtherPartitions":[{"name":"b","type":"S"},{"name":"c","type":"S"},{"name":"d","type":"S"},{"name":"e","type":"S"}]}"#,
        #"{"partition":{"name":"a","type":"BOOL"}}"#,
    ])
    func refusesToReadWhatIsNoSchema(_ json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(KeySchema.self, from: Data(json.utf8))
        }
    }
}
