import Base
import Dispatch
import GatewayTestKit
import Items
import Registry
import Synchronization
import Tables
import Tenancy
import Testing

@testable import Gateway

/// What of a tenant is served in which state, for callers who were there before.
@Suite struct StandingTests {
    private let deployment: TestDeployment
    private let caller: GatewayCaller
    private var own: TestDeployment.District { deployment.own }

    init() throws {
        deployment = try TestDeployment()
        caller = try deployment.caller(deployment.own)
        try write()
    }

    private func write(_ by: GatewayCaller? = nil) throws {
        let call = WriteItemCall(table: deployment.students, action: .put(deployment.student(of: own)))
        try deployment.gateway.writeItem(call, by: by ?? caller)
    }

    private func read(_ by: GatewayCaller? = nil) throws -> ItemImage? {
        let call = GetItemCall(table: deployment.students, key: deployment.key(of: own))
        return try deployment.gateway.getItem(call, by: by ?? caller).image
    }

    private func change(_ body: (inout TenantRecord) -> Void) throws {
        try deployment.registry.update(TenantRecord.self, own.tenant) { record, _ in body(&record) }
    }

    private let readOnly = TenantState.suspended(Suspension(reason: "unpaid", mode: .readOnly))

    @Test func aTenantThatMayOnlyReadReadsInEveryWay() throws {
        try deployment.setState(readOnly, of: own)
        #expect(try read() != nil)
        var query = ReadRangeCall(table: deployment.students)
        query.keyCondition = try deployment.equals("recordKey", own.studentKey)
        #expect(try deployment.gateway.readRange(query, by: caller).count == 1)
        let key = deployment.key(of: own)
        let batch = BatchGetTable(
            table: deployment.students, keys: [key], projection: nil, isConsistent: false)
        #expect(try deployment.gateway.batchGetItem([batch], by: caller).count == 1)
        let gets = [TransactGet(table: deployment.students, key: key)]
        #expect(try deployment.gateway.transactGet(gets, by: caller).images.count == 1)
        #expect(try !deployment.gateway.listTables(by: caller).isEmpty)
        #expect(try readAtOnce() == .found)
        try deployment.gateway.checkServed(own.tenant, school: own.school)
    }

    private func readAtOnce() throws -> Gateway.PointOutcome? {
        let buffer = ByteBuffer()
        let names = [("recordKey", own.studentKey), ("entityKey", "PROFILE")]
        var outcome: Gateway.PointOutcome?
        func attribute(_ index: Int, _ body: (PointKey.Attribute) -> Void) {
            Array(names[index].0.utf8).withUnsafeBytes { name in
                Array(names[index].1.utf8).withUnsafeBytes {
                    body(PointKey.Attribute(name: name, value: $0))
                }
            }
        }
        attribute(0) { first in
            attribute(1) { second in
                Array("student-table".utf8).withUnsafeBytes { table in
                    outcome = deployment.gateway.readAtOnce(
                        table, PointKey(first, second), isConsistent: true, by: caller,
                        at: deployment.clock.now(), monotonic: deployment.clock.monotonicNanoseconds(),
                        into: buffer)
                }
            }
        }
        return outcome
    }

    @Test func aTenantThatMayOnlyReadWritesInNoWay() throws {
        let refused = GatewayError.notServed("The tenant of this session is suspended and may only read")
        let item = deployment.student(of: own, note: "late")
        let key = deployment.key(of: own)
        try deployment.setState(readOnly, of: own)
        let actions: [WriteItemCall.Action] = [
            .put(item), .update(key: key, try deployment.setting("note", to: .string("late"))),
            .delete(key: key),
        ]
        for action in actions {
            for isStatement in [false, true] {
                var call = WriteItemCall(table: deployment.students, action: action)
                call.isStatement = isStatement
                #expect(throws: refused) { try deployment.gateway.writeItem(call, by: caller) }
            }
        }
        #expect(throws: refused) {
            try deployment.gateway.batchWriteItem(
                [BatchWrite(table: deployment.students, action: .put(item))], by: caller)
        }
        for kind in [TransactWriteCall.Action.Kind.put(item), .delete(key: key), .check(key: key)] {
            #expect(throws: refused) {
                try deployment.gateway.transactWrite(
                    [TransactWriteCall.Action(table: deployment.students, kind: kind)], by: caller)
            }
        }
        #expect(try read()?.item()["note"] == .string("secret"))
        try deployment.setState(.active, of: own)
        try write()
    }

    @Test func aWriteThatWaitedForAMoveIsRefusedWhereTheTenantMayOnlyReadNow() throws {
        try deployment.store().setResident(own.tenant, to: Resident(epoch: 1, state: .fenced))
        let answer = Answer()
        let call = WriteItemCall(
            table: deployment.students, action: .put(deployment.student(of: own, note: "late")))
        deployment.gateway.writeItem(call, by: caller) { answer.set($0.map { _ in () }) }
        // What was submitted before is decided when this returns.
        try deployment.store().setResident(own.tenant, to: Resident(epoch: 1, state: .fenced))
        #expect(answer.isEmpty)
        try deployment.setState(readOnly, of: own)
        try deployment.store().setResident(own.tenant, to: Resident(epoch: 2, state: .active))
        try deployment.registry.update(PlacementRecord.self, own.tenant) { placement, _ in
            placement.epoch = 2
        }
        #expect(
            answer.waited() == .notServed("The tenant of this session is suspended and may only read"))
        #expect(try read()?.item()["note"] == .string("secret"))
    }

    // MARK: Schools

    @Test func aClosedSchoolIsRefusedAndItsDistrictIsNot() throws {
        try change { $0.schools[0].state = .closed(reason: "merged") }
        let refused = GatewayError.notServed("The school of this session is closed")
        #expect(throws: refused) { try read() }
        #expect(throws: refused) { try write() }
        #expect(try readAtOnce() == nil)
        #expect(throws: refused) { try deployment.gateway.checkServed(own.tenant, school: own.school) }
        try deployment.gateway.checkServed(own.tenant, school: nil)
        let district = try GatewaySession(
            tenant: own.tenant, school: own.tenant.text, role: "teacher", name: "test",
            tags: [("tenant_id", own.tenant.text), ("school_id", own.tenant.text), ("role", "teacher")],
            issuedAt: deployment.clock.now(), expiresAt: deployment.clock.now().advanced(bySeconds: 3600))
        let caller = GatewayCaller(session: district, remoteAddress: "192.0.2.1", isSecure: false)
        caller.begin(district, region: Array("us-east-1".utf8)[...])
        #expect(try !deployment.gateway.listTables(by: caller).isEmpty)
        try change { $0.schools[0].state = .open }
        #expect(try read() != nil)
    }

    @Test func aSchoolThatIsMovedReadsAndItsWritesAreToBeTriedAgain() throws {
        try change { $0.schools[0].state = .moving(RunID(random: SeededRandom(seed: 1))) }
        #expect(try read() != nil)
        let refused = GatewayError.waitedTooLong(
            "a write of school \(own.school) is refused until it has moved")
        #expect(throws: refused) { try write() }
        // Another school of the same district writes on.
        let other = SchoolID(random: SeededRandom(seed: 5))
        try change {
            $0.schools.append(
                SchoolRecord(id: other, name: "Other", createdAt: Timestamp(milliseconds: 0)))
        }
        let sibling = TestDeployment.District(tenant: own.tenant, school: other)
        let call = WriteItemCall(
            table: deployment.students, action: .put(deployment.student(of: sibling)))
        try deployment.gateway.writeItem(call, by: try deployment.caller(sibling))
    }

    @Test func aSchoolsOldSessionsAreRefusedWhenItHasLeftAndServedWhenItComesBack() throws {
        let leaver = try deployment.registry.require(TenantRecord.self, own.tenant).schools[0]
        let left = FormerSchool(id: leaver.id, leftAt: deployment.clock.now())
        try change {
            $0.schools = []
            $0.formerSchools = [left]
        }
        try deployment.registry.update(TenantRecord.self, deployment.other.tenant) { record, _ in
            record.schools.append(leaver)
        }
        let refused = GatewayError.notServed("The school of this session does not belong to its tenant")
        #expect(throws: refused) { try read() }
        #expect(throws: refused) { try write() }
        #expect(try readAtOnce() == nil)
        #expect(throws: refused) { try deployment.gateway.listTables(by: caller) }
        #expect(throws: refused) { try deployment.gateway.checkServed(own.tenant, school: own.school) }
        let new = TestDeployment.District(tenant: deployment.other.tenant, school: own.school)
        #expect(try read(try deployment.caller(new)) != nil)
        try deployment.gateway.checkServed(deployment.other.tenant, school: own.school)
        // The new tenant's other school sees nothing of it.
        let call = GetItemCall(table: deployment.students, key: deployment.key(of: own))
        #expect(throws: GatewayError.self) {
            try deployment.gateway.getItem(call, by: try deployment.caller(deployment.other))
        }
        try deployment.registry.update(TenantRecord.self, deployment.other.tenant) { record, _ in
            record.schools.removeLast()
        }
        try change { $0.schools = [leaver] }
        #expect(try read() != nil)
    }

    // MARK: Limits

    @Test func anOverrideHoldsAtOnceAndTheTiersWordAfterIt() throws {
        let slow = try TestDeployment(writeUnits: 1)
        let caller = try slow.caller(slow.own)
        let call = WriteItemCall(table: slow.students, action: .put(slow.student(of: slow.own)))
        // The budget for a burst is spent.
        for _ in 0..<Limits.burstSeconds { try slow.gateway.writeItem(call, by: caller) }
        #expect(throws: GatewayError.self) { try slow.gateway.writeItem(call, by: caller) }
        let end = slow.clock.now().advanced(bySeconds: 2)
        try slow.registry.update(TenantRecord.self, slow.own.tenant) { record, _ in
            record.overrides = [
                LimitOverride(limit: .writeUnits, value: 1000, until: end, reason: "exams")
            ]
        }
        slow.clock.advance(byMilliseconds: 100)
        for _ in 0..<100 { try slow.gateway.writeItem(call, by: caller) }
        slow.clock.advance(byMilliseconds: 1900)
        try slow.registry.update(TenantRecord.self, slow.own.tenant) { record, _ in
            record.overrides = []
        }
        #expect(throws: GatewayError.self) {
            for _ in 0..<(2 * Limits.burstSeconds) { try slow.gateway.writeItem(call, by: caller) }
        }
    }
}

/// An answer that may come later.
private final class Answer: Sendable {
    private let result = Mutex<Result<Void, GatewayError>?>(nil)
    private let answered = DispatchSemaphore(value: 0)

    var isEmpty: Bool { result.withLock { $0 == nil } }

    var error: GatewayError? {
        result.withLock { result in
            guard case .failure(let error)? = result else { return nil }
            return error
        }
    }

    /// The error, once there is an answer.
    func waited() -> GatewayError? {
        answered.wait()
        return error
    }

    func set(_ new: Result<Void, GatewayError>) {
        result.withLock { $0 = new }
        answered.signal()
    }
}
