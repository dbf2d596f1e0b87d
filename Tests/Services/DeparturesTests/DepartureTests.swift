import Base
import Crypto
import Departures
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

/// Departures that go well, and those that must not be said to.
@Suite struct DepartureTests {
    /// A world with an engine that does nothing by itself.
    private struct Bench {
        let offboard: OffboardWorld
        let registry: Registry
        let engine: WorkflowEngine
        let service: DepartureService
        var world: DepartureWorld { offboard.world }

        init(_ offboard: OffboardWorld) throws {
            self.offboard = offboard
            registry = try offboard.folder.open()
            let environment = try offboard.world.environment(registry)
            engine = WorkflowEngine(
                registry: registry,
                workflows: [
                    OffboardWorkflow(environment: environment), ErasureWorkflow(environment: environment),
                ], clock: offboard.folder.clock, random: SeededRandom(seed: 7), threads: 0)
            service = DepartureService(
                environment: environment, engine: engine, clock: offboard.folder.clock)
        }

        func drive() throws {
            while let due = try engine.runUntilIdle() {
                offboard.folder.clock.advance(
                    byMilliseconds: due.milliseconds(since: offboard.folder.clock.now()))
            }
        }
    }

    @Test func isNotGoneWhileABackupOfItIsLeft() throws {
        let bench = try Bench(try OffboardWorld(graceSeconds: 0))
        bench.world.backups.isStubborn.withLock { $0 = true }
        let run = try bench.offboard.start(bench.engine)
        try bench.drive()
        guard case .failed(let reason) = try bench.engine.get(run).state else {
            Issue.record("it says that it succeeded")
            return
        }
        #expect(reason.contains("backups: `b1` is still there"))
        let state = try bench.registry.require(TenantRecord.self, bench.world.leaver.id).state.name
        #expect(state == .offboarding)
        // When the obstacle is gone the same run goes on.
        bench.world.backups.isStubborn.withLock { $0 = false }
        try bench.engine.retry(run, actor: .system)
        try bench.drive()
        try bench.offboard.checkCompleted(bench.engine.get(run), registry: bench.registry)
    }

    @Test func theSearchFindsAnItemThatNoStepRemoved() throws {
        let offboard = try OffboardWorld(graceSeconds: 0)
        let world = offboard.world
        let registry = try offboard.folder.open()
        let id = world.leaver.id
        let placement = try registry.require(PlacementRecord.self, id)
        let engine = WorkflowEngine(
            registry: registry,
            workflows: [OffboardWorkflow(environment: try world.environment(registry))],
            clock: offboard.folder.clock, random: SeededRandom(seed: 7), threads: 0
        ) { boundary in
            guard boundary.step == "search", boundary.point == .before else { return }
            let store = try world.stores.store(placement.store)
            try store.setResident(id, to: Resident(epoch: 1, state: .active))
            try world.write(DepartureWorld.items(of: world.leaver)[0], placement)
            try store.removeResident(id)
        }
        let run = try offboard.start(engine)
        while let due = try engine.runUntilIdle() {
            offboard.folder.clock.advance(
                byMilliseconds: due.milliseconds(since: offboard.folder.clock.now()))
        }
        guard case .failed(let reason) = try engine.get(run).state else {
            Issue.record("it says that nothing remains")
            return
        }
        #expect(reason.contains("1 items in"), "\(reason)")
        #expect(try registry.read(RemovalReceipt.self, run) == nil)
    }

    @Test func anExportThatFailsKeepsTheTenant() throws {
        let bench = try Bench(try OffboardWorld())
        bench.world.archive.failure.withLock { $0 = "the disk is full" }
        let run = try bench.offboard.start(bench.engine)
        try bench.drive()
        let record = try bench.engine.get(run)
        #expect(record.state == .undone, "\(record.state)")
        try bench.offboard.checkUndone(record, registry: bench.registry)
    }

    @Test func aClockSetForwardDoesNotEndTheGracePeriod() throws {
        let bench = try Bench(try OffboardWorld(graceSeconds: 7200))
        _ = try bench.offboard.start(bench.engine)
        let due = try #require(try bench.engine.runUntilIdle())
        #expect(due.milliseconds(since: bench.offboard.folder.clock.now()) <= 3_600_000)
    }

    @Test func isKeptWithinTheGraceAndNotAfter() throws {
        let bench = try Bench(try OffboardWorld(graceSeconds: 7200))
        let id = bench.world.leaver.id
        let run = try bench.service.offboard(bench.offboard.input, actor: .system)
        // The first waits are those of the export.
        for _ in 0..<5 {
            guard let due = try bench.engine.runUntilIdle(), try bench.engine.get(run).step?.name != "grace"
            else { break }
            bench.offboard.folder.clock.advance(
                byMilliseconds: due.milliseconds(since: bench.offboard.folder.clock.now()))
        }
        #expect(try bench.engine.get(run).step?.name == "grace")
        #expect(try bench.service.keep(id, actor: .system) == run)
        try bench.drive()
        try bench.offboard.checkUndone(try bench.engine.get(run), registry: bench.registry)
        #expect(throws: DepartureError.notLeaving(id)) { try bench.service.keep(id, actor: .system) }

        let next = try bench.service.offboard(bench.offboard.input, actor: .system)
        try bench.drive()
        try bench.offboard.checkCompleted(try bench.engine.get(next), registry: bench.registry)
        #expect(throws: DepartureError.self) {
            try bench.service.offboard(bench.offboard.input, actor: .system)
        }
        #expect(try bench.service.receipts(of: id).receipts.map(\.id) == [next])
    }

    @Test func receiptsAreChainedAndAChangedOneIsFound() throws {
        let bench = try Bench(try OffboardWorld(graceSeconds: 0))
        let tenant = bench.world.leaver.id
        let school = bench.world.leaver.schools[0].id
        let first = try bench.service.erase(
            [ErasedKeys.Pattern(table: "student-table", partition: "TENANT#\(school)#STUDENT#2002")],
            from: tenant, reason: "request 3", actor: .system)
        try bench.drive()
        let second = try bench.service.offboard(bench.offboard.input, actor: .system)
        try bench.drive()
        let receipts = try bench.service.receipts(of: tenant).receipts
        #expect(receipts.map(\.id) == [first, second])
        #expect(receipts.map(\.number) == [1, 2])
        #expect(receipts[1].previousDigest == receipts[0].digest)
        let page = try bench.service.receipts(of: tenant, limit: 1)
        #expect(page.receipts.map(\.id) == [first])
        let rest = try bench.service.receipts(of: tenant, after: page.next, limit: 1)
        #expect(page.next != nil && rest.receipts.map(\.id) == [second])

        let keys = JSONWebKeySet([bench.world.key.publicKey])
        #expect(try ReceiptCheck(receipts[1].statement + "\n", keys: keys).receipt.tenant == tenant)
        let others = JSONWebKeySet([SigningKey.generate(now: Timestamp(milliseconds: 0)).publicKey])
        #expect(throws: TokenError.self) { _ = try ReceiptCheck(receipts[1].statement, keys: others) }
        var parts = receipts[1].statement.split(separator: ".").map(String.init)
        parts[1] = String(parts[1].dropLast(2)) + "AA"
        #expect(throws: TokenError.self) { _ = try ReceiptCheck(parts.joined(separator: "."), keys: keys) }
    }

    @Test func aPlanChangesNothingAndCountsEverything() throws {
        let bench = try Bench(try OffboardWorld())
        let plan = try bench.service.plan(bench.offboard.input)
        let count = DepartureWorld.items(of: bench.world.leaver).count
        #expect(plan.tables.reduce(0) { $0 + $1.extent.items } == count)
        #expect(plan.credentials == 1)
        #expect(plan.decisions == 1)
        #expect(plan.holdings.map(\.name) == ["b1", "b2"])
        #expect(plan.shared.map(\.name) == ["table backup 7"])
        #expect(try bench.registry.require(TenantRecord.self, bench.world.leaver.id).state == .active)
    }

    @Test func oneTenantThatCannotLeaveHoldsUpNoOther() throws {
        let bench = try Bench(try OffboardWorld(graceSeconds: 0))
        bench.world.backups.isStubborn.withLock { $0 = true }
        let stuck = try bench.offboard.start(bench.engine)
        try bench.drive()
        #expect(try bench.engine.get(stuck).state.name == "failed")
        bench.world.backups.isStubborn.withLock { $0 = false }
        let other = bench.world.neighbour.id
        let run = try bench.service.offboard(
            OffboardInput(tenant: other, reason: "merged", graceSeconds: 0), actor: .system)
        try bench.drive()
        #expect(try bench.engine.get(run).state == .completed)
    }

    @Test(arguments: [
        (
            #"{"offboarding":{"_0":{"reason":"r","run":"r01kabcdef012345","until":5}}}"#,
            TenantStateName.offboarding
        ),
        (#"{"gone":{"_0":{"at":5,"run":"r01kabcdef012345"}}}"#, .gone),
    ])
    func readsStatesOfTheVersionBefore(text: String, name: TenantStateName) throws {
        let state = try StateText.decode(text)
        #expect(state.name == name)
    }
}
