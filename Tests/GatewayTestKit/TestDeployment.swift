import Base
import Gateway
import Items
import LocalTables
import Policies
import Registry
import Synchronization
import Tables
import Tenancy
import TestKit

/// Two districts in one pool, with real stores in a temporary folder, and a gateway before them.
public final class TestDeployment: Sendable {
    /// A district with one school.
    public struct District: Sendable {
        /// Its id.
        public let tenant: TenantID
        /// Its school's.
        public let school: SchoolID
        /// A district with these ids, served or not.
        public init(tenant: TenantID, school: SchoolID) {
            self.tenant = tenant
            self.school = school
        }

        /// A student's partition key.
        public var studentKey: String { "TENANT#\(school)#STUDENT#1" }
    }

    /// Stands still until it is moved.
    public let clock: ManualClock
    /// Where the stores lie.
    public let stores: LocalStores
    /// The control plane's records.
    public let registry: Registry
    /// The tables and tiers.
    public let catalog: Catalog
    /// What the gateway's routes are made by.
    public let routes: TenantRoutes
    /// What the gateway routes by.
    public let directory: Directory
    /// What the gateway decides by.
    public let policies: ActivePolicies
    /// The gateway.
    public let gateway: Gateway
    /// What the gateway decided, as far as it is kept.
    public let decisions: DecisionStore
    /// Who keeps it; nil unless a test asks for it.
    public let recorder: DecisionRecorder?
    /// What was said of operators.
    public let audit = RecordedAudit()
    /// The denials that were said in the log.
    public let decisionLines = DecisionLines()
    /// The district that most sessions belong to.
    public let own: District
    /// The district whose data nobody else may see.
    public let other: District
    private let folder: TemporaryFolder

    /// The pool's store.
    public static let pool = known(StoreID("pool-basic-1"))
    /// Another store with the same tables, to move to.
    public static let target = known(StoreID("pool-basic-2"))

    /// Two districts, both served.
    /// - Parameter studentOptions: members of `student-table` in the catalog, each with a comma behind it.
    public init(
        seed: UInt64 = 1, readUnits: Int = 1000, writeUnits: Int = 500, studentOptions: String = "",
        recording: DecisionRecorder.Configuration? = nil, retention: DecisionStore.Retention = .init()
    ) throws {
        let random = SeededRandom(seed: seed)
        folder = try TemporaryFolder()
        clock = ManualClock()
        stores = try LocalStores(folder: folder.path, surroundings: StoreSurroundings(clock: clock))
        guard let registryStore = StoreID("registry") else { unreachable() }
        registry = try Registry(
            engine: try stores.create(registryStore, tables: [Registry.schema]), clock: clock)
        let text = TestCatalog.json(
            readUnits: readUnits, writeUnits: writeUnits, studentOptions: studentOptions)
        catalog = try Catalog(parsing: Array(text.utf8), file: "catalog.json")
        routes = TenantRoutes(catalog: catalog, stores: stores, clock: clock)
        directory = try Directory(following: registry, compile: routes.compile)
        policies = ActivePolicies(try TestPolicies.proper())
        decisions = DecisionStore(clock: clock, retention: retention) {
            [stores] () throws(TableError) in
            try stores.create(DecisionStore.storeID, tables: [DecisionStore.schema])
        }
        recorder = recording.map { [clock, decisions, decisionLines] configuration in
            DecisionRecorder(
                store: decisions, clock: clock, configuration: configuration, log: decisionLines.write)
        }
        gateway = Gateway(
            routes: routes, directory: directory, policies: policies, clock: clock, audit: audit,
            decisions: recorder)
        own = District(tenant: TenantID(random: random), school: SchoolID(random: random))
        other = District(tenant: TenantID(random: random), school: SchoolID(random: random))
        for store in [Self.pool, Self.target] {
            _ = try stores.create(
                store, tables: gateway.tables.all.map { $0.schema.renamed(physical($0, store)) })
        }
        for (number, district) in [own, other].enumerated() { try add(district, name: "District \(number)") }
    }

    deinit {
        recorder?.flush()
        stores.close()
    }

    /// What is kept of the decisions so far, the newest first.
    public func decided(_ query: DecisionQuery = DecisionQuery()) throws -> [DecisionEntry] {
        recorder?.flush()
        return try decisions.list(query).entries
    }

    /// The physical name of a table in a store.
    public func physical(_ table: GatewayTable, _ store: StoreID) -> TableName {
        known(TableName("\(table.name)-\(store)"))
    }

    private func add(_ district: District, name: String) throws {
        guard let tier = TierName("basic"), let zone = TimeZoneName("America/Chicago"),
            let email = EmailAddress("it@district.example")
        else { unreachable() }
        let record = TenantRecord(
            id: district.tenant, name: name, tier: tier, state: .active, timezone: zone, adminEmail: email,
            schools: [SchoolRecord(id: district.school, name: "School", createdAt: clock.now())],
            createdAt: clock.now())
        let placement = PlacementRecord(
            tenant: district.tenant, store: Self.pool, epoch: 1, tables: tableNames(in: Self.pool),
            isDedicated: false)
        try registry.transact(RegistryTransaction([.insert(record), .insert(placement)]))
        try store().setResident(district.tenant, to: Resident(epoch: 1, state: .active))
    }

    private func tableNames(in store: StoreID) -> [String: TableName] {
        Dictionary(uniqueKeysWithValues: gateway.tables.all.map { ($0.name.text, physical($0, store)) })
    }

    /// A store.
    public func store(_ id: StoreID = TestDeployment.pool) throws -> any MovableStore { try stores.store(id) }

    /// Does all the work that can wait in the store of operators' tables.
    public func keepHouse() throws {
        guard let own = try stores.store(OperatorTables.store) as? LocalStore else { unreachable() }
        while try own.keepHouse() {}
    }

    /// Changes a tenant's record.
    public func setState(_ state: TenantState, of district: District) throws {
        try registry.update(TenantRecord.self, district.tenant) { record, _ in record.state = state }
    }

    /// Announces another place, as a move's switch does; the stores are left as they are.
    public func place(_ district: District, in store: StoreID, epoch: Int64) throws {
        let tables = tableNames(in: store)
        let now = clock.now()
        try registry.update(PlacementRecord.self, district.tenant) { placement, _ in
            placement.move(to: store, tables: tables, isDedicated: false, epoch: epoch, at: now)
        }
    }

    /// Puts an item past the gateway, with no route: whatever it is.
    public func plant(_ item: Item, in table: String, store id: StoreID = TestDeployment.pool) throws {
        guard let table = gateway.tables[table] else { unreachable() }
        try store(id).write(
            WriteRequest(
                ItemWrite(
                    table: physical(table, id), key: try table.schema.key.key(ofItem: item),
                    action: .put(item))))
    }

    /// The item with this key, past the gateway.
    public func find(_ key: Item, in table: String, store id: StoreID = TestDeployment.pool) throws -> Item? {
        guard let table = gateway.tables[table] else { unreachable() }
        let row = try store(id).get(
            GetItem(table: physical(table, id), key: try table.schema.key.key(ofKey: key)))
        return try row?.image.item()
    }

    /// A session of a district's school.
    public func session(_ district: District, role: String = "teacher") throws -> GatewaySession {
        try GatewaySession(
            tenant: district.tenant, school: district.school.text, role: role, name: "test",
            tags: [("tenant_id", district.tenant.text), ("school_id", district.school.text), ("role", role)],
            issuedAt: clock.now(), expiresAt: clock.now().advanced(bySeconds: 3600))
    }

    /// A caller with such a session.
    public func caller(_ district: District, role: String = "teacher") throws -> GatewayCaller {
        let caller = GatewayCaller(
            session: try session(district, role: role), remoteAddress: "192.0.2.1", isSecure: false,
            decisions: recorder)
        caller.begin(caller.session, region: Array("us-east-1".utf8)[...])
        return caller
    }
}

/// Keeps the lines of a test's decision log.
public final class DecisionLines: Sendable {
    private let kept = Mutex<[DecisionEntry]>([])

    /// What was said so far.
    public var entries: [DecisionEntry] { kept.withLock { $0 } }

    @Sendable func write(_ entry: DecisionEntry) { kept.withLock { $0.append(entry) } }
}

/// Stops where a test's own constants are wrong.
func unreachable() -> Never { preconditionFailure("a test's constant is not of its form") }

/// A constant of a test, which must be of its form.
func known<Value>(_ value: Value?) -> Value {
    guard let value else { unreachable() }
    return value
}
