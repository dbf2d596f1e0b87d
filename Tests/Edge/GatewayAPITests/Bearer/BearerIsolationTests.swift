import Base
import Gateway
import GatewayTestKit
import HTTPClient
import Items
import Testing

@testable import GatewayAPI

/// A token of one district neither reads nor writes what is another's, by any operation: with policies that keep it to its
/// school, and with policies that let everything through, where the second wall stands alone.
struct BearerIsolationTests {
    private let server: TestServer
    private var deployment: TestDeployment { server.deployment }

    init() throws {
        server = try TestServer()
        for (district, note) in [(deployment.own, "own-secret"), (deployment.other, "others-secret")] {
            try deployment.plant(
                deployment.student(
                    of: district, teacherKey: "TENANT#\(district.school)#TEACHER#1", note: note),
                in: "student-table")
        }
    }

    /// An operation on the item of `$key`, or of the teacher `$teacher`.
    struct Case: Sendable, CustomTestStringConvertible {
        let operation: String
        let body: String
        var testDescription: String { "\(operation) \(body)" }
    }

    private static let key = #"{"recordKey":{"S":"$key"},"entityKey":{"S":"PROFILE"}}"#
    private static let item = #"{"recordKey":{"S":"$key"},"entityKey":{"S":"PROFILE"},"note":{"S":"x"}}"#
    private static let table = #""TableName":"student-table""#
    private static let change =
        #""UpdateExpression":"SET note = :v","ExpressionAttributeValues":{":v":{"S":"x"}}"#
    private static let place = #"recordKey = '$key' AND entityKey = 'PROFILE'"#

    private static func statement(_ text: String) -> String {
        #""Statement":"\#(text.replacing("students", with: #"\"student-table\""#))""#
    }

    static let reads = [
        Case(operation: "GetItem", body: #"{\#(table),"Key":\#(key)}"#),
        Case(operation: "GetItem", body: #"{\#(table),"Key":\#(key),"ProjectionExpression":"note"}"#),
        Case(operation: "GetItem", body: #"{\#(table),"Key":\#(key),"AttributesToGet":["note"]}"#),
        Case(
            operation: "Query",
            body:
                #"{\#(table),"KeyConditionExpression":"recordKey = :k","ExpressionAttributeValues":{":k":{"S":"$key"}}}"#
        ),
        Case(
            operation: "Query",
            body:
                #"{\#(table),"IndexName":"teacher-index","KeyConditionExpression":"teacherKey = :k","ExpressionAttributeValues":{":k":{"S":"$teacher"}}}"#
        ),
        Case(
            operation: "BatchGetItem", body: #"{"RequestItems":{"student-table":{"Keys":[\#(key)]}}}"#),
        Case(operation: "TransactGetItems", body: #"{"TransactItems":[{"Get":{\#(table),"Key":\#(key)}}]}"#),
        Case(operation: "ExecuteStatement", body: "{\(statement("SELECT * FROM students WHERE \(place)"))}"),
        Case(
            operation: "BatchExecuteStatement",
            body: #"{"Statements":[{\#(statement("SELECT * FROM students WHERE \(place)"))}]}"#),
        Case(
            operation: "ExecuteTransaction",
            body: #"{"TransactStatements":[{\#(statement("SELECT * FROM students WHERE \(place)"))}]}"#),
    ]

    static let writes = [
        Case(operation: "PutItem", body: #"{\#(table),"Item":\#(item)}"#),
        Case(operation: "PutItem", body: #"{\#(table),"Item":\#(item),"ReturnValues":"ALL_OLD"}"#),
        Case(
            operation: "UpdateItem", body: #"{\#(table),"Key":\#(key),\#(change),"ReturnValues":"ALL_OLD"}"#),
        Case(operation: "DeleteItem", body: #"{\#(table),"Key":\#(key),"ReturnValues":"ALL_OLD"}"#),
        Case(
            operation: "BatchWriteItem",
            body: #"{"RequestItems":{"student-table":[{"PutRequest":{"Item":\#(item)}}]}}"#),
        Case(
            operation: "BatchWriteItem",
            body: #"{"RequestItems":{"student-table":[{"DeleteRequest":{"Key":\#(key)}}]}}"#),
        Case(
            operation: "TransactWriteItems", body: #"{"TransactItems":[{"Put":{\#(table),"Item":\#(item)}}]}"#
        ),
        Case(
            operation: "TransactWriteItems",
            body: #"{"TransactItems":[{"Update":{\#(table),"Key":\#(key),\#(change)}}]}"#),
        Case(
            operation: "TransactWriteItems",
            body: #"{"TransactItems":[{"Delete":{\#(table),"Key":\#(key)}}]}"#),
        Case(
            operation: "ExecuteStatement",
            body: "{\(statement("UPDATE students SET note = 'x' WHERE \(place) RETURNING ALL OLD *"))}"),
        Case(
            operation: "ExecuteStatement",
            body: "{\(statement("DELETE FROM students WHERE \(place) RETURNING ALL OLD *"))}"),
        Case(
            operation: "BatchExecuteStatement",
            body: #"{"Statements":[{\#(statement("UPDATE students SET note = 'x' WHERE \(place)"))}]}"#),
        Case(
            operation: "ExecuteTransaction",
            body: #"{"TransactStatements":[{\#(statement("DELETE FROM students WHERE \(place)"))}]}"#),
    ]

    private func send(_ one: Case, about district: TestDeployment.District) throws -> HTTPClientResponse {
        let body = one.body.replacing("$key", with: district.studentKey)
            .replacing("$teacher", with: "TENANT#\(district.school)#TEACHER#1")
        return try server.call(one.operation, body, bearer: try server.token(deployment.own))
    }

    private func note(of district: TestDeployment.District) throws -> AttributeValue? {
        try deployment.find(deployment.key(of: district), in: "student-table")?["note"]
    }

    @Test(arguments: reads, [false, true])
    func readsItsOwnAlone(_ one: Case, _ isFaulty: Bool) throws {
        if isFaulty { deployment.policies.replace(by: try TestPolicies.faulty()) }
        let own = try send(one, about: deployment.own)
        #expect(own.status == 200 && own.text.contains("own-secret"), "\(own.text)")
        let others = try send(one, about: deployment.other)
        #expect(!others.text.contains("others-secret"))
        #expect(others.status == 400 || others.text.contains(#""Code":"AccessDenied"#), "\(others.text)")
    }

    @Test(arguments: writes, [false, true])
    func writesItsOwnAlone(_ one: Case, _ isFaulty: Bool) throws {
        if isFaulty { deployment.policies.replace(by: try TestPolicies.faulty()) }
        let others = try send(one, about: deployment.other)
        #expect(!others.text.contains("others-secret"))
        #expect(others.status == 400 || others.text.contains(#""Code":"AccessDenied"#), "\(others.text)")
        #expect(try note(of: deployment.other) == .string("others-secret"))
        let own = try send(one, about: deployment.own)
        #expect(own.status == 200, "\(own.text)")
        #expect(try note(of: deployment.own) != .string("own-secret"))
    }

    @Test(arguments: ["{\(table)}", #"{\#(table),"IndexName":"teacher-index"}"#])
    func scansNothing(_ body: String) throws {
        let token = try server.token(deployment.own)
        #expect(try server.call("Scan", body, bearer: token).text.contains("AccessDeniedException"))
        deployment.policies.replace(by: try TestPolicies.faulty())
        let stopped = try server.call("Scan", body, bearer: token)
        #expect(stopped.status == 500 && !stopped.text.contains("secret"))
    }

    /// Whatever header names the role, the tenant is the token's.
    @Test func noRoleReachesFurther() throws {
        deployment.policies.replace(by: try TestPolicies.faulty())
        let token = try server.token(deployment.own)
        for role in ["teacher", "operator"] {
            let body = #"{\#(Self.table),"Key":\#(Self.key)}"#.replacing(
                "$key", with: deployment.other.studentKey)
            let answer = try server.call("GetItem", body, bearer: token, [("X-Homeroom-Role", role)])
            #expect(answer.status == 400 && answer.text.contains("AccessDeniedException"))
        }
    }

    /// A token that names a school of another district opens nothing, whoever has signed it.
    @Test func aTokenForAnotherDistrictsSchoolOpensNothing() throws {
        let token = try server.token(deployment.own, school: deployment.other.school)
        for district in [deployment.own, deployment.other] {
            let body = #"{\#(Self.table),"Key":\#(Self.key)}"#.replacing("$key", with: district.studentKey)
            #expect(try server.call("GetItem", body, bearer: token).text.contains("AccessDeniedException"))
        }
    }
}
