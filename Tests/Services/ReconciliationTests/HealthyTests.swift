import Base
import Migrations
import Reconciliation
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenants
import TestKit
import Testing
import Workflows

@Suite struct HealthyTests {
    /// Looks at every boundary of every step of a move and of its way back.
    @Test(arguments: [("basic", "advanced"), ("basic", "premium"), ("premium", "basic")])
    func nothingIsFoundAtAnyMomentOfAMove(source: String, target: String) throws {
        let watcher = Watcher()
        let world = try ReconcileWorld(onBoundary: { try watcher.look($0) })
        watcher.watch(world)
        _ = try world.onboard("Neighbour", source)
        let tenant = try world.onboard("Mover", source)
        let run = try world.startMove(tenant, target)
        try world.drive()
        #expect(try world.engine.get(run).state == .completed)
        let back = try world.startMove(tenant, source)
        while try world.placement(tenant).store.text.contains(target) { try world.drive(rounds: 1) }
        try world.moves.rollBack(back, actor: .system)
        try world.drive()
        #expect(try world.engine.get(back).state == .undone)
        #expect(watcher.count > 80)
        #expect(try world.reconciler().survey(.deep).findings == [])
    }

    @Test func fuzzNothingIsFoundAfterRandomLives() throws {
        try Fuzzer("lives that reconcile", rounds: 6).run { random in
            let world = try ReconcileWorld(seed: random.next())
            var tenants: [TenantID] = []
            for step in 0..<14 {
                try self.live(step, world, &tenants, random)
                try world.drive(rounds: Int(random.next() % 6))
                let found = try world.reconciler().survey(.deep).findings
                try #require(found == [], "after step \(step): \(found)")
            }
            try world.drive()
            let found = try world.reconciler().survey(.deep).findings
            try #require(found == [], "\(found)")
        }
    }

    private func live(
        _ step: Int, _ world: ReconcileWorld, _ tenants: inout [TenantID], _ random: SeededRandom
    ) throws {
        let tiers = ["basic", "advanced", "premium"]
        let tier = tiers[Int(random.next() % 3)]
        guard let tenant = tenants.isEmpty ? nil : tenants[Int(random.next() % UInt64(tenants.count))],
            random.next() % 3 > 0
        else {
            tenants.append(try world.onboard("District \(step)", tier))
            return
        }
        switch random.next() % 4 {
        case 0: try world.tenants.suspend(tenant, reason: "unpaid", actor: .system)
        case 1: try world.tenants.resume(tenant, actor: .system)
        case 2:
            // Refused where it is suspended, there already or on its way.
            do { _ = try world.startMove(tenant, tier) } catch {}
        default:
            for run in try world.engine.list(tenant: tenant).records where !run.state.isFinal {
                // Refused where it is past its return.
                do { try world.engine.cancel(run.id, actor: .system) } catch is WorkflowError {}
            }
        }
    }

    @Test func aClockThatJumpsBackAnHourKeepsTheOrderAndLosesNothing() throws {
        let world = try ReconcileWorld()
        let tenant = try world.onboard("Before", "basic")
        let run = try world.startMove(tenant, "premium")
        try world.drive(rounds: 2)
        world.folder.clock.setWall(byMilliseconds: -3_600_000)
        _ = try world.onboard("After", "basic")
        try world.drive()
        #expect(try world.engine.get(run).state == .completed)
        let events = try world.registry.list(OutboxEvent.self, limit: 1000).records.map(\.id)
        #expect(events.count > 2 && events == events.sorted { $0.sequence < $1.sequence })
        #expect(events.map(\.time) == events.map(\.time).sorted())
        #expect(try world.reconciler().survey(.deep).findings == [])
    }

    /// A deep look asks each store all the same, and tells the tables; a quick one tells the stores.
    @Test(arguments: [(Scrutiny.stores, 2, false), (.deep, 4, true)])
    func whatThereWasNoTimeToLookAtIsTold(scrutiny: Scrutiny, count: Int, isOfTables: Bool) throws {
        let world = try ReconcileWorld()
        _ = try world.populate()
        let report = try world.reconciler(secondsMax: 0).survey(scrutiny)
        #expect(report.findings == [] && !report.isClean)
        #expect(report.unfinished.count == count, "\(report.unfinished)")
        #expect(report.unfinished.allSatisfy { $0.contains("@") == isOfTables }, "\(report.unfinished)")
        #expect(try world.reconciler(secondsMax: 1).survey(scrutiny).isClean)
    }

    @Test func nothingIsFoundAtAnyMomentOfAReconciliation() throws {
        let watcher = Watcher()
        let world = try ReconcileWorld(onBoundary: { try watcher.look($0) })
        _ = try world.populate()
        watcher.watch(world)
        let before = watcher.count
        let desk = world.desk()
        for wish in [ReconcileWish(deep: true), ReconcileWish(deep: true, repair: true)] {
            let run = try desk.start(wish, actor: .system)
            try world.drive()
            #expect(try world.engine.get(run).state == .completed)
            #expect(try #require(try desk.report(of: run)).isClean)
        }
        #expect(watcher.count == before + 6)
    }

    @Test func whatAFailedRunOwnsIsToldWithTheRun() throws {
        let world = try ReconcileWorld()
        let tenant = try world.onboard("Mover", "basic")
        let run = try world.startMove(tenant, "premium")
        try world.drive(rounds: 1)
        try world.registry.update(RunRecord.self, run) { record, _ in record.state = .failed(reason: "test") }
        try world.store(of: tenant).setResident(tenant, to: .init(epoch: 1, state: .fenced))
        let findings = try world.reconciler().survey().findings
        #expect(findings.map(\.kind) == [.fenceLeft] && findings.map(\.run) == [run], "\(findings)")
        #expect(try world.reconciler().repair(actor: .system).done == [])
    }
}

/// Looks at a world at each boundary of its runs.
private final class Watcher: Sendable {
    private struct State {
        weak var world: ReconcileWorld?
        var count = 0
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.count } }

    func watch(_ world: ReconcileWorld) { state.withLock { $0.world = world } }

    func look(_ boundary: Boundary) throws {
        let world = state.withLock { state in
            state.count += 1
            return state.world
        }
        guard let world else { return }
        let found = try world.reconciler().survey(.deep).findings
        try #require(found == [], "\(boundary): \(found)")
    }
}
