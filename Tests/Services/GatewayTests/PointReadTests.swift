import Base
import GatewayTestKit
import Items
import Registry
import Tables
import Testing

@testable import Gateway

/// The short way of a GetItem: it says yes where `getItem` does, with the same bytes, and else leaves the answer to it.
struct PointReadTests {
    private let deployment: TestDeployment
    private let caller: GatewayCaller

    init() throws {
        deployment = try TestDeployment(readUnits: 1)
        caller = try deployment.caller(deployment.own)
    }

    private func read(
        _ names: [(String, String)], table: String = "student-table", by other: GatewayCaller? = nil
    ) -> (outcome: Gateway.PointOutcome?, bytes: [UInt8]) {
        let buffer = ByteBuffer()
        func attribute(_ index: Int, _ body: (PointKey.Attribute?) -> Void) {
            guard names.indices.contains(index) else { return body(nil) }
            Array(names[index].0.utf8).withUnsafeBytes { name in
                Array(names[index].1.utf8).withUnsafeBytes {
                    body(PointKey.Attribute(name: name, value: $0))
                }
            }
        }
        var outcome: Gateway.PointOutcome?
        attribute(0) { first in
            attribute(1) { second in
                guard let first else { return }
                Array(table.utf8).withUnsafeBytes { table in
                    outcome = deployment.gateway.readAtOnce(
                        table, PointKey(first, second), isConsistent: false, by: other ?? caller,
                        at: deployment.clock.now(), monotonic: deployment.clock.monotonicNanoseconds(),
                        into: buffer)
                }
            }
        }
        return (outcome, Array(buffer.bytes))
    }

    private func key(_ district: TestDeployment.District, _ sort: String = "PROFILE") -> [(String, String)] {
        [("recordKey", district.studentKey), ("entityKey", sort)]
    }

    @Test func findsWhatGetItemFinds() throws {
        try deployment.plant(deployment.student(of: deployment.own), in: "student-table")
        let call = GetItemCall(table: deployment.students, key: deployment.key(of: deployment.own))
        let wanted = try deployment.gateway.getItem(call, by: caller).image?.bytes
        // The second time by the plan that the first has made.
        for _ in 0..<2 {
            let found = read(key(deployment.own))
            #expect(found.outcome == .found)
            #expect(found.bytes == wanted)
        }
        #expect(read(key(deployment.own).reversed()).bytes == wanted)
        #expect(read(key(deployment.own, "OTHER")).outcome == .absent)
    }

    @Test(
        arguments: [
            [("recordKey", "OWN")], [("entityKey", "PROFILE")], [("recordKey", "OWN"), ("recordKey", "OWN")],
            [("recordKey", "OWN"), ("entityKeys", "PROFILE")], [("recordKey", "OWN"), ("entityKey", "")],
            [("recordKey", ""), ("entityKey", "PROFILE")],
            [("recordKey", "OWN"), ("entityKey", String(repeating: "a", count: 1025))],
            [("recordKey", "OWN" + String(repeating: "a", count: 2048)), ("entityKey", "a")],
        ])
    func leavesKeysOfAnotherFormToGetItem(_ names: [(String, String)]) {
        let own = names.map { name, value in
            (name, value.hasPrefix("OWN") ? deployment.own.studentKey + value.dropFirst(3) : value)
        }
        #expect(read(own).outcome == nil)
    }

    @Test func leavesOtherTablesAndOperatorsToGetItem() throws {
        #expect(read(key(deployment.own), table: "student-tables").outcome == nil)
        let session = try GatewaySession(operatorKey: "AKIAOPERATOR")
        let operators = GatewayCaller(session: session, remoteAddress: "192.0.2.1", isSecure: false)
        operators.begin(session, region: Array("us-east-1".utf8)[...])
        #expect(read(key(deployment.own), by: operators).outcome == nil)
    }

    @Test func saysNoToAnothersKey() throws {
        try deployment.plant(deployment.student(of: deployment.other), in: "student-table")
        #expect(read(key(deployment.own)).outcome == .absent)
        #expect(read(key(deployment.other)).outcome == nil)
        // The policies have nothing against it now; the wall has, and getItem raises the alarm.
        deployment.policies.replace(by: try TestPolicies.faulty())
        #expect(read(key(deployment.other)).outcome == nil)
        #expect(read(key(deployment.own)).outcome == .absent)
        #expect(deployment.gateway.metrics.wallAlarms.value == 0)
    }

    @Test func goesByThePoliciesInForce() throws {
        #expect(read(key(deployment.own)).outcome == .absent)
        deployment.policies.replace(by: try TestPolicies.closed())
        #expect(read(key(deployment.own)).outcome == nil)
    }

    @Test func losesASchoolsKeysWithTheSchool() throws {
        try deployment.plant(deployment.student(of: deployment.own), in: "student-table")
        deployment.policies.replace(by: try TestPolicies.faulty())
        #expect(read(key(deployment.own)).outcome == .found)
        try deployment.registry.update(TenantRecord.self, deployment.own.tenant) { record, _ in
            record.schools = []
        }
        #expect(read(key(deployment.own)).outcome == nil)
    }

    @Test func servesNoSuspendedTenant() throws {
        #expect(read(key(deployment.own)).outcome == .absent)
        try deployment.setState(.suspended(Suspension(reason: "a test")), of: deployment.own)
        #expect(read(key(deployment.own)).outcome == nil)
        try deployment.setState(.active, of: deployment.own)
        #expect(read(key(deployment.own)).outcome == .absent)
    }

    @Test func followsTheTenantToItsNewPlace() throws {
        let own = deployment.own
        try deployment.plant(deployment.student(of: own, note: "old"), in: "student-table")
        try deployment.plant(
            deployment.student(of: own, note: "new"), in: "student-table", store: TestDeployment.target)
        #expect(String(decoding: read(key(own)).bytes, as: UTF8.self).contains("old"))
        try deployment.place(own, in: TestDeployment.target, epoch: 2)
        #expect(String(decoding: read(key(own)).bytes, as: UTF8.self).contains("new"))
    }

    @Test func readsOnWhereAnotherTableCameToTheStore() throws {
        try deployment.plant(deployment.student(of: deployment.own), in: "student-table")
        #expect(read(key(deployment.own)).outcome == .found)
        guard let name = TableName("another-table") else { return }
        try deployment.store().create(deployment.students.schema.renamed(name))
        #expect(read(key(deployment.own)).outcome == .found)
    }

    @Test func isChargedAndThrottledLikeAnyRead() throws {
        // 300 seconds of one unit are 600 reads.
        for _ in 0..<600 { #expect(read(key(deployment.own)).outcome == .absent) }
        #expect(read(key(deployment.own)).outcome == nil)
        let call = GetItemCall(table: deployment.students, key: deployment.key(of: deployment.own))
        #expect(throws: GatewayError.overRate(retryMilliseconds: 1)) {
            try deployment.gateway.getItem(call, by: caller)
        }
        deployment.clock.advance(byMilliseconds: 500)
        #expect(read(key(deployment.own)).outcome == .absent)
    }
}
