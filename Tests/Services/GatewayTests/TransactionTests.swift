import Base
import GatewayTestKit
import Items
import Policies
import Tables
import Testing

@testable import Gateway

/// Transactions through the gateway: authorized item by item, all or nothing, with a reason by position.
struct TransactionTests {
    private let deployment: TestDeployment
    private let caller: GatewayCaller

    init() throws {
        deployment = try TestDeployment()
        caller = try deployment.caller(deployment.own)
    }

    private func put(_ sort: String, _ more: [String: AttributeValue] = [:]) throws
        -> TransactWriteCall.Action
    {
        var item = deployment.key(of: deployment.own)
        item["entityKey"] = .string(sort)
        for (name, value) in more { item[name] = value }
        return TransactWriteCall.Action(table: deployment.students, kind: .put(item))
    }

    private func check(_ sort: String, has name: String) throws -> TransactWriteCall.Action {
        var key = deployment.key(of: deployment.own)
        key["entityKey"] = .string(sort)
        return TransactWriteCall.Action(
            table: deployment.students, kind: .check(key: key), condition: try deployment.having(name))
    }

    private func allowAll() throws { deployment.policies.replace(by: try TestPolicies.faulty()) }

    @Test func anItemOfAnotherSchoolDeniesTheWholeTransaction() throws {
        let foreign = TransactWriteCall.Action(
            table: deployment.students, kind: .put(deployment.student(of: deployment.other)))
        let error = try #require(throws: GatewayError.self) {
            try deployment.gateway.transactWrite([try put("A"), foreign], by: caller)
        }
        guard case .denied(let text) = error else { throw error }
        #expect(text.contains("perform: dynamodb:PutItem on resource"))
        var key = deployment.key(of: deployment.own)
        key["entityKey"] = .string("A")
        #expect(try deployment.find(key, in: "student-table") == nil)
    }

    @Test func aCheckNeedsARightOfItsOwn() throws {
        let error = try #require(throws: GatewayError.self) {
            try deployment.gateway.transactWrite([try check("A", has: "note")], by: caller)
        }
        guard case .denied(let text) = error else { throw error }
        #expect(text.contains("dynamodb:ConditionCheckItem"))
    }

    @Test func namesTheReasonByPosition() throws {
        try allowAll()
        #expect(throws: GatewayError.transactionCancelled([nil, .conditionFailed(nil), nil])) {
            try deployment.gateway.transactWrite(
                [try put("A"), try check("B", has: "note"), try put("C")], by: caller)
        }
    }

    @Test func aKeyOfTheWrongKindCancelsAndAnEmptyOneIsInvalid() throws {
        try allowAll()
        let mismatch = ItemError.validation(
            "One or more parameter values were invalid: Type mismatch for key entityKey expected: S actual: N"
        )
        #expect(throws: GatewayError.transactionCancelled([nil, .invalid(mismatch)])) {
            try deployment.gateway.transactWrite(
                [try put("A"), try put("B", ["entityKey": .number(Number(1))])], by: caller)
        }
        let empty = ItemError.validation(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                + "empty string value. Key: entityKey")
        #expect(throws: GatewayError.invalid(empty)) {
            try deployment.gateway.transactWrite([try put("A"), try put("")], by: caller)
        }
    }

    @Test func refusesTwoOperationsOnOneItem() throws {
        try allowAll()
        let error = GatewayError.invalid(
            .validation("Transaction request cannot include multiple operations on one item"))
        #expect(throws: error) {
            try deployment.gateway.transactWrite([try put("A"), try check("A", has: "note")], by: caller)
        }
        let key = deployment.key(of: deployment.own)
        #expect(throws: error) {
            try deployment.gateway.transactGet(
                [
                    TransactGet(table: deployment.students, key: key),
                    TransactGet(table: deployment.students, key: key),
                ],
                by: caller)
        }
    }

    @Test func countsDoubleAndAReplayCountsReads() throws {
        try allowAll()
        let token = WriteToken(text: "t", digest: [1])
        let actions = [try put("A"), try put("B")]
        let first = try deployment.gateway.transactWrite(actions, token: token, by: caller)
        #expect(!first.isReplay)
        #expect(first.capacity.map(\.capacity.halfUnits) == [8])
        let again = try deployment.gateway.transactWrite(actions, token: token, by: caller)
        #expect(again.isReplay)
        #expect(again.capacity.map(\.capacity.halfUnits) == [8])
        #expect(throws: GatewayError.tokenMismatch) {
            try deployment.gateway.transactWrite(
                actions, token: WriteToken(text: "t", digest: [2]), by: caller)
        }
    }

    @Test func readsSeveralTablesAsOfOneMoment() throws {
        try allowAll()
        try deployment.plant(deployment.student(of: deployment.own), in: "student-table")
        let found = try deployment.gateway.transactGet(
            [
                TransactGet(table: deployment.students, key: deployment.key(of: deployment.own)),
                TransactGet(
                    table: deployment.schools,
                    key: [
                        "tenantId": .string(deployment.own.tenant.text), "entityKey": .string("CONFIG"),
                    ]),
            ], by: caller)
        #expect(found.images.map { $0 != nil } == [true, false])
        #expect(found.capacity.map(\.capacity.halfUnits) == [4, 4])
    }
}
