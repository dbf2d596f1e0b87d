import Base
import FoundationEssentials
import Items
import LocalTables
import Reconciliation
import RunTestKit
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

@testable import Registry

/// A fault planted into a world of three districts.
struct Damage: Sendable, CustomStringConvertible {
    let kind: FindingKind
    /// What is found beside it because of it.
    var others: Set<FindingKind> = []
    let plant: @Sendable (ReconcileWorld, [TenantID]) throws -> Void

    var description: String { kind.rawValue }

    init(
        _ kind: FindingKind, others: Set<FindingKind> = [],
        _ plant: @escaping @Sendable (ReconcileWorld, [TenantID]) throws -> Void
    ) {
        self.kind = kind
        self.others = others
        self.plant = plant
    }

    static let all: [Damage] = records + marks + residents + tables + items

    private static let records: [Damage] = [
        Damage(.tenantUnplaced, others: [.storeCount, .residentStray]) { world, tenants in
            try world.delete(try world.placement(tenants[0]))
        },
        Damage(.placementStray) { world, tenants in
            let home = try world.placement(tenants[2])
            try world.insert(
                PlacementRecord(
                    tenant: TenantID(random: world.random), store: home.store, epoch: 1, tables: home.tables,
                    isDedicated: false))
            try world.registry.update(StoreRecord.self, home.store) { store, _ in store.occupants += 1 }
        },
        Damage(.storeUnrecorded) { world, tenants in
            try world.delete(
                try world.registry.require(StoreRecord.self, try world.placement(tenants[0]).store))
        },
        Damage(.storeFileMissing) { world, tenants in
            try world.stores.remove(try world.placement(tenants[2]).store)
        },
        Damage(.storeFileStray) { world, _ in
            _ = try world.stores.create(try #require(StoreID("pool-basic-9")), tables: [])
        },
        Damage(.storeUnreadable) { world, _ in
            let id = try #require(StoreID("pool-basic-9"))
            try Data(repeating: 0xA5, count: 8192).write(
                to: URL(fileURLWithPath: world.disk.path(of: "stores/pool-basic-9.sqlite")))
            try world.insert(
                StoreRecord(
                    id: id, tier: try #require(TierName("basic")), kind: .pooled(number: 9), capacity: 2))
        },
        Damage(.storeRecordStray) { world, tenants in
            let tier = try #require(TierName("premium"))
            try world.insert(
                StoreRecord(
                    id: PhysicalNames.tenantStore(tenants[0], tier: tier), tier: tier,
                    kind: .dedicated(tenant: tenants[0]), occupants: 1, capacity: 1))
        },
        Damage(.storeCount) { world, tenants in
            try world.registry.update(StoreRecord.self, try world.placement(tenants[0]).store) { store, _ in
                store.occupants = 1
            }
        },
        Damage(.poolClosed) { world, tenants in
            try world.registry.update(StoreRecord.self, try world.placement(tenants[0]).store) { store, _ in
                store.closedBy = RunID(random: world.random)
            }
        },
        Damage(.nameStray) { world, _ in
            try world.insert(NameReservation(name: "Ghost", tenant: TenantID(random: world.random)))
        },
        Damage(.nameUnreserved) { world, _ in
            try world.delete(try world.registry.require(NameReservation.self, "north"))
        },
        Damage(.credentialStray) { world, _ in
            try world.insert(
                CredentialRecord(
                    id: "k1", kind: .tenant(TenantID(random: world.random)), role: "district-admin",
                    secretDigest: "", createdAt: world.folder.clock.now(), label: "ghost"))
        },
    ]

    private static let marks: [Damage] = [
        Damage(.lockStale) { world, tenants in
            try world.insert(
                RunLock(id: RunLock.ID(tenant: tenants[0], name: "place"), run: RunID(random: world.random)))
        },
        Damage(.lockMissing) { world, tenants in
            _ = try world.startMove(tenants[0], "advanced")
            let id = RunLock.ID(tenant: tenants[0], name: "place")
            try world.delete(try world.registry.require(RunLock.self, id))
        },
        Damage(.openMarkStale) { world, _ in try world.insert(OpenRun(run: RunID(random: world.random))) },
        Damage(.openMarkMissing) { world, tenants in
            let run = try world.startMove(tenants[0], "advanced")
            try world.delete(try world.registry.require(OpenRun.self, run))
        },
        Damage(.runMarkStale) { world, tenants in
            try world.insert(TenantRun(tenant: tenants[0], run: RunID(random: world.random)))
        },
        Damage(.runMarkMissing) { world, _ in
            try world.delete(try #require(try world.registry.list(TenantRun.self).records.first))
        },
        Damage(.idempotencyKeyStale) { world, _ in
            try world.insert(IdempotencyRecord(key: "k", run: RunID(random: world.random)))
        },
        Damage(.runAbandoned) { world, tenants in
            let other = WorkflowEngine(
                registry: world.registry, workflows: [Elsewhere()],
                clock: world.folder.clock, random: world.random, threads: 0)
            try other.start(
                kind: Elsewhere().kind, input: ["tenant": tenants[0].text])
            other.stop()
        },
        Damage(.outboxOrder) { world, _ in
            let time = world.folder.clock.now().milliseconds
            let body = #"{"id":{"sequence":1000000,"time":\#(time)},"type":"test","payload":"{}"}"#
            try world.insert(try JSONDecoder().decode(OutboxEvent.self, from: Data(body.utf8)))
        },
        Damage(.outboxOld) { world, _ in world.folder.clock.advance(byMilliseconds: 46 * 86_400_000) },
    ]

    private static let residents: [Damage] = [
        Damage(.residentMissing) { world, tenants in
            try world.store(of: tenants[0]).removeResident(tenants[0])
        },
        Damage(.residentDiffers) { world, tenants in
            try world.store(of: tenants[0]).setResident(tenants[0], to: Resident(epoch: 4, state: .active))
        },
        Damage(.fenceLeft) { world, tenants in
            try world.store(of: tenants[0]).setResident(tenants[0], to: Resident(epoch: 1, state: .fenced))
        },
        Damage(.captureLeft) { world, tenants in
            try world.store(of: tenants[0]).setResident(
                tenants[0], to: Resident(epoch: 1, state: .active, isCaptured: true))
        },
        Damage(.residentStray) { world, tenants in
            let run = RunID(random: world.random)
            let store = try world.store(of: tenants[2])
            try store.setResident(tenants[0], to: Resident(epoch: 1, state: .arriving(run)))
            try world.write("TENANT#\(try world.school(of: tenants[0]))#STUDENT#1", to: store, of: tenants[2])
        },
    ]

    private static let tables: [Damage] = [
        Damage(.tableMissing) { world, tenants in
            _ = try world.store(of: tenants[0]).delete(try world.table(of: tenants[0]))
        },
        Damage(.tableStray) { world, tenants in
            let schema = try #require(try world.store(of: tenants[0]).schemas().first)
            try world.store(of: tenants[0]).create(schema.renamed(try #require(TableName("strange"))))
        },
        Damage(.tableDiffers) { world, tenants in
            let (store, name) = (try world.store(of: tenants[0]), try world.table(of: tenants[0]))
            _ = try store.delete(name)
            let key = KeySchema(partition: KeyAttribute(name: "other", type: .string))
            try store.create(TableSchema(name: name, key: key))
        },
        Damage(.indexMissing) { world, tenants in
            try world.store(of: tenants[0]).removeIndex("teacher-index", of: try world.table(of: tenants[0]))
        },
        Damage(.indexStray) { world, tenants in
            let key = KeySchema(partition: KeyAttribute(name: "other", type: .string))
            try world.store(of: tenants[0]).addIndex(
                IndexSchema(name: "other-index", key: key), to: try world.table(of: tenants[0]))
        },
        Damage(.optionsDiffer) { world, tenants in
            try world.store(of: tenants[0]).updateOptions(of: try world.table(of: tenants[0])) {
                $0.timeToLiveAttribute = "ends"
            }
        },
    ]

    private static let items: [Damage] = [
        Damage(.itemsStray) { world, tenants in
            let ghost = SchoolID(random: world.random)
            for number in 0..<3 {
                try world.write(
                    "TENANT#\(ghost)#STUDENT#\(number)", to: try world.store(of: tenants[0]), of: tenants[0])
            }
        },
        Damage(.itemsUnowned) { world, tenants in
            try world.write("nobody's", to: try world.store(of: tenants[0]), of: tenants[0])
        },
    ]
}

extension ReconcileWorld {
    func school(of tenant: TenantID) throws -> SchoolID {
        try #require(try registry.require(TenantRecord.self, tenant).schools.first).id
    }

    /// The physical student table of a tenant.
    func table(of tenant: TenantID) throws -> TableName {
        try #require(try placement(tenant).tables["student-table"])
    }

    /// Writes a student past every wall into the table that `tenant` has in a store.
    func write(_ recordKey: String, to store: any MovableStore, of tenant: TenantID) throws {
        let item: Item = ["recordKey": .string(recordKey), "entityKey": .string("PROFILE")]
        let table = try #require(catalog.tables.last)
        try store.write(
            WriteRequest(
                ItemWrite(
                    table: try self.table(of: tenant), key: try table.key.key(ofItem: item),
                    action: .put(item))))
    }
}

/// A workflow of another process, whose runs this one's engine has not taken up.
private struct Elsewhere: Workflow {
    struct Nothing: WorkflowStep {
        let name = "nothing"
        func perform(_ context: RunContext) throws -> StepResult { .done }
    }

    let kind = "test.elsewhere"
    let steps: [any WorkflowStep] = [Nothing()]
}
