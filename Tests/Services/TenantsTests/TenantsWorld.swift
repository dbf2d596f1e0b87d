import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import TestKit
import Workflows

@testable import Tenants

/// Stores and a registry on a disk, that outlive the processes over them.
final class TenantsWorld: Sendable {
    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    /// Three tenants a pool, so that pools fill up; tables and items of both layouts.
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
            { "name": "basic", "isolation": "pooled", "tenantsPerPool": 3, "schoolsMax": 3,
              "readUnitsPerSecond": 1, "writeUnitsPerSecond": 1, "undoWindowSeconds": 1,
              "copyRateItemsPerSecond": 1 },
            { "name": "premium", "isolation": "dedicated", "schoolsMax": null,
              "readUnitsPerSecond": 1, "writeUnitsPerSecond": 1, "undoWindowSeconds": 1,
              "copyRateItemsPerSecond": 1 }
          ],
          "firstItems": {
            "tenant": [
              { "table": "school-table", "item": {
                "tenantId": { "S": "{tenantId}" }, "entityKey": { "S": "CONFIG" } } } ],
            "school": [
              { "table": "school-table", "item": {
                "tenantId": { "S": "{tenantId}" }, "entityKey": { "S": "SCHOOL#{schoolId}" },
                "name": { "S": "{schoolName}" } } },
              { "table": "student-table", "item": {
                "recordKey": { "S": "TENANT#{schoolId}#STUDENT#sample" }, "entityKey": { "S": "PROFILE" },
                "teacherKey": { "S": "TENANT#{schoolId}#TEACHER#sample" } } } ]
          }
        }
        """

    let folder: RegistryFolder
    let stores: LocalStores
    let catalog: Catalog
    let random: SeededRandom
    let secrets = KeySecrets(derive: { "secret of \($0)" }, digest: { "digest of \($0)" })
    private let disk: TemporaryFolder
    /// Of whom others were told to remove what they keep.
    let forgotten = Mutex<Set<TenantID>>([])

    /// - Parameter upgrade: the plan by which `basic` is outgrown, in JSON.
    init(seed: UInt64 = 1, tenantsPerPool: Int = 3, upgrade: String? = nil) throws {
        folder = try RegistryFolder()
        disk = try TemporaryFolder()
        stores = try LocalStores(folder: disk.path(of: "stores"))
        let pool = "\"tenantsPerPool\": "
        let plan = upgrade.map { "\"upgrade\": \($0), " } ?? ""
        let text = TenantsWorld.catalogText.replacing(pool + "3", with: plan + pool + String(tenantsPerPool))
        catalog = try Catalog(parsing: Array(text.utf8), file: "test.json")
        random = SeededRandom(seed: seed)
    }

    deinit { stores.close() }

    func workflows(over registry: Registry) -> [any Workflow] {
        TenantService.workflows(
            registry: registry, placements: Placements(registry: registry, catalog: catalog), stores: stores,
            secrets: secrets
        ) { [self] tenant in forgotten.withLock { _ = $0.insert(tenant) } }
    }

    /// What a process that starts has of it.
    func process(threads: Int = 0) throws -> TenantsProcess { try TenantsProcess(self, threads: threads) }

    /// Everything that all stores hold, by physical table.
    func items() throws -> [String: [Item]] {
        var items: [String: [Item]] = [:]
        for id in try stores.list() {
            let store = try stores.store(id)
            for schema in store.schemas() {
                let page = try store.read(ReadRange(table: schema.name))
                guard page.next == nil else { throw Wrong(description: "more than a page in \(schema.name)") }
                items[schema.name.text] = try page.rows.map { try $0.image.item() }
            }
        }
        return items
    }

    /// Throws unless exactly this tenant is there, whole and once.
    func checkOnly(_ tenant: TenantID, schools count: Int, registry: Registry) throws {
        let tenants = try registry.list(TenantRecord.self).records
        guard tenants.map(\.id) == [tenant], tenants[0].state == .active, tenants[0].schools.count == count
        else { throw Wrong(description: "tenants: \(tenants)") }
        let names = try registry.list(NameReservation.self).records
        guard names.map(\.tenant) == [tenant] else { throw Wrong(description: "names: \(names)") }
        let placements = try registry.list(PlacementRecord.self).records
        guard placements.map(\.tenant) == [tenant], placements[0].epoch == 1 else {
            throw Wrong(description: "placements: \(placements)")
        }
        let records = try registry.list(StoreRecord.self).records
        guard records.map(\.id) == [placements[0].store], records[0].occupants == 1 else {
            throw Wrong(description: "stores: \(records)")
        }
        let credentials = try registry.list(CredentialRecord.self).records
        guard credentials.map(\.kind) == [.tenant(tenant)] else {
            throw Wrong(description: "credentials: \(credentials)")
        }
        guard try stores.list() == [placements[0].store] else {
            throw Wrong(description: "files: \(try stores.list())")
        }
        let residents = try stores.store(placements[0].store).residents()
        guard residents == [tenant: Resident(epoch: 1, state: .active)] else {
            throw Wrong(description: "residents: \(residents)")
        }
        let written = try items().mapValues(\.count)
        let school = placements[0].tables["school-table"]?.text ?? ""
        let student = placements[0].tables["student-table"]?.text ?? ""
        guard written == [school: 1 + count, student: count] else {
            throw Wrong(description: "items: \(written)")
        }
    }

    /// Throws unless nothing is there but, at most, an empty pool for the next tenant.
    func checkNothing(registry: Registry) throws {
        let left: [[any RegistryRecord]] = [
            try registry.list(TenantRecord.self).records, try registry.list(NameReservation.self).records,
            try registry.list(PlacementRecord.self).records,
            try registry.list(CredentialRecord.self).records,
        ]
        guard left.allSatisfy(\.isEmpty) else { throw Wrong(description: "left behind: \(left)") }
        for record in try registry.list(StoreRecord.self).records {
            guard case .pooled = record.kind, record.occupants == 0 else {
                throw Wrong(description: "left behind: \(record)")
            }
        }
        for id in try stores.list() {
            guard id.text == "pool-basic-1" else { throw Wrong(description: "left behind: file \(id)") }
            let residents = try stores.store(id).residents()
            guard residents.isEmpty else { throw Wrong(description: "left behind: \(residents)") }
        }
        let written = try items()
        guard written.values.allSatisfy(\.isEmpty) else {
            throw Wrong(description: "left behind: \(written)")
        }
    }
}

/// One process over a world.
final class TenantsProcess: Sendable {
    let registry: Registry
    let directory: Directory
    let engine: WorkflowEngine
    let service: TenantService
    private let world: TenantsWorld

    init(_ world: TenantsWorld, threads: Int) throws {
        self.world = world
        registry = try world.folder.open()
        directory = try Directory(following: registry)
        engine = WorkflowEngine(
            registry: registry, workflows: world.workflows(over: registry), clock: world.folder.clock,
            random: world.random, threads: threads)
        service = TenantService(
            registry: registry, engine: engine, catalog: world.catalog, secrets: world.secrets,
            random: world.random, clock: world.folder.clock)
    }

    deinit { engine.stop() }

    /// Lets time pass until nothing waits any more. For processes without threads.
    func drive() throws {
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
    }

    /// Onboards and carries the run out on this thread.
    func onboard(_ request: OnboardingRequest, key: String? = nil, retriesUndone: Bool = false) throws
        -> OnboardedTenant
    {
        let run = try service.startOnboarding(request, idempotencyKey: key, retriesUndone: retriesUndone)
        try drive()
        guard case .done(let tenant) = try service.onboardingOutcome(of: run) else {
            throw TenantsWorld.Wrong(description: "the run is under way")
        }
        return tenant
    }
}

func request(
    _ name: String = "Springfield USD", tier: String = "basic",
    schools: [String] = ["Lincoln High", "Central"],
    allowsDuplicateName: Bool = false
) throws -> OnboardingRequest {
    try OnboardingRequest(
        name: name, tier: tier, admin: "it@springfield.example", timezone: "America/Chicago",
        schools: schools, allowsDuplicateName: allowsDuplicateName)
}
