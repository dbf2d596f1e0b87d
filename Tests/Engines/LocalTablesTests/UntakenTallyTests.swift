import Base
import Dispatch
import Items
import Synchronization
import Tables
import TestKit
import Testing

@testable import LocalTables

/// What stores have counted is taken by somebody who waits for none of them.
@Suite struct UntakenTallyTests {
    /// The system's files, whose removals wait until they may go on.
    private final class SlowRemoval: StoreFiles {
        let begun = DispatchSemaphore(value: 0)
        let mayEnd = DispatchSemaphore(value: 0)
        let isSlow = Atomic<Bool>(false)
        private let files = SystemFiles()

        var nameInSQLite: String? { files.nameInSQLite }

        func makeFolder(_ path: String) throws(TableError) { try files.makeFolder(path) }

        func names(in folder: String) throws(TableError) -> [String] { try files.names(in: folder) }

        func bytes(at path: String) throws(TableError) -> Int? { try files.bytes(at: path) }

        func read(
            _ path: String, from offset: Int, into buffer: inout [UInt8], at place: Int, bytesMax: Int
        ) throws(TableError) -> Int {
            try files.read(path, from: offset, into: &buffer, at: place, bytesMax: bytesMax)
        }

        func rewrite(_ path: String) throws(TableError) { try files.rewrite(path) }

        func remove(_ path: String) throws(TableError) {
            if isSlow.exchange(false, ordering: .relaxed) {
                begun.signal()
                mayEnd.wait()
            }
            try files.remove(path)
        }

        func rename(_ path: String, to other: String) throws(TableError) {
            try files.rename(path, to: other)
        }

        func sync(folder: String) throws(TableError) { try files.sync(folder: folder) }
    }

    private let folder: TemporaryFolder
    private let files = SlowRemoval()
    private let stores: LocalStores
    private let fixture: StoreFixture
    private let id: StoreID
    private let tenant = TenantID(random: SeededRandom(seed: 8))

    init() throws {
        folder = try TemporaryFolder()
        fixture = try StoreFixture()
        stores = try LocalStores(
            folder: folder.path(of: "stores"), surroundings: StoreSurroundings(files: files))
        id = try #require(StoreID("own"))
    }

    private func write(_ sort: Int) throws {
        let store = try stores.create(id, tables: [fixture.schema])
        try store.setResident(tenant, to: Resident(epoch: 1, state: .active))
        try store.write(
            WriteRequest(
                .single, [try fixture.put(fixture.item("a", sort))],
                route: WriteRoute(tenant: tenant, epoch: 1, wall: OpenWall())))
    }

    /// A recount that left out what a store that is just being removed has counted would find it a second time later.
    @Test func whatAStoreHasCountedIsTakenWhileItIsBeingRemoved() throws {
        try write(1)
        files.isSlow.store(true, ordering: .relaxed)
        let removed = DispatchSemaphore(value: 0)
        let (stores, id) = (stores, id)
        DispatchQueue.global().async {
            do { try stores.remove(id) } catch { Issue.record(error) }
            removed.signal()
        }
        files.begun.wait()
        let taken = Mutex<[TenantID: Extent]?>(nil)
        let hasTaken = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            let tallies = stores.takeTallies()
            taken.withLock { $0 = tallies }
            hasTaken.signal()
        }
        #expect(hasTaken.wait(timeout: .now() + 20) == .success, "it waits for the removal")
        files.mayEnd.signal()
        removed.wait()
        #expect(taken.withLock { $0 }?.mapValues(\.items) == [tenant: 1])
        #expect(stores.takeTallies().isEmpty)
    }

    @Test func aStoreThatIsMadeAgainCountsOn() throws {
        try write(1)
        try stores.remove(id)
        try write(2)
        try write(3)
        #expect(stores.takeTallies().mapValues(\.items) == [tenant: 3])
    }
}
