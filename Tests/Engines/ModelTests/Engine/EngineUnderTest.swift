import Base
import LocalTables
import Tables
import TestKit

/// The engine that the model is compared with: all that the comparison needs beside `TableEngine` itself.
final class EngineUnderTest {
    private let folder: TemporaryFolder
    private let stores: LocalStores
    private let id: StoreID
    /// The tables, as the engine has them, in the program's order.
    let schemas: [TableSchema]
    /// The store.
    private(set) var engine: any TableEngine

    init(_ tables: [ModelSchema]) throws {
        guard let id = StoreID("model") else { throw Wrong("`model` is no store's name") }
        self.id = id
        folder = try TemporaryFolder()
        stores = try LocalStores(folder: folder.path)
        schemas = try tables.map(Conversion.tableSchema)
        engine = try stores.create(id, tables: schemas)
    }

    deinit { stores.close() }

    /// Ends all that the store has in memory: what it answers now comes from the file, which must be sound.
    func reopen() throws {
        stores.close()
        let check = try stores.check(id)
        guard check.isSound else { throw Wrong("the store's file is not sound: \(check.findings)") }
        engine = try stores.store(id)
        guard Set(engine.schemas()) == Set(schemas) else {
            throw Wrong("the tables are not the same any more")
        }
    }
}
