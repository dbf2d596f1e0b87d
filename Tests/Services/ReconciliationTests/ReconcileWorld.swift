import Base
import Items
import LocalTables
import Migrations
import Reconciliation
import Registry
import RunTestKit
import Tables
import Tenancy
import Tenants
import TestKit
import Testing
import Workflows

/// Three districts, two in a pool and one in a store of its own, and what compares them with what should be.
final class ReconcileWorld: Sendable {
    static let catalogText = """
        {
          "name": "test",
          "tables": [
            { "name": "school-table", "ownedKeys": ["{tenantId}"],
              "partitionKey": { "name": "tenantId", "type": "S" },
              "sortKey": { "name": "entityKey", "type": "S" } },
            { "name": "student-table", "ownedKeys": ["TENANT#{schoolId}#*"],
              "partitionKey": { "name": "recordKey", "type": "S" },
              "sortKey": { "name": "entityKey", "type": "S" },
              "indexes": [ { "name": "teacher-index", "projection": "ALL", "ownedKeys": ["TENANT#{schoolId}#*"],
                "partitionKey": { "name": "teacherKey", "type": "S" } } ] }
          ],
          "tiers": [
            { "name": "basic", "isolation": "pooled", "tenantsPerPool": 2, "schoolsMax": 3,
              "readUnitsPerSecond": 100, "writeUnitsPerSecond": 100, "undoWindowSeconds": 5,
              "copyRateItemsPerSecond": 1000 },
            { "name": "advanced", "isolation": "pooled", "tenantsPerPool": 2, "schoolsMax": 9,
              "readUnitsPerSecond": 100, "writeUnitsPerSecond": 100, "undoWindowSeconds": 5,
              "copyRateItemsPerSecond": 1000 },
            { "name": "premium", "isolation": "dedicated", "schoolsMax": null,
              "readUnitsPerSecond": 100, "writeUnitsPerSecond": 100, "undoWindowSeconds": 5,
              "copyRateItemsPerSecond": 1000 }
          ],
          "firstItems": {
            "tenant": [
              { "table": "school-table", "item": {
                "tenantId": { "S": "{tenantId}" }, "entityKey": { "S": "CONFIG" } } } ],
            "school": [
              { "table": "student-table", "item": {
                "recordKey": { "S": "TENANT#{schoolId}#STUDENT#sample" }, "entityKey": { "S": "PROFILE" },
                "teacherKey": { "S": "TENANT#{schoolId}#TEACHER#sample" } } } ]
          }
        }
        """

    let folder: RegistryFolder
    let disk: TemporaryFolder
    let stores: LocalStores
    let catalog: Catalog
    let registry: Registry
    let placements: Placements
    let engine: WorkflowEngine
    let tenants: TenantService
    let moves: MoveService
    let random: SeededRandom
    let place = ReconcilePlace()

    init(seed: UInt64 = 7, fault: StepFault? = nil, onBoundary: BoundaryHook? = nil) throws {
        folder = try RegistryFolder()
        disk = try TemporaryFolder()
        stores = try LocalStores(folder: disk.path(of: "stores"))
        catalog = try Catalog(parsing: Array(ReconcileWorld.catalogText.utf8), file: "test.json")
        registry = try folder.open()
        random = SeededRandom(seed: seed)
        placements = Placements(registry: registry, catalog: catalog)
        let secrets = KeySecrets(derive: { "secret of \($0)" }, digest: { "digest of \($0)" })
        let environment = MoveEnvironment(stores: stores, registry: registry, placements: placements)
        let reconciling = ReconcileWorkflow(place: place)
        engine = WorkflowEngine(
            registry: registry,
            workflows: TenantService.workflows(
                registry: registry, placements: placements, stores: stores, secrets: secrets)
                + [
                    MoveWorkflow(environment: environment),
                    fault.map { FaultyWorkflow(reconciling, step: "reconcile", fault: $0) } ?? reconciling,
                ],
            clock: folder.clock, random: random, threads: 0, onBoundary: onBoundary)
        tenants = TenantService(
            registry: registry, engine: engine, catalog: catalog, secrets: secrets, random: random)
        moves = MoveService(environment: environment, engine: engine)
        try placements.applyOptions(stores: stores, now: folder.clock.now()) { _, error in
            Issue.record("\(error)")
        }
    }

    deinit {
        engine.stop()
        stores.close()
    }

    /// Onboards the three districts.
    func populate() throws -> [TenantID] {
        [
            try onboard("North", "basic"), try onboard("South", "basic"), try onboard("East", "premium"),
        ]
    }

    func onboard(_ name: String, _ tier: String) throws -> TenantID {
        let run = try tenants.startOnboarding(
            OnboardingRequest(
                name: name, tier: tier, admin: "it@district.example", timezone: "America/Chicago",
                schools: ["\(name) High", "\(name) Middle"]))
        try drive()
        guard case .done(let tenant) = try tenants.onboardingOutcome(of: run) else {
            throw Unmet(description: "\(name) is not onboarded")
        }
        return tenant.details.record.id
    }

    /// Starts a move, without a step of it.
    func startMove(_ tenant: TenantID, _ tier: String) throws -> RunID {
        try moves.start(
            MoveInput(tenant: tenant, tier: try #require(TierName(tier)), undoWindowSeconds: nil),
            actor: .system)
    }

    /// Carries out what is due, `rounds` times, letting time pass between.
    func drive(rounds: Int = 10_000) throws {
        for _ in 0..<rounds {
            guard let due = try engine.runUntilIdle() else { return }
            folder.clock.advance(byMilliseconds: max(1, due.milliseconds(since: folder.clock.now())))
        }
    }

    func reconciler(
        engine: WorkflowEngine? = nil, looks: [Reconciler.Look] = [],
        secondsMax: Int? = nil
    ) -> Reconciler {
        Reconciler(
            registry: registry, stores: stores, placements: placements, ownStores: [],
            engine: engine ?? self.engine, clock: folder.clock, random: random, looks: looks,
            secondsMax: secondsMax)
    }

    /// Where runs are asked for that compare with these looks beside; to be kept while there are any.
    func desk(looks: [Reconciler.Look] = []) -> ReconcileDesk {
        ReconcileDesk(reconciler: reconciler(looks: looks), engine: engine, place: place)
    }

    func placement(_ tenant: TenantID) throws -> PlacementRecord {
        try registry.require(PlacementRecord.self, tenant)
    }

    func store(of tenant: TenantID) throws -> any MovableStore {
        try stores.store(try placement(tenant).store)
    }

    func delete(_ record: some RegistryRecord) throws {
        try registry.transact(RegistryTransaction([.delete(record)]))
    }

    func insert(_ record: some RegistryRecord) throws {
        try registry.transact(RegistryTransaction([.insert(record)]))
    }

    struct Unmet: Error, CustomStringConvertible {
        let description: String
    }
}

extension Reconciler {
    /// What a run with the wish to repair does.
    func repair(_ scrutiny: Scrutiny = .stores, actor: AuditActor) throws -> ReconcileReport {
        try carryOut(ReconcileWish(deep: scrutiny == .deep, repair: true), actor: actor)
    }

    /// What a run with the wish to remove these does.
    func remove(_ names: [String], _ scrutiny: Scrutiny, actor: AuditActor) throws -> ReconcileReport {
        try carryOut(ReconcileWish(deep: scrutiny == .deep, remove: names), actor: actor)
    }
}
