import Base
import LocalTables
import Reconciliation
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

@Suite struct ReconcileRunTests {
    private static let operatorActor = AuditActor.credential("k")

    private func run(
        _ wish: ReconcileWish, _ desk: ReconcileDesk, _ world: ReconcileWorld
    ) throws -> RunRecord {
        let run = try desk.start(wish, actor: Self.operatorActor)
        try world.drive()
        return try world.engine.get(run)
    }

    /// Two districts whose writes are held back.
    private func fenced(_ world: ReconcileWorld) throws -> [TenantID] {
        let tenants = Array(try world.populate().prefix(2))
        for tenant in tenants {
            try world.store(of: tenant).setResident(tenant, to: .init(epoch: 1, state: .fenced))
        }
        return tenants
    }

    private func isRepaired(_ tenants: [TenantID], _ world: ReconcileWorld) throws -> Bool {
        try tenants.allSatisfy { tenant in
            try world.store(of: tenant).resident(tenant) == .init(epoch: 2, state: .active)
        }
    }

    private func repairs(_ world: ReconcileWorld) throws -> [AuditEntry] {
        try world.registry.list(AuditEntry.self).records.filter { $0.action == "reconcile.repaired" }
    }

    @Test func aDeepLookIsARunThatChangesNothingAndLeavesItsReport() throws {
        let world = try ReconcileWorld()
        let tenants = try fenced(world)
        let desk = world.desk()
        let started = try desk.start(ReconcileWish(deep: true), actor: Self.operatorActor)
        #expect(try desk.report(of: started) == nil)
        try world.drive()
        let run = try world.engine.get(started)
        #expect(run.state == .completed && run.actor == Self.operatorActor && run.tenant == nil)
        #expect(run.result == #"{"done":0,"failures":0,"findings":2,"isClean":false,"unfinished":0}"#)
        let report = try #require(try desk.report(of: started))
        #expect(report.findings.map(\.kind) == [.fenceLeft, .fenceLeft] && report.done == [])
        #expect(try !isRepaired(tenants, world) && repairs(world) == [])
        // What it is started with names no repair, so it keeps nobody from one.
        #expect(try self.run(ReconcileWish(repair: true), desk, world).state == .completed)
    }

    @Test func aRepairCarriesWhoAskedAndTheRunIntoTheAuditLog() throws {
        let world = try ReconcileWorld()
        let tenants = try fenced(world)
        let desk = world.desk()
        let run = try run(ReconcileWish(deep: true, repair: true), desk, world)
        #expect(try run.state == .completed && isRepaired(tenants, world))
        let report = try #require(try desk.report(of: run.id))
        #expect(report.isClean && Set(report.done.map(\.subject)) == Set(tenants.map(\.text)))
        let entries = try repairs(world)
        #expect(entries.count == 2 && entries.allSatisfy { $0.actor == Self.operatorActor })
        #expect(entries.allSatisfy { $0.detail["run"] == run.id.text })
        #expect(try world.registry.list(RunLock.self).records == [])
    }

    /// Cut short behind all it does, or carried out twice: what was put right is put right once, and told.
    @Test(arguments: [StepFault.throwsBefore, .throwsAfter, .performsTwice])
    func whatACrashCutsShortIsDoneOnceAndToldInTheReport(fault: StepFault) throws {
        let world = try ReconcileWorld(fault: fault)
        let tenants = try fenced(world)
        let desk = world.desk()
        let run = try run(ReconcileWish(repair: true), desk, world)
        #expect(try run.state == .completed && isRepaired(tenants, world))
        let report = try #require(try desk.report(of: run.id))
        #expect(Set(report.done.map(\.subject)) == Set(tenants.map(\.text)) && report.isClean)
        #expect(try repairs(world).count == 2)
    }

    @Test func aRemovalThatWasCutShortDoesNotMissWhatItHasRemoved() throws {
        let world = try ReconcileWorld(fault: .throwsAfter)
        _ = try world.populate()
        let stray = try #require(StoreID("pool-basic-9"))
        _ = try world.stores.create(stray, tables: [])
        let desk = world.desk()
        let run = try run(ReconcileWish(remove: ["store-file-stray:pool-basic-9"]), desk, world)
        #expect(try run.state == .completed && !world.stores.list().contains(stray))
        #expect(try desk.report(of: run.id)?.done.map(\.subject) == ["pool-basic-9"])
    }

    @Test func aLockThatACrashHasLeftIsTheRunsOwn() throws {
        let world = try ReconcileWorld()
        let tenants = try fenced(world)
        let desk = world.desk()
        let started = try desk.start(ReconcileWish(repair: true), actor: Self.operatorActor)
        try world.insert(RunLock(id: RunLock.ID(tenant: tenants[0], name: "place"), run: started))
        try world.drive()
        #expect(try world.engine.get(started).state == .completed && isRepaired(tenants, world))
        #expect(try world.registry.list(RunLock.self).records == [])
    }

    @Test func oneThatIsCancelledEndsBeforeTheNextRepairAndLeavesNoMark() throws {
        let world = try ReconcileWorld()
        let tenants = try fenced(world)
        let started = Mutex<RunID?>(nil)
        let engine = world.engine
        let desk = world.desk(looks: [
            { [weak engine] _ in
                if let run = started.withLock({ $0 }) { try engine?.cancel(run, actor: .system) }
                return []
            }
        ])
        let run = try desk.start(ReconcileWish(repair: true), actor: Self.operatorActor)
        // As a crash in the midst of a repair leaves it.
        try world.insert(RunLock(id: RunLock.ID(tenant: tenants[0], name: "place"), run: run))
        started.withLock { $0 = run }
        try world.drive()
        started.withLock { $0 = nil }
        #expect(try world.engine.get(run).state == .undone && desk.report(of: run) == nil)
        #expect(try !isRepaired(tenants, world) && world.registry.list(RunLock.self).records == [])
        #expect(try self.run(ReconcileWish(repair: true), desk, world).state == .completed)
        #expect(try isRepaired(tenants, world))
    }

    /// Wherever it is asked to end it does, with figures that only grow within a part.
    @Test func aLookCanBeEndedBetweenAnyTwoStoresAndTables() throws {
        let world = try ReconcileWorld()
        _ = try world.populate()
        var asked = 0
        var shown: [ReconcileProgress] = []
        let watch = ReconcileWatch(
            shouldStop: {
                asked += 1
                return false
            }, show: { shown.append($0) })
        #expect(try world.reconciler().survey(.deep, watch: watch).isClean)
        #expect(shown.last.map { ($0.part == .tables, $0.done, $0.total) } ?? (false, 0, 0) == (true, 4, 4))
        #expect(shown.contains { $0.part == .stores && $0.done == 2 && $0.total == 2 })
        // Each of two stores, when it is asked, for its tables and for its items, and each of its owners.
        #expect(asked > 10)
        for limit in 0..<asked {
            var left = limit
            let short = ReconcileWatch(shouldStop: {
                left -= 1
                return left < 0
            })
            #expect(throws: (any Error).self, "\(limit)") {
                try world.reconciler().survey(.deep, watch: short)
            }
        }
    }

    @Test func oneRunAtATimePutsSomethingRight() throws {
        let world = try ReconcileWorld()
        _ = try fenced(world)
        let desk = world.desk()
        let wish = ReconcileWish(repair: true)
        let first = try desk.start(wish, actor: Self.operatorActor, idempotencyKey: "one")
        #expect(throws: ReconcileError.repairUnderWay(first)) {
            try desk.start(ReconcileWish(remove: ["file-stray"]), actor: Self.operatorActor)
        }
        // The same request once more is the same run, and a look disturbs nobody.
        #expect(try desk.start(wish, actor: Self.operatorActor, idempotencyKey: "one") == first)
        let look = try desk.start(ReconcileWish(deep: true), actor: Self.operatorActor)
        try world.drive()
        #expect(try [first, look].allSatisfy { try world.engine.get($0).state == .completed })
        #expect(try run(ReconcileWish(repair: true), desk, world).state == .completed)
    }

    @Test func whatIsNotFoundOrNotToBeRemovedEndsTheRunWithTheReason() throws {
        let world = try ReconcileWorld()
        _ = try fenced(world)
        let desk = world.desk()
        #expect(throws: ReconcileError.notFound("nonsense:x")) {
            try desk.start(ReconcileWish(remove: ["nonsense:x"]), actor: Self.operatorActor)
        }
        let run = try run(ReconcileWish(remove: ["items-stray:nothing"]), desk, world)
        #expect(run.state == .undone)
        #expect(run.notes.last?.text == ReconcileError.notFound("items-stray:nothing").description)
        #expect(try self.run(ReconcileWish(repair: true), desk, world).state == .completed)
    }

    @Test func aReportIsKeptAsLongAsItsRun() throws {
        let world = try ReconcileWorld()
        let desk = world.desk()
        let run = try run(ReconcileWish(deep: true), desk, world).id
        #expect(try desk.report(of: run) != nil)
        world.folder.clock.advance(byMilliseconds: 100_000)
        #expect(try world.engine.prune(olderThanSeconds: 60) == 1)
        #expect(try desk.report(of: run) == nil)
        #expect(try world.registry.list(ReconcileRecord.self).records == [])
    }

    /// More than a record holds, in number and in bytes.
    @Test(arguments: [("", 1000), (String(repeating: "\u{1}", count: 200), 20)])
    func whatAReportHasNoRoomForIsCounted(filling: String, leastNamed: Int) throws {
        let world = try ReconcileWorld()
        let count = Limits.reconcileFindingsMax + 50
        for number in 0..<count {
            try world.insert(
                IdempotencyRecord(key: "\(number)" + filling, run: RunID(random: world.random)))
        }
        let desk = world.desk()
        let look = try run(ReconcileWish(deep: true), desk, world).id
        let found = try #require(try desk.report(of: look))
        #expect(found.findings.count >= leastNamed && found.findings.count + found.more.findings == count)
        let repair = try run(ReconcileWish(repair: true), desk, world)
        let report = try #require(try desk.report(of: repair.id))
        #expect(repair.state == .completed && report.isClean)
        #expect(report.done.count > 10 && report.done.count + report.more.done == count)
        #expect(try repairs(world).count > 0)
        #expect(try world.registry.list(IdempotencyRecord.self).records == [])
    }

    /// A store that there was no time to ask may have the items: nothing is repaired over that.
    @Test func aResidentThatMayBeInAStoreNotLookedIntoIsLeftToAPerson() throws {
        let world = try ReconcileWorld()
        let tenant = try world.populate()[0]
        try world.store(of: tenant).removeResident(tenant)
        let clock = world.folder.clock
        let late = ReconcileWatch(show: {
            if $0.part == .stores, $0.done == 1 { clock.advance(byMilliseconds: 11_000) }
        })
        let hurried = try world.reconciler().survey(.stores, watch: late)
        #expect(hurried.findings.map(\.kind) == [.residentMissing])
        #expect(hurried.findings.map(\.remedy.name) == ["by-hand"], "\(hurried.findings)")
        #expect(hurried.unfinished.contains { $0.hasPrefix("premium-") }, "\(hurried.unfinished)")
        #expect(try world.reconciler().survey(.stores).findings.map(\.remedy.name) == ["repair"])
    }

    /// Not found may mean not looked at.
    @Test func whatWasBegunIsDoneOnlyWhereAllWasLookedAtAgain() throws {
        let world = try ReconcileWorld()
        _ = try world.populate()
        let wish = ReconcileWish(deep: true, remove: [FindingKind.itemsStray.rawValue])
        let begun = Finding(
            kind: .itemsStray, subject: "gone", problem: "items of nobody", remedy: .removal("removes them"))
        func report(secondsMax: Int?) throws -> ReconcileReport {
            try world.reconciler(secondsMax: secondsMax).carryOut(wish, actor: .system, begun: [begun])
        }
        let whole = try report(secondsMax: nil)
        #expect(whole.done == [begun] && whole.isClean && whole.failures == [])
        let hurried = try report(secondsMax: 0)
        #expect(!hurried.unfinished.isEmpty && hurried.done == [] && hurried.findings == [begun])
        #expect(hurried.failures.map(\.finding) == [begun.id])
    }
}
