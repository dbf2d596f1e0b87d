import Backups
import Base
import Gateway
import GatewayTestKit
import HTTPClient
import LocalTables
import Registry
import Tables
import TestKit
import Testing

@testable import GatewayAPI

/// A copy of a pool's table is an operator's own by name, and its items are still tenants': each look is in the audit.
struct OperatorCopyTests {
    private let deployment: TestDeployment
    private let server: TestServer
    private let desk: BackupDesk
    private let folder: TemporaryFolder
    private let pool: String

    init() throws {
        deployment = try TestDeployment(recording: .init())
        folder = try TemporaryFolder()
        _ = try deployment.stores.create(OperatorTables.store, tables: [])
        desk = try BackupDesk(
            snapshots: LocalSnapshots(folder: folder.path, stores: deployment.stores),
            stores: deployment.stores, store: OperatorTables.store, clock: deployment.clock,
            random: SeededRandom(seed: 5)
        ) { what, error in Issue.record("\(what): \(error)") }
        server = try TestServer(deployment, backups: desk)
        pool = deployment.physical(deployment.students, TestDeployment.pool).text
        for district in [deployment.own, deployment.other] {
            try deployment.plant(deployment.student(of: district), in: "student-table")
        }
    }

    private func call(_ operation: String, _ body: String) throws -> HTTPClientResponse {
        try server.call(operation, body, as: server.operatorCredentials)
    }

    private func stream(_ operation: String, _ body: String) throws -> String {
        try server.call(
            operation, bytes: Array(body.utf8), as: server.operatorCredentials,
            api: "DynamoDBStreams_20120810"
        ).text
    }

    private func value(_ member: String, in json: String) throws -> String {
        let found = try #require(json.split(separator: "\"\(member)\":\"").dropFirst().first, "\(json)")
        return String(found.prefix { $0 != "\"" })
    }

    private func key(_ district: TestDeployment.District) -> String {
        #"{"recordKey":{"S":"\#(district.studentKey)"},"entityKey":{"S":"PROFILE"}}"#
    }

    /// Backs a table up and restores it under another name.
    private func copy(_ table: String, as name: String) throws {
        let backup = try call("CreateBackup", #"{"TableName":"\#(table)","BackupName":"nightly"}"#)
        try #require(backup.status == 200, "\(backup.text)")
        desk.settle()
        let id = try #require(desk.backups().last)
        let arn = "arn:aws:dynamodb:us-east-1:000000000000:\(id.resource)"
        let restored = try call(
            "RestoreTableFromBackup", #"{"BackupArn":"\#(arn)","TargetTableName":"\#(name)"}"#)
        try #require(restored.status == 200, "\(restored.text)")
        desk.settle()
    }

    private func looks() -> [AuditNote] {
        deployment.audit.notes.filter { $0.action == "operator.looked" && $0.subject != pool }
    }

    @Test func aLookAtACopySaysWhoseItIsAndWhereItCameFrom() throws {
        try copy(pool, as: "copied")
        let answer = try call("GetItem", #"{"TableName":"copied","Key":\#(key(deployment.own))}"#)
        #expect(answer.status == 200 && answer.text.contains("secret"))
        let note = try #require(looks().first)
        #expect(looks().count == 1 && note.kind == .access && note.outcome == .done)
        #expect(note.subject == "copied" && note.tenant == deployment.own.tenant)
        #expect(
            note.detail == [
                "action": "dynamodb:GetItem", "store": TestDeployment.pool.text, "copyOf": pool, "keys": "1",
                "tenants": deployment.own.tenant.text, "items": "1",
            ])
    }

    @Test(arguments: ["Scan", "Query", "ExecuteStatement", "BatchGetItem", "TransactGetItems"])
    func everyWayToReadIsRecordedAndFailsClosed(operation: String) throws {
        try copy(pool, as: "copied")
        let body =
            switch operation {
            case "Scan": #"{"TableName":"copied"}"#
            case "Query":
                #"{"TableName":"copied","KeyConditionExpression":"recordKey = :k","ExpressionAttributeValues":{":k":{"S":"\#(deployment.own.studentKey)"}}}"#
            case "ExecuteStatement": #"{"Statement":"SELECT * FROM \"copied\""}"#
            case "BatchGetItem": #"{"RequestItems":{"copied":{"Keys":[\#(key(deployment.own))]}}}"#
            default: #"{"TransactItems":[{"Get":{"TableName":"copied","Key":\#(key(deployment.own))}}]}"#
            }
        let served = try call(operation, body)
        #expect(served.status == 200 && served.text.contains("secret"), "\(served.text)")
        #expect(looks().count == 1 && looks().first?.detail["copyOf"] == pool)
        deployment.audit.isRefusing = true
        let refused = try call(operation, body)
        #expect(refused.status == 500 && !refused.text.contains("secret"))
    }

    /// However many copies are between, and whatever became of the tables that they are of.
    @Test func aCopyOfACopyIsOneToo() throws {
        try copy(pool, as: "copied")
        try copy("copied", as: "again")
        #expect(try call("DeleteTable", #"{"TableName":"copied"}"#).status == 200)
        deployment.clock.advance(byMilliseconds: 5000)
        #expect(
            try call(
                "UpdateContinuousBackups",
                #"{"TableName":"again","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}"#
            ).status == 200)
        deployment.clock.advance(byMilliseconds: 5000)
        let rewound = try call(
            "RestoreTableToPointInTime",
            #"{"SourceTableName":"again","TargetTableName":"rewound","UseLatestRestorableTime":true}"#)
        #expect(rewound.status == 200, "\(rewound.text)")
        desk.settle()
        for table in ["again", "rewound"] {
            let before = looks().count
            #expect(try call("Scan", #"{"TableName":"\#(table)"}"#).text.contains(#""Count":2"#))
            let note = try #require(looks().last)
            #expect(looks().count == before + 1 && note.subject == table)
            #expect(note.detail["copyOf"] == pool && note.detail["tenants"] == "all")
        }
    }

    @Test func aStreamOfACopyIsRecorded() throws {
        try copy(pool, as: "copied")
        #expect(
            try call(
                "UpdateTable",
                #"{"TableName":"copied","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"OLD_IMAGE"}}"#
            ).status == 200)
        #expect(
            try call("DeleteItem", #"{"TableName":"copied","Key":\#(key(deployment.own))}"#).status == 200)
        let arn = try value("StreamArn", in: try stream("ListStreams", "{}"))
        let shard = try value("ShardId", in: try stream("DescribeStream", #"{"StreamArn":"\#(arn)"}"#))
        let iterator = try value(
            "ShardIterator",
            in: try stream(
                "GetShardIterator",
                #"{"StreamArn":"\#(arn)","ShardId":"\#(shard)","ShardIteratorType":"TRIM_HORIZON"}"#))
        let before = looks().count
        let records = try stream("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#)
        #expect(records.contains("secret"))
        #expect(looks().count == before + 1 && looks().last?.detail["action"] == "dynamodb:GetRecords")
    }

    @Test func operatorsOwnTablesAreNobodys() throws {
        #expect(
            try call(
                "CreateTable",
                #"{"TableName":"notes","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"#
                    + #""KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}"#
            ).status == 200)
        try copy("notes", as: "notes-copy")
        #expect(try call("Scan", #"{"TableName":"notes-copy"}"#).status == 200)
        #expect(looks().isEmpty)
    }
}
