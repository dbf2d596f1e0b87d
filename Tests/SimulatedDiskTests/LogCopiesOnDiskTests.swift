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

    private func item(_ text: String, bytes: Int) -> Item {
        var item = Item(attributes: AttributeMap([:]))
        item.attributes["p"] = .string(text)
        item.attributes["x"] = .string(String(repeating: "x", count: bytes))
        return item
    }

    /// Writes so many items each from three threads, each of which has the log copied now and then: behind a write of its own, so mostly
    /// there is something in it that no earlier copy has met.
    private func write(_ count: Int, to store: any MovableStore, bytes: Int, mayCopyInVain: Bool) throws {
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 3) { thread in
            for number in 0..<count {
                do {
                    let item = item("\(thread)-\(number)", bytes: bytes)
                    let key = try schema.key.key(ofItem: item)
                    try store.write(WriteRequest(ItemWrite(table: schema.name, key: key, action: .put(item))))
                } catch { failures.withLock { $0.append("\(error)") } }
                guard number.isMultiple(of: 5) else { continue }
                do throws(TableError) { try store.prepareForHaste() } catch {
                    if !mayCopyInVain { failures.withLock { $0.append("\(error)") } }
                }
            }
        }
        #expect(failures.withLock { $0 } == [])
    }

    /// Where the disk has dropped what was copied, and says so once, the log still has it: for who finds the file behind a failing power,
    /// whether or not the store was closed before, and for who opens it in the same process.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func aCopyWhoseSyncFailsTakesNothingThatWasAcknowledged(seed: UInt64) throws {
        let troubles = Mutex<[String]>([])
        let process = disk.start()
        let surroundings = StoreSurroundings(files: process, logPagesCopied: 3) { _, trouble in
            troubles.withLock { $0.append(trouble ?? "none") }
        }
        let id = try #require(StoreID("pool"))
        let stores = try LocalStores(folder: "/stores", surroundings: surroundings)
        _ = try stores.create(id, tables: [schema])
        disk.fail(.sync, with: .failing, after: Int(seed % 8), pathEnding: "pool.sqlite", seed: seed)
        // More than fits a page twice: else each later copy brings what an earlier one has lost.
        // Held until the crash: a closed store has let go of its file whoever holds it (INVARIANT (kept log)).
        let held = try stores.store(id)
        defer { #expect(held.id == id) }
        try write(30, to: held, bytes: 3000, mayCopyInVain: true)
        #expect(troubles.withLock { $0 }.contains { $0.contains("start the server again") })
        #expect(troubles.withLock { $0 }.last?.contains("none") == false)
        if seed.isMultiple(of: 2) { stores.close() }
        if seed.isMultiple(of: 4) {
            let again = try LocalStores(folder: "/stores", surroundings: StoreSurroundings(files: process))
            #expect(try again.store(id).read(ReadRange(table: schema.name)).rows.count == 90)
            again.close()
            #expect(disk.unsyncedChanges(at: "/stores/pool.sqlite") == 0)
        }
        disk.crash(seed: seed)

        let next = try LocalStores(folder: "/stores", surroundings: StoreSurroundings(files: disk.start()))
        let rows = try next.store(id).read(ReadRange(table: schema.name)).rows
        #expect(rows.count == 90)
    }

    @Test(arguments: [1, 7, 50])
    func noCopyBeginsBesideTheWriterOfALogOfWhichAllIsCopied(pages: Int) throws {
        let surroundings = StoreSurroundings(files: disk.start(), logPagesCopied: pages)
        let stores = try LocalStores(folder: "/stores", surroundings: surroundings)
        let store = try stores.create(try #require(StoreID("pool")), tables: [schema])
        try write(200, to: store, bytes: 1, mayCopyInVain: false)
        #expect(disk.copiesBesideWriters > 3)
        #expect(disk.copiesOfCopiedLogs == 0)
        let rows = try store.read(ReadRange(table: schema.name)).rows
        #expect(rows.count == 600)
    }
}
