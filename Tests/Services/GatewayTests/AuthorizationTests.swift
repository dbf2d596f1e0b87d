import Base
import GatewayTestKit
import Items
import Registry
import Testing

@testable import Gateway

struct AuthorizationTests {
    private static func refusal(_ action: String, _ resource: String) -> String {
        "User: arn:aws:sts::000000000000:assumed-role/teacher/test is not authorized to perform: dynamodb:\(action) "
            + "on resource: arn:aws:dynamodb:us-east-1:000000000000:table/\(resource)"
    }

    @Test func namesActionAndResourceWhereNoStatementAllows() throws {
        let deployment = try TestDeployment()
        let caller = try deployment.caller(deployment.own)
        let call = GetItemCall(table: deployment.students, key: deployment.key(of: deployment.other))
        #expect(
            throws: GatewayError.denied(
                Self.refusal("GetItem", "student-table")
                    + " because no identity-based policy allows the dynamodb:GetItem action")
        ) { try deployment.gateway.getItem(call, by: caller) }
        #expect(deployment.gateway.metrics.wallAlarms.value == 0)
    }

    @Test func namesTheStatementThatDenies() throws {
        let deployment = try TestDeployment()
        let caller = try deployment.caller(deployment.own)
        #expect(
            throws: GatewayError.denied(
                Self.refusal("Scan", "student-table")
                    + " with an explicit deny in statement `NoScans` of policy `policies/protect.json`")
        ) { try deployment.gateway.readRange(ReadRangeCall(table: deployment.students), by: caller) }
    }

    @Test func asksForAnIndexByItsOwnARNAndItsOwnPartitionKey() throws {
        let deployment = try TestDeployment()
        let caller = try deployment.caller(deployment.own)
        var call = ReadRangeCall(table: deployment.students)
        call.index = "teacher-index"
        call.keyCondition = try deployment.equals("teacherKey", "TENANT#\(deployment.own.school)#TEACHER#1")
        #expect(try deployment.gateway.readRange(call, by: caller).count == 0)
        call.keyCondition = try deployment.equals("teacherKey", "TENANT#\(deployment.other.school)#TEACHER#1")
        #expect(
            throws: GatewayError.denied(
                Self.refusal("Query", "student-table/index/teacher-index")
                    + " because no identity-based policy allows the dynamodb:Query action")
        ) { try deployment.gateway.readRange(call, by: caller) }
    }

    @Test func oneForeignKeyRefusesTheWholeBatch() throws {
        let deployment = try TestDeployment()
        let caller = try deployment.caller(deployment.own)
        let writes = [deployment.own, deployment.other].map {
            BatchWrite(table: deployment.students, action: .put(deployment.student(of: $0)))
        }
        #expect(
            throws: GatewayError.denied(
                Self.refusal("BatchWriteItem", "student-table")
                    + " because no identity-based policy allows the dynamodb:BatchWriteItem action")
        ) { try deployment.gateway.batchWriteItem(writes, by: caller) }
        for district in [deployment.own, deployment.other] {
            #expect(try deployment.find(deployment.key(of: district), in: "student-table") == nil)
        }
        let keys = [deployment.own, deployment.other].map { deployment.key(of: $0) }
        #expect(throws: GatewayError.self) {
            try deployment.gateway.batchGetItem(
                [BatchGetTable(table: deployment.students, keys: keys, projection: nil, isConsistent: false)],
                by: caller)
        }
    }

    @Test(arguments: [
        (
            TenantState.suspended(Suspension(reason: "unpaid: call Ms Smith")),
            "The tenant of this session is suspended"
        ),
        (.onboarding, "The tenant of this session is being set up and not yet served"),
    ])
    func refusesATenantThatIsNotServed(_ state: TenantState, _ text: String) throws {
        let deployment = try TestDeployment()
        let caller = try deployment.caller(deployment.own)
        let call = GetItemCall(table: deployment.students, key: deployment.key(of: deployment.own))
        _ = try deployment.gateway.getItem(call, by: caller)
        try deployment.setState(state, of: deployment.own)
        #expect(throws: GatewayError.notServed(text)) { try deployment.gateway.getItem(call, by: caller) }
        #expect(throws: GatewayError.notServed(text)) { try deployment.gateway.listTables(by: caller) }
        try deployment.setState(.active, of: deployment.own)
        _ = try deployment.gateway.getItem(call, by: caller)
    }

    @Test func refusesATenantThatIsUnknown() throws {
        let deployment = try TestDeployment()
        let stranger = TestDeployment.District(
            tenant: TenantID(random: SeededRandom(seed: 77)), school: deployment.own.school)
        let call = GetItemCall(table: deployment.students, key: deployment.key(of: deployment.own))
        let caller = try deployment.caller(stranger)
        #expect(throws: GatewayError.notServed("The tenant of this session is not known here")) {
            try deployment.gateway.getItem(call, by: caller)
        }
    }

    @Test func aRoleThatIsGoneAllowsNothing() throws {
        let deployment = try TestDeployment()
        let caller = try deployment.caller(deployment.own, role: "janitor")
        let call = GetItemCall(table: deployment.students, key: deployment.key(of: deployment.own))
        let error = try #require(throws: GatewayError.self) {
            try deployment.gateway.getItem(call, by: caller)
        }
        guard case .denied(let text) = error else {
            Issue.record("expected a denial, got \(error)")
            return
        }
        #expect(text.hasSuffix("because there is no role `janitor` any more"))
    }

    @Test func aPolicyCountsFromTheRequestAfterItIsPutInForce() throws {
        let deployment = try TestDeployment()
        let caller = try deployment.caller(deployment.own)
        let call = ReadRangeCall(table: deployment.students)
        #expect(throws: GatewayError.self) { try deployment.gateway.readRange(call, by: caller) }
        deployment.policies.replace(by: try TestPolicies.faulty())
        _ = try deployment.gateway.readRange(call, by: caller)
        deployment.policies.replace(by: try TestPolicies.proper())
        #expect(throws: GatewayError.self) { try deployment.gateway.readRange(call, by: caller) }
    }
}
