import Base
import Dispatch
import FoundationEssentials
import Items
import LocalTables
import Migrations
import Registry
import SQLite
import Tables
import Tenancy
import Workflows

/// How fast a tenant of a pool is copied and verified, idle, beside SQLite's own `INSERT … SELECT` of the same rows and indexes between
/// two files; and what memory the move takes. Items have an entry in the index `teacher-index`.
///
/// Each round moves the tenant to a store of its own and, but for the last, takes the move back; SQLite's copy is measured in between.
struct MoveRate {
    private static let groupsInFlight = 32
    private static let teachers = 500
    private static let undoSeconds = 3600

    private let folder: String
    private let count: Int
    private let rounds: Int
    private let clock = SystemClock()
    private let catalog: Catalog

    init(_ arguments: inout Arguments) throws {
        folder = try arguments.next("folder")
        let path = try arguments.next("catalog")
        count = try arguments.number("items")
        rounds = try arguments.number("rounds")
        guard rounds > 0 else { throw UsageError(text: "there has to be a round") }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw UsageError(text: "`\(path)` cannot be read")
        }
        // No tier's rate holds the move back: what is measured is how fast it can go.
        let text = String(decoding: bytes, as: UTF8.self)
            .replacing(/"copyRateItemsPerSecond": *[0-9]+/, with: #""copyRateItemsPerSecond": 10000000"#)
        catalog = try Catalog(parsing: Array(text.utf8), file: path)
    }

    private struct Everything: ItemWall {
        func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool { true }
    }

    func measure() throws {
        let stores = try LocalStores(folder: folder + "/stores")
        guard let id = StoreID("registry"), let tier = catalog.tiers.first(where: { !$0.isDedicated }),
            let target = catalog.tiers.first(where: \.isDedicated),
            let zone = TimeZoneName("America/Chicago"), let admin = EmailAddress("it@district.example")
        else { throw UsageError(text: "the catalog needs a pooled tier and a dedicated one") }
        let registry = try Registry(
            engine: try stores.create(id, tables: [Registry.schema]), clock: clock)
        let placements = Placements(registry: registry, catalog: catalog)
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
        try store.setResident(tenant.id, to: Resident(epoch: 1, state: .active))
        guard let table = place.tables["student-table"] else {
            throw UsageError(text: "the catalog has no `student-table`")
        }
        try fill(store, table, school: school.id, of: tenant.id)
        let environment = MoveEnvironment(stores: stores, registry: registry, placements: placements)
        let engine = WorkflowEngine(
            registry: registry, workflows: [MoveWorkflow(environment: environment)], clock: clock,
            random: SystemRandom(), threads: 0)
        let file = "\(folder)/stores/\(place.store).sqlite"
        var found: [String: [Double]] = [:]
        for round in 1...rounds {
            let isLast = round == rounds
            var figures = try move(tenant.id, to: target.name, engine, registry, isKept: !isLast)
            figures["sqlite_seconds"] = try insertSelect(
                from: isLast
                    ? "\(folder)/stores/\(try registry.require(PlacementRecord.self, tenant.id).store).sqlite"
                    : file)
            figures["ratio"] =
                (figures["sqlite_seconds"] ?? 0)
                / ((figures["copy_seconds"] ?? 0) + (figures["verify_seconds"] ?? 0))
            for (name, figure) in figures { found[name, default: []].append(figure) }
        }
        stores.close()
        for (name, figures) in found.sorted(by: { $0.key < $1.key }) {
            let sorted = figures.sorted()
            print(name, sorted[sorted.count / 2])
            print("\(name)_least", sorted[0])
            print("\(name)_most", sorted[sorted.count - 1])
        }
    }

    // MARK: The move

    /// Moves the tenant, takes the move back where it is kept, and answers what took how long.
    private func move(
        _ tenant: TenantID, to tier: TierName, _ engine: WorkflowEngine, _ registry: Registry, isKept: Bool
    ) throws -> [String: Double] {
        let memory = MemoryWatch()
        let run = try engine.start(
            kind: MoveWorkflow.runKind,
            input: MoveInput(tenant: tenant, tier: tier, undoWindowSeconds: isKept ? Self.undoSeconds : 0),
            tenant: tenant)
        try carryOut(run, engine) { $0.state.isSettled || isKept && $0.step?.name == "keep" }
        if isKept {
            try engine.cancel(run, actor: .system)
            try carryOut(run, engine) { $0.state.isSettled }
        }
        let record = try engine.get(run)
        var figures = ["memory_megabytes": try memory.grownMegabytes()]
        guard record.state == (isKept ? .undone : .completed) else {
            throw UsageError(text: "the move did not succeed: \(record.notes.map(\.text))")
        }
        let receipt = try registry.require(MoveReceipt.self, run)
        guard receipt.copied.items == count else {
            throw UsageError(text: "\(receipt.copied.items) items were moved, expected \(count)")
        }
        figures["write_pause_milliseconds"] = receipt.writePauseMilliseconds
        if isKept { figures["rollback_pause_milliseconds"] = receipt.rollbackPauseMilliseconds }
        for step in record.steps {
            // A step that was taken back has its undo's end for its own.
            let attempts = step.history?.elements.filter { !$0.isUndo } ?? []
            guard let began = attempts.first?.startedAt, let ended = attempts.last?.endedAt,
                ["copy", "verify", "confirm"].contains(step.name) || !isKept && step.name == "clean up"
            else { continue }
            figures["\(step.name.replacing(" ", with: "_"))_seconds"] =
                Double(ended.milliseconds(since: began)) / 1000
        }
        return figures
    }

    private func carryOut(
        _ run: RunID, _ engine: WorkflowEngine, until isReached: (RunRecord) -> Bool
    ) throws {
        while let due = try engine.runUntilIdle(), try !isReached(engine.get(run)) {
            let wait = due.milliseconds(since: clock.now())
            if wait > 0 { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(wait))) }
        }
    }

    // MARK: Items

    private func fill(
        _ store: any MovableStore, _ table: TableName, school: SchoolID, of tenant: TenantID
    ) throws {
        let items = BenchItems(school: school.text, count: count)
        let route = WriteRoute(tenant: tenant, epoch: 1, wall: Everything())
        let room = DispatchSemaphore(value: Self.groupsInFlight)
        for start in stride(from: 0, to: count, by: TableLimits.transactionItemsMax) {
            let writes = (start..<min(start + TableLimits.transactionItemsMax, count)).map { number in
                let partition = items.partition(number)
                let item: Item = [
                    "recordKey": .string(partition), "entityKey": .string(items.sort),
                    "teacherKey": .string("TENANT#\(school)#TEACHER#\(number % Self.teachers)"),
                    "note": .string(BenchItems.note(850, seed: UInt64(number) << 20)),
                ]
                return ItemWrite(
                    table: table,
                    key: EncodedKey(partition: Array(partition.utf8), sort: Array(items.sort.utf8)),
                    action: .put(item))
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

    // MARK: SQLite's own copy

    /// Seconds that SQLite takes for all rows and entries of a store's file, into a file of the same tables and indexes, synced.
    private func insertSelect(from file: String) throws -> Double {
        let copy = folder + "/copy.sqlite"
        let connection = try Connection(path: copy, mode: .create, isExclusive: true)
        for pragma in [
            "page_size = 4096", "journal_mode = WAL", "synchronous = FULL", "cache_size = -65536",
            "wal_autocheckpoint = 4000", "journal_size_limit = 67108864", "secure_delete = FAST",
        ] {
            try connection.execute("PRAGMA \(pragma)")
        }
        try connection.execute("ATTACH '\(file)' AS source")
        var tables: [String] = []
        var layout: [String] = []
        let select = try connection.prepare(
            """
            SELECT type, name, sql FROM source.sqlite_master
            WHERE tbl_name GLOB 't[0-9]*' AND sql IS NOT NULL ORDER BY type DESC
            """)
        while try select.step() {
            if select.text(0) == "table" { tables.append(select.text(1)) }
            layout.append(select.text(2))
        }
        select.reset()
        for statement in layout { try connection.execute(statement) }
        let began = clock.monotonicNanoseconds()
        try connection.execute("BEGIN")
        for table in tables {
            try connection.execute("INSERT INTO main.\(table) SELECT * FROM source.\(table)")
        }
        try connection.execute("COMMIT")
        try connection.execute("PRAGMA main.wal_checkpoint(TRUNCATE)")
        let seconds = Double(clock.monotonicNanoseconds() - began) / 1e9
        for ending in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: copy + ending) {
            try FileManager.default.removeItem(atPath: copy + ending)
        }
        return seconds
    }
}
