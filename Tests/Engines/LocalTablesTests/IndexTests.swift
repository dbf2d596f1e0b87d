import Base
import FoundationEssentials
import Items
import LocalTables
import Tables
import TestKit
import Testing

/// Indexes of several attributes, local indexes, and what writes change in them.
@Suite struct IndexTests {
    private let folder: TemporaryFolder
    private let store: LocalStore
    private let schema: TableSchema

    private static func attribute(_ name: String, _ type: KeyType) -> KeyAttribute {
        KeyAttribute(name: name, type: type)
    }

    init() throws {
        folder = try TemporaryFolder()
        let key = KeySchema(partition: Self.attribute("p", .string), sort: Self.attribute("s", .string))
        schema = TableSchema(
            name: try #require(TableName("things")), key: key,
            indexes: [
                IndexSchema(
                    name: "several",
                    key: KeySchema(
                        partitions: [Self.attribute("h1", .string), Self.attribute("h2", .number)],
                        sorts: [Self.attribute("r1", .string), Self.attribute("r2", .number)])),
                IndexSchema(
                    name: "local",
                    key: KeySchema(partition: key.partition, sort: Self.attribute("mark", .number)),
                    projection: .include(["proj"]), kind: .local),
            ])
        store = try LocalStore(id: try #require(StoreID("store")), path: folder.path(of: "store.sqlite"))
        try store.create(schema)
    }

    @discardableResult
    private func put(_ item: Item) throws -> [IndexWrite] {
        let write = ItemWrite(
            table: schema.name, key: try schema.key.key(ofItem: item), action: .put(item))
        return try #require(try store.write(WriteRequest(write)).first).indexWrites
    }

    private func delete(_ key: Item) throws -> [IndexWrite] {
        let write = ItemWrite(table: schema.name, key: try schema.key.key(ofKey: key), action: .delete)
        return try #require(try store.write(WriteRequest(write)).first).indexWrites
    }

    /// The sort keys in the table of what a read finds, page by page.
    private func found(_ range: ReadRange) throws -> [String] {
        var range = range
        var sorts: [String] = []
        repeat {
            let page = try store.read(range)
            sorts += page.rows.map { String(decoding: $0.key.sort, as: UTF8.self) }
            range.after = page.next
        } while range.after != nil
        return sorts
    }

    private func query(_ index: String, _ text: String, _ values: [String: AttributeValue]) throws
        -> ReadRange
    {
        var attributes = ExpressionAttributes(values: values)
        let condition = try KeyConditionExpression.parse(text, &attributes)
        let resolved = try condition.resolve(schema: try #require(schema.index(named: index)).key)
        var range = ReadRange(table: schema.name, index: index)
        range.partition = resolved.partitionBytes
        range.sort = resolved.sort
        return range
    }

    // MARK: Several attributes

    private func fillSeveral() throws {
        // Sort keys of the table go the other way than the index's.
        let rows = [("x", 2), ("x", 10), ("x", 100), ("x\u{0}", 1), ("xa", -5), ("y", 0)]
        for (place, (r1, r2)) in rows.enumerated() {
            try put([
                "p": .string("p\(place % 2)"), "s": .string("\(9 - place)"), "h1": .string("h"),
                "h2": .number(7), "r1": .string(r1), "r2": .number(Number(r2)),
            ])
        }
        try put([
            "p": .string("p"), "s": .string("other"), "h1": .string("h"), "h2": .number(8),
            "r1": .string("x"), "r2": .number(1),
        ])
        try put(["p": .string("p"), "s": .string("sparse"), "h1": .string("h"), "h2": .number(7)])
    }

    @Test(arguments: [nil, 1, 2, 4])
    func readsAnIndexOfSeveralAttributesInItsOrder(limit: Int?) throws {
        try fillSeveral()
        let all = "h1 = :h1 AND h2 = :h2"
        let values: [String: AttributeValue] = [
            ":h1": .string("h"), ":h2": .number(7), ":x": .string("x"), ":ten": .number(10),
            ":two": .number(2),
        ]
        let cases: [(String, [String])] = [
            (all, ["9", "8", "7", "6", "5", "4"]), (all + " AND r1 = :x", ["9", "8", "7"]),
            (all + " AND r1 > :x", ["6", "5", "4"]), (all + " AND r1 <= :x", ["9", "8", "7"]),
            (all + " AND begins_with(r1, :x)", ["9", "8", "7", "6", "5"]),
            (all + " AND r1 = :x AND r2 >= :ten", ["8", "7"]),
            (all + " AND r1 = :x AND r2 < :ten", ["9"]),
            (all + " AND r1 = :x AND r2 BETWEEN :two AND :ten", ["9", "8"]),
        ]
        for (text, expected) in cases {
            var range = try query("several", text, values.filter { text.contains($0.key) })
            range.itemsMax = limit
            #expect(try found(range) == expected, "\(text)")
            range.isForward = false
            #expect(try found(range) == expected.reversed(), "\(text)")
        }
        var scan = ReadRange(table: schema.name, index: "several")
        scan.itemsMax = limit
        #expect(try found(scan).count == 7)
    }

    @Test func aPlaceInAnIndexHasAllItsAttributes() throws {
        try fillSeveral()
        var range = try query(
            "several", "h1 = :h1 AND h2 = :h2", [":h1": .string("h"), ":h2": .number(7)])
        range.itemsMax = 2
        let next = try #require(try store.read(range).next)
        let key = try #require(schema.index(named: "several")).key
        #expect(
            key.attributes(of: try #require(next.indexKey)) == [
                "h1": .string("h"), "h2": .number(7), "r1": .string("x"), "r2": .number(10),
            ])
        #expect(schema.key.attributes(of: next.key) == ["p": .string("p1"), "s": .string("8")])
    }

    @Test func refusesIndexKeysOfAWrongKind() throws {
        #expect(
            throws: TableError.invalid(
                .validation(
                    "One or more parameter values were invalid: Type mismatch for Index Key r2 Expected: N Actual: S "
                        + "IndexName: several"))
        ) { try put(["p": .string("p"), "s": .string("s"), "r2": .string("1")]) }
        #expect(throws: TableError.self) {
            try put(["p": .string("p"), "s": .string("s"), "mark": .bool(true)])
        }
    }

    // MARK: Local indexes

    private func thing(_ sort: String, rank: Int?, proj: Int = 0, rest: Int = 0) -> Item {
        var item: Item = ["p": .string("p"), "s": .string(sort)]
        if let rank { item["mark"] = .number(Number(rank)) }
        if proj > 0 { item["proj"] = .string(String(repeating: "x", count: proj)) }
        if rest > 0 { item["rest"] = .string(String(repeating: "y", count: rest)) }
        return item
    }

    @Test(arguments: [nil, 1, 2])
    func readsALocalIndexInItsOrder(limit: Int?) throws {
        for (sort, rank) in [("a", 3), ("b", 1), ("c", nil), ("d", 2), ("e", 2)] as [(String, Int?)] {
            try put(thing(sort, rank: rank, rest: 1))
        }
        try put(["p": .string("q"), "s": .string("f"), "mark": .number(0)])
        var range = try query("local", "p = :p", [":p": .string("p")])
        range.itemsMax = limit
        #expect(try found(range) == ["b", "d", "e", "a"])
        range = try query("local", "p = :p AND mark >= :two", [":p": .string("p"), ":two": .number(2)])
        range.itemsMax = limit
        range.isForward = false
        #expect(try found(range) == ["a", "e", "d"])
    }

    @Test func fetchesItemsThatALocalIndexDoesNotHoldWhole() throws {
        try put(thing("a", rank: 1, proj: 1, rest: 5000))
        try put(thing("b", rank: 2, rest: 10))
        var range = try query("local", "p = :p", [":p": .string("p")])
        let entries = try store.read(range)
        #expect(try entries.rows.map { try $0.image.item()["rest"] } == [nil, nil])
        #expect(entries.fetchedBlocks == 0)
        range.fetchesItems = true
        let items = try store.read(range)
        #expect(
            try items.rows.map { try $0.image.item() } == [
                thing("a", rank: 1, proj: 1, rest: 5000), thing("b", rank: 2, rest: 10),
            ])
        #expect(items.fetchedBlocks == 3)
        #expect(items.scannedBytes == entries.scannedBytes)
        // A filter sees the whole item, and what is fetched counts for the page.
        var attributes = ExpressionAttributes()
        range.filter = try ConditionExpression.parse("attribute_exists(proj)", kind: .filter, &attributes)
        #expect(try store.read(range).count == 1)
        range.bytesMax = 5000
        let page = try store.read(range)
        #expect(page.scannedCount == 1)
        #expect(page.next != nil)
    }

    // MARK: What writes change

    private func write(removed: Int? = nil, stored: Int? = nil) throws -> [IndexWrite] {
        let index = try #require(schema.index(named: "local"))
        return [IndexWrite(index: index, removedBytes: removed, storedBytes: stored)]
    }

    @Test func tellsTheEntriesThatAWriteChanges() throws {
        // An entry: p and s with a value of one byte each, mark with a number of two: 10 bytes; proj adds 4 and its length.
        #expect(try put(thing("s", rank: nil, proj: 9, rest: 9)) == [])
        #expect(try put(thing("s", rank: 1, proj: 3000)) == write(stored: 3014))
        #expect(try put(thing("s", rank: 1, proj: 3000)) == [])
        #expect(try put(thing("s", rank: 1, proj: 3000, rest: 70)) == [])
        #expect(try put(thing("s", rank: 1, proj: 1, rest: 70)) == write(stored: 3014))
        #expect(try put(thing("s", rank: 1, proj: 2000)) == write(stored: 2014))
        #expect(try put(thing("s", rank: 2)) == write(removed: 2014, stored: 10))
        #expect(try put(thing("s", rank: nil)) == write(removed: 10))
        #expect(try delete(["p": .string("p"), "s": .string("s")]) == [])
        try put(thing("s", rank: 5, rest: 1))
        #expect(try delete(["p": .string("p"), "s": .string("s")]) == write(removed: 10))
        #expect(try delete(["p": .string("p"), "s": .string("s")]) == [])
        #expect(try found(ReadRange(table: schema.name, index: "local")) == [])
    }

    @Test func updatesFollowToo() throws {
        try put(thing("s", rank: 1, proj: 1, rest: 1))
        let key = try schema.key.key(ofKey: ["p": .string("p"), "s": .string("s")])
        func update(_ text: String, _ values: [String: AttributeValue]? = nil) throws -> [IndexWrite] {
            var attributes = ExpressionAttributes(values: values)
            let expression = try UpdateExpression.parse(text, &attributes)
            let write = ItemWrite(table: schema.name, key: key, action: .update(expression))
            return try #require(try store.write(WriteRequest(write)).first).indexWrites
        }
        #expect(try update("SET rest = :x", [":x": .string("other")]) == [])
        #expect(try update("SET proj = :x", [":x": .string("22")]) == write(stored: 16))
        #expect(try update("REMOVE mark") == write(removed: 16))
        #expect(try update("SET mark = :x", [":x": .number(100)]) == write(stored: 16))
    }

    @Test func readsWhatWasStoredBeforeThereWereLocalIndexes() throws {
        let old =
            #"{"key":{"partition":{"name":"h","type":"S"}},"name":"i","projection":{"keysOnly":{}}}"#
        let index = try JSONDecoder().decode(IndexSchema.self, from: Data(old.utf8))
        let key = KeySchema(partition: Self.attribute("h", .string))
        #expect(index == IndexSchema(name: "i", key: key, projection: .keysOnly, kind: .global))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(index), as: UTF8.self) == old)
    }

    @Test func keepsTheShapeOfItsIndexes() throws {
        store.close()
        let reopened = try LocalStore(id: store.id, path: folder.path(of: "store.sqlite"))
        #expect(reopened.schema(of: schema.name) == schema)
        #expect(schema.hasLocalIndexes)
        reopened.close()
    }
}
