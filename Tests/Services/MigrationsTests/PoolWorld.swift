import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

@testable import Migrations

/// Small districts in pools of tier basic that take four each.
final class PoolWorld: RunWorld, Sendable {
    struct Unmet: Error, CustomStringConvertible {
        let description: String
    }

    let folder: RegistryFolder
    let stores: LocalStores
    let catalog: Catalog
    let tenants: [TenantRecord]
    let input: PoolInput
    let capacity: CapacityCheck
    private let storesFolder: TemporaryFolder
    private let attached = Mutex(PoolEngine())

    /// - Parameter pools: how many districts each pool has, from the first on.
    init(
        _ pools: [Int], _ input: PoolInput, capacity: CapacityCheck = .unlimited, isStreaming: Bool = false
    ) throws {
        folder = try RegistryFolder()
        storesFolder = try TemporaryFolder()
        stores = try LocalStores(
            folder: storesFolder.path(of: "stores"),
            surroundings: isStreaming ? StoreSurroundings(clock: folder.clock) : StoreSurroundings())
        catalog = try PoolWorld.catalog(isStreaming: isStreaming)
        self.input = input
        self.capacity = capacity
        let random = SeededRandom(seed: 23)
        let time = Timestamp(milliseconds: 0)
        let name = try #require(TierName("basic"))
        tenants = try (0..<pools.reduce(0, +)).map { number in
            TenantRecord(
                id: TenantID(random: random), name: "District \(number)", tier: name, state: .active,
                timezone: try #require(TimeZoneName("America/Chicago")),
                adminEmail: try #require(EmailAddress("it@district.example")),
                schools: [SchoolRecord(id: SchoolID(random: random), name: "School", createdAt: time)],
                createdAt: time)
        }
        try Placements(registry: try folder.open(), catalog: catalog).applyOptions(
            stores: stores, now: folder.clock.now()
        ) { Issue.record("\($0): \($1)") }
        var rest = tenants[...]
        for (number, count) in pools.enumerated() {
            for _ in 0..<count { try place(rest.removeFirst(), in: PoolWorld.pool(number + 1)) }
        }
    }

    private func place(_ tenant: TenantRecord, in pool: StoreID) throws {
        let registry = try folder.open()
        let placements = Placements(registry: registry, catalog: catalog)
        let tier = try #require(catalog.tier(named: tenant.tier))
        _ = try placements.take(for: tenant.id, in: tier, pool: pool) { place, transaction in
            let placement = PlacementRecord(
                tenant: tenant.id, store: place.store, epoch: 1, tables: place.tables,
                isDedicated: place.isDedicated)
            var transaction = transaction
            transaction.changes += [.insert(tenant), .insert(placement)]
            let store = try stores.create(place.store, tables: placements.schemas(of: place.tables))
            try store.setResident(tenant.id, to: Resident(epoch: 1, state: .active))
            try registry.transact(transaction)
            // What the catalog wants of a store's tables goes by the store's record.
            try placements.apply(to: store, tables: place.tables)
            for item in try PoolWorld.items(of: tenant) { try store.write(try write(item, placement)) }
        }
    }

    deinit { stores.close() }

    static func pool(_ number: Int) -> StoreID {
        guard let id = StoreID("pool-basic-\(number)") else { preconditionFailure("a valid name") }
        return id
    }

    private static func catalog(isStreaming: Bool) throws -> Catalog {
        var text = String(decoding: try MoveWorld.shippedCatalogText(), as: UTF8.self)
        text = text.replacing("\"tenantsPerPool\": 100", with: "\"tenantsPerPool\": 4")
        if isStreaming { text = try MoveWorld.withStream(text) }
        return try Catalog(parsing: [UInt8](text.utf8), file: "catalog.json")
    }

    static func items(of tenant: TenantRecord) throws -> [MoveWorld.Entity] {
        try (0..<3).map { try MoveWorld.student($0, of: tenant.schools[0].id, value: $0) }
    }

    func write(_ entity: MoveWorld.Entity, _ placement: PlacementRecord) throws -> WriteRequest {
        let logical = try #require(TableName(entity.table))
        let table = try #require(catalog.table(named: logical))
        return WriteRequest(
            ItemWrite(
                table: try #require(placement.tables[entity.table]),
                key: try table.key.key(ofItem: entity.item), action: .put(entity.item)),
            route: WriteRoute(tenant: placement.tenant, epoch: placement.epoch, wall: OpenWall()))
    }

    // MARK: RunWorld

    func environment(_ registry: Registry) -> MoveEnvironment {
        MoveEnvironment(
            stores: stores, registry: registry,
            placements: Placements(registry: registry, catalog: catalog), capacity: capacity)
    }

    func workflow(over registry: Registry) throws -> any Workflow {
        let engine = PoolEngine()
        attached.withLock { $0 = engine }
        return input.into == nil
            ? PoolRebalanceWorkflow(environment: environment(registry), engine: engine)
            : PoolMergeWorkflow(environment: environment(registry), engine: engine)
    }

    func companions(over registry: Registry) throws -> [any Workflow] {
        [MoveWorkflow(environment: environment(registry))]
    }

    func begin(_ engine: WorkflowEngine) { attached.withLock { $0 }.attach(engine) }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try service(engine).start(input, actor: AuditActor("person:operator"))
    }

    func service(_ engine: WorkflowEngine) throws -> PoolService {
        PoolService(environment: environment(try folder.open()), engine: engine)
    }

    /// An engine of one process, with the run's workflow and that of moves.
    func engine(over registry: Registry) throws -> WorkflowEngine {
        let engine = WorkflowEngine(
            registry: registry, workflows: [try workflow(over: registry)] + (try companions(over: registry)),
            clock: folder.clock, random: SeededRandom(seed: 5), threads: 0)
        begin(engine)
        return engine
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        let counts = try self.counts(registry)
        if let into = input.into {
            try expect(counts == [into: tenants.count], "the tenants are in \(counts)")
            try expect(
                try registry.read(StoreRecord.self, input.pool) == nil, "the pool is still recorded")
            try expect(try !stores.list().contains(input.pool), "the pool's file is still there")
        } else {
            let half = tenants.count / 2
            try expect(
                counts == [input.pool: half, PoolWorld.pool(2): half], "the tenants are in \(counts)")
        }
        try expect(run.result?.contains("\"stayed\":0") ?? false, "it leaves \(run.result ?? "nothing")")
        try check(registry)
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        try expect(try registry.read(StoreRecord.self, input.pool) != nil, "the pool is gone")
        try check(registry)
    }

    func counts(_ registry: Registry) throws -> [StoreID: Int] {
        try registry.list(PlacementRecord.self).records.reduce(into: [:]) { $0[$1.store, default: 0] += 1 }
    }

    /// Each tenant is whole where its placement says, and nowhere else; no pool is closed, each counts right.
    func check(_ registry: Registry) throws {
        for tenant in tenants {
            let placement = try registry.require(PlacementRecord.self, tenant.id)
            for id in try stores.list() {
                let store = try stores.store(id)
                let found = try rows(of: tenant, in: store)
                let wanted = id == placement.store ? Set(try PoolWorld.items(of: tenant).map(\.item)) : []
                try expect(
                    found == wanted, "\(found.count) of \(wanted.count) items of \(tenant.id) in \(id)")
                let state = try store.resident(tenant.id)?.state
                try expect(
                    state == (id == placement.store ? .active : nil),
                    "\(tenant.id) is \(state as Any) in \(id)")
            }
        }
        let counts = try counts(registry)
        for record in try registry.list(StoreRecord.self).records {
            try expect(record.closedBy == nil, "\(record.id) is closed")
            try expect(record.occupants == counts[record.id] ?? 0, "\(record.id) counts \(record.occupants)")
        }
    }

    private func rows(of tenant: TenantRecord, in store: any MovableStore) throws -> Set<Item> {
        var found: Set<Item> = []
        for schema in store.schemas() {
            for table in catalog.tables where schema.name.text.hasPrefix(table.name.text) {
                for span in table.ownedKeys.spans(tenant: tenant.id, schools: tenant.schools.map(\.id)) {
                    let range = KeyRange(table: schema.name, lower: span.lower, upper: span.upper)
                    for row in try store.rows(in: range, after: nil, itemsMax: 1000, bytesMax: .max) {
                        found.insert(try row.image.item())
                    }
                }
            }
        }
        return found
    }

    private func expect(_ isMet: Bool, _ text: @autoclosure () -> String) throws {
        if !isMet { throw Unmet(description: text()) }
    }
}
