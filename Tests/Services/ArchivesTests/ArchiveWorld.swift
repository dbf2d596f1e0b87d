import Archives
import Base
import FoundationEssentials
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

/// Two districts in one pool of the shipped catalog, with folders for images, exports and uploads.
final class ArchiveWorld: Sendable {
    struct Unmet: Error, CustomStringConvertible {
        let description: String
    }

    /// An item of a logical table.
    struct Entity: Hashable {
        let table: String
        let item: Item
    }

    let folder: RegistryFolder
    let disk: TemporaryFolder
    let stores: LocalStores
    let keeper: LocalTenantImages
    let catalog: Catalog
    let district: TenantRecord
    let neighbour: TenantRecord
    let partBytes: Int
    /// What the disk says when it is asked for room.
    let room = Room()

    final class Room: Sendable {
        private let bytes = Mutex(Int.max)
        var freeBytes: Int {
            get { bytes.withLock { $0 } }
            set { bytes.withLock { $0 = newValue } }
        }
    }

    var capacity: CapacityCheck {
        CapacityCheck(
            disk: { [room] in FreeSpace(free: room.freeBytes, total: .max) },
            freeFiles: { nil })
    }

    init(partBytes: Int = 700, students: Int = 4) throws {
        folder = try RegistryFolder()
        disk = try TemporaryFolder()
        self.partBytes = partBytes
        stores = try LocalStores(
            folder: disk.path(of: "stores"), surroundings: StoreSurroundings(clock: folder.clock))
        keeper = try LocalTenantImages(folder: disk.path(of: "images"), stores: stores)
        catalog = try ArchiveWorld.shippedCatalog()
        let random = SeededRandom(seed: 11)
        let registry = try folder.open()
        let placements = Placements(registry: registry, catalog: catalog)
        district = try ArchiveWorld.tenant("District", schools: 2, random: random)
        neighbour = try ArchiveWorld.tenant("Neighbour", schools: 2, random: random)
        for tenant in [district, neighbour] {
            let tier = try #require(catalog.tier(named: tenant.tier))
            _ = try placements.take(for: tenant.id, in: tier) { place, transaction in
                let placement = PlacementRecord(
                    tenant: tenant.id, store: place.store, epoch: 1, tables: place.tables,
                    isDedicated: place.isDedicated)
                var transaction = transaction
                transaction.changes += [.insert(tenant), .insert(placement)]
                let store = try stores.create(place.store, tables: placements.schemas(of: place.tables))
                try store.setResident(tenant.id, to: Resident(epoch: 1, state: .active))
                try registry.transact(transaction)
            }
            try put(try items(of: tenant, students: students), of: tenant, registry)
        }
    }

    deinit { stores.close() }

    var exports: ArchiveFolder { ArchiveFolder(disk.path(of: "exports")) }

    static func shippedCatalog() throws -> Catalog {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        let path = root.joined(separator: "/") + "/Templates/catalogs/default.json"
        let bytes = try #require(FileManager.default.contents(atPath: path))
        return try Catalog(parsing: [UInt8](bytes), file: path)
    }

    private static func tenant(_ name: String, schools: Int, random: SeededRandom) throws -> TenantRecord {
        let time = Timestamp(milliseconds: 0)
        return TenantRecord(
            id: TenantID(random: random), name: name, tier: try #require(TierName("basic")), state: .active,
            timezone: try #require(TimeZoneName("America/Chicago")),
            adminEmail: try #require(EmailAddress("it@district.example")),
            schools: (0..<schools).map {
                SchoolRecord(id: SchoolID(random: random), name: "School \($0)", createdAt: time)
            }, createdAt: time)
    }

    /// Items with attributes of every type, the same for each call.
    func items(of tenant: TenantRecord, students: Int) throws -> [Entity] {
        var items: [Entity] = []
        for school in tenant.schools {
            items.append(
                Entity(
                    table: "school-table",
                    item: [
                        "tenantId": .string(tenant.id.text), "entityKey": .string("SCHOOL#\(school.id)"),
                        "name": .string(school.name),
                    ]))
            for number in 0..<students { items.append(try student(number, of: school.id)) }
        }
        return items
    }

    func student(_ number: Int, of school: SchoolID, value: Int = 0) throws -> Entity {
        let random = SeededRandom(seed: UInt64(number))
        var item: Item = [
            "recordKey": .string("TENANT#\(school)#STUDENT#\(number)"), "entityKey": .string("PROFILE"),
            "teacherKey": .string("TENANT#\(school)#TEACHER#\(number % 2)"),
            "value": .number(Number(value)), "name": .string("Zoë \"Q\" \u{1}\n\u{1F600} \(number)"),
            "big": .number(try Number(parsing: "-1234567890123456789012345678901234567.8E-88")),
            "photo": .binary(random.bytes(number * 7)), "isThere": .bool(number % 2 == 0), "nothing": .null,
            "list": .list([.string(""), .list([]), .map(AttributeMap(["deep": .binary([])]))]),
        ]
        item["names"] = .stringSet(try #require(MemberSet(distinct: ["a", "b\u{0}c"])))
        item["numbers"] = .numberSet(try #require(MemberSet(distinct: [Number(1), Number(number + 2)])))
        item["photos"] = .binarySet(try #require(MemberSet(distinct: [[UInt8](), [0, 255]])))
        return Entity(table: "student-table", item: item)
    }

    func put(_ entities: [Entity], of tenant: TenantRecord, _ registry: Registry) throws {
        let placement = try registry.require(PlacementRecord.self, tenant.id)
        let store = try stores.store(placement.store)
        for entity in entities {
            let table = try #require(catalog.tables.first { $0.name.text == entity.table })
            try store.write(
                WriteRequest(
                    ItemWrite(
                        table: try #require(placement.tables[entity.table]),
                        key: try table.key.key(ofItem: entity.item), action: .put(entity.item)),
                    route: WriteRoute(tenant: tenant.id, epoch: placement.epoch, wall: OpenWall())))
        }
    }

    /// All items of the tenant, by table, in the order of their keys.
    func items(of tenant: TenantRecord, _ registry: Registry) throws -> [Entity] {
        let placement = try registry.require(PlacementRecord.self, tenant.id)
        let store = try stores.store(placement.store)
        return try catalog.tables.flatMap { table -> [Entity] in
            let physical = try #require(placement.tables[table.name.text])
            return try table.ownedKeys.spans(tenant: tenant.id, schools: tenant.schools.map(\.id)).flatMap {
                span in
                try store.rows(
                    in: KeyRange(table: physical, lower: span.lower, upper: span.upper), after: nil,
                    itemsMax: 100_000, bytesMax: .max
                ).map { Entity(table: table.name.text, item: try $0.image.item()) }
            }
        }
    }

    func removeItems(of tenant: TenantRecord, _ registry: Registry) throws {
        let placement = try registry.require(PlacementRecord.self, tenant.id)
        let store = try stores.store(placement.store)
        for entity in try items(of: tenant, registry) {
            let table = try #require(catalog.tables.first { $0.name.text == entity.table })
            try store.write(
                WriteRequest(
                    ItemWrite(
                        table: try #require(placement.tables[entity.table]),
                        key: try table.key.key(ofItem: entity.item), action: .delete),
                    route: WriteRoute(tenant: tenant.id, epoch: placement.epoch, wall: OpenWall())))
        }
    }

    // MARK: Exports

    func images(_ registry: Registry, keeper: (any TenantImageKeeper)? = nil) -> TenantImages {
        TenantImages(
            registry: registry, placements: Placements(registry: registry, catalog: catalog),
            stores: stores, keeper: keeper ?? self.keeper, capacity: capacity)
    }

    func exportWorkflow(_ registry: Registry) -> ExportWorkflow {
        ExportWorkflow(images: images(registry), folder: exports, partBytes: partBytes)
    }

    func engine(_ registry: Registry, _ workflows: [any Workflow]) -> WorkflowEngine {
        WorkflowEngine(
            registry: registry, workflows: workflows, clock: folder.clock, random: SeededRandom(seed: 7),
            threads: 0)
    }

    /// Lets time pass until nothing waits any more.
    func drive(_ engine: WorkflowEngine) throws {
        for _ in 0..<10_000 {
            guard let due = try engine.runUntilIdle() else { return }
            folder.clock.advance(byMilliseconds: due.milliseconds(since: folder.clock.now()))
        }
        throw Unmet(description: "it does not come to an end")
    }

    /// An export of the district that is complete.
    func export(_ registry: Registry, asOf: Timestamp? = nil) throws -> (
        run: RunRecord, manifest: ExportManifest
    ) {
        let engine = engine(registry, [exportWorkflow(registry)])
        let desk = ExportDesk(images: images(registry), folder: exports, engine: engine)
        let run = try desk.start(ExportRequest(tenant: district.id, asOf: asOf), actor: .system)
        try drive(engine)
        return (try engine.get(run), try desk.manifest(of: run).manifest)
    }

    func expect(_ isMet: Bool, _ text: @autoclosure () -> String) throws {
        if !isMet { throw Unmet(description: text()) }
    }
}
