import Base
import Items
import LocalTables
import Tables
import TestKit

/// The engine that the model is compared with: what the comparison needs beside `TableEngine` itself.
final class EngineUnderTest {
    private let folder: TemporaryFolder
    private let id: StoreID
    private var store: LocalStore
    /// The tables, as the engine has them, in the program's order.
    let schemas: [TableSchema]

    init(_ tables: [ModelSchema]) throws {
        guard let id = StoreID("model") else { throw Wrong("`model` is no store's name") }
        self.id = id
        folder = try TemporaryFolder()
        store = try LocalStore(id: id, path: folder.path(of: "model.sqlite"))
        schemas = try tables.map(Conversion.tableSchema)
        try store.create(schemas)
    }

    deinit { store.close() }

    var engine: any TableEngine { store }

    /// Ends all that the store has in memory: what it answers now comes from the file.
    func reopen() throws {
        store.close()
        store = try LocalStore(id: id, path: folder.path(of: "model.sqlite"))
        guard Set(store.schemas()) == Set(schemas) else {
            throw Wrong("the tables are not the same any more")
        }
    }
}
