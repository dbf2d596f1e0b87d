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
}
