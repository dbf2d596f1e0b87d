import Archives
import Base
import Crypto
import Departures
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
import Tokens
import Workflows

/// Two districts with like data in one pool, or the leaving one in a store of its own; exports and backups in memory.
final class DepartureWorld: Sendable {
    struct Unmet: Error, CustomStringConvertible {
        let description: String
    }

    let folder: RegistryFolder
    let stores: LocalStores
    let catalog: Catalog
    let leaver: TenantRecord
    let neighbour: TenantRecord
    let archive = MemoryArchive()
    let backups: MemoryHoard
    let key = SigningKey.generate(now: Timestamp(milliseconds: 0))
    let storesFolder: TemporaryFolder

    static let digests = ErasureDigests(secret: [UInt8](repeating: 7, count: 32))

    /// What stands in every item of the one that leaves.
    static let marker = "remember-me-not"

    init(tier: String = "basic", state: TenantState = .active) throws {
        folder = try RegistryFolder()
        storesFolder = try TemporaryFolder()
        stores = try LocalStores(
            folder: storesFolder.path(of: "stores"), surroundings: StoreSurroundings(clock: folder.clock))
        catalog = try DepartureWorld.shippedCatalog()
        let random = SeededRandom(seed: 11)
        let registry = try folder.open()
        let placements = Placements(registry: registry, catalog: catalog)
        leaver = try DepartureWorld.tenant("Leaver", tier: tier, state: state, random: random)
        neighbour = try DepartureWorld.tenant("Neighbour", tier: "basic", state: .active, random: random)
        backups = MemoryHoard(
            holdings: [leaver.id: ["b1", "b2"], neighbour.id: ["b3"]], sharedName: "table backup 7")
        for tenant in [leaver, neighbour] { try place(tenant, placements, registry) }
        let decisions = DecisionStore(clock: folder.clock) { [stores] () throws(TableError) in
            try stores.create(DecisionStore.storeID, tables: [DecisionStore.schema])
        }
        for tenant in [leaver, neighbour] {
            try decisions.append([
                DecisionEntry(
                    time: folder.clock.now(), tenant: tenant.id, role: "teacher", principal: "p",
                    action: "dynamodb:GetItem",
                    resource: "arn:x/TENANT#\(tenant.schools[0].id)#STUDENT#1001", outcome: .denied,
                    judge: .policy, summary: "no", requestID: "r")
            ])
        }
    }

    deinit { stores.close() }

    private func place(_ tenant: TenantRecord, _ placements: Placements, _ registry: Registry) throws {
        let tier = try #require(catalog.tier(named: tenant.tier))
        _ = try placements.take(for: tenant.id, in: tier) { place, transaction in
            let placement = PlacementRecord(
                tenant: tenant.id, store: place.store, epoch: 1, tables: place.tables,
                isDedicated: place.isDedicated)
            var transaction = transaction
            let account = ServiceAccountRecord(
                id: "svc_\(tenant.id)", tenant: tenant.id, schools: [], role: "service", algorithm: "ES256",
                secretDigest: "", label: tenant.name, createdAt: folder.clock.now(), expiresAt: nil)
            transaction.changes += [
                .insert(tenant), .insert(placement),
                .insert(NameReservation(name: tenant.name, tenant: tenant.id)),
                .insert(
                    CredentialRecord(
                        id: "key-\(tenant.id)", kind: .tenant(tenant.id), role: "district-admin",
                        secretDigest: "", createdAt: folder.clock.now(), label: tenant.adminEmail.text)),
                .insert(account), .insert(ServiceAccountOwner(account)),
                .insert(
                    RefreshFamilyRecord(
                        id: "svc_\(tenant.id)/1", client: "svc_\(tenant.id)", tenant: tenant.id, school: nil,
                        createdAt: folder.clock.now(), expiresAt: folder.clock.now())),
            ]
            transaction.changes += DepartureWorld.provider(of: tenant, at: folder.clock.now())
            transaction.changes += try DepartureWorld.member(of: tenant, at: folder.clock.now())
            let store = try stores.create(place.store, tables: placements.schemas(of: place.tables))
            try placements.apply(to: store, tables: place.tables)
            try store.setResident(tenant.id, to: Resident(epoch: 1, state: .active))
            try registry.transact(transaction)
            for item in DepartureWorld.items(of: tenant) { try write(item, placement) }
        }
    }

    /// Its identity provider, with its share of the issuer.
    private static func provider(of tenant: TenantRecord, at now: Timestamp) -> [RegistryChange] {
        let record = IdentityProviderRecord(
            name: "own", tenant: tenant.id, issuer: "https://\(tenant.id).example", audiences: ["a"],
            keysURL: nil, sharedBy: nil, mapping: IdentityProviderRecord.Mapping(), grant: "idp_\(tenant.id)",
            createdAt: now)
        return [
            .insert(record), .insert(IssuerRecord(issuer: record.issuer, sharedBy: nil)),
            .insert(RefusedPersonRecord(person: "own/ada", tenant: tenant.id, reason: "", at: now)),
            .insert(IssuerShareRecord(issuer: record.issuer, value: nil, provider: record.id)),
        ]
    }

    /// A member with a password, and their name.
    private static func member(of tenant: TenantRecord, at now: Timestamp) throws -> [RegistryChange] {
        let record = MemberRecord(
            id: MemberRecord.prefix(of: tenant.id) + "1", tenant: tenant.id,
            name: try #require(MemberName("ada")), displayName: "Ada Park", schools: [], role: "teacher",
            createdAt: now, invitation: AccountRecord.Invitation(digest: "", expiresAt: now))
        return [.insert(record), .insert(MemberNameRecord(record))]
    }

    /// Whether nothing, or everything, is left of who is a tenant's.
    func hasPeople(_ tenant: TenantID, _ registry: Registry) throws -> [Bool] {
        let issuer = "https://\(tenant).example"
        return [
            try registry.read(IdentityProviderRecord.self, "\(tenant)/own") != nil,
            try registry.read(MemberRecord.self, MemberRecord.prefix(of: tenant) + "1") != nil,
            try registry.read(MemberNameRecord.self, "\(tenant)/ada") != nil,
            try registry.read(IssuerRecord.self, IssuerRecord.id(of: issuer)) != nil,
            try registry.read(
                RefusedPersonRecord.self, RefusedPersonRecord.id(of: "own/ada", in: tenant)) != nil,
            try registry.read(IssuerShareRecord.self, IssuerShareRecord.id(of: issuer, value: nil)) != nil,
        ]
    }

    static func shippedCatalog() throws -> Catalog {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        let path = root.joined(separator: "/") + "/Templates/catalogs/default.json"
        let bytes = try #require(FileManager.default.contents(atPath: path))
        return try Catalog(parsing: [UInt8](bytes), file: path)
    }

    private static func tenant(
        _ name: String, tier: String, state: TenantState, random: SeededRandom
    ) throws -> TenantRecord {
        let time = Timestamp(milliseconds: 0)
        return TenantRecord(
            id: TenantID(random: random), name: name, tier: try #require(TierName(tier)), state: state,
            timezone: try #require(TimeZoneName("America/Chicago")),
            adminEmail: try #require(EmailAddress("\(name.lowercased())@district.example")),
            schools: (0..<2).map {
                SchoolRecord(id: SchoolID(random: random), name: "School \($0)", createdAt: time)
            }, createdAt: time)
    }

    /// An item of a logical table.
    struct Entity: Hashable {
        let table: String
        var item: Item
    }

    static func items(of tenant: TenantRecord) -> [Entity] {
        tenant.schools.flatMap { school -> [Entity] in
            let record = Entity(
                table: "school-table",
                item: [
                    "tenantId": .string(tenant.id.text), "entityKey": .string("SCHOOL#\(school.id)"),
                    "entityType": .string("SCHOOL"), "name": .string(tenant.name + marker),
                ])
            let students = ["1001", "10012", "1001x", "100", "2002"].flatMap { number in
                ["PROFILE", "GRADES"].map { student(number, $0, of: school.id) }
            }
            return [record] + students + [student("1001#NOTE", "PROFILE", of: school.id)]
        }
    }

    static func student(_ number: String, _ entity: String, of school: SchoolID) -> Entity {
        Entity(
            table: "student-table",
            item: [
                "recordKey": .string("TENANT#\(school)#STUDENT#\(number)"), "entityKey": .string(entity),
                "teacherKey": .string("TENANT#\(school)#TEACHER#1"),
                // Long enough for pages of its own.
                "text": .string(String(repeating: marker + " ", count: 400)),
            ])
    }

    func write(_ entity: Entity, _ placement: PlacementRecord) throws {
        let table = try #require(TableName(entity.table).flatMap { catalog.table(named: $0) })
        let store = try stores.store(placement.store)
        try store.write(
            WriteRequest(
                ItemWrite(
                    table: try #require(placement.tables[entity.table]),
                    key: try table.key.key(ofItem: entity.item), action: .put(entity.item)),
                route: WriteRoute(tenant: placement.tenant, epoch: placement.epoch, wall: OpenWall())))
    }

    func environment(_ registry: Registry) throws -> DepartureEnvironment {
        let key = key
        return DepartureEnvironment(
            stores: stores, registry: registry, placements: Placements(registry: registry, catalog: catalog),
            archive: archive, hoards: [backups],
            decisions: DecisionStore(clock: folder.clock) { [stores] () throws(TableError) in
                try stores.store(DecisionStore.storeID)
            },
            otherStores: [DecisionStore.storeID], digests: DepartureWorld.digests,
            sign: { SignedStatement($1, type: $0, key: key) })
    }

    /// All items of the tenant, wherever they are; the same for its index.
    func items(of tenant: TenantRecord) throws -> Set<Entity> {
        var found: Set<Entity> = []
        for id in try stores.list() where id != DecisionStore.storeID {
            let store = try stores.store(id)
            for schema in store.schemas() {
                guard let logical = catalog.tables.first(where: { schema.name.text.hasPrefix($0.name.text) })
                else { continue }
                for span in logical.ownedKeys.spans(tenant: tenant.id, schools: tenant.schools.map(\.id)) {
                    let range = KeyRange(table: schema.name, lower: span.lower, upper: span.upper)
                    for row in try store.rows(in: range, after: nil, itemsMax: 10_000, bytesMax: .max) {
                        found.insert(Entity(table: logical.name.text, item: try row.image.item()))
                    }
                }
            }
        }
        return found
    }

    func expect(_ isMet: Bool, _ text: @autoclosure () -> String) throws {
        if !isMet { throw Unmet(description: text()) }
    }

    /// The neighbour is served as before, with all it had.
    func checkNeighbour(_ registry: Registry) throws {
        try expect(
            try items(of: neighbour) == Set(DepartureWorld.items(of: neighbour)), "the neighbour lost items")
        let placement = try registry.require(PlacementRecord.self, neighbour.id)
        let resident = try stores.store(placement.store).resident(neighbour.id)
        try expect(resident == Resident(epoch: 1, state: .active), "the neighbour's standing has changed")
        try expect(backups.names(of: neighbour.id) == ["b3"], "the neighbour lost a backup")
        try expect(
            try registry.read(CredentialRecord.self, "key-\(neighbour.id)") != nil,
            "the neighbour lost its key")
        try expect(
            try registry.read(ServiceAccountRecord.self, "svc_\(neighbour.id)") != nil
                && registry.read(ServiceAccountOwner.self, "\(neighbour.id)/svc_\(neighbour.id)") != nil
                && registry.read(RefreshFamilyRecord.self, "svc_\(neighbour.id)/1") != nil,
            "the neighbour lost its service account")
        try expect(
            try hasPeople(neighbour.id, registry).allSatisfy { $0 },
            "the neighbour lost its identity provider or its member")
    }
}

/// A wall that lets everything through.
struct OpenWall: ItemWall {
    func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool { true }
}

/// Exports that take two looks.
final class MemoryArchive: TenantArchiving {
    private let looks = Mutex<[RunID: Int]>([:])
    let failure = Mutex<String?>(nil)

    var exports: Set<RunID> { looks.withLock { Set($0.keys) } }

    func begin(_ tenant: TenantID, for run: RunID, actor: AuditActor) {
        looks.withLock { $0[run, default: 0] += 0 }
    }

    func standing(of tenant: TenantID, for run: RunID) throws -> ArchiveStanding {
        if let reason = failure.withLock({ $0 }) { return .failed(reason: reason) }
        return try looks.withLock { looks in
            guard let count = looks[run] else {
                throw DepartureWorld.Unmet(description: "no export was begun")
            }
            looks[run] = count + 1
            guard count > 0 else { return .underWay(nil) }
            return .done(
                ArchivedExport(folder: "exports/\(run)", digest: "abc", items: 24, keptUntil: nil))
        }
    }

    let kept = Mutex<[RunID: Timestamp]>([:])

    func keep(_ tenant: TenantID, for run: RunID, until: Timestamp) { kept.withLock { $0[run] = until } }

    func withdraw(_ tenant: TenantID, for run: RunID) { looks.withLock { $0[run] = nil } }
}

/// Backups by tenant, and one that all share.
final class MemoryHoard: TenantHoard {
    let name = "backups"
    private let holdings: Mutex<[TenantID: [String]]>
    private let sharedName: String
    /// Whether it keeps what it is to remove.
    let isStubborn = Mutex(false)

    init(holdings: [TenantID: [String]], sharedName: String) {
        self.holdings = Mutex(holdings)
        self.sharedName = sharedName
    }

    func names(of tenant: TenantID) -> [String] { holdings.withLock { $0[tenant] ?? [] } }

    func holdings(of tenant: TenantRecord) -> [Holding] {
        names(of: tenant.id).map { Holding(name: $0, what: "backup") } + [
            Holding(name: sharedName, what: "table backup", isShared: true, remedy: "delete it")
        ]
    }

    func remove(of tenant: TenantRecord, except kept: String?) -> Int {
        if isStubborn.withLock({ $0 }) { return names(of: tenant.id).count }
        return holdings.withLock { holdings in
            let count = holdings[tenant.id]?.count ?? 0
            holdings[tenant.id] = []
            return count
        }
    }

    func rewrite(of tenant: TenantRecord, without keys: ErasedKeys, run: RunID) -> [Rewriting] {
        names(of: tenant.id).map { Rewriting(name: $0, what: "backup", items: 3) }
    }
}

/// Something that is done once, when a run comes to some place.
final class LateChange: Sendable {
    private let body = Mutex<(@Sendable () throws -> Void)?>(nil)
    private let done = Mutex(false)

    var isDone: Bool { done.withLock { $0 } }

    func arm(_ body: @escaping @Sendable () throws -> Void) { self.body.withLock { $0 = body } }

    func change() throws {
        guard
            let body = body.withLock({ body in
                defer { body = nil }
                return body
            })
        else { return }
        try body()
        done.withLock { $0 = true }
    }
}
