import Base
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing
import Workflows

@testable import Migrations

@Suite struct PoolRunTests {
    private static let operatorActor = AuditActor("person:operator")

    private func drive(_ engine: WorkflowEngine, _ world: PoolWorld, calls: Int = 1000) throws {
        for _ in 0..<calls {
            guard let due = try engine.runUntilIdle() else { return }
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
    }

    private static func rebalance(_ pools: [Int], window: Int = 1) throws -> PoolWorld {
        try PoolWorld(pools, PoolInput(pool: PoolWorld.pool(1), undoWindowSeconds: window))
    }

    private static func merge(_ pools: [Int], window: Int = 1) throws -> PoolWorld {
        try PoolWorld(
            pools, PoolInput(pool: PoolWorld.pool(2), into: PoolWorld.pool(1), undoWindowSeconds: window))
    }

    private func children(_ engine: WorkflowEngine) throws -> [RunRecord] {
        try engine.list().records.filter { $0.kind == MoveWorkflow.runKind }
    }

    /// Also where who wrote there had left before, and nobody is moved.
    @Test(arguments: [false, true]) func anEmptiedPoolStaysForTheReadersOfItsStreams(hadLeft: Bool) throws {
        let (into, emptied) = (PoolWorld.pool(1), PoolWorld.pool(2))
        let world = try PoolWorld(
            [1, 1], PoolInput(pool: emptied, into: into, undoWindowSeconds: 0), isStreaming: true)
        let registry = try world.folder.open()
        let engine = try world.engine(over: registry)
        if hadLeft {
            let mover = world.tenants[1]
            let input = MoveInput(tenant: mover.id, tier: mover.tier, undoWindowSeconds: 0, pool: into)
            _ = try engine.start(kind: MoveWorkflow.runKind, input: input, tenant: mover.id)
            try drive(engine, world)
            #expect(try world.counts(registry) == [into: 2])
        }
        let run = try world.start(engine)
        for _ in 0..<100 where try engine.get(run).step?.name != "drain" {
            try drive(engine, world, calls: 1)
        }
        let begun = world.folder.clock.now()
        try drive(engine, world, calls: 100)
        let waiting = try engine.get(run)
        try #require(waiting.step?.name == "drain", "\(waiting.state): \(waiting.notes.map(\.text))")
        #expect(try world.stores.list().contains(emptied))
        #expect(world.folder.clock.now().milliseconds(since: begun) > 3_600_000)
        world.folder.clock.advance(byMilliseconds: TableLimits.streamRetentionSeconds * 1000)
        let store = try #require(try world.stores.store(emptied) as? any HistoryKeeper)
        while try store.trimHistory(entriesMax: 100) == 100 {}
        try drive(engine, world)
        try world.checkCompleted(try engine.get(run), registry: registry)
    }

    @Test func aFullPoolIsSpreadOverANewOne() throws {
        let world = try Self.rebalance([4])
        let registry = try world.folder.open()
        let engine = try world.engine(over: registry)
        let run = try world.start(engine)
        try drive(engine, world)
        let record = try engine.get(run)
        #expect(record.state == .completed, "\(record.notes.map(\.text))")
        try world.checkCompleted(record, registry: registry)
        let events = try registry.list(OutboxEvent.self).records.map(\.type)
        #expect(events.contains("pool.closed") && events.contains("pool.opened"))
    }

    /// Of two pools that are even but for what is written to one of them.
    @Test func aBusyPoolGivesItsQuietTenantsAway() throws {
        let world = try Self.rebalance([2, 2])
        let registry = try world.folder.open()
        let planner = PoolPlanner(environment: world.environment(registry))
        #expect(throws: PoolError.alreadyEven(PoolWorld.pool(1))) {
            try planner.plan(world.input, of: nil)
        }
        let busy = world.tenants[0]
        let placement = try registry.require(PlacementRecord.self, busy.id)
        let store = try world.stores.store(placement.store)
        let students = try (0..<50).map { number in
            try world.write(MoveWorld.student(number, of: busy.schools[0].id, value: 0), placement).writes[0]
        }
        let route = try world.write(MoveWorld.student(0, of: busy.schools[0].id, value: 0), placement).route
        for _ in 0..<40 { try store.write(WriteRequest(.batch, students, route: route)) }
        let rate = try #require(store.writeRates()[busy.id])
        #expect(rate > 20, "it is what makes the difference: \(rate)")
        let plan = try planner.plan(world.input, of: nil)
        #expect(plan.moves.map(\.tenant) == [world.tenants[1].id])
        #expect(plan.moves.map(\.pool) == [PoolWorld.pool(2)])
    }

    @Test func aPoolIsEmptiedIntoAnotherAndRemoved() throws {
        let world = try Self.merge([1, 2])
        let registry = try world.folder.open()
        let engine = try world.engine(over: registry)
        let run = try world.start(engine)
        try drive(engine, world)
        let record = try engine.get(run)
        #expect(record.state == .completed, "\(record.notes.map(\.text))")
        try world.checkCompleted(record, registry: registry)
    }

    @Test func rebalanceSurvivesEveryFault() throws {
        let count = try RunFaults(of: PoolRebalanceWorkflow.runKind) { try Self.rebalance([4], window: 0) }
            .exhaust()
        #expect(count > 100)
    }

    @Test func mergeSurvivesEveryFault() throws {
        let count = try RunFaults(of: PoolMergeWorkflow.runKind) { try Self.merge([1, 1]) }.exhaust()
        #expect(count > 150)
    }

    @Test func theMovesAreHeldAndGoOnWithTheRun() throws {
        let world = try Self.rebalance([4], window: 3600)
        let registry = try world.folder.open()
        var engine = try world.engine(over: registry)
        let run = try world.start(engine)
        try drive(engine, world, calls: 40)
        #expect(try children(engine).count == 2)
        try engine.pause(run, actor: Self.operatorActor)
        _ = try engine.runUntilIdle()
        _ = try engine.runUntilIdle()
        #expect(try engine.get(run).state == .paused)
        #expect(try children(engine).map(\.state) == [.paused, .paused])
        // Another process: still held, and one that a person holds too stays so.
        engine.stop()
        engine = try world.engine(over: registry)
        try engine.resumeAll()
        try drive(engine, world, calls: 5)
        #expect(try children(engine).map(\.state) == [.paused, .paused])
        let own = try #require(try children(engine).first)
        try engine.resume(own.id, actor: Self.operatorActor)
        try engine.pause(own.id, actor: Self.operatorActor)
        _ = try engine.runUntilIdle()
        try engine.resume(run, actor: Self.operatorActor)
        try drive(engine, world, calls: 20)
        let states = try children(engine).map { $0.id == own.id ? $0.state == .paused : $0.state != .paused }
        #expect(states == [true, true])
        #expect(try engine.get(run).progress?.text?.contains("`\(own.id)` is held") == true)
        try engine.resume(own.id, actor: Self.operatorActor)
        try drive(engine, world, calls: 4000)
        try world.checkCompleted(try engine.get(run), registry: registry)
    }

    @Test func aRunThatIsTakenBackTakesItsMovesBack() throws {
        let world = try Self.merge([1, 2], window: 3600)
        let registry = try world.folder.open()
        let engine = try world.engine(over: registry)
        let run = try world.start(engine)
        try drive(engine, world, calls: 60)
        #expect(try world.counts(registry) == [PoolWorld.pool(1): 3])
        try engine.cancel(run, actor: Self.operatorActor)
        try drive(engine, world)
        let record = try engine.get(run)
        #expect(record.state == .undone, "\(record.state) \(record.notes.map(\.text))")
        #expect(try world.counts(registry) == [PoolWorld.pool(1): 1, PoolWorld.pool(2): 2])
        try world.checkUndone(record, registry: registry)
    }

    @Test func aRateIsHandedOnToTheMoves() throws {
        let world = try Self.rebalance([4], window: 3600)
        let engine = try world.engine(over: try world.folder.open())
        let run = try world.start(engine)
        try drive(engine, world, calls: 20)
        try engine.throttle(run, itemsPerSecond: 7, actor: Self.operatorActor)
        try drive(engine, world, calls: 20)
        #expect(try children(engine).map(\.itemsPerSecondMax) == [7, 7])
    }

    @Test func aTenantThatCannotLeaveStopsAMergeUntilItCan() throws {
        let world = try Self.merge([1, 2])
        let registry = try world.folder.open()
        let engine = try world.engine(over: registry)
        let run = try world.start(engine)
        let late = world.tenants[2].id
        try registry.update(TenantRecord.self, late) { tenant, _ in
            tenant.state = .suspended(Suspension(reason: "unpaid"))
        }
        try drive(engine, world)
        let state = try engine.get(run).state
        guard case .failed(let reason) = state else {
            Issue.record("it is \(state)")
            return
        }
        #expect(reason.contains(late.text) && reason.contains("suspended"))
        #expect(try registry.require(StoreRecord.self, PoolWorld.pool(2)).closedBy == run)
        try registry.update(TenantRecord.self, late) { tenant, _ in tenant.state = .active }
        try engine.retry(run, actor: Self.operatorActor)
        try drive(engine, world)
        try world.checkCompleted(try engine.get(run), registry: registry)
    }

    @Test func aClosedPoolTakesNoNewcomers() throws {
        let world = try Self.rebalance([3, 2], window: 3600)
        let registry = try world.folder.open()
        try registry.update(StoreRecord.self, PoolWorld.pool(1)) { record, _ in
            record.closedBy = RunID("r06gz1q8f3a4c5e7")
        }
        let placements = Placements(registry: registry, catalog: world.catalog)
        let tier = try #require(world.catalog.tier(named: world.tenants[0].tier))
        let tenant = TenantID(random: SeededRandom(seed: 99))
        #expect(try placements.preview(for: tenant, in: tier).store == PoolWorld.pool(2))
        #expect(throws: PoolRefusal.self) {
            try placements.preview(for: tenant, in: tier, pool: PoolWorld.pool(1))
        }
    }
}
