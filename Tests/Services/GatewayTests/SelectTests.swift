import Base
import GatewayTestKit
import Items
import Policies
import Tables
import Testing

@testable import Gateway

/// What a SELECT asks the policies.
struct SelectTests {
    private let deployment: TestDeployment
    private let caller: GatewayCaller

    init() throws {
        deployment = try TestDeployment()
        caller = try deployment.caller(deployment.own)
        deployment.policies.replace(by: try TestPolicies.faulty())
    }

    private func select(_ call: SelectCall) throws -> SelectResult {
        try Waiting.forResult { deployment.gateway.select(call, by: caller, completion: $0) }
    }

    private func texts(_ key: ConditionKey) throws -> [String] {
        caller.request.context.texts(of: try #require(ConditionKeyName(key)))
    }

    @Test func asksAboutTheAttributesThatItNamesAndNoOthers() throws {
        let own = deployment.own.studentKey
        var call = SelectCall(
            table: deployment.students, access: .ranges([try deployment.equals("recordKey", own)]))
        call.projection = try .attributesToGet(["note"])
        _ = try select(call)
        #expect(try texts(.leadingKeys) == [own])
        #expect(try texts(.attributes) == ["recordKey", "note"])
        #expect(try texts(.select) == ["SPECIFIC_ATTRIBUTES"])
        #expect(try texts(.fullTableScan) == ["false"])

        _ = try select(
            SelectCall(table: deployment.students, access: .items([deployment.key(of: deployment.own)])))
        #expect(try texts(.leadingKeys) == [own])
        #expect(try texts(.attributes) == ["recordKey", "entityKey"])
        #expect(try texts(.select) == ["ALL_ATTRIBUTES"])
        #expect(try texts(.fullTableScan) == ["false"])

        _ = try select(SelectCall(table: deployment.students, access: .scan))
        #expect(try texts(.leadingKeys).isEmpty)
        #expect(try texts(.fullTableScan) == ["true"])
    }

    /// Parts are asked about one by one, also those that the page would not have come to.
    @Test func readsNothingWhereOnePartIsNotTheTenants() throws {
        try deployment.plant(deployment.student(of: deployment.own, note: "mine"), in: "student-table")
        let conditions = [
            try deployment.equals("recordKey", deployment.own.studentKey),
            try deployment.equals("recordKey", deployment.other.studentKey),
        ]
        var call = SelectCall(table: deployment.students, access: .ranges(conditions))
        call.limit = 1
        #expect(throws: GatewayError.self) { try select(call) }
        call.access = .ranges([conditions[0]])
        #expect(try select(call).items.count == 1)
    }
}
