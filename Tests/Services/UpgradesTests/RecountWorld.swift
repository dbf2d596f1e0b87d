import Base
import FoundationEssentials
import Items
import LocalTables
import Migrations
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import Tenants
import TestKit
import Testing
import Workflows

@testable import Upgrades

/// Districts by the shipped catalog, with real stores; their runs are carried out by hand, and what they write is metered. Whoever tests
/// may do something at each boundary of a run.
final class RecountWorld: Sendable {
    typealias Interference = @Sendable (Boundary) throws -> Void

    /// What is done at boundaries, once there is somebody who wants something.
    private final class Hook: Sendable {
        let body = Mutex<Interference?>(nil)
        /// What is done at each rest of a run that counts.
        let rest = Mutex<(@Sendable () throws -> Void)?>(nil)
    }

    let stores: LocalStores
    let catalog: Catalog
    let registry: Registry
    let engine: WorkflowEngine
    let tenants: TenantService
    let moves: MoveService
    let schoolMoves: SchoolMoveService
    let usage: UsageStore
    let meter: UsageMeter
    let desk: UsageDesk
    let placements: Placements
    let clock: ManualClock
    private let hook = Hook()
    let folder: RegistryFolder
    private let disk: TemporaryFolder

    init(seed: UInt64 = 1, fault: StepFault? = nil) throws {
        let folder = try RegistryFolder()
        (self.folder, clock) = (folder, folder.clock)
        disk = try TemporaryFolder()
        let stores = try LocalStores(
            folder: disk.path(of: "stores"), surroundings: StoreSurroundings(clock: folder.clock))
        self.stores = stores
        catalog = try Catalog(parsing: Self.shippedCatalog(), file: "default.json")
        registry = try folder.open()
        let usage = UsageStore { () throws(TableError) in
            try stores.create(UsageStore.storeID, tables: [UsageStore.schema])
        }
        self.usage = usage
        let meter = UsageMeter(
            store: usage, clock: clock, schools: { _ in 1 },
            take: { UsageMeter.merged([:], stores.takeTallies()) })
        self.meter = meter
        placements = Placements(registry: registry, catalog: catalog)
        let environment = MoveEnvironment(
            stores: stores, registry: registry, placements: placements, clock: clock)
        var pace = UsageRecounter.Pace { [hook] _ in
            do { try hook.rest.withLock { $0 }?() } catch { Issue.record(error) }
        }
        pace.rowsMax = 3
        let recounter = UsageRecounter(
            registry: registry, stores: stores, catalog: catalog, meter: meter, pace: pace)
        let recount = RecountWorkflow(recounter: recounter)
        desk = UsageDesk(store: usage, meter: meter, recounter: recounter)
        let random = SeededRandom(seed: seed)
        let secrets = KeySecrets(derive: { "secret of \($0)" }, digest: { "digest of \($0)" })
        engine = WorkflowEngine(
            registry: registry,
            workflows: TenantService.workflows(
                registry: registry, placements: placements, stores: stores, secrets: secrets
            ) { tenant in
                meter.forget(tenant)
                try usage.remove(of: tenant)
            } + [
                MoveWorkflow(environment: environment), SchoolMoveWorkflow(environment: environment),
                fault.map { FaultyWorkflow(recount, step: "count", fault: $0) } ?? recount,
            ],
            clock: clock, random: random, threads: 0,
            onBoundary: { [hook] boundary in
                if let interfere = hook.body.withLock({ $0 }) { try interfere(boundary) }
            })
        tenants = TenantService(
            registry: registry, engine: engine, catalog: catalog, secrets: secrets, random: random,
            clock: clock)
        moves = MoveService(environment: environment, engine: engine)
        schoolMoves = SchoolMoveService(environment: environment, engine: engine, clock: clock)
        try placements.applyOptions(stores: stores, now: clock.now()) { _, error in Issue.record(error) }
    }

    deinit {
        engine.stop()
        stores.close()
    }

    private static func shippedCatalog() throws -> [UInt8] {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        let path = root.joined(separator: "/") + "/Templates/catalogs/default.json"
        return [UInt8](try #require(FileManager.default.contents(atPath: path)))
    }

    /// From now on, at each boundary; nil for nothing any more.
    func interfere(_ body: Interference?) { hook.body.withLock { $0 = body } }

    /// From now on, at each rest of a run that counts.
    func rest(_ body: (@Sendable () throws -> Void)?) { hook.rest.withLock { $0 = body } }

    /// Carries out all that is due, and lets the time of short waits pass.
    func drive() throws {
        for _ in 0..<2000 {
            guard let due = try engine.runUntilIdle() else { return }
            clock.advance(byMilliseconds: max(1, due.milliseconds(since: clock.now())))
        }
        Issue.record("runs that do not end")
    }

    func startOnboarding(_ name: String, tier: String = "basic", schools: [String]) throws -> RunID {
        try tenants.startOnboarding(
            OnboardingRequest(
                name: name, tier: tier, admin: "it@district.example", timezone: "America/Chicago",
                schools: schools))
    }

    /// Those that are served.
    func active() throws -> [TenantRecord] {
        try registry.list(TenantRecord.self).records.filter { $0.state == .active }
    }

    func recounter(rowsMax: Int = 3, rest: @escaping @Sendable () -> Void = {}) -> UsageRecounter {
        var pace = UsageRecounter.Pace { _ in rest() }
        pace.rowsMax = rowsMax
        return UsageRecounter(
            registry: registry, stores: stores, catalog: catalog, meter: meter, pace: pace)
    }

    /// Writes, or deletes, a student of the school, by the tenant's place as it is on record.
    func write(
        student number: Int, of school: SchoolID, note: Int, by tenant: TenantID, isDeletion: Bool = false
    ) throws {
        let item: Item = [
            "recordKey": .string("TENANT#\(school)#STUDENT#\(number)"), "entityKey": .string("PROFILE"),
            "note": .string(String(repeating: "n", count: note)),
        ]
        try write(item, to: "student-table", by: tenant, isDeletion: isDeletion)
    }

    /// The same of something that hangs on a school, with its district; on none without.
    func write(
        note number: Int, on school: SchoolID?, size: Int, by tenant: TenantID, isDeletion: Bool = false
    ) throws {
        let stem = school.map { "SCHOOL#\($0)#NOTE#" } ?? "NOTE#"
        let item: Item = [
            "tenantId": .string(tenant.text), "entityKey": .string("\(stem)\(number)"),
            "note": .string(String(repeating: "n", count: size)),
        ]
        try write(item, to: "school-table", by: tenant, isDeletion: isDeletion)
    }

    private func write(_ item: Item, to name: String, by tenant: TenantID, isDeletion: Bool) throws {
        let table = try #require(catalog.tables.first { $0.name.text == name })
        guard let placement = try registry.read(PlacementRecord.self, tenant) else { return }
        let write = ItemWrite(
            table: try #require(placement.tables[name]), key: try table.key.key(ofItem: item),
            action: isDeletion ? .delete : .put(item))
        do throws(TableError) {
            try stores.store(placement.store).write(
                WriteRequest(
                    .single, [write],
                    route: WriteRoute(tenant: tenant, epoch: placement.epoch, wall: OpenWall())))
        } catch {
            // It is just changing hands: whoever wrote is told to come again.
            guard case .misrouted = error else { throw error }
        }
    }

    /// What the tenant has by its store's own rows.
    func extent(of tenant: TenantRecord) throws -> Extent {
        let placement = try registry.require(PlacementRecord.self, tenant.id)
        let store = try stores.store(placement.store)
        return try placements.ranges(
            tenant: tenant.id, schools: tenant.schools.map(\.id), tables: placement.tables
        ).reduce(Extent()) { try $0 + store.extent(of: $1) }
    }
}

/// A wall that lets everything through.
private struct OpenWall: ItemWall {
    func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool { true }
}
