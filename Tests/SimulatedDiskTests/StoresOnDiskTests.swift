import Base
import Items
import LocalTables
import Registry
import SimulatedDisk
import Tables
import Tenancy
import TestKit
import Testing

@Suite struct StoresOnDiskTests {
    let disk = SimulatedDisk()
    let clock = ManualClock()
    let id: StoreID
    let schema: TableSchema

    init() throws {
        id = try #require(StoreID("pool"))
        schema = TableSchema(
            name: try #require(TableName("things")),
            key: KeySchema(partition: KeyAttribute(name: "p", type: .string)))
    }

    private func start() throws -> (SimulatedProcess, LocalStores) {
        let process = disk.start(clock: clock)
        let surroundings = StoreSurroundings(clock: clock, random: SeededRandom(seed: 1), files: process)
        return (process, try LocalStores(folder: "/data/stores", surroundings: surroundings))
    }

    /// Lets the disk crash at an operation that is drawn, of this process.
    private func crashSoon(_ random: SeededRandom, within operations: Int) {
        let last = disk.operations + 1 + Int(random.next() % UInt64(operations))
        let seed = random.next()
        disk.onOperation { [disk] operation in if operation.number >= last { disk.crash(seed: seed) } }
    }

    private func key(_ text: String) throws -> EncodedKey { try schema.key.key(ofItem: item(text)) }

    private func item(_ text: String) -> Item {
        var item = Item(attributes: AttributeMap([:]))
        item.attributes["p"] = .string(text)
        return item
    }

    private func put(_ text: String) throws -> ItemWrite {
        ItemWrite(table: schema.name, key: try key(text), action: .put(item(text)))
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func aStoreKeepsEachAcknowledgedTransaction(seed: UInt64) throws {
        let random = SeededRandom(seed: seed)
        var acknowledged: [String] = []
        for life in 0..<3 {
            let (process, stores) = try start()
            crashSoon(random, within: 250)
            do {
                let store = try stores.create(id, tables: [schema])
                for text in acknowledged {
                    for half in ["l", "r"] {
                        let row = try store.get(GetItem(table: schema.name, key: key(half + text)))
                        #expect(row != nil, "\(half + text)")
                    }
                }
                for number in 0..<1000 {
                    let text = "\(life)-\(number)"
                    _ = try store.write(
                        WriteRequest(.transaction, [try put("l" + text), try put("r" + text)]))
                    acknowledged.append(text)
                }
            } catch { #expect(!process.isAlive, "\(error)") }
            disk.onOperation(nil)
            stores.close()
        }
        let (_, stores) = try start()
        if !acknowledged.isEmpty { #expect(try stores.list() == [id]) }
        for id in try stores.list() { #expect(try stores.check(id).findings == []) }
        stores.close()
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func whatAFailedSyncLeftTakesNoLaterWriteAlong(seed: UInt64) throws {
        let (_, first) = try start()
        let store = try first.create(id, tables: [schema])
        _ = try store.write(WriteRequest(try put("before")))
        disk.fail(.sync, with: .failing, pathEnding: "-wal", seed: seed)
        #expect(throws: TableError.self) { try store.write(WriteRequest(try put("lost"))) }
        disk.kill()
        first.close()

        // The next process finds in memory what did not come to the disk, and builds on it.
        let (_, second) = try start()
        let again = try second.create(id, tables: [schema])
        let later = (0..<3).map { "later\($0)" }
        for text in later { _ = try again.write(WriteRequest(try put(text))) }
        disk.crash(seed: seed)
        second.close()

        let (_, third) = try start()
        let found = try third.create(id, tables: [schema])
        for text in ["before"] + later {
            #expect(try found.get(GetItem(table: schema.name, key: key(text))) != nil, "\(text)")
        }
        third.close()
        #expect(try third.check(id).findings == [])
    }

    @Test(arguments: 0..<40 as Range<UInt64>, [false, true])
    func whatWasRefusedAndLookedForSinceDoesNotComeBack(seed: UInt64, losesPower: Bool) throws {
        let (_, first) = try start()
        let store = try first.create(id, tables: [schema])
        let tenant = try #require(TenantID("t000000000000001"))
        let run = try #require(RunID("r000000000000001"))
        disk.fail(.sync, with: .failing, pathEnding: "-wal", seed: seed)
        #expect(throws: TableError.self) {
            try store.setResident(tenant, to: Resident(epoch: 1, state: .arriving(run)))
        }
        // Whoever asks now decides by the answer, as the undoing of a move does.
        #expect(try store.resident(tenant) == nil)
        try store.removeResident(tenant)
        if losesPower { disk.crash(seed: seed) } else { disk.kill() }
        first.close()

        let (_, second) = try start()
        #expect(try second.create(id, tables: [schema]).resident(tenant) == nil)
        second.close()
        let findings = try second.check(id).findings
        #expect(findings == [], "\(findings)")
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func aRemovedStoreStaysRemovedAndItsLogIsNobodysElse(seed: UInt64) throws {
        let (process, stores) = try start()
        let store = try stores.create(id, tables: [schema])
        _ = try store.write(WriteRequest(try put("old")))
        // Every other removal comes to its end, and only then the disk crashes.
        if seed % 2 == 0 { crashSoon(SeededRandom(seed: seed), within: 60) }
        var isRemoved = false
        do {
            try stores.remove(id)
            isRemoved = true
            disk.onOperation(nil)
            disk.crash(seed: seed)
        } catch { #expect(!process.isAlive, "\(error)") }
        disk.onOperation(nil)
        let (_, again) = try start()
        if seed % 2 == 1 { #expect(isRemoved) }
        if isRemoved { #expect(try again.list() == []) }
        let isThere = try again.list() == [id]
        let found = try again.create(id, tables: [schema])
        #expect((try found.get(GetItem(table: schema.name, key: key("old"))) != nil) == isThere)
        again.close()
        #expect(try again.check(id).findings == [])
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func aSnapshotIsWholeOrNotThere(seed: UInt64) throws {
        let (process, stores) = try start()
        let store = try stores.create(id, tables: [])
        let record = TableRecord(schema: schema, id: "1", createdAt: clock.now())
        try store.create(record)
        for number in 0..<20 { _ = try store.write(WriteRequest(try put("\(number)"))) }
        let snapshots = try LocalSnapshots(folder: "/data/snapshots", stores: stores)
        let snapshot = SnapshotID(now: clock.now(), random: SeededRandom(seed: seed))
        let manifest = SnapshotManifest(
            id: snapshot, purpose: .backup, name: "s", store: id, table: record, createdAt: clock.now(),
            asOf: nil)
        if seed % 2 == 0 { crashSoon(SeededRandom(seed: seed), within: 60) }
        var isTaken = false
        do {
            _ = try snapshots.take(manifest)
            isTaken = true
        } catch { #expect(!process.isAlive, "\(error)") }
        disk.onOperation(nil)
        disk.crash(seed: seed)
        let (_, again) = try start()
        let kept = try LocalSnapshots(folder: "/data/snapshots", stores: again)
        let found = try kept.list { name, error in Issue.record("\(name): \(error)") }
        if seed % 2 == 1 { #expect(isTaken) }
        if isTaken { #expect(found.map(\.id) == [snapshot]) }
        for manifest in found {
            #expect(manifest.extent.items == 20)
            #expect(try kept.rows(of: manifest.id, after: nil, itemsMax: 100, bytesMax: 1 << 20).count == 20)
        }
        again.close()
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func aRegistryKeepsEachCommit(seed: UInt64) throws {
        let random = SeededRandom(seed: seed)
        let tenant = TenantID(random: random)
        var committed = 0
        for _ in 0..<3 {
            let (process, stores) = try start()
            crashSoon(random, within: 400)
            do {
                let engine = try stores.create(id, tables: [Registry.schema])
                let registry = try Registry(engine: engine, clock: clock)
                for number in 0..<committed {
                    for half in ["l", "r"] {
                        let name = "\(half)\(number)"
                        #expect(try registry.read(NameReservation.self, name)?.tenant == tenant, "\(name)")
                    }
                }
                // One that nobody was answered may be there, whole.
                let next = ["l", "r"].map { NameReservation(name: "\($0)\(committed)", tenant: tenant) }
                let isThere = try next.map { try registry.read(NameReservation.self, $0.id) != nil }
                #expect(Set(isThere).count == 1)
                if isThere == [true, true] { committed += 1 }
                for number in committed..<1000 {
                    let pair = ["l", "r"].map { NameReservation(name: "\($0)\(number)", tenant: tenant) }
                    try registry.transact(RegistryTransaction(pair.map { .insert($0) }))
                    committed = number + 1
                }
            } catch { #expect(!process.isAlive, "\(error)") }
            disk.onOperation(nil)
            stores.close()
        }
    }

    /// Whichever operation fails, and however often in a row: what is left is no store, and the next try makes one.
    @Test(arguments: [DiskOperation.Kind.make, .write, .truncate, .sync, .rename, .syncFolder])
    func aStoreWhoseMakingFailsIsMadeAtTheNextTry(kind: DiskOperation.Kind) throws {
        var failures = 0
        for after in 0..<100 {
            let disk = SimulatedDisk()
            let surroundings = StoreSurroundings(
                clock: clock, random: SeededRandom(seed: 1), files: disk.start(clock: clock))
            let stores = try LocalStores(folder: "/data/stores", surroundings: surroundings)
            disk.fail(kind, with: .full, after: after, count: 1 + after % 3, seed: UInt64(after))
            do {
                _ = try stores.create(id, tables: [schema])
            } catch { failures += 1 }
            disk.heal()
            let store = try stores.create(id, tables: [schema])
            #expect(store.schema(of: schema.name) == schema, "\(kind) \(after)")
            stores.close()
        }
        #expect(failures > 0)
    }
}
