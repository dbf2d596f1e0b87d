import Base
import Crypto
import Departures
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing
import Tokens
import Workflows

/// A departure in the world of two districts.
final class OffboardWorld: RunWorld {
    let world: DepartureWorld
    private let graceSeconds: Int
    private let takesExport: Bool
    private let state: TenantState
    private let exportDays: Int?

    init(
        tier: String = "basic", state: TenantState = .active, graceSeconds: Int = 2, takesExport: Bool = true,
        exportDays: Int? = nil
    ) throws {
        self.exportDays = exportDays
        world = try DepartureWorld(tier: tier, state: state)
        self.graceSeconds = graceSeconds
        self.takesExport = takesExport
        self.state = state
    }

    var folder: RegistryFolder { world.folder }

    func workflow(over registry: Registry) throws -> any Workflow {
        OffboardWorkflow(environment: try world.environment(registry))
    }

    var input: OffboardInput {
        OffboardInput(
            tenant: world.leaver.id, reason: "contract ended", graceSeconds: graceSeconds,
            takesExport: takesExport, exportDays: exportDays)
    }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try engine.start(kind: OffboardWorkflow.runKind, input: input, tenant: world.leaver.id)
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        let leaver = world.leaver
        try world.expect(try world.items(of: leaver).isEmpty, "items are left")
        let names = ([leaver.id.text] + leaver.schools.map(\.id.text) + [DepartureWorld.marker])
            .map { Array($0.utf8) }
        for id in try world.stores.list() {
            let store = try #require(try world.stores.store(id) as? any TraceKeeper)
            try world.expect(try store.traces(of: leaver.id).isEmpty, "traces are left in \(id)")
            // The neighbour's items have the marker too.
            let count = try store.occurrences(of: Array(names.dropLast()))
            try world.expect(count == 0, "its ids are \(count) times in the bytes of \(id)")
        }
        let record = try registry.require(TenantRecord.self, leaver.id)
        try world.expect(
            record.state == .gone(Farewell(run: run.id, at: try receipt(run, registry).finishedAt)),
            "it is \(record.state)")
        try world.expect(record.adminEmail.text == "nobody@gone.invalid", "its address stays")
        try world.expect(try registry.read(PlacementRecord.self, leaver.id) == nil, "its place is kept")
        try world.expect(
            try registry.read(CredentialRecord.self, "key-\(leaver.id)") == nil, "its key stays")
        try world.expect(
            try registry.read(ServiceAccountRecord.self, "svc_\(leaver.id)") == nil
                && registry.read(ServiceAccountOwner.self, "\(leaver.id)/svc_\(leaver.id)") == nil
                && registry.read(RefreshFamilyRecord.self, "svc_\(leaver.id)/1") == nil,
            "its service account stays")
        try world.expect(
            try world.hasPeople(leaver.id, registry).allSatisfy { !$0 },
            "its identity provider or its member stays")
        try world.expect(try registry.read(NameReservation.self, "leaver") == nil, "its name is taken")
        try world.expect(world.backups.names(of: leaver.id).isEmpty, "its backups are there")
        try checkReceipt(try receipt(run, registry))
        try world.checkNeighbour(registry)
        try checkOccupants(registry)
    }

    private func receipt(_ run: RunRecord, _ registry: Registry) throws -> RemovalReceipt {
        try registry.require(RemovalReceipt.self, run.id)
    }

    private func checkReceipt(_ receipt: RemovalReceipt) throws {
        let count = DepartureWorld.items(of: world.leaver).count
        let items = receipt.tables.reduce(0) { $0 + $1.items }
        try world.expect(items == count, "the receipt counts \(items) of \(count) items")
        try world.expect((receipt.export != nil) == takesExport, "the receipt's export is wrong")
        try world.expect(
            receipt.remainders.contains { $0.name == "table backup 7" }, "what stays is not in the receipt")
        let check = try ReceiptCheck(
            receipt.statement, keys: JSONWebKeySet([world.key.publicKey]))
        try world.expect(check.receipt.digest == receipt.digest, "another receipt is signed")
    }

    private func checkOccupants(_ registry: Registry) throws {
        let placements = try registry.list(PlacementRecord.self).records
        for store in try registry.list(StoreRecord.self).records {
            let count = placements.count { $0.store == store.id }
            try world.expect(store.occupants == count, "\(store.id) counts \(store.occupants), not \(count)")
        }
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        let leaver = world.leaver
        let record = try registry.require(TenantRecord.self, leaver.id)
        try world.expect(record.state == state, "it is \(record.state)")
        try world.expect(record.adminEmail == leaver.adminEmail, "its address is another")
        try world.expect(
            try world.items(of: leaver) == Set(DepartureWorld.items(of: leaver)), "it lost items")
        let placement = try registry.require(PlacementRecord.self, leaver.id)
        let resident = try world.stores.store(placement.store).resident(leaver.id)
        try world.expect(
            resident == Resident(epoch: placement.epoch, state: .active),
            "the resident is \(String(describing: resident)), the epoch \(placement.epoch)")
        try world.expect(world.archive.exports.isEmpty, "its export is left")
        try world.expect(world.backups.names(of: leaver.id) == ["b1", "b2"], "it lost backups")
        try world.expect(try registry.read(RemovalReceipt.self, run.id) == nil, "there is a receipt")
        try world.checkNeighbour(registry)
    }
}

@Suite struct OffboardFaultTests {
    @Test(arguments: ["basic", "premium"]) func survivesEveryFault(tier: String) throws {
        let count = try RunFaults(of: OffboardWorkflow.runKind) { try OffboardWorld(tier: tier) }.exhaust()
        #expect(count > 150)
    }

    @Test func survivesEveryFaultOfASuspendedTenantWithoutExport() throws {
        let suspension = Suspension(reason: "unpaid")
        let count = try RunFaults(of: OffboardWorkflow.runKind) {
            try OffboardWorld(state: .suspended(suspension), graceSeconds: 0, takesExport: false)
        }.exhaust()
        #expect(count > 150)
    }
}
