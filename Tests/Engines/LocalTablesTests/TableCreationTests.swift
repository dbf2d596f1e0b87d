import Base
import Dispatch
import Items
import LocalTables
import Tables
import TestKit
import Testing

@Suite struct TableCreationTests {
    /// Found by a thousand onboardings at once: a thread that came back late from the writer hid the newer tables.
    @Test func tablesMadeAtOnceAreAllThere() throws {
        let folder = try TemporaryFolder()
        let id = try #require(StoreID("store"))
        let names = (0..<24).compactMap { TableName("table-\($0)") }
        for round in 0..<10 {
            let store = try LocalStore(id: id, path: folder.path(of: "store-\(round).sqlite"))
            defer { store.close() }
            let key = KeySchema(partition: KeyAttribute(name: "pk", type: .string))
            DispatchQueue.concurrentPerform(iterations: names.count) { index in
                do { try store.create(TableSchema(name: names[index], key: key)) } catch {
                    Issue.record("\(names[index]): \(error)")
                }
            }
            #expect(store.schemas().count == names.count)
        }
    }

    /// Found by the comparison with the model: to Swift the two names below are equal, to DynamoDB they are two.
    @Test func anIndexKnowsItsAttributesByTheirBytes() throws {
        let folder = try TemporaryFolder()
        let store = try LocalStore(
            id: try #require(StoreID("store")), path: folder.path(of: "store.sqlite"))
        defer { store.close() }
        let table = try #require(TableName("table"))
        let key = KeySchema(partition: KeyAttribute(name: "p", type: .string))
        let index = IndexSchema(name: "index", key: key, projection: .include(["\u{E9}"]))
        try store.create(TableSchema(name: table, key: key, indexes: [index]))
        let item: Item = ["p": .string("a"), "\u{E9}": .null, "e\u{301}": .null]
        try store.write(
            WriteRequest(
                ItemWrite(table: table, key: EncodedKey(partition: Array("a".utf8)), action: .put(item))))
        let page = try store.read(ReadRange(table: table, index: "index"))
        #expect(try page.rows.map { try $0.image.item() } == [["p": .string("a"), "\u{E9}": .null]])
    }
}
