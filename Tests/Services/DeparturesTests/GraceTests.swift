import Base
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
import Workflows

/// The grace period is changed while it runs; what is taken along is kept for as long as was said.
@Suite struct GraceTests {
    private struct Bench {
        let offboard: OffboardWorld
        let registry: Registry
        let engine: WorkflowEngine
        let service: DepartureService
        var world: DepartureWorld { offboard.world }
        var tenant: TenantID { world.leaver.id }
        var clock: ManualClock { offboard.folder.clock }

        init(graceSeconds: Int, exportDays: Int? = nil, onBoundary: BoundaryHook? = nil) throws {
            offboard = try OffboardWorld(graceSeconds: graceSeconds, exportDays: exportDays)
            registry = try offboard.folder.open()
            let environment = try offboard.world.environment(registry)
            engine = WorkflowEngine(
                registry: registry, workflows: [OffboardWorkflow(environment: environment)],
                clock: offboard.folder.clock, random: SeededRandom(seed: 7), threads: 0,
                onBoundary: onBoundary)
            service = DepartureService(environment: environment, engine: engine, clock: offboard.folder.clock)
        }

        func begin() throws -> RunID {
            let run = try service.offboard(offboard.input, actor: .system)
            try drive(seconds: 60)
            #expect(try engine.get(run).step?.name == "grace")
            return run
        }

        /// Lets so much time pass.
        func drive(seconds: Int64) throws {
            let end = clock.now().advanced(bySeconds: seconds)
            while let due = try engine.runUntilIdle(), due <= end {
                clock.advance(byMilliseconds: max(1, due.milliseconds(since: clock.now())))
            }
            clock.advance(byMilliseconds: max(0, end.milliseconds(since: clock.now())))
            try engine.runUntilIdle()
        }

        func state() throws -> TenantStateName {
            try registry.require(TenantRecord.self, tenant).state.name
        }

        func change(_ seconds: Int) throws -> RunID {
            try service.changeGrace(
                of: tenant, toSeconds: seconds, reason: "they asked", actor: AuditActor("credential:a"))
        }
    }

    @Test func aLongerOneIsWaitedForAndAudited() throws {
        let bench = try Bench(graceSeconds: 7200)
        let run = try bench.begin()
        #expect(try bench.change(5 * 86_400) == run)
        // Sent again, it changes and says nothing more.
        #expect(try bench.change(5 * 86_400) == run)
        try bench.drive(seconds: 4 * 86_400)
        #expect(try bench.state() == .offboarding)
        #expect(try bench.engine.get(run).step?.name == "grace")
        var query = AuditQuery()
        query.action = .named("tenant.grace-changed")
        let entries = try bench.registry.audit(query).entries
        #expect(entries.count == 1)
        let begun = try bench.engine.get(run).createdAt
        #expect(entries.first?.actor.text == "credential:a")
        #expect(entries.first?.detail["reason"] == "they asked")
        #expect(entries.first?.before?["until"] == begun.advanced(bySeconds: 7200).iso8601)
        #expect(entries.first?.after?["until"] == begun.advanced(bySeconds: 5 * 86_400).iso8601)
        try bench.drive(seconds: 2 * 86_400)
        #expect(try bench.state() == .gone)
        let receipt = try bench.registry.require(RemovalReceipt.self, run)
        #expect(receipt.graceUntil == begun.advanced(bySeconds: 5 * 86_400))
    }

    @Test func aShorterOneEndsAtOnce() throws {
        let bench = try Bench(graceSeconds: 30 * 86_400)
        let run = try bench.begin()
        _ = try bench.change(0)
        // No clock has moved: the run was woken.
        try bench.engine.runUntilIdle()
        #expect(try bench.engine.get(run).step?.name != "grace")
        try bench.drive(seconds: 3600)
        #expect(try bench.state() == .gone)
    }

    @Test func oneThatIsMadeLongerAtTheLastMomentHolds() throws {
        // Between the end of the step that waits and that which closes the tenant.
        let late = LateChange()
        let bench = try Bench(graceSeconds: 7200) { boundary in
            if boundary.step == "seal", boundary.point == .before { try late.change() }
        }
        let run = try bench.begin()
        let (service, tenant) = (bench.service, bench.tenant)
        late.arm {
            _ = try service.changeGrace(
                of: tenant, toSeconds: 10 * 86_400, reason: "they asked", actor: .system)
        }
        try bench.drive(seconds: 2 * 86_400)
        #expect(late.isDone)
        #expect(try bench.engine.get(run).step?.name == "grace")
        #expect(try bench.state() == .offboarding)
        #expect(try bench.service.keep(bench.tenant, actor: .system) == run)
        try bench.drive(seconds: 60)
        #expect(try bench.state() == .active)
    }

    @Test func isRefusedWhereNothingCanBeChanged() throws {
        let bench = try Bench(graceSeconds: 7200)
        #expect(throws: DepartureError.notLeaving(bench.tenant)) { try bench.change(3600) }
        let run = try bench.begin()
        #expect(throws: DepartureError.self) { try bench.change(366 * 86_400) }
        #expect(throws: DepartureError.self) { try bench.change(-1) }
        try bench.engine.cancel(run, actor: .system)
        #expect(throws: DepartureError.graceOver(bench.tenant)) { try bench.change(3600) }
        try bench.drive(seconds: 60)
        #expect(throws: DepartureError.notLeaving(bench.tenant)) { try bench.change(3600) }
        let unknown = TenantID(random: SeededRandom(seed: 99))
        #expect(throws: DepartureError.noSuchTenant(unknown)) {
            try bench.service.changeGrace(of: unknown, toSeconds: 1, reason: "r", actor: .system)
        }
    }

    @Test(arguments: [(nil, 90), (7, 7)] as [(Int?, Int64)])
    func theReceiptSaysUntilWhenTheExportIsKept(days: Int?, expected: Int64) throws {
        let bench = try Bench(graceSeconds: 7200, exportDays: days)
        let run = try bench.begin()
        try bench.drive(seconds: 86_400)
        let receipt = try bench.registry.require(RemovalReceipt.self, run)
        let until = try #require(receipt.export?.keptUntil)
        // Counted from the removal, not from the day that it was made.
        let removed = until.advanced(bySeconds: -expected * 86_400)
        #expect(removed >= (try #require(receipt.graceUntil)) && removed <= receipt.finishedAt)
        #expect(receipt.remainders.first { $0.what == "export" }?.until == until)
        #expect(bench.world.archive.kept.withLock { $0[run] } == until)
    }

    @Test(arguments: [0, 3651]) func refusesDaysThatAreNone(days: Int) throws {
        let bench = try Bench(graceSeconds: 0, exportDays: days)
        #expect(throws: DepartureError.self) {
            try bench.service.offboard(bench.offboard.input, actor: .system)
        }
    }

    @Test func anExportThatWasRemovedKeepsTheTenant() throws {
        let bench = try Bench(graceSeconds: 7200)
        let run = try bench.begin()
        bench.world.archive.failure.withLock { $0 = "somebody has removed it" }
        try bench.drive(seconds: 86_400)
        #expect(try bench.engine.get(run).state == .undone)
        #expect(try bench.state() == .active)
    }
}
