import Base
import Items
import LocalTables
import Tables
import TestKit
import Testing

/// A store whose housekeeping is done by hand, with one table, `things`, of key `p`.
struct LifeFixture {
    let folder: TemporaryFolder
    let store: LocalStore
    let table: TableName
    let schema: TableSchema
    let byColour = IndexSchema(
        name: "by-colour", key: KeySchema(partition: KeyAttribute(name: "colour", type: .string)),
        projection: .keysOnly)
    let byShape = IndexSchema(
        name: "by-shape",
        key: KeySchema(
            partition: KeyAttribute(name: "shape", type: .string),
            sort: KeyAttribute(name: "n", type: .number)))

    init() throws {
        folder = try TemporaryFolder()
        table = try #require(TableName("things"))
        schema = TableSchema(
            name: table, key: KeySchema(partition: KeyAttribute(name: "p", type: .string)))
        store = try LocalStore(
            id: try #require(StoreID("store")), path: folder.path(of: "store.sqlite"), housekeeping: .byHand)
        try store.create(schema)
    }

    /// The same file opened anew, as after a restart.
    func reopened() throws -> LocalStore {
        store.close()
        return try LocalStore(id: store.id, path: folder.path(of: "store.sqlite"), housekeeping: .byHand)
    }

    func key(_ partition: String) throws -> EncodedKey {
        try schema.key.key(ofItem: Item(attributes: AttributeMap(["p": .string(partition)])))
    }

    func put(
        _ partition: String, _ attributes: [String: AttributeValue], _ store: LocalStore? = nil
    ) throws {
        try (store ?? self.store).write(WriteRequest(putting(partition, attributes)))
    }

    func delete(_ partition: String) throws {
        try store.write(WriteRequest(ItemWrite(table: table, key: try key(partition), action: .delete)))
    }

    private func putting(
        _ partition: String, _ attributes: [String: AttributeValue]
    ) throws -> ItemWrite {
        var item = Item(attributes: AttributeMap(attributes))
        item.attributes["p"] = .string(partition)
        return ItemWrite(table: table, key: try key(partition), action: .put(item))
    }

    /// So many items, of which some lack a colour or a shape.
    func fill(_ count: Int, _ random: SeededRandom) throws {
        for start in stride(from: 0, to: count, by: 100) {
            let writes = try (start..<min(start + 100, count)).map { try putting("k\($0)", looks(random)) }
            try store.write(WriteRequest(.batch, writes))
        }
    }

    /// Puts, or deletes, some item.
    func writeSomething(_ random: SeededRandom, _ store: LocalStore? = nil) throws {
        let store = store ?? self.store
        let partition = "k\(Int(random.next() % 2000))"
        if random.next() % 4 == 0 {
            try store.write(WriteRequest(ItemWrite(table: table, key: try key(partition), action: .delete)))
        } else {
            try store.write(WriteRequest(putting(partition, looks(random))))
        }
    }

    private func looks(_ random: SeededRandom) -> [String: AttributeValue] {
        var attributes: [String: AttributeValue] = ["n": .number(Number(Int(random.next() % 100)))]
        let colours = ["red", "green", "blue"]
        if random.next() % 5 != 0 { attributes["colour"] = .string(colours[Int(random.next() % 3)]) }
        if random.next() % 3 != 0 { attributes["shape"] = .string("round") }
        return attributes
    }

    /// All entries of an index.
    func indexed(_ index: IndexSchema, _ store: LocalStore) throws -> [ItemRow] {
        var range = ReadRange(table: table, index: index.name)
        var rows: [ItemRow] = []
        repeat {
            let page = try store.read(range)
            rows += page.rows
            range.after = page.next
        } while range.after != nil
        return rows
    }

    /// Checks that the index has just the entries that its table's items call for.
    func expectIndexEqualsTable(_ index: IndexSchema, _ store: LocalStore) throws {
        var range = ReadRange(table: table)
        var wanted: [EncodedKey: Item] = [:]
        let names = (schema.key.attributes + index.key.attributes).map(\.name)
        repeat {
            let page = try store.read(range)
            for row in page.rows {
                let item = try row.image.item()
                guard try index.key.indexKey(of: item, index: index.name) != nil else { continue }
                wanted[row.key] =
                    index.projection == .all
                    ? item
                    : Item(
                        attributes: AttributeMap(
                            Dictionary(uniqueKeysWithValues: names.map { ($0, item[$0] ?? .null) })))
            }
            range.after = page.next
        } while range.after != nil
        let entries = try indexed(index, store)
        let found = try Dictionary(uniqueKeysWithValues: entries.map { ($0.key, try $0.image.item()) })
        #expect(found.count == entries.count)
        #expect(found == wanted, "\(index.name)")
    }
}
