import Base
import Items
import LocalTables
import Tables
import TestKit
import Testing

@Suite struct StoresTests {
    private let folder: TemporaryFolder
    private let stores: LocalStores
    private let id: StoreID

    init() throws {
        folder = try TemporaryFolder()
        stores = try LocalStores(folder: folder.path(of: "stores"))
        id = try #require(StoreID("pool-basic-1"))
    }

    @Test func makesFindsAndRemovesStores() throws {
        #expect(throws: TableError.noSuchStore(id)) { _ = try stores.store(id) }
        let schema = TableSchema(
            name: try #require(TableName("things")),
            key: KeySchema(partition: KeyAttribute(name: "p", type: .string)))
        let made = try stores.create(id, tables: [schema])
        #expect(made.schemas() == [schema])
        #expect(try stores.create(id, tables: [schema]) === made)
        #expect(try stores.list() == [id])
        #expect(try stores.diskBytes(of: id) > 0)
        try stores.remove(id)
        try stores.remove(id)
        #expect(try stores.list() == [])
        #expect(throws: TableError.noSuchStore(id)) { try made.create(schema) }
        #expect(try stores.create(id, tables: []).schemas() == [])
    }
}
