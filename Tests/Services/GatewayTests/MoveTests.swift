import Base
import Dispatch
import GatewayTestKit
import Items
import LocalTables
import Registry
import Synchronization
import Tables
import Testing

@testable import Gateway

/// Writes and reads while a tenant moves.
struct MoveTests {
    /// A write under way, whose answer can be waited for.
    private final class Pending: Sendable {
        private let answered = DispatchSemaphore(value: 0)
        private let result = Mutex<Result<WriteItemResult, GatewayError>?>(nil)

        init(_ deployment: TestDeployment, _ caller: GatewayCaller, note: String) {
            let call = WriteItemCall(
                table: deployment.students, action: .put(deployment.student(of: deployment.own, note: note)))
            deployment.gateway.writeItem(call, by: caller) { [self] result in
                self.result.withLock { $0 = result }
                answered.signal()
            }
        }

        var isAnswered: Bool { result.withLock { $0 != nil } }

        func wait() throws -> WriteItemResult {
            answered.wait()
            return try #require(result.withLock { $0 }).get()
        }
    }

    private static func note(_ deployment: TestDeployment, in store: StoreID) throws -> String? {
        try deployment.find(deployment.key(of: deployment.own), in: "student-table", store: store)?["note"]?
            .string
    }

    /// Ends the parking of all writes that are under way: what was submitted before is decided when this
    /// returns.
    private static func settle(_ deployment: TestDeployment) throws {
        let tenant = deployment.own.tenant
        let standing = try #require(try deployment.store().resident(tenant))
        try deployment.store().setResident(tenant, to: standing)
    }

    @Test func holdsAWriteBackAndSendsItToTheNewPlace() throws {
        let deployment = try TestDeployment()
        let tenant = deployment.own.tenant
        try deployment.store().setResident(tenant, to: Resident(epoch: 1, state: .fenced))
        let pending = try Pending(deployment, deployment.caller(deployment.own), note: "moved")
        try Self.settle(deployment)
        #expect(!pending.isAnswered)

        try deployment.store(TestDeployment.target).setResident(
            tenant, to: Resident(epoch: 2, state: .active))
        try deployment.place(deployment.own, in: TestDeployment.target, epoch: 2)
        _ = try pending.wait()
        #expect(try Self.note(deployment, in: TestDeployment.target) == "moved")
        #expect(try Self.note(deployment, in: TestDeployment.pool) == nil)
        #expect(deployment.gateway.metrics.parked.value == 1)
    }

    @Test func goesOnAtTheOldPlaceWhenTheFenceIsLiftedWithoutAnAnnouncement() throws {
        let deployment = try TestDeployment()
        let tenant = deployment.own.tenant
        try deployment.store().setResident(tenant, to: Resident(epoch: 1, state: .fenced))
        let caller = try deployment.caller(deployment.own)
        let pending = (0..<5).map { Pending(deployment, caller, note: "write \($0)") }
        try Self.settle(deployment)
        #expect(pending.allSatisfy { !$0.isAnswered })

        try deployment.store().setResident(tenant, to: Resident(epoch: 1, state: .active))
        for write in pending { _ = try write.wait() }
        #expect(try Self.note(deployment, in: TestDeployment.pool)?.hasPrefix("write ") == true)
        #expect(deployment.gateway.metrics.parked.value == 5)
    }

    @Test func waitsForAnAnnouncementWhereTheStoreKnowsOfTheSwitchFirst() throws {
        let deployment = try TestDeployment()
        let tenant = deployment.own.tenant
        guard let run = RunID("r000000000000000") else { return }
        try deployment.store().setResident(tenant, to: Resident(epoch: 2, state: .kept(run)))
        let pending = try Pending(deployment, deployment.caller(deployment.own), note: "moved")
        try Self.settle(deployment)
        #expect(!pending.isAnswered)
        try deployment.store(TestDeployment.target).setResident(
            tenant, to: Resident(epoch: 3, state: .active))
        try deployment.place(deployment.own, in: TestDeployment.target, epoch: 3)
        _ = try pending.wait()
        #expect(try Self.note(deployment, in: TestDeployment.target) == "moved")
    }

    @Test func givesUpWithAnErrorThatClientsTryAgainAfter() throws {
        let deployment = try TestDeployment()
        try deployment.store().setResident(deployment.own.tenant, to: Resident(epoch: 1, state: .fenced))
        let pending = try Pending(deployment, deployment.caller(deployment.own), note: "never")
        deployment.clock.advance(byMilliseconds: Int64(Limits.parkedWriteMillisecondsMax))
        #expect(
            throws: GatewayError.waitedTooLong(
                "a write of tenant \(deployment.own.tenant) waited too long for its move")
        ) { try pending.wait() }
        #expect(try Self.note(deployment, in: TestDeployment.pool) == nil)
    }

    @Test func holdsSoManyWritesAndNoMore() throws {
        let deployment = try TestDeployment(writeUnits: 1_000_000)
        let tenant = deployment.own.tenant
        try deployment.store().setResident(tenant, to: Resident(epoch: 2, state: .fenced))
        let caller = try deployment.caller(deployment.own)
        let held = (0..<Limits.parkedWritesPerTenantMax).map {
            Pending(deployment, caller, note: "\($0)")
        }
        try Self.settle(deployment)
        let refused = Pending(deployment, caller, note: "one more")
        #expect(
            throws: GatewayError.waitedTooLong(
                "more writes of tenant \(tenant) wait for its move than are held")
        ) { try refused.wait() }
        try deployment.store().setResident(tenant, to: Resident(epoch: 3, state: .active))
        try deployment.registry.update(PlacementRecord.self, tenant) { placement, _ in
            placement.epoch = 3
        }
        for write in held { _ = try write.wait() }
        #expect(deployment.gateway.metrics.parkedNow.value == 0)
    }

    @Test func readsGoOnDuringTheFence() throws {
        let deployment = try TestDeployment()
        try deployment.plant(deployment.student(of: deployment.own), in: "student-table")
        try deployment.store().setResident(deployment.own.tenant, to: Resident(epoch: 1, state: .fenced))
        let found = try deployment.gateway.getItem(
            GetItemCall(table: deployment.students, key: deployment.key(of: deployment.own)),
            by: try deployment.caller(deployment.own))
        #expect(found.image != nil)
    }

    /// The old store is gone at once, and a request goes by the old placement until the new one is announced.
    @Test func aRequestThatMeetsARemovedStoreIsRoutedAnew() throws {
        let deployment = try TestDeployment()
        let tenant = deployment.own.tenant
        let key = deployment.key(of: deployment.own)
        try deployment.plant(
            deployment.student(of: deployment.own), in: "student-table", store: TestDeployment.target)
        let old = try deployment.gateway.route(of: tenant)
        try deployment.store(TestDeployment.target).setResident(
            tenant, to: Resident(epoch: 2, state: .active))
        try deployment.place(deployment.own, in: TestDeployment.target, epoch: 2)
        try deployment.stores.remove(TestDeployment.pool)

        let encoded = try deployment.students.schema.key.key(ofKey: key)
        let row: ItemRow? = try Waiting.forResult { completion in
            deployment.gateway.get(encoded, deployment.students, old, completion: completion)
        }
        #expect(row != nil)
        let caller = try deployment.caller(deployment.own)
        let outcomes: [WriteOutcome] = try Waiting.forResult { completion in
            let write = LogicalWrite(
                table: deployment.students, key: encoded, action: .delete, condition: nil)
            WriteJob(deployment.gateway, .single, [write], by: caller, completion: completion).run(old)
        }
        #expect(outcomes.first?.old != nil)
        #expect(deployment.gateway.metrics.rerouted.value >= 2)
    }

    /// What lies at the old place may be cleaned up already: a missing item there proves nothing.
    @Test func anAnswerFromAPlaceTheTenantHasLeftDoesNotCount() throws {
        let deployment = try TestDeployment()
        let tenant = deployment.own.tenant
        try deployment.plant(
            deployment.student(of: deployment.own), in: "student-table", store: TestDeployment.target)
        let old = try deployment.gateway.route(of: tenant)
        try deployment.place(deployment.own, in: TestDeployment.target, epoch: 2)
        let encoded = try deployment.students.schema.key.key(ofKey: deployment.key(of: deployment.own))
        let row: ItemRow? = try Waiting.forResult { completion in
            deployment.gateway.get(encoded, deployment.students, old, completion: completion)
        }
        #expect(row != nil)
        var range = ReadRange(table: deployment.students.name)
        range.partition = encoded.partition
        let page: ReadPage = try Waiting.forResult { [range] completion in
            deployment.gateway.read(range, deployment.students, old, completion: completion)
        }
        #expect(page.rows.count == 1)
    }
}
