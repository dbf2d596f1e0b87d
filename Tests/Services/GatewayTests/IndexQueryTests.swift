import Base
import GatewayTestKit
import Items
import Policies
import Tables
import Testing

@testable import Gateway

/// Indexes of several attributes and local indexes, behind the policies and the second wall.
struct IndexQueryTests {
    private let deployment: TestDeployment
    private let caller: GatewayCaller

    init() throws {
        deployment = try TestDeployment()
        caller = try deployment.caller(deployment.own)
    }

    private func classKey(_ district: TestDeployment.District) -> String {
        "TENANT#\(district.school)#CLASS#1"
    }

    private func student(
        _ district: TestDeployment.District, _ number: Int, classOf owner: TestDeployment.District? = nil
    ) -> Item {
        var item: Item = [
            "recordKey": .string(district.studentKey), "entityKey": .string("YEAR#\(number)"),
            "year": .number(2026), "surname": .string("Smith"), "number": .number(Number(9 - number)),
            "grade": .number(Number(number % 2)), "note": .string("secret"),
        ]
        item["classKey"] = .string(classKey(owner ?? district))
        return item
    }

    private func query(
        _ index: String, _ text: String, _ values: [String: AttributeValue]
    ) throws -> ReadRangeCall {
        var attributes = ExpressionAttributes(names: ["#y": "year", "#n": "number"], values: values)
        var call = ReadRangeCall(table: deployment.students)
        call.index = index
        call.keyCondition = try KeyConditionExpression.parse(text, &attributes)
        return call
    }

    private func classQuery(_ district: TestDeployment.District) throws -> ReadRangeCall {
        try query(
            "class-index", "#y = :y AND classKey = :c AND surname = :s AND #n > :n",
            [
                ":y": .number(2026), ":c": .string(classKey(district)), ":s": .string("Smith"),
                ":n": .number(6),
            ])
    }

    private func numbers(_ result: ReadRangeResult) throws -> [AttributeValue?] {
        try result.items.map { try $0.item()["number"] }
    }

    // MARK: Several attributes

    @Test func queriesAnIndexOfSeveralAttributesPageByPage() throws {
        for number in 0..<4 {
            try deployment.plant(student(deployment.own, number), in: "student-table")
            try deployment.plant(student(deployment.other, number), in: "student-table")
        }
        var call = try classQuery(deployment.own)
        #expect(
            try numbers(try deployment.gateway.readRange(call, by: caller)) == [
                .number(7), .number(8), .number(9),
            ])
        call.limit = 1
        call.isForward = false
        var seen: [AttributeValue?] = []
        repeat {
            let page = try deployment.gateway.readRange(call, by: caller)
            seen += try numbers(page)
            if let last = page.lastEvaluatedKey {
                #expect(
                    last.attributes.keys == [
                        "classKey", "entityKey", "number", "recordKey", "surname", "year",
                    ])
            }
            call.exclusiveStartKey = page.lastEvaluatedKey
        } while call.exclusiveStartKey != nil
        #expect(seen == [.number(9), .number(8), .number(7)])
    }

    @Test(arguments: ["classKey", "year", "surname", "number", "recordKey", "entityKey"])
    func aStartingKeyHasAllAttributes(without name: String) throws {
        var call = try classQuery(deployment.own)
        var start = student(deployment.own, 1)
        for attribute in ["grade", "note", name] { start[attribute] = nil }
        call.exclusiveStartKey = start
        #expect(throws: GatewayError.invalid(.validation("The provided starting key is invalid"))) {
            try deployment.gateway.readRange(call, by: caller)
        }
    }

    @Test func aStartingKeyLiesInTheRange() throws {
        var call = try classQuery(deployment.own)
        var start = student(deployment.own, 1)
        for attribute in ["grade", "note"] { start[attribute] = nil }
        start["number"] = .number(6)
        call.exclusiveStartKey = start
        #expect(
            throws: GatewayError.invalid(
                .validation(
                    "The provided starting key is outside query boundaries based on provided conditions"))
        ) { try deployment.gateway.readRange(call, by: caller) }
    }

    /// The policy sees the first attribute of the index's partition key.
    @Test func policiesDecideByTheFirstAttribute() throws {
        let error = try #require(throws: GatewayError.self) {
            try deployment.gateway.readRange(try classQuery(deployment.other), by: caller)
        }
        guard case .denied = error else {
            Issue.record("expected the policy's denial, got \(error)")
            return
        }
        let name = try #require(ConditionKeyName(.leadingKeys))
        #expect(caller.request.context.texts(of: name) == [classKey(deployment.other)])
        let names = try #require(ConditionKeyName(.attributes))
        #expect(
            Set(caller.request.context.texts(of: names))
                == ["classKey", "year", "surname", "number"])
    }

    @Test func theWallDecidesByTheFirstAttribute() throws {
        deployment.policies.replace(by: try TestPolicies.faulty())
        let error = try #require(throws: GatewayError.self) {
            try deployment.gateway.readRange(try classQuery(deployment.other), by: caller)
        }
        guard case .walled(let text) = error else {
            Issue.record("expected the wall, got \(error)")
            return
        }
        #expect(!text.contains(deployment.other.school.text))
        #expect(deployment.gateway.metrics.wallAlarms.value == 1)
        #expect(try deployment.gateway.readRange(try classQuery(deployment.own), by: caller).items.isEmpty)
    }

    @Test(arguments: [true, false])
    func refusesToPlantAnItemInAnothersIndexPartition(isSparse: Bool) throws {
        deployment.policies.replace(by: try TestPolicies.faulty())
        var item = student(deployment.own, 1, classOf: deployment.other)
        if isSparse { item["number"] = nil }
        let call = WriteItemCall(table: deployment.students, action: .put(item))
        // An item that the index leaves out lies in nobody's partition.
        guard !isSparse else {
            try deployment.gateway.writeItem(call, by: caller)
            return
        }
        let error = try #require(throws: GatewayError.self) {
            try deployment.gateway.writeItem(call, by: caller)
        }
        guard case .walled = error else {
            Issue.record("expected the wall, got \(error)")
            return
        }
    }

    @Test func aForeignItemInTheIndexIsNeverShown() throws {
        try deployment.plant(
            student(deployment.other, 1, classOf: deployment.own), in: "student-table")
        let error = try #require(throws: GatewayError.self) {
            try deployment.gateway.readRange(try classQuery(deployment.own), by: caller)
        }
        guard case .breached = error else {
            Issue.record("expected the alarm, got \(error)")
            return
        }
    }

    // MARK: Local indexes

    @Test func queriesALocalIndexConsistently() throws {
        for number in 0..<4 { try deployment.plant(student(deployment.own, number), in: "student-table") }
        var call = try query(
            "grade-index", "recordKey = :k AND grade = :one",
            [":k": .string(deployment.own.studentKey), ":one": .number(1)])
        call.isConsistent = true
        let result = try deployment.gateway.readRange(call, by: caller)
        #expect(try numbers(result) == [nil, nil])
        call.select = .allAttributes
        #expect(try numbers(try deployment.gateway.readRange(call, by: caller)) == [.number(8), .number(6)])
        // A filter is of the whole item, also where the index does not hold its attribute.
        var attributes = ExpressionAttributes(names: ["#n": "number"], values: [":n": .number(8)])
        call.select = .count
        call.filter = try ConditionExpression.parse("#n = :n", kind: .filter, &attributes)
        let counted = try deployment.gateway.readRange(call, by: caller)
        #expect([counted.count, counted.scannedCount] == [1, 2])
        call.limit = 1
        call.filter = nil
        #expect(
            try deployment.gateway.readRange(call, by: caller).lastEvaluatedKey?.attributes.keys == [
                "entityKey", "grade", "recordKey",
            ])
    }

    @Test func theWallKeepsALocalIndexToItsTablesOwners() throws {
        deployment.policies.replace(by: try TestPolicies.faulty())
        let call = try query(
            "grade-index", "recordKey = :k", [":k": .string(deployment.other.studentKey)])
        let error = try #require(throws: GatewayError.self) {
            try deployment.gateway.readRange(call, by: caller)
        }
        guard case .walled = error else {
            Issue.record("expected the wall, got \(error)")
            return
        }
    }

    @Test(arguments: [
        ("class-index", true, nil, "Consistent reads are not supported on global secondary indexes"),
        (
            "keys-index", false, ReadRangeCall.Select.allAttributes,
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global "
                + "secondary index keys-index because its projection type is not ALL"
        ),
    ])
    func refusesOfGlobalIndexesWhatLocalOnesGive(
        _ index: String, isConsistent: Bool, select: ReadRangeCall.Select?, _ text: String
    ) throws {
        var call = ReadRangeCall(table: deployment.students)
        call.index = index
        call.isConsistent = isConsistent
        call.select = select
        #expect(throws: GatewayError.invalid(.validation(text))) {
            try deployment.gateway.readRange(call, by: caller)
        }
    }
}
