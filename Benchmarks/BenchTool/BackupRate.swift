import Archives
import Base
import Dispatch
import FoundationEssentials
import Items
import LocalTables
import Registry
import Tables
import Tenancy
import Workflows

/// How fast a tenant of a pool is backed up and restored, and what the journal of a recovery window costs a write.
struct BackupRate {
    private static let groupsInFlight = 32
    private static let writeSeconds = 6.0

    private let folder: String
    private let count: Int
    private let clock = SystemClock()
    private let catalog: Catalog

    init(_ arguments: inout Arguments) throws {
        folder = try arguments.next("folder")
        let path = try arguments.next("catalog")
        count = try arguments.number("items")
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw UsageError(text: "`\(path)` cannot be read")
        }
        catalog = try Catalog(parsing: [UInt8](bytes), file: path)
    }

    func measure() throws {
        try measureWrites()
        try measureRuns()
    }

    // MARK: Writes

    private func measureWrites() throws {
        guard let id = StoreID("pool-bench"), let name = TableName("student-table-bench"),
            let logical = catalog.tables.last
        else { throw UsageError(text: "the catalog has no tables") }
        let store = try LocalStore(id: id, path: folder + "/writes.sqlite")
        try store.create(logical.schema(named: name))
        let items = BenchItems(school: "s0123456789abcde", count: count)
        try fill(store, name, items, version: 0, route: nil)
        // Turn by turn, so that whatever else the machine does falls on both.
        var rates: [Bool: [Double]] = [:]
        for round in 0..<3 {
            for isOn in [false, true] {
                let recovery =
                    isOn ? TableOptions.PointInTimeRecovery(startedAt: clock.now(), hours: 24) : nil
                try store.updateOptions(of: name) { $0.recovery = recovery }
                let rate = try writeRate(store, name, items, seed: round * 2 + (isOn ? 1 : 0))
                rates[isOn, default: []].append(rate)
            }
        }
        for (isOn, rates) in rates {
            print(
                isOn ? "writes_per_second_with_journal" : "writes_per_second", rates.sorted()[rates.count / 2]
            )
        }
        store.close()
    }

    private func writeRate(
        _ store: LocalStore, _ table: TableName, _ items: BenchItems, seed: Int
    ) throws -> Double {
        let room = DispatchSemaphore(value: 64)
        let started = clock.monotonicNanoseconds()
        let numbers = items.numbers(100_000, seed: seed)
        var written = 0
        while Double(clock.monotonicNanoseconds() - started) / 1e9 < Self.writeSeconds {
            let number = numbers[written % numbers.count]
            let write = self.write(number, of: items, to: table, version: UInt64(seed * 1_000_000 + written))
            room.wait()
            store.write(WriteRequest(write)) { result in
                if case .failure(let error) = result { fatalError("a write failed: \(error)") }
                room.signal()
            }
            written += 1
        }
        for _ in 0..<64 { room.wait() }
        for _ in 0..<64 { room.signal() }
        return Double(written) / (Double(clock.monotonicNanoseconds() - started) / 1e9)
    }

    private func fill(
        _ store: any MovableStore, _ table: TableName, _ items: BenchItems, version: UInt64,
        route: WriteRoute?
    ) throws {
        let room = DispatchSemaphore(value: Self.groupsInFlight)
        for start in stride(from: 0, to: count, by: TableLimits.transactionItemsMax) {
            let writes = (start..<min(start + TableLimits.transactionItemsMax, count)).map {
                write($0, of: items, to: table, version: version)
            }
            room.wait()
            store.write(WriteRequest(.batch, writes, route: route)) { result in
                if case .failure(let error) = result { fatalError("the pool is not filled: \(error)") }
                room.signal()
            }
        }
        for _ in 0..<Self.groupsInFlight { room.wait() }
        for _ in 0..<Self.groupsInFlight { room.signal() }
    }

    private func write(
        _ number: Int, of items: BenchItems, to table: TableName, version: UInt64
    ) -> ItemWrite {
        let partition = items.partition(number)
        let item: Item = [
            "recordKey": .string(partition), "entityKey": .string(items.sort),
            "note": .string(BenchItems.note(900, seed: UInt64(number) << 32 | version)),
        ]
        return ItemWrite(
            table: table, key: EncodedKey(partition: Array(partition.utf8), sort: Array(items.sort.utf8)),
            action: .put(item))
    }

    // MARK: Runs

    private struct Everything: ItemWall {
        func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool { true }
    }

    private func measureRuns() throws {
        let stores = try LocalStores(folder: folder + "/stores")
        guard let id = StoreID("registry"), let tier = catalog.tiers.first,
            let zone = TimeZoneName("America/Chicago"), let admin = EmailAddress("it@district.example")
        else { throw UsageError(text: "the catalog has no tiers") }
        let registry = try Registry(
            engine: try stores.create(id, tables: [Registry.schema]), clock: clock)
        let placements = Placements(registry: registry, catalog: catalog)
        try placements.applyOptions(stores: stores, now: clock.now()) { _, _ in }
        let random = SystemRandom()
        let school = SchoolRecord(id: SchoolID(random: random), name: "School", createdAt: clock.now())
        let tenant = TenantRecord(
            id: TenantID(random: random), name: "Bench", tier: tier.name, state: .active, timezone: zone,
            adminEmail: admin, schools: [school], createdAt: clock.now())
        let place = try placements.take(for: tenant.id, in: tier) { place, transaction in
            var transaction = transaction
            transaction.changes += [
                .insert(tenant),
                .insert(
                    PlacementRecord(
                        tenant: tenant.id, store: place.store, epoch: 1, tables: place.tables,
                        isDedicated: place.isDedicated)),
            ]
            try registry.transact(transaction)
        }
        let store = try stores.create(place.store, tables: placements.schemas(of: place.tables))
        try placements.apply(to: store, tables: place.tables)
        try store.setResident(tenant.id, to: Resident(epoch: 1, state: .active))
        guard let table = place.tables["student-table"] else {
            throw UsageError(text: "the catalog has no `student-table`")
        }
        try measureRuns(
            Ground(stores: stores, registry: registry, placements: placements, store: store),
            tenant: tenant, school: school, table: table)
        stores.close()
    }

    /// What the runs work on.
    private struct Ground {
        let stores: LocalStores
        let registry: Registry
        let placements: Placements
        let store: any MovableStore
    }

    private func measureRuns(
        _ ground: Ground, tenant: TenantRecord, school: SchoolRecord, table: TableName
    ) throws {
        let (stores, registry) = (ground.stores, ground.registry)
        let (placements, store, random) = (ground.placements, ground.store, SystemRandom())
        let items = BenchItems(school: school.id.text, count: count)
        let route = WriteRoute(tenant: tenant.id, epoch: 1, wall: Everything())
        try fill(store, table, items, version: 0, route: route)

        let environment = try BackupEnvironment(
            stores: stores, registry: registry, placements: placements,
            images: LocalTenantImages(folder: folder + "/images", stores: stores),
            folder: BackupFolder(path: folder + "/backups"))
        let engine = WorkflowEngine(
            registry: registry, workflows: TenantBackupDesk.workflows(environment), clock: clock,
            random: random, threads: 0)
        let backups = TenantBackups(registry: registry, folder: environment.folder, clock: clock)
        let desk = TenantBackupDesk(environment: environment, backups: backups, engine: engine, clock: clock)
        try time("backup", engine) { try desk.create(tenant.id, keptForDays: 1, actor: .system) }
        guard let backup = try backups.backups(of: tenant.id).first else {
            throw UsageError(text: "no backup was made")
        }
        print("backup_bytes", backup.extent.bytes)
        print("backup_disk_bytes", backup.diskBytes)
        try time("verify", engine) { try desk.verify(backup.id, actor: .system) }
        let moment = clock.now()
        try fill(store, table, items, version: 1, route: route)
        for (name, point) in [
            ("restore_all_changed", RestorePoint.backup(backup.id)),
            ("restore_nothing_changed", .backup(backup.id)),
            ("restore_to_moment", .moment(moment)),
        ] {
            let run = try time(name, engine) {
                try desk.restore(
                    RestoreInput(tenant: tenant.id, point: point), isPlan: false, actor: .system)
            }
            let receipt = try registry.require(RestoreReceipt.self, run)
            print("\(name)_held_seconds", Double(receipt.heldMilliseconds) / 1000)
        }
    }

    @discardableResult
    private func time(_ name: String, _ engine: WorkflowEngine, _ start: () throws -> RunID) throws -> RunID {
        let started = clock.monotonicNanoseconds()
        let run = try start()
        while let due = try engine.runUntilIdle() {
            let wait = due.milliseconds(since: clock.now())
            if wait > 0 { DispatchSemaphore(value: 0).waitFor(milliseconds: wait) }
        }
        let seconds = Double(clock.monotonicNanoseconds() - started) / 1e9
        guard try engine.get(run).state == .completed else {
            throw UsageError(text: "\(name) did not succeed: \(try engine.get(run).notes.map(\.text))")
        }
        print("\(name)_seconds", seconds)
        print("\(name)_items_per_second", Double(count) / seconds)
        return run
    }
}

extension DispatchSemaphore {
    fileprivate func waitFor(milliseconds: Int64) {
        _ = wait(timeout: .now() + .milliseconds(Int(milliseconds)))
    }
}
