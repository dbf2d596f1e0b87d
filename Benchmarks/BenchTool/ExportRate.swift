import Archives
import Base
import FoundationEssentials
import Items
import LocalTables
import Registry
import SQLite
import Tables
import Tenancy
import Workflows

#if canImport(Glibc)
    import Glibc
#endif

/// How fast a tenant's items of about 1 KB are exported, beside a plain `SELECT` of the same rows, and what memory it takes.
struct ExportRate {
    private let folder: String
    private let count: Int
    private let clock = SystemClock()
    private let catalog: Catalog

    private struct Everything: ItemWall {
        func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool { true }
    }

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
        let stores = try LocalStores(folder: folder + "/stores")
        guard let id = StoreID("registry"), let tier = catalog.tiers.first, let table = catalog.tables.last,
            let zone = TimeZoneName("America/Chicago"), let admin = EmailAddress("it@district.example")
        else { throw UsageError(text: "the catalog has no tiers or tables") }
        let registry = try Registry(engine: try Registry.store(id, in: stores), clock: clock)
        let placements = Placements(registry: registry, catalog: catalog)
        let random = SystemRandom()
        let school = SchoolRecord(id: SchoolID(random: random), name: "School", createdAt: clock.now())
        let tenant = TenantRecord(
            id: TenantID(random: random), name: "Bench", tier: tier.name, state: .active, timezone: zone,
            adminEmail: admin, schools: [school], createdAt: clock.now())
        let place = try placements.take(for: tenant.id, in: tier) { place, transaction in
            let placement = PlacementRecord(
                tenant: tenant.id, store: place.store, epoch: 1, tables: place.tables,
                isDedicated: place.isDedicated)
            var transaction = transaction
            transaction.changes += [.insert(tenant), .insert(placement)]
            try registry.transact(transaction)
        }
        let store = try stores.create(place.store, tables: placements.schemas(of: place.tables))
        try store.setResident(tenant.id, to: Resident(epoch: 1, state: .active))
        guard let physical = place.tables[table.name.text] else {
            throw UsageError(text: "the catalog has no table")
        }
        try fill(store, physical, school: school.id, tenant: tenant.id)
        try measureSelect("\(folder)/stores/\(place.store).sqlite")
        try measureExport(
            TenantImages(
                registry: registry, placements: placements, stores: stores,
                keeper: LocalTenantImages(folder: folder + "/images", stores: stores)), tenant.id)
        stores.close()
    }

    private func fill(
        _ store: any MovableStore, _ table: TableName, school: SchoolID, tenant: TenantID
    ) throws {
        let items = BenchItems(school: school.text, count: count)
        let route = WriteRoute(tenant: tenant, epoch: 1, wall: Everything())
        for start in stride(from: 0, to: count, by: 100) {
            let writes = (start..<min(start + 100, count)).map { number -> ItemWrite in
                let partition = items.partition(number)
                let item: Item = [
                    "recordKey": .string(partition), "entityKey": .string(items.sort),
                    "note": .string(BenchItems.note(900, seed: UInt64(number))),
                ]
                return ItemWrite(
                    table: table,
                    key: EncodedKey(partition: Array(partition.utf8), sort: Array(items.sort.utf8)),
                    action: .put(item))
            }
            try store.write(WriteRequest(.batch, writes, route: route))
        }
    }

    /// All rows of the largest table of the file, read and thrown away.
    private func measureSelect(_ path: String) throws {
        let connection = try Connection(path: path, mode: .readOnly, isExclusive: true)
        let names = try connection.prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 't[0-9]*'")
        var tables: [String] = []
        while try names.step() { if !names.text(0).contains("_") { tables.append(names.text(0)) } }
        var (rows, bytes) = (0, 0)
        let started = clock.monotonicNanoseconds()
        for table in tables {
            let select = try connection.prepare("SELECT pk, sk, size, item FROM \(table) ORDER BY pk, sk")
            while try select.step() {
                rows += 1
                bytes += select.bytes(3).count
            }
        }
        let seconds = Double(clock.monotonicNanoseconds() - started) / 1e9
        print("select_items_per_second", Double(rows) / seconds)
        print("select_megabytes_per_second", Double(bytes) / seconds / 1e6)
    }

    private func measureExport(_ images: TenantImages, _ tenant: TenantID) throws {
        let exports = ArchiveFolder(folder + "/exports")
        let engine = WorkflowEngine(
            registry: images.registry, workflows: [ExportWorkflow(images: images, folder: exports)],
            clock: clock,
            random: SystemRandom(), threads: 0)
        let desk = ExportDesk(images: images, folder: exports, engine: engine)
        print("resident_kilobytes_before", residentKilobytes())
        let started = clock.monotonicNanoseconds()
        let run = try desk.start(ExportRequest(tenant: tenant), actor: .system)
        while try engine.runUntilIdle() != nil {}
        let seconds = Double(clock.monotonicNanoseconds() - started) / 1e9
        print("resident_kilobytes_after", residentKilobytes())
        let manifest = try desk.manifest(of: run).manifest
        let lineBytes = manifest.tables.reduce(0) { $0 + $1.lineBytes }
        print("export_items_per_second", Double(manifest.items) / seconds)
        print("export_megabytes_per_second", Double(lineBytes) / seconds / 1e6)
        print("export_file_bytes", manifest.files.reduce(0) { $0 + $1.bytes })
        print("export_line_bytes", lineBytes)
    }

    /// The most that the process has held at once so far.
    private func residentKilobytes() -> Int {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }
        return usage.ru_maxrss
    }
}
