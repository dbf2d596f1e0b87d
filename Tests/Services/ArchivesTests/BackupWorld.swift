import Archives
import Base
import FoundationEssentials
import Items
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

/// Two districts in one pool, one of which is backed up and restored.
final class BackupWorld: Sendable {
    struct Unmet: Error, CustomStringConvertible {
        let description: String
    }

    let registryFolder: RegistryFolder
    let clock: ManualClock
    let stores: LocalStores
    let images: LocalTenantImages
    let backupFolder: BackupFolder
    let catalog: Catalog
    let tenant: TenantRecord
    let neighbour: TenantRecord
    private let disk: TemporaryFolder

    /// - Parameter students: how many each school has.
    init(students: Int = 4, catalog text: String = BackupWorld.catalogText()) throws {
        clock = ManualClock(Timestamp(milliseconds: 1_800_000_000_000))
        registryFolder = try RegistryFolder(clock: clock)
        disk = try TemporaryFolder()
        stores = try LocalStores(
            folder: disk.path(of: "stores"),
            surroundings: StoreSurroundings(clock: clock, random: SeededRandom(seed: 3)))
        images = try LocalTenantImages(folder: disk.path(of: "images"), stores: stores)
        backupFolder = try BackupFolder(path: disk.path(of: "backups"))
        catalog = try Catalog(parsing: Array(text.utf8), file: "catalog.json")
        let random = SeededRandom(seed: 11)
        let registry = try registryFolder.open()
        let placements = Placements(registry: registry, catalog: catalog)
        try placements.applyOptions(stores: stores, now: clock.now()) { _, _ in }
        tenant = try BackupWorld.tenant("North", schools: 2, random: random, at: clock.now())
        neighbour = try BackupWorld.tenant("South", schools: 1, random: random, at: clock.now())
        for tenant in [tenant, neighbour] {
            let tier = try #require(catalog.tier(named: tenant.tier))
            _ = try placements.take(for: tenant.id, in: tier) { place, transaction in
                let placement = PlacementRecord(
                    tenant: tenant.id, store: place.store, epoch: 1, tables: place.tables,
                    isDedicated: place.isDedicated)
                var transaction = transaction
                transaction.changes += [.insert(tenant), .insert(placement)]
                try registry.transact(transaction)
                let store = try stores.create(place.store, tables: placements.schemas(of: place.tables))
                try placements.apply(to: store, tables: place.tables)
                try store.setResident(tenant.id, to: Resident(epoch: 1, state: .active))
            }
            try put(BackupWorld.items(of: tenant, students: students), of: tenant.id)
        }
    }

    deinit { stores.close() }

    var path: String { disk.path }

    static func catalogText(everyHours: Int = 24, keptForDays: Int = 14, recoveryHours: Int = 24) -> String {
        """
        {"name": "test", "tables": [
          {"name": "school-table", "partitionKey": {"name": "tenantId", "type": "S"},
           "sortKey": {"name": "entityKey", "type": "S"}, "ownedKeys": ["{tenantId}"], "indexes": []},
          {"name": "student-table", "partitionKey": {"name": "recordKey", "type": "S"},
           "sortKey": {"name": "entityKey", "type": "S"}, "ownedKeys": ["TENANT#{schoolId}#*"],
           "stream": "NEW_AND_OLD_IMAGES",
           "indexes": [{"name": "teacher-index", "partitionKey": {"name": "teacherKey", "type": "S"},
             "sortKey": {"name": "entityKey", "type": "S"}, "projection": "ALL",
             "ownedKeys": ["TENANT#{schoolId}#*"]}]}],
         "tiers": [
          {"name": "basic", "isolation": "pooled", "tenantsPerPool": 100, "schoolsMax": 10,
           "readUnitsPerSecond": 1000, "writeUnitsPerSecond": 500, "undoWindowSeconds": 60,
           "copyRateItemsPerSecond": 1000000, "backups": {"everyHours": \(everyHours),
             "keptForDays": \(keptForDays), "recoveryHours": \(recoveryHours)}}],
         "firstItems": {"tenant": [], "school": []}}
        """
    }

    private static func tenant(
        _ name: String, schools: Int, random: SeededRandom, at time: Timestamp
    ) throws -> TenantRecord {
        TenantRecord(
            id: TenantID(random: random), name: name, tier: try #require(TierName("basic")), state: .active,
            timezone: try #require(TimeZoneName("America/Chicago")),
            adminEmail: try #require(EmailAddress("it@district.example")),
            schools: (0..<schools).map {
                SchoolRecord(id: SchoolID(random: random), name: "School \($0)", createdAt: time)
            }, createdAt: time)
    }

    // MARK: Items

    /// An item of a logical table.
    struct Entity: Hashable {
        let table: String
        let item: Item
    }

    static func items(of tenant: TenantRecord, students: Int) throws -> [Entity] {
        var items: [Entity] = []
        for school in tenant.schools {
            items.append(
                Entity(
                    table: "school-table",
                    item: [
                        "tenantId": .string(tenant.id.text), "entityKey": .string("SCHOOL#\(school.id)"),
                        "name": .string(school.name),
                    ]))
            for student in 0..<students { items.append(self.student(student, of: school.id, value: 0)) }
        }
        return items
    }

    static func student(_ number: Int, of school: SchoolID, value: Int) -> Entity {
        Entity(
            table: "student-table",
            item: [
                "recordKey": .string("TENANT#\(school)#STUDENT#\(number)"), "entityKey": .string("PROFILE"),
                "teacherKey": .string("TENANT#\(school)#TEACHER#\(value % 2)"),
                "value": .number(Number(value)),
            ])
    }

    private func write(_ entity: Entity, of tenant: TenantID, isDeletion: Bool) throws {
        let placement = try registryFolder.open().require(PlacementRecord.self, tenant)
        let name = try #require(TableName(entity.table))
        let table = try #require(catalog.table(named: name))
        try stores.store(placement.store).write(
            WriteRequest(
                ItemWrite(
                    table: try #require(placement.tables[entity.table]),
                    key: try table.key.key(ofItem: entity.item),
                    action: isDeletion ? .delete : .put(entity.item)),
                route: WriteRoute(tenant: tenant, epoch: placement.epoch, wall: OpenWall())))
    }

    func put(_ items: [Entity], of tenant: TenantID) throws {
        for item in items { try write(item, of: tenant, isDeletion: false) }
    }

    func delete(_ items: [Entity], of tenant: TenantID) throws {
        for item in items { try write(item, of: tenant, isDeletion: true) }
    }

    /// All items of the tenant's keys in the store where it is, its schools being those of `tenant`.
    func items(of tenant: TenantRecord) throws -> Set<Entity> {
        let placement = try registryFolder.open().require(PlacementRecord.self, tenant.id)
        let store = try stores.store(placement.store)
        var found: Set<Entity> = []
        for table in catalog.tables {
            for span in table.ownedKeys.spans(tenant: tenant.id, schools: tenant.schools.map(\.id)) {
                let range = KeyRange(
                    table: try #require(placement.tables[table.name.text]), lower: span.lower,
                    upper: span.upper)
                for row in try store.rows(in: range, after: nil, itemsMax: 100_000, bytesMax: .max) {
                    found.insert(Entity(table: table.name.text, item: try row.image.item()))
                }
            }
        }
        return found
    }

    // MARK: Runs

    func environment(_ registry: Registry) -> BackupEnvironment {
        BackupEnvironment(
            stores: stores, registry: registry, placements: Placements(registry: registry, catalog: catalog),
            images: images, folder: backupFolder)
    }

    func backups(_ registry: Registry) -> TenantBackups {
        TenantBackups(registry: registry, folder: backupFolder, clock: clock)
    }

    func engine(_ registry: Registry, seed: UInt64 = 5) -> WorkflowEngine {
        WorkflowEngine(
            registry: registry, workflows: TenantBackupDesk.workflows(environment(registry)), clock: clock,
            random: SeededRandom(seed: seed), threads: 0)
    }

    func desk(_ registry: Registry, _ engine: WorkflowEngine) -> TenantBackupDesk {
        TenantBackupDesk(
            environment: environment(registry), backups: backups(registry), engine: engine, clock: clock)
    }

    /// Carries the run out; its record at the end.
    func finish(_ run: RunID, _ engine: WorkflowEngine) throws -> RunRecord {
        while let due = try engine.runUntilIdle() {
            clock.advance(byMilliseconds: max(1, due.milliseconds(since: clock.now())))
        }
        return try engine.get(run)
    }

    /// A backup of the tenant as it is.
    func makeBackup(_ registry: Registry, seed: UInt64 = 5) throws -> TenantBackup {
        let engine = engine(registry, seed: seed)
        let run = try engine.start(
            kind: BackupWorkflow.runKind, input: BackupInput(tenant: tenant.id, purpose: .request),
            tenant: tenant.id)
        let record = try finish(run, engine)
        guard record.state == .completed else { throw Unmet(description: "\(record.state) \(record.notes)") }
        return try #require(try backups(registry).backups(of: tenant.id).first { $0.run == run })
    }

    func expect(_ isMet: Bool, _ text: @autoclosure () -> String) throws {
        if !isMet { throw Unmet(description: text()) }
    }

    /// Throws unless there is nothing but what the records name: no images, no files of other backups.
    func expectNoLeftovers(_ registry: Registry) throws {
        let images = try images.images { _, _ in }
        try expect(images.isEmpty, "\(images.count) images are left")
        var known: Set<BackupID> = []
        try registry.forEach(TenantBackup.self) { known.insert($0.id) }
        let found = Set(try backupFolder.backupsWithFiles())
        try expect(found == known, "files of \(found), records of \(known)")
    }

    /// Throws unless the tenant is served where it is.
    func expectServed(_ registry: Registry) throws {
        for id in [tenant.id, neighbour.id] {
            let placement = try registry.require(PlacementRecord.self, id)
            let resident = try stores.store(placement.store).resident(id)
            try expect(
                resident == Resident(epoch: placement.epoch, state: .active),
                "the resident is \(String(describing: resident)), the epoch \(placement.epoch)")
        }
    }
}
