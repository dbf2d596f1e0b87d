import Base
import LocalTables
import Registry
import RunTestKit
import Tables
import Testing
import Workflows

@testable import Reconciliation

/// A run that repairs what two districts need, or removes a stray store, put through every fault.
private final class ReconcileRunWorld: RunWorld {
    private static let actor = AuditActor.credential("k")

    let world: ReconcileWorld
    private let wish: ReconcileWish
    private let tenants: [TenantID]
    private let stray: StoreID
    /// Of the process that is under way.
    private var reconciler: Reconciler?
    private var place = ReconcilePlace()
    private var desk: ReconcileDesk?

    init(_ wish: ReconcileWish) throws {
        self.wish = wish
        world = try ReconcileWorld()
        tenants = Array(try world.populate().prefix(2))
        // Those that made the districts are none of this.
        _ = try world.engine.prune(endedBefore: world.folder.clock.now().advanced(bySeconds: 1))
        for tenant in tenants {
            try world.store(of: tenant).setResident(tenant, to: .init(epoch: 1, state: .fenced))
        }
        stray = try #require(StoreID("pool-basic-9"))
        _ = try world.stores.create(stray, tables: [])
    }

    var folder: RegistryFolder { world.folder }

    var unnoticed: [String: String] { ["reconcile": "it is the comparison itself, and the only step"] }

    func workflow(over registry: Registry) throws -> any Workflow {
        place = ReconcilePlace()
        reconciler = Reconciler(
            registry: registry, stores: world.stores,
            placements: Placements(registry: registry, catalog: world.catalog), ownStores: [], engine: nil,
            clock: folder.clock, random: world.random)
        return ReconcileWorkflow(place: place)
    }

    func begin(_ engine: WorkflowEngine) {
        desk = reconciler.map { ReconcileDesk(reconciler: $0, engine: engine, place: place) }
    }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try #require(desk).start(wish, actor: Self.actor)
    }

    /// Which of the districts writes pass of, in an epoch that registry and store agree about.
    private func served(_ registry: Registry) throws -> Set<String> {
        Set(
            try tenants.filter { tenant in
                let placement = try registry.require(PlacementRecord.self, tenant)
                let resident = try world.stores.store(placement.store).resident(tenant)
                return resident == .init(epoch: placement.epoch, state: .active)
            }.map(\.text))
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        guard let report = try registry.read(ReconcileRecord.self, run.id)?.report else {
            return try expect(false, "it left no report")
        }
        let isStrayThere = try world.stores.list().contains(stray)
        if wish.repair {
            try expect(try served(registry) == Set(tenants.map(\.text)), "not all is repaired")
            try expect(Set(report.done.map(\.subject)) == Set(tenants.map(\.text)), "it tells \(report.done)")
            try expect(report.done.count == 2 && isStrayThere, "it did more than it was asked to")
        } else {
            try expect(report.done.map(\.subject) == [stray.text], "it tells \(report.done)")
            try expect(try !isStrayThere && served(registry) == [], "it did not do what it was asked to")
        }
        try expect(report.failures == [], "it failed: \(report.failures)")
        let entries = try registry.list(AuditEntry.self).records.filter { $0.action.hasPrefix("reconcile.") }
        try expect(
            Set(entries.map(\.subject)) == Set(report.done.map(\.subject)), "the audit tells \(entries)")
        try expect(
            entries.allSatisfy { $0.actor == Self.actor && $0.detail["run"] == run.id.text },
            "the audit does not tell who it was")
        try expectNoMark(registry)
    }

    /// What was put right before stays so; nothing is left half done.
    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        try expect(try registry.list(ReconcileRecord.self).records == [], "it left a report")
        try expectNoMark(registry)
    }

    private func expectNoMark(_ registry: Registry) throws {
        try expect(
            try registry.read(ReconcileMark.self, ReconcileMark.name) == nil, "it keeps others from repairing"
        )
    }

    private func expect(_ holds: Bool, _ otherwise: String) throws {
        guard holds else { throw ReconcileWorld.Unmet(description: otherwise) }
    }
}

@Suite struct ReconcileFaultTests {
    @Test func aRepairSurvivesEveryFault() throws {
        let count = try RunFaults(of: ReconcileWorkflow.runKind) {
            try ReconcileRunWorld(ReconcileWish(deep: true, repair: true))
        }.exhaust()
        #expect(count > 30)
    }

    @Test func aRemovalSurvivesEveryFault() throws {
        let count = try RunFaults(of: ReconcileWorkflow.runKind) {
            try ReconcileRunWorld(ReconcileWish(remove: ["store-file-stray:pool-basic-9"]))
        }.exhaust()
        #expect(count > 20)
    }
}
