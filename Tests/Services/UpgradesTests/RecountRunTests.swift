import Base
import FoundationEssentials
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

@testable import Upgrades

/// A count that somebody asks for is a run.
@Suite struct RecountRunTests {
    private static let person = AuditActor("person:ada")

    /// A district with a few items.
    private func district(_ world: RecountWorld) throws -> TenantRecord {
        _ = try world.startOnboarding("Springfield", schools: ["Lincoln"])
        try world.drive()
        let tenant = try #require(try world.active().first)
        for number in 0..<20 {
            try world.write(student: number, of: tenant.schools[0].id, note: 5, by: tenant.id)
        }
        try world.meter.collect()
        return tenant
    }

    private func start(_ tenant: TenantID, _ world: RecountWorld, key: String? = nil) throws -> RunID {
        try world.desk.startRecount(tenant, by: world.engine, actor: Self.person, idempotencyKey: key)
    }

    private func result(_ run: RunID, _ world: RecountWorld) throws -> RecountResult {
        let text = try #require(try world.engine.get(run).result)
        return try JSONDecoder().decode(RecountResult.self, from: Data(text.utf8))
    }

    private func corrections(_ world: RecountWorld) throws -> [AuditEntry] {
        try world.registry.list(AuditEntry.self).records.filter { $0.action == "usage.corrected" }
    }

    @Test func whatWasCountedIsTheRunsResultAndACorrectionHasItsEntry() throws {
        let world = try RecountWorld()
        let tenant = try district(world)
        let first = try start(tenant.id, world)
        try world.drive()
        let counted = try result(first, world)
        let extent = try world.extent(of: tenant)
        #expect(counted.isFirst && counted.counted == extent)
        // What the meter says is off by two items.
        var hour = try #require(try world.meter.hour(of: tenant.id))
        hour.items -= 2
        world.meter.forget(tenant.id)
        try world.usage.put([hour])
        let second = try start(tenant.id, world)
        try world.drive()
        #expect(
            try world.engine.get(second).state == .completed && world.engine.get(second).tenant == tenant.id)
        #expect(try result(second, world).drift == Extent(items: 2))
        #expect(try world.meter.hour(of: tenant.id)?.items == extent.items)
        let entries = try corrections(world)
        #expect(entries.map(\.actor) == [Self.person] && entries.map(\.tenant) == [tenant.id])
        #expect(entries.map { $0.detail["run"] } == [second.text])
        #expect(entries.map { $0.after?["items"] } == [String(extent.items)])
    }

    @Test func itShowsHowFarItIsAndEndsWhereItIsCancelled() throws {
        let world = try RecountWorld()
        let tenant = try district(world)
        let run = try start(tenant.id, world)
        let shown = Mutex<[RunProgress]>([])
        world.rest { [unowned world] in
            let count = try shown.withLock { shown in
                if let progress = try world.engine.get(run).progress { shown.append(progress) }
                return shown.count
            }
            if count == 3 { try world.engine.cancel(run, actor: Self.person) }
        }
        try world.drive()
        world.rest(nil)
        #expect(try world.engine.get(run).state == .undone)
        #expect(shown.withLock { $0.map(\.done) } == [3, 6, 9])
        #expect(shown.withLock { $0.allSatisfy { $0.total.map { $0 >= 20 } ?? false } })
        #expect(
            try world.meter.hour(of: tenant.id)?.recount == nil, "what was counted by then is not taken over")
        let again = try start(tenant.id, world)
        try world.drive()
        #expect(try result(again, world).counted.items == world.extent(of: tenant).items)
    }

    @Test(arguments: [StepFault.throwsBefore, .throwsAfter, .performsTwice])
    func oneThatWasCutShortCountsAnew(fault: StepFault) throws {
        let world = try RecountWorld(fault: fault)
        let tenant = try district(world)
        let run = try start(tenant.id, world)
        try world.drive()
        #expect(try world.engine.get(run).state == .completed)
        #expect(try result(run, world).counted == world.extent(of: tenant))
        #expect(try world.recounter().recount(tenant.id).drift == Extent())
    }

    @Test func oneOfATenantIsUnderWayAtATime() throws {
        let world = try RecountWorld()
        let tenant = try district(world)
        let first = try start(tenant.id, world, key: "one")
        #expect(throws: WorkflowError.locked(by: first, lock: RecountWorkflow.runKind)) {
            try start(tenant.id, world)
        }
        #expect(try start(tenant.id, world, key: "one") == first)
        try world.drive()
        let second = try start(tenant.id, world)
        try world.drive()
        #expect(try result(second, world).drift == Extent())
    }

    @Test func whereThereIsNothingToCountNoRunIsStarted() throws {
        let world = try RecountWorld()
        let tenant = try district(world)
        let stranger = TenantID(random: SeededRandom(seed: 5))
        for key in [nil, "one"] {
            #expect(throws: UsageError.noSuchTenant(stranger.text)) { try start(stranger, world, key: key) }
        }
        try world.registry.update(TenantRecord.self, tenant.id) { record, _ in record.state = .onboarding }
        #expect(throws: UsageError.nothingToCount(tenant.id)) { try start(tenant.id, world) }
        #expect(try world.engine.list(RunFilter(kind: RecountWorkflow.runKind), limit: 10).records == [])
    }
}
