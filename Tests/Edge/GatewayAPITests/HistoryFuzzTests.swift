import Backups
import Base
import Gateway
import GatewayTestKit
import HTTPClient
import LocalTables
import TestKit
import Testing

@testable import GatewayAPI

/// Calls about streams, backups and restores with bodies that no SDK sends.
struct HistoryFuzzTests {
    private static let creation =
        #"{"TableName":"orders","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}"#

    /// Words in capitals stand for what the server has answered before.
    private static let requests: [(operation: String, body: String)] = [
        ("ListStreams", #"{"TableName":"orders","Limit":3,"ExclusiveStartStreamArn":"STREAM"}"#),
        ("DescribeStream", #"{"StreamArn":"STREAM","Limit":2,"ExclusiveStartShardId":"SHARD"}"#),
        (
            "GetShardIterator",
            #"{"StreamArn":"STREAM","ShardId":"SHARD","ShardIteratorType":"AFTER_SEQUENCE_NUMBER","SequenceNumber":"NUMBER"}"#
        ),
        ("GetRecords", #"{"ShardIterator":"ITERATOR","Limit":2}"#),
        (
            "PutItem",
            #"{"TableName":"orders","Item":{"id":{"S":"a"},"m":{"M":{"x":{"NS":["1","2"]},"y":{"B":"AA=="}}}}}"#
        ),
        ("UpdateTable", #"{"TableName":"orders","StreamSpecification":{"StreamEnabled":false}}"#),
        (
            "UpdateTable",
            #"{"TableName":"orders","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}}"#
        ),
        (
            "UpdateContinuousBackups",
            #"{"TableName":"orders","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":7}}"#
        ),
        ("DescribeContinuousBackups", #"{"TableName":"orders"}"#),
        ("CreateBackup", #"{"TableName":"orders","BackupName":"nightly"}"#),
        ("DescribeBackup", #"{"BackupArn":"BACKUP"}"#),
        (
            "ListBackups",
            #"{"TableName":"orders","Limit":2,"BackupType":"ALL","TimeRangeLowerBound":0,"ExclusiveStartBackupArn":"BACKUP"}"#
        ),
        (
            "RestoreTableFromBackup",
            #"{"BackupArn":"BACKUP","TargetTableName":"restored","BillingModeOverride":"PAY_PER_REQUEST","GlobalSecondaryIndexOverride":[]}"#
        ),
        (
            "RestoreTableToPointInTime",
            #"{"SourceTableName":"orders","TargetTableName":"rewound","UseLatestRestorableTime":true}"#
        ),
        ("DeleteBackup", #"{"BackupArn":"BACKUP"}"#),
    ]

    private static let streamOperations = ["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"]

    private static let pieces = [
        "{", "}", "[", "]", "\"", "null", "true", "-1", "0", "1e400", ":", ",", "{}", "[]", "\"\"", "orders",
        "LATEST",
        "TRIM_HORIZON", "arn:aws:", "/stream/", "/backup/", "shardId-", "9999999999999999999999999999999",
        "PROVISIONED",
    ]

    private let deployment: TestDeployment
    private let server: TestServer
    private let desk: BackupDesk
    private let folder: TemporaryFolder

    init() throws {
        deployment = try TestDeployment()
        folder = try TemporaryFolder()
        _ = try deployment.stores.create(OperatorTables.store, tables: [])
        desk = try BackupDesk(
            snapshots: LocalSnapshots(folder: folder.path, stores: deployment.stores),
            stores: deployment.stores,
            store: OperatorTables.store, clock: deployment.clock, random: SeededRandom(seed: 5)
        ) { _, _ in
            // A backup or restore that fails meanwhile: its table was deleted, which is no fault here.
        }
        server = try TestServer(deployment, backups: desk)
    }

    private func call(_ operation: String, _ body: [UInt8]) throws -> HTTPClientResponse {
        let isOfStreams = Self.streamOperations.contains(operation)
        return try server.call(
            operation, bytes: body, as: server.operatorCredentials,
            api: isOfStreams ? "DynamoDBStreams_20120810" : "DynamoDB_20120810")
    }

    /// A text member of the answer to a request that must be right.
    private func text(_ member: String, _ operation: String, _ body: String) throws -> String {
        let answer = try call(operation, Array(body.utf8))
        try #require(answer.status == 200, "\(operation): \(answer.text)")
        let parts = answer.text.split(separator: "\"\(member)\":\"", maxSplits: 1)
        return String(try #require(parts.dropFirst().first).prefix { $0 != "\"" })
    }

    /// The requests with what they need to know in place of the words in capitals.
    private func prepared() throws -> [(operation: String, body: [UInt8])] {
        _ = try text("TableName", "CreateTable", Self.creation)
        let item = #"{"TableName":"orders","Item":{"id":{"S":"a"}}}"#
        try #require(try call("PutItem", Array(item.utf8)).status == 200)
        let stream = try text("StreamArn", "ListStreams", "{}")
        let shard = try text("ShardId", "DescribeStream", #"{"StreamArn":"\#(stream)"}"#)
        let iterator = try text(
            "ShardIterator", "GetShardIterator",
            #"{"StreamArn":"\#(stream)","ShardId":"\#(shard)","ShardIteratorType":"TRIM_HORIZON"}"#)
        let number = try text("SequenceNumber", "GetRecords", #"{"ShardIterator":"\#(iterator)"}"#)
        let backup = try text("BackupArn", "CreateBackup", #"{"TableName":"orders","BackupName":"first"}"#)
        let known = [
            ("STREAM", stream), ("SHARD", shard), ("ITERATOR", iterator), ("NUMBER", number),
            ("BACKUP", backup),
        ]
        return Self.requests.map { request in
            let body = known.reduce(request.body) { body, word in
                body.split(separator: "\"\(word.0)\"", omittingEmptySubsequences: false)
                    .joined(separator: "\"\(word.1)\"")
            }
            return (request.operation, Array(body.utf8))
        }
    }

    @Test func fuzzedBodiesAboutHistoryDoNotCrash() throws {
        defer { desk.stop() }
        let requests = try prepared()
        try Fuzzer("requests about streams and backups", rounds: 400, accepting: 0.05...0.9).runParser {
            random in
            let request = random.pick(requests)
            let body =
                random.oneIn(4)
                ? request.body : request.body.mutated(random, changesMax: 3, pieces: Self.pieces)
            let answer = try call(request.operation, body)
            try #require(
                answer.status == 200 || answer.status == 400,
                "\(request.operation) \(String(decoding: body, as: UTF8.self)): \(answer.text)")
            return answer.status == 200 ? .accepted : .refused
        }
    }
}
