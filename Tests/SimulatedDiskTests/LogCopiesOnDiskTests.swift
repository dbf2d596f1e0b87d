import Base
import Dispatch
import Items
import LocalTables
import SimulatedDisk
import Synchronization
import Tables
import TestKit
import Testing

/// Copies of a store's log beside its writer, by many threads at once, on a disk that sees when one begins on a log of which all is copied.
@Suite struct LogCopiesOnDiskTests {
    private let disk = SimulatedDisk()
    private let schema: TableSchema

    init() throws {
        schema = TableSchema(
            name: try #require(TableName("things")),
            key: KeySchema(partition: KeyAttribute(name: "p", type: .string)))
    }

    private func item(_ text: String) -> Item {
        var item = Item(attributes: AttributeMap([:]))
        item.attributes["p"] = .string(text)
        return item
    }

    /// Writes from three threads while a fourth has the log copied again and again.
    private func write(_ count: Int, to store: any MovableStore) throws {
        let failures = Mutex<[String]>([])
        let isOver = Atomic<Bool>(false)
        let hurry = DispatchGroup()
        DispatchQueue.global().async(group: hurry) {
            while !isOver.load(ordering: .relaxed) {
                do throws(TableError) { try store.prepareForHaste() } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
        }
        DispatchQueue.concurrentPerform(iterations: 3) { thread in
            do {
                for number in 0..<count {
                    let text = "\(thread)-\(number)"
                    let put = ItemWrite(
                        table: schema.name, key: try schema.key.key(ofItem: item(text)), action: .put(item(text)))
                    try store.write(WriteRequest(put))
                }
            } catch { failures.withLock { $0.append("\(error)") } }
        }
        isOver.store(true, ordering: .relaxed)
        hurry.wait()
        #expect(failures.withLock { $0 } == [])
    }

    @Test(arguments: [1, 7, 50])
    func noCopyBeginsBesideTheWriterOfALogOfWhichAllIsCopied(pages: Int) throws {
        let surroundings = StoreSurroundings(files: disk.start(), logPagesCopied: pages)
        let stores = try LocalStores(folder: "/stores", surroundings: surroundings)
        let store = try stores.create(try #require(StoreID("pool")), tables: [schema])
        try write(200, to: store)
        #expect(disk.copiesOfCopiedLogs == 0)
        let rows = try store.read(ReadRange(table: schema.name)).rows
        #expect(rows.count == 600)
    }
}
