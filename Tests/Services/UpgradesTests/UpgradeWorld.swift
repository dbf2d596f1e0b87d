import Base
import FoundationEssentials
import LocalTables
import Migrations
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

@testable import Upgrades

/// Districts of one school in the tier `basic`, with real stores and moves that are carried out by hand. It is Monday, noon in Chicago;
/// moves begin from one to three at night there.
final class UpgradeWorld: Sendable {
    static let person = AuditActor("person:ada")
    static let advanced: TierName = {
        guard let name = TierName("advanced") else { preconditionFailure("a valid name") }
        return name
    }()

    let folder: RegistryFolder
    let stores: LocalStores
    let catalog: Catalog
    private let storesFolder: TemporaryFolder
    private let random = SeededRandom(seed: 5)
    /// Whether there is no room for another copy.
    let isDiskFull = Flag()
    private let used = Mutex<[TenantID: TenantUsage]>([:])

    /// - Parameters:
    ///   - mode: of `basic`: to `advanced` with more than three schools, 100 items or 1,000 bytes, throttled for two minutes, or above 80% of
    ///     a rate for three.
    ///   - maintenance: what the catalog says; the night by default.
    ///   - copyItemsPerSecond: of each tier.
    init(
        _ tenants: Int, mode: String = "automatic", maintenance: String = UpgradeWorld.night(),
        copyItemsPerSecond: Int = 10_000
    ) throws {
        // 2026-11-23 18:00 UTC.
        folder = try RegistryFolder(clock: ManualClock(Timestamp(milliseconds: 1_795_456_800_000)))
        storesFolder = try TemporaryFolder()
        stores = try LocalStores(
            folder: storesFolder.path(of: "stores"), surroundings: StoreSurroundings(clock: folder.clock))
        catalog = try Catalog(
            parsing: Self.catalog(mode, maintenance, copyItemsPerSecond: copyItemsPerSecond), file: "c.json")
        let registry = try folder.open()
        for number in 0..<tenants { try add(number, to: registry) }
    }

    deinit { stores.close() }

    static func night(atOnce: Int = 4, perNight: Int = 20, blackout: String = "") -> String {
        """
        {"windows": [{"days": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
          "from": "01:00", "to": "03:00"}], "blackouts": [\(blackout)],
          "movesAtOnce": \(atOnce), "movesPerNight": \(perNight)}
        """
    }

    private static func catalog(
        _ mode: String, _ maintenance: String, copyItemsPerSecond: Int
    ) -> [UInt8] {
        let rates =
            #""readUnitsPerSecond": 10, "writeUnitsPerSecond": 10, "#
            + "\"copyRateItemsPerSecond\": \(copyItemsPerSecond)"
        return Array(
            """
            {"name": "sample", "tables": [{"name": "school-table",
              "partitionKey": {"name": "tenantId", "type": "S"}, "ownedKeys": ["{tenantId}"], "indexes": []}],
            "tiers": [
              {"name": "basic", "isolation": "pooled", "tenantsPerPool": 100, "schoolsMax": 3, \(rates),
               "undoWindowSeconds": 60, "upgrade": {"to": "advanced", "mode": "\(mode)", "schoolsGrace": 2,
               "coolDownHours": 48, "rules": [{"metric": "schools", "above": 3}, {"metric": "items", "above": 100},
               {"metric": "throttled", "abovePercent": 5, "forMinutes": 2}, {"metric": "bytes", "above": 1000},
               {"metric": "read-rate", "abovePercent": 80, "forMinutes": 3},
               {"metric": "write-rate", "abovePercent": 80, "forMinutes": 3}]}},
              {"name": "advanced", "isolation": "dedicated", "schoolsMax": 10, \(rates), "undoWindowSeconds": 60},
              {"name": "premium", "isolation": "dedicated", "schoolsMax": 2, \(rates), "undoWindowSeconds": 60}],
            "maintenance": \(maintenance)}
            """.utf8)
    }

    private func add(_ number: Int, to registry: Registry) throws {
        let tenant = TenantRecord(
            id: TenantID(random: random), name: "District \(number)", tier: try #require(TierName("basic")),
            state: .active, timezone: try #require(TimeZoneName("America/Chicago")),
            adminEmail: try #require(EmailAddress("it@district.example")), schools: schools(1),
            createdAt: folder.clock.now())
        let placements = Placements(registry: registry, catalog: catalog)
        let tier = try #require(catalog.tier(named: tenant.tier))
        _ = try placements.take(for: tenant.id, in: tier) { place, transaction in
            var transaction = transaction
            let placement = PlacementRecord(
                tenant: tenant.id, store: place.store, epoch: 1, tables: place.tables,
                isDedicated: place.isDedicated)
            transaction.changes += [.insert(tenant), .insert(placement)]
            try registry.transact(transaction)
            let store = try stores.create(place.store, tables: placements.schemas(of: place.tables))
            try store.setResident(tenant.id, to: Resident(epoch: 1, state: .active))
        }
    }

    private func schools(_ count: Int) -> [SchoolRecord] {
        (0..<count).map {
            SchoolRecord(id: SchoolID(random: random), name: "School \($0)", createdAt: folder.clock.now())
        }
    }

    /// What the tenant's gateway has counted since it was asked last.
    func use(_ tenant: TenantID, _ change: (inout TenantUsage) -> Void) {
        used.withLock { change(&$0[tenant, default: TenantUsage()]) }
    }

    private func take() -> [TenantID: TenantUsage] {
        used.withLock { used in
            defer { used = [:] }
            return used
        }
    }

    /// All parts as a process that starts makes them.
    /// - Parameters:
    ///   - engine: what the registry lies in; nil for one that does not fail.
    ///   - faultyStep: the step of every move that fails for good.
    func open(through engine: (any TableEngine)? = nil, faultyStep: String? = nil) throws -> Process {
        let registry = try engine.map { try folder.open(through: $0) } ?? folder.open()
        return try Process(self, registry, faultyStep: faultyStep) { [self] in take() }
    }

    /// Something that is so or is not, and that others change.
    final class Flag: Sendable {
        private let state = Atomic<Bool>(false)
        var isSet: Bool { state.load(ordering: .relaxed) }
        func set(_ value: Bool) { state.store(value, ordering: .relaxed) }
    }

    /// One life of the server, as far as upgrades go.
    final class Process {
        let world: UpgradeWorld
        let registry: Registry
        let directory: Directory
        let engine: WorkflowEngine
        let meter: UsageMeter
        let service: UpgradeService

        fileprivate init(
            _ world: UpgradeWorld, _ registry: Registry, faultyStep: String?,
            take: @escaping @Sendable () -> [TenantID: TenantUsage]
        ) throws {
            self.world = world
            self.registry = registry
            let directory = try Directory(following: registry)
            self.directory = directory
            let clock = world.folder.clock
            let environment = MoveEnvironment(
                stores: world.stores, registry: registry,
                placements: Placements(registry: registry, catalog: world.catalog),
                capacity: CapacityCheck(
                    disk: { [isFull = world.isDiskFull] in
                        FreeSpace(free: isFull.isSet ? 0 : 1 << 40, total: 1 << 40)
                    }, freeFiles: { nil }), clock: clock)
            let move = MoveWorkflow(environment: environment)
            let workflow: any Workflow =
                faultyStep.map { FaultyWorkflow(move, step: $0, fault: .failsBefore) } ?? move
            engine = WorkflowEngine(
                registry: registry, workflows: [workflow], clock: clock, random: SeededRandom(seed: 7),
                threads: 0)
            let usage = UsageStore { [stores = world.stores] () throws(TableError) in
                try stores.create(UsageStore.storeID, tables: [UsageStore.schema])
            }
            meter = UsageMeter(
                store: usage, clock: clock, schools: { directory.entry($0)?.record.schools.count ?? 0 },
                take: take)
            service = try UpgradeService(
                registry: registry, directory: directory, catalog: world.catalog,
                moves: MoveService(environment: environment, engine: engine), engine: engine, meter: meter,
                clock: clock)
            try engine.resumeAll()
        }

        var tenants: [TenantID] { directory.entries().map(\.record.id) }

        func tier(of tenant: TenantID) throws -> String {
            try registry.require(TenantRecord.self, tenant).tier.text
        }

        func set(schools count: Int, of tenant: TenantID) throws {
            try registry.update(TenantRecord.self, tenant) { record, _ in
                record.schools = world.schools(count)
            }
        }

        func enter(_ state: TenantState, of tenant: TenantID) throws {
            try registry.update(TenantRecord.self, tenant) { record, _ in try record.enter(state) }
        }

        func override(_ limit: TierLimit, to value: Int, of tenant: TenantID) throws {
            try registry.update(TenantRecord.self, tenant) { record, _ in
                record.overrides = [LimitOverride(limit: limit, value: value, reason: "a test")]
            }
        }

        /// Looks every so many minutes for so long; carries out what runs are due in between.
        func pass(hours: Int = 0, minutes: Int = 0, everyMinutes: Int = 1, movesGoOn: Bool = true) throws {
            for _ in 0..<((hours * 60 + minutes) / everyMinutes) {
                world.folder.clock.advance(byMilliseconds: Int64(everyMinutes) * 60_000)
                if movesGoOn { try drive() }
                try meter.collect()
                try service.look()
            }
        }

        /// Carries out what runs are due, as far as they wait for no undo window.
        func drive() throws {
            for _ in 0..<200 {
                guard let due = try engine.runUntilIdle() else { return }
                // What waits for less than a second is part of a step; what waits for longer, an undo window.
                guard due.milliseconds(since: world.folder.clock.now()) <= 1000 else { return }
                world.folder.clock.advance(
                    byMilliseconds: max(1, due.milliseconds(since: world.folder.clock.now())))
            }
        }

        /// What the events of that type say of the tenant, the oldest first.
        func details(of type: String, of tenant: TenantID) throws -> [[String: String]] {
            struct Payload: Decodable {
                let detail: [String: String]
            }
            return try registry.list(OutboxEvent.self).records
                .filter { $0.tenant == tenant && $0.type == type }
                .map { try JSONDecoder().decode(Payload.self, from: Data($0.payload.utf8)).detail }
        }

        /// What was announced of the tenant, the oldest first, without what moves themselves announce.
        func events(of tenant: TenantID) throws -> [String] {
            try registry.list(OutboxEvent.self).records.filter { $0.tenant == tenant }.map(\.type)
                .filter { UpgradeWorld.own.contains($0) }
        }
    }

    fileprivate static let own: Set<String> = [
        "tenant.near-limit", "tenant.outgrown", "tenant.fits-again", "tenant.fits-smaller",
        "tenant.upgrade-requested", "tenant.upgrade-approved", "tenant.upgrade-refused",
        "tenant.upgrade-begun",
        "tenant.upgraded", "tenant.upgrade-failed", "tenant.upgrade-taken-back",
    ]
}
