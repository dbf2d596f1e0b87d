import Base
import Items
import LocalTables
import Tables
import TestKit
import Testing

/// A store in a folder of its own with one table, `things`: partition `p`, sort `s`, an index by `kind` and `rank`.
struct StoreFixture {
    let folder: TemporaryFolder
    let store: LocalStore
    let table: TableName
    let schema: TableSchema
    let tenant = TenantID(random: SeededRandom(seed: 7))

    init() throws {
        folder = try TemporaryFolder()
        table = try #require(TableName("things"))
        schema = TableSchema(
            name: table,
            key: KeySchema(
                partition: KeyAttribute(name: "p", type: .string),
                sort: KeyAttribute(name: "s", type: .number)),
            indexes: [
                IndexSchema(
                    name: "by-kind",
                    key: KeySchema(
                        partition: KeyAttribute(name: "kind", type: .string),
                        sort: KeyAttribute(name: "rank", type: .number)),
                    projection: .include(["colour"]))
            ])
        store = try LocalStore(id: try #require(StoreID("store")), path: folder.path(of: "store.sqlite"))
        try store.create(schema)
    }

    /// The same file opened anew, as after a restart.
    func reopened() throws -> LocalStore {
        store.close()
        return try LocalStore(id: store.id, path: folder.path(of: "store.sqlite"))
    }

    func item(_ partition: String, _ sort: Int, _ more: [String: AttributeValue] = [:]) throws -> Item {
        var item = Item(attributes: AttributeMap(more))
        item.attributes["p"] = .string(partition)
        item.attributes["s"] = .number(Number(sort))
        return item
    }

    func key(_ partition: String, _ sort: Int) throws -> EncodedKey {
        try schema.key.key(ofItem: item(partition, sort))
    }

    func put(_ item: Item, if condition: String? = nil) throws -> ItemWrite {
        ItemWrite(
            table: table, key: try schema.key.key(ofItem: item), action: .put(item),
            condition: try condition.map(self.condition))
    }

    func condition(_ text: String) throws -> ConditionExpression {
        var attributes = ExpressionAttributes()
        return try ConditionExpression.parse(text, kind: .condition, &attributes)
    }

    func get(_ partition: String, _ sort: Int, from store: LocalStore? = nil) throws -> Item? {
        try (store ?? self.store).get(GetItem(table: table, key: try key(partition, sort)))?.image.item()
    }

    func number(_ value: Int) throws -> AttributeValue {
        .number(Number(value))
    }

    /// All sort keys that a read returns, page by page.
    func sorts(_ range: ReadRange) throws -> [String] {
        var range = range
        var found: [String] = []
        repeat {
            let page = try store.read(range)
            for row in page.rows {
                guard case .number(let number)? = try row.image.item()["s"] else { continue }
                found.append(number.text)
            }
            range.after = page.next
        } while range.after != nil
        return found
    }
}

/// A wall that lets everything through.
struct OpenWall: ItemWall {
    func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool { true }
}
