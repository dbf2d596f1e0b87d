import Base
import Items
import SQLite
import TestKit
import Testing

@testable import LocalTables
@testable import Tables

/// A store whose writer opens its file anew after a failure that has nothing to do with what the file holds.
struct ReopenedStoreTests {
    private let folder: TemporaryFolder
    private let health: StoreHealth
    private let store: LocalStore

    init() throws {
        folder = try TemporaryFolder()
        let (id, path) = (try #require(StoreID("store")), folder.path(of: "store.sqlite"))
        health = StoreHealth(id: id, path: path, report: { _, _ in })
        store = try LocalStore(
            id: id, path: path, mayCreate: true, surroundings: StoreSurroundings(), housekeeping: .byHand,
            health: health)
    }

    private func schema(_ name: String) throws -> TableSchema {
        TableSchema(
            name: try #require(TableName(name)),
            key: KeySchema(partition: KeyAttribute(name: "p", type: .string)))
    }

    private func put(_ table: TableName, _ key: String) throws {
        try store.write(
            WriteRequest(
                ItemWrite(
                    table: table, key: EncodedKey(partition: Array(key.utf8)),
                    action: .put(Item(attributes: AttributeMap(["p": .string(key)]))))))
    }

    private func isThere(_ table: TableName, _ key: String) throws -> Bool {
        try store.get(GetItem(table: table, key: EncodedKey(partition: Array(key.utf8)))) != nil
    }

    /// Makes the next write open the file anew, as after a disk that was away for a while.
    private func fail() {
        health.note(SQLiteError(code: 14, message: "m", systemError: 0), by: .writer)
        #expect(health.writing == .afterReopening)
    }

    @Test func aTableThatIsMadeIsSeenAtOnce() throws {
        for name in ["aaa", "bbb", "ccc"] { try store.create(try schema(name)) }
        fail()
        let made = try schema("ddd")
        try store.create(made)
        #expect(health.writing == .allowed)
        #expect(store.schema(of: made.name) == made)
        try put(made.name, "1")
        #expect(try isThere(made.name, "1"))
        _ = try store.delete(made.name) { _ in }
        #expect(store.schema(of: made.name) == nil)
    }

    /// A write that is acknowledged lies in the table that is there now, not in the rows of one that was deleted.
    @Test func noWriteGoesToATableOfBefore() throws {
        let things = try schema("things")
        for name in ["aaa", "bbb", "things"] { try store.create(try schema(name)) }
        fail()
        _ = try store.delete(things.name) { _ in }
        try store.create(things)
        try store.create(try schema("ccc"))
        try put(things.name, "1")
        while try store.keepHouse() {}
        #expect(try isThere(things.name, "1"))
        try put(things.name, "2")
        #expect(try isThere(things.name, "2"))
    }
}
