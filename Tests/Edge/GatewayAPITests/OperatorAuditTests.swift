import Base
import Gateway
import GatewayTestKit
import HTTPClient
import Registry
import SigV4
import Tables
import Testing

@testable import GatewayAPI

/// What the audit says of operators' requests, and what they get where it can say nothing.
struct OperatorAuditTests {
    private let server: TestServer
    private var deployment: TestDeployment { server.deployment }
    private let pool: String

    init() throws {
        server = try TestServer(try TestDeployment(recording: .init()))
        pool = server.deployment.physical(server.deployment.students, TestDeployment.pool).text
        for district in [deployment.own, deployment.other] {
            try deployment.plant(deployment.student(of: district), in: "student-table")
        }
    }

    private func key(_ district: TestDeployment.District) -> String {
        #"{"recordKey":{"S":"\#(district.studentKey)"},"entityKey":{"S":"PROFILE"}}"#
    }

    private func call(_ operation: String, _ body: String) throws -> HTTPClientResponse {
        try server.call(operation, body, as: server.operatorCredentials)
    }

    private func detail(
        _ action: String, keys: String, tenants: String, items: String
    ) -> [String: String] {
        [
            "action": "dynamodb:\(action)", "store": TestDeployment.pool.text, "keys": keys,
            "tenants": tenants, "items": items,
        ]
    }

    @Test func aLookAtOneTenantsItemSaysWhoseItIsAndWhoLooked() throws {
        let answer = try call("GetItem", #"{"TableName":"\#(pool)","Key":\#(key(deployment.own))}"#)
        #expect(answer.status == 200 && answer.text.contains("secret"))
        let note = try #require(deployment.audit.notes.first)
        #expect(deployment.audit.notes.count == 1)
        #expect(note.kind == .access && note.outcome == .done && note.action == "operator.looked")
        #expect(note.subject == pool && note.tenant == deployment.own.tenant)
        #expect(
            note.actor.origin
                == AuditActor.Origin(
                    signIn: "static-key", address: "127.0.0.1", request: answer.header("x-amzn-requestid")))
        #expect(note.actor.text.hasSuffix(server.operatorCredentials.accessKeyID))
        #expect(
            note.detail == detail("GetItem", keys: "1", tenants: deployment.own.tenant.text, items: "1"))
    }

    @Test func aScanIsALookAtEveryTenantOfTheStore() throws {
        let answer = try call("Scan", #"{"TableName":"\#(pool)"}"#)
        #expect(answer.text.contains(#""Count":2"#))
        let note = try #require(deployment.audit.notes.first)
        #expect(note.tenant == nil)
        #expect(note.detail == detail("Scan", keys: "all", tenants: "all", items: "2"))
    }

    @Test(arguments: ["BatchGetItem", "TransactGetItems"])
    func severalTenantsOfOneRequestAreAllNamed(operation: String) throws {
        let keys = [key(deployment.own), key(deployment.other)]
        let body =
            operation == "BatchGetItem"
            ? #"{"RequestItems":{"\#(pool)":{"Keys":[\#(keys.joined(separator: ","))]}}}"#
            : #"{"TransactItems":["#
                + keys.map { #"{"Get":{"TableName":"\#(pool)","Key":\#($0)}}"# }.joined(separator: ",") + "]}"
        #expect(try call(operation, body).status == 200)
        let note = try #require(deployment.audit.notes.first)
        #expect(deployment.audit.notes.count == 1 && note.tenant == nil)
        let both = [deployment.own.tenant.text, deployment.other.tenant.text].sorted().joined(separator: " ")
        #expect(note.detail["tenants"] == both)
        #expect(note.detail["keys"] == "2" && note.detail["items"] == "2")
    }

    /// The audit cannot forget, and a key may name a student.
    @Test func noKeyAndNoItemIsInTheAudit() throws {
        _ = try call("GetItem", #"{"TableName":"\#(pool)","Key":\#(key(deployment.own))}"#)
        _ = try call(
            "ExecuteStatement",
            #"{"Statement":"SELECT * FROM \"\#(pool)\" WHERE recordKey = '\#(deployment.own.studentKey)'"}"#)
        let said = deployment.audit.notes.map { "\($0)" }.joined()
        #expect(deployment.audit.notes.count == 2)
        #expect(!said.contains("STUDENT") && !said.contains("secret"))
        #expect(deployment.audit.notes[1].tenant == deployment.own.tenant)
    }

    static let reads = [
        ("GetItem", #"{"TableName":"POOL","Key":KEY}"#), ("Scan", #"{"TableName":"POOL"}"#),
        (
            "Query",
            #"{"TableName":"POOL","KeyConditionExpression":"recordKey = :k","ExpressionAttributeValues":{":k":{"S":"STUDENT"}}}"#
        ),
        ("BatchGetItem", #"{"RequestItems":{"POOL":{"Keys":[KEY]}}}"#),
        ("TransactGetItems", #"{"TransactItems":[{"Get":{"TableName":"POOL","Key":KEY}}]}"#),
        ("ExecuteStatement", #"{"Statement":"SELECT * FROM \"POOL\" WHERE recordKey = 'STUDENT'"}"#),
        (
            "BatchExecuteStatement",
            #"{"Statements":[{"Statement":"SELECT * FROM \"POOL\" WHERE recordKey = 'STUDENT' AND entityKey = 'PROFILE'"}]}"#
        ),
        (
            "ExecuteTransaction",
            #"{"TransactStatements":[{"Statement":"SELECT * FROM \"POOL\" WHERE recordKey = 'STUDENT' AND entityKey = 'PROFILE'"}]}"#
        ),
    ]

    private func filled(_ body: String) -> String {
        body.replacing("POOL", with: pool).replacing("KEY", with: key(deployment.own))
            .replacing(#""STUDENT""#, with: #""\#(deployment.own.studentKey)""#)
            .replacing("'STUDENT'", with: "'\(deployment.own.studentKey)'")
    }

    /// Fails closed: nothing that was read leaves.
    @Test(arguments: reads) func withoutTheAuditNothingIsAnswered(operation: String, body: String) throws {
        let served = try call(operation, filled(body))
        #expect(served.status == 200 && served.text.contains("secret"), "\(operation): \(served.text)")
        #expect(deployment.audit.notes.count == 1, "\(operation)")
        deployment.audit.isRefusing = true
        let refused = try call(operation, filled(body))
        #expect(refused.status == 500 && !refused.text.contains("secret"), "\(operation)")
        #expect(!refused.text.contains("STUDENT"))
        #expect(deployment.audit.notes.count == 1)
    }

    static let writes = [
        ("PutItem", #"{"TableName":"POOL","Item":KEY}"#),
        ("DeleteItem", #"{"TableName":"POOL","Key":KEY}"#),
        ("BatchWriteItem", #"{"RequestItems":{"POOL":[{"DeleteRequest":{"Key":KEY}}]}}"#),
        ("TransactWriteItems", #"{"TransactItems":[{"Delete":{"TableName":"POOL","Key":KEY}}]}"#),
        ("DeleteTable", #"{"TableName":"POOL"}"#),
    ]

    @Test(arguments: writes) func aWriteToTenantsItemsIsRefusedAndSaid(operation: String, body: String) throws
    {
        let answer = try call(operation, filled(body))
        #expect(answer.status == 400 && answer.text.contains("AccessDenied"), "\(answer.text)")
        let note = try #require(deployment.audit.notes.first)
        #expect(deployment.audit.notes.count == 1)
        #expect(note.outcome == .refused && note.kind == .access && note.subject == pool)
        #expect(note.detail["items"] == "0")
        // It stays refused where it cannot be said.
        deployment.audit.isRefusing = true
        #expect(try call(operation, filled(body)).status == 400)
    }

    private static let create =
        #"{"TableName":"notes","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"#
        + #""KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}"#

    @Test func aChangeHasAnEntryBeforeItAndOneBehind() throws {
        let answer = try call("CreateTable", Self.create)
        #expect(answer.status == 200)
        let notes = deployment.audit.notes
        #expect(notes.map(\.action) == ["operator.changes", "operator.changed"])
        #expect(notes.map(\.outcome) == [.begun, .done])
        #expect(notes.allSatisfy { $0.subject == "table/notes" && $0.kind == .activity })
        #expect(notes.allSatisfy { $0.actor.origin.request == answer.header("x-amzn-requestid") })
        // Operators' own tables are no tenant's.
        #expect(try call("PutItem", #"{"TableName":"notes","Item":{"id":{"S":"1"}}}"#).status == 200)
        #expect(try call("Scan", #"{"TableName":"notes"}"#).text.contains(#""Count":1"#))
        #expect(deployment.audit.notes.count == 2)
    }

    @Test func aChangeThatFailsSaysSo() throws {
        _ = try call("CreateTable", Self.create)
        #expect(try call("CreateTable", Self.create).status == 400)
        #expect(deployment.audit.notes.map(\.outcome) == [.begun, .done, .begun, .failed])
    }

    @Test func withoutTheAuditNothingIsChanged() throws {
        deployment.audit.isRefusing = true
        #expect(try call("CreateTable", Self.create).status == 500)
        deployment.audit.isRefusing = false
        #expect(!(try call("ListTables", "{}").text.contains("notes")))
        _ = try call("CreateTable", Self.create)
        deployment.audit.isRefusing = true
        for (operation, body) in [
            ("DeleteTable", #"{"TableName":"notes"}"#),
            ("UpdateTable", #"{"TableName":"notes","DeletionProtectionEnabled":true}"#),
        ] {
            #expect(try call(operation, body).status == 500)
        }
        deployment.audit.isRefusing = false
        let table = try call("DescribeTable", #"{"TableName":"notes"}"#).text
        #expect(table.contains(#""DeletionProtectionEnabled":false"#))
    }

    @Test func whatATenantDoesIsNoOperatorsAccess() throws {
        let credentials = try server.credentials(deployment.own)
        let body = #"{"TableName":"student-table","Key":\#(key(deployment.own))}"#
        #expect(try server.call("GetItem", body, as: credentials).status == 200)
        deployment.audit.isRefusing = true
        #expect(try server.call("GetItem", body, as: credentials).status == 200)
        #expect(deployment.audit.notes.isEmpty)
    }

    // MARK: Denials

    @Test func denialsAreCountedByTenantAndReasonWithSamples() throws {
        let credentials = try server.credentials(deployment.own)
        var ids: [String] = []
        for _ in 0..<8 {
            let body = #"{"TableName":"student-table","Key":\#(key(deployment.other))}"#
            ids.append(
                try server.call("GetItem", body, as: credentials).header("x-amzn-requestid") ?? "")
        }
        deployment.policies.replace(by: try TestPolicies.faulty())
        _ = try server.call(
            "GetItem", #"{"TableName":"student-table","Key":\#(key(deployment.other))}"#, as: credentials)
        _ = try server.call(
            "ListTables", "{}",
            as: SigV4Credentials(accessKeyID: "AKIAUNKNOWN000000001", secretAccessKey: "x"))
        _ = try server.assumeRole(token: "no.token.atall")
        let recorder = try #require(deployment.recorder)
        let denials = recorder.takeDenials()
        #expect(denials.map(\.reason) == [.unauthenticated, .noAllow, .wall])
        #expect(denials.map(\.count) == [2, 8, 1])
        #expect(denials.map(\.tenant) == [nil, deployment.own.tenant, deployment.own.tenant])
        #expect(denials[1].samples == Array(ids.prefix(5)))
        #expect(recorder.takeDenials().isEmpty)
        // What cannot be written is counted on.
        recorder.putBack(denials)
        _ = try server.call(
            "GetItem", #"{"TableName":"student-table","Key":\#(key(deployment.other))}"#, as: credentials)
        #expect(recorder.takeDenials().map(\.count) == [2, 8, 2])
    }
}
