import Base
import FoundationEssentials
import Items
import LocalTables
import Migrations
import Registry
import RunTestKit
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

/// Two districts in one pool, one of which moves.
final class MoveWorld: RunWorld, Sendable {
    struct Unmet: Error, CustomStringConvertible {
        let description: String
    }

    let folder: RegistryFolder
    let stores: LocalStores
    let catalog: Catalog
    let mover: TenantRecord
    let neighbour: TenantRecord
    private let storesFolder: TemporaryFolder
    private let input: MoveInput

    init(
        from source: String = "basic", to target: String = "advanced", undoWindowSeconds: Int = 1,
        neighbourIn neighbourTier: String? = nil, isStreaming: Bool = false,
        recoveryHours: [String: Int] = [:]
    ) throws {
        folder = try RegistryFolder()
        storesFolder = try TemporaryFolder()
        stores = try LocalStores(
            folder: storesFolder.path(of: "stores"),
            surroundings: isStreaming ? StoreSurroundings(clock: folder.clock) : StoreSurroundings())
        catalog = try MoveWorld.shippedCatalog(isStreaming: isStreaming, recoveryHours: recoveryHours)
        let random = SeededRandom(seed: 11)
        let registry = try folder.open()
        let placements = Placements(registry: registry, catalog: catalog)
        try placements.applyOptions(stores: stores, now: folder.clock.now()) {
            Issue.record("\($0): \($1)")
        }
        mover = try MoveWorld.tenant("Mover", tier: source, schools: 3, random: random)
        neighbour = try MoveWorld.tenant(
            "Neighbour", tier: neighbourTier ?? source, schools: 2, random: random)
        input = MoveInput(
            tenant: mover.id, tier: try #require(TierName(target)), undoWindowSeconds: undoWindowSeconds)
        for tenant in [mover, neighbour] {
            let tier = try #require(catalog.tier(named: tenant.tier))
            _ = try placements.take(for: tenant.id, in: tier) { place, transaction in
                let placement = PlacementRecord(
                    tenant: tenant.id, store: place.store, epoch: 1, tables: place.tables,
                    isDedicated: place.isDedicated)
                var transaction = transaction
                transaction.changes += [.insert(tenant), .insert(placement)]
                try registry.transact(transaction)
                // What the catalog wants of a store's tables goes by the store's record.
                let store = try stores.create(place.store, tables: placements.schemas(of: place.tables))
                try placements.apply(to: store, tables: place.tables)
                try store.setResident(tenant.id, to: Resident(epoch: 1, state: .active))
                for item in try MoveWorld.items(of: tenant) {
                    try store.write(try write(item, placement, tenant: tenant.id))
                }
            }
        }
    }

    deinit { stores.close() }

    /// - Parameters:
    ///   - isStreaming: with a stream and the end of items' lives for the students.
    ///   - recoveryHours: for how long the tiers keep a journal, where other than they say.
    static func shippedCatalog(
        isStreaming: Bool = false, recoveryHours: [String: Int] = [:]
    ) throws -> Catalog {
        let shipped = try catalogText(recoveryHours: recoveryHours)
        guard isStreaming else { return try Catalog(parsing: shipped, file: "default.json") }
        let text = try withStream(String(decoding: shipped, as: UTF8.self))
        return try Catalog(parsing: Array(text.utf8), file: "default.json")
    }

    /// The catalog with a stream and the end of items' lives for the students.
    static func withStream(_ catalog: String) throws -> String {
        let name = #""name": "student-table","#
        try #require(catalog.contains(name))
        return catalog.replacing(
            name, with: #"\#(name) "stream": "NEW_AND_OLD_IMAGES", "timeToLive": "until","#)
    }

    private static func catalogText(recoveryHours: [String: Int]) throws -> [UInt8] {
        var text = String(decoding: try shippedCatalogText(), as: UTF8.self)
        for (tier, hours) in recoveryHours {
            let start = try #require(text.firstRange(of: #""name": "\#(tier)""#)).upperBound
            let name = try #require(text[start...].firstRange(of: #""recoveryHours": "#)).upperBound
            let number = text[name...].prefix { $0.isNumber }
            text.replaceSubrange(number.startIndex..<number.endIndex, with: "\(hours)")
        }
        return Array(text.utf8)
    }

    static func shippedCatalogText() throws -> [UInt8] {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        let path = root.joined(separator: "/") + "/Templates/catalogs/default.json"
        return [UInt8](try #require(FileManager.default.contents(atPath: path)))
    }

    private static func tenant(
        _ name: String, tier: String, schools: Int, random: SeededRandom
    ) throws -> TenantRecord {
        let time = Timestamp(milliseconds: 0)
        return TenantRecord(
            id: TenantID(random: random), name: name, tier: try #require(TierName(tier)), state: .active,
            timezone: try #require(TimeZoneName("America/Chicago")),
            adminEmail: try #require(EmailAddress("it@district.example")),
            schools: (0..<schools).map {
                SchoolRecord(id: SchoolID(random: random), name: "School \($0)", createdAt: time)
            }, createdAt: time)
    }

    /// An item of a logical table.
    struct Entity: Hashable {
        let table: String
        let item: Item
    }

    static func items(of tenant: TenantRecord) throws -> [Entity] {
        var items: [Entity] = []
        for (number, school) in tenant.schools.enumerated() {
            items.append(
                Entity(
                    table: "school-table",
                    item: [
                        "tenantId": .string(tenant.id.text), "entityKey": .string("SCHOOL#\(school.id)"),
                        "entityType": .string("SCHOOL"), "name": .string(school.name),
                    ]))
            for student in 0..<5 * (number + 1) {
                items.append(try self.student(student, of: school.id, value: 0))
            }
        }
        return items
    }

    static func student(_ number: Int, of school: SchoolID, value: Int) throws -> Entity {
        try student(key: "TENANT#\(school)#STUDENT#\(number)", value: value)
    }

    /// A student's profile; it changes hands between two teachers with its value, so that its index entry moves.
    static func student(key: String, value: Int) throws -> Entity {
        let school = key.split(separator: "#")[1]
        return Entity(
            table: "student-table",
            item: [
                "recordKey": .string(key), "entityKey": .string("PROFILE"),
                "teacherKey": .string("TENANT#\(school)#TEACHER#\(value % 2)"),
                "value": .number(Number(value)),
            ])
    }

    /// The items of the district that moves, as they were when the world was made.
    var items: [Entity] {
        get throws { try MoveWorld.items(of: mover) }
    }

    func write(_ entity: Entity, _ placement: PlacementRecord, tenant: TenantID) throws -> WriteRequest {
        let logical = try #require(TableName(entity.table))
        let table = try #require(catalog.table(named: logical))
        return WriteRequest(
            ItemWrite(
                table: try #require(placement.tables[entity.table]),
                key: try table.key.key(ofItem: entity.item),
                action: .put(entity.item)),
            route: WriteRoute(tenant: tenant, epoch: placement.epoch, wall: OpenWall()))
    }

    // MARK: RunWorld

    func environment(_ registry: Registry) -> MoveEnvironment {
        MoveEnvironment(
            stores: stores, registry: registry, placements: Placements(registry: registry, catalog: catalog))
    }

    /// An engine that carries moves out by hand, over stores that somebody looks at.
    func engine(
        over stores: any StoreProvider, _ registry: Registry, clock: (any Clock)? = nil
    ) -> WorkflowEngine {
        let environment = MoveEnvironment(
            stores: stores, registry: registry,
            placements: Placements(registry: registry, catalog: catalog), clock: folder.clock)
        return WorkflowEngine(
            registry: registry, workflows: [MoveWorkflow(environment: environment)],
            clock: clock ?? folder.clock, random: SeededRandom(seed: 7), threads: 0)
    }

    func workflow(over registry: Registry) throws -> any Workflow {
        MoveWorkflow(environment: environment(registry))
    }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try engine.start(kind: MoveWorkflow.runKind, input: input, tenant: mover.id)
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        try check(mover, isIn: input.tier, registry: registry)
        let receipt = try registry.require(MoveReceipt.self, run.id)
        try expect(receipt.outcome == .moved, "the receipt says \(receipt.outcome)")
        try expect(receipt.digest == receipt.computedDigest(), "the receipt's digest is wrong")
        let count = try MoveWorld.items(of: mover).count
        try expect(receipt.verifiedItems == count, "verified \(receipt.verifiedItems) of \(count)")
        try expect(receipt.confirmedItems == count, "confirmed \(receipt.confirmedItems) of \(count)")
        try expect(receipt.cleanedItems == count, "cleaned \(receipt.cleanedItems) of \(count)")
        let placement = try registry.require(PlacementRecord.self, mover.id)
        try expect(receipt.switchedAt != nil, "the receipt does not say when it was switched")
        try expect(receipt.switchedAt == placement.sinceAt, "the receipt and the placement differ in time")
    }

    var unnoticed: [String: String] {
        [
            "clean up":
                "it is the last, and searches itself for what remains; `homeroom reconcile` lists what it would leave"
        ]
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        try check(mover, isIn: mover.tier, registry: registry)
        guard let receipt = try registry.read(MoveReceipt.self, run.id) else { return }
        try expect(receipt.outcome != .moved, "the receipt says \(receipt.outcome)")
        let switchedAt = try registry.require(PlacementRecord.self, mover.id).earlier?.first?.leftAt
        try expect(receipt.switchedAt == switchedAt, "the receipt and the placement differ in time")
    }

    /// Everything of both districts is where it must be, once, and nowhere else.
    func check(
        _ tenant: TenantRecord, isIn tier: TierName, registry: Registry, items: [Entity]? = nil
    ) throws {
        let record = try registry.require(TenantRecord.self, tenant.id)
        try expect(record.tier == tier, "the tenant is in tier \(record.tier)")
        for (tenant, items) in [
            (tenant, try items ?? MoveWorld.items(of: tenant)),
            (neighbour, try MoveWorld.items(of: neighbour)),
        ] {
            let placement = try registry.require(PlacementRecord.self, tenant.id)
            for id in try stores.list() {
                let store = try stores.store(id)
                let found = try self.items(of: tenant, in: store)
                if id == placement.store {
                    try expect(found == Set(items), "\(found.count) of \(items.count) items in \(id)")
                    let resident = try store.resident(tenant.id)
                    try expect(
                        resident == Resident(epoch: placement.epoch, state: .active),
                        "the resident is \(String(describing: resident)), the epoch \(placement.epoch)")
                } else {
                    try expect(found.isEmpty, "\(found.count) items left in \(id)")
                    try expect(try store.resident(tenant.id) == nil, "still known in \(id)")
                }
                try expect(try store.changeCount(of: tenant.id, after: 0) == 0, "a change log left in \(id)")
            }
        }
        let records = try registry.list(StoreRecord.self).records
        let placements = try registry.list(PlacementRecord.self).records
        for store in records {
            let count = placements.count { $0.store == store.id }
            try expect(store.occupants == count, "\(store.id) counts \(store.occupants), holds \(count)")
            if case .dedicated = store.kind { try expect(count == 1, "\(store.id) is on record, unused") }
        }
    }

    /// All items of the tenant in a store, whatever its tables are called, indexes checked for the same count.
    private func items(of tenant: TenantRecord, in store: any MovableStore) throws -> Set<Entity> {
        var found: Set<Entity> = []
        for schema in store.schemas() {
            guard let logical = catalog.tables.first(where: { schema.name.text.hasPrefix($0.name.text) })
            else {
                throw Unmet(description: "a table `\(schema.name)`")
            }
            for span in logical.ownedKeys.spans(tenant: tenant.id, schools: tenant.schools.map(\.id)) {
                let range = KeyRange(table: schema.name, lower: span.lower, upper: span.upper)
                let rows = try store.rows(in: range, after: nil, itemsMax: 10_000, bytesMax: .max)
                for row in rows { found.insert(Entity(table: logical.name.text, item: try row.image.item())) }
            }
            try checkIndexes(of: logical, schema: schema, tenant: tenant, in: store, items: found)
        }
        return found
    }

    /// Each index holds the items that have its keys, and no other of the tenant's.
    private func checkIndexes(
        of logical: LogicalTable, schema: TableSchema, tenant: TenantRecord, in store: any MovableStore,
        items: Set<Entity>
    ) throws {
        for index in logical.indexes {
            var range = ReadRange(table: schema.name, index: index.name)
            range.bytesMax = .max
            let rows = try store.read(range).rows
            let schools = tenant.schools.map(\.id)
            let owned = rows.filter {
                logical.ownedKeys.belongs(
                    $0.key.partition, to: KeyOwners(tenant: tenant.id, schools: schools))
            }
            let indexed = try Set(owned.map { try $0.image.item() })
            let wanted = try Set(
                items.filter { $0.table == logical.name.text }.map(\.item)
                    .filter { try index.key.indexKey(of: $0, index: index.name) != nil })
            try expect(
                indexed == wanted,
                "\(indexed.count) of \(wanted.count) entries in \(index.name) of \(store.id)")
        }
    }

    func expect(_ isMet: Bool, _ text: @autoclosure () -> String) throws {
        if !isMet { throw Unmet(description: text()) }
    }
}

/// A wall that lets everything through.
struct OpenWall: ItemWall {
    func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool { true }
}
