import Base
import GatewayTestKit
import HTTPClient
import SigV4
import Testing

/// Streams of operators' own tables over the wire.
struct OperatorStreamTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    private func call(_ operation: String, _ body: String, isStream: Bool = false) throws -> String {
        let answer = try server.call(
            operation, bytes: Array(body.utf8), as: server.operatorCredentials,
            api: isStream ? "DynamoDBStreams_20120810" : "DynamoDB_20120810")
        guard answer.status == 200 else { throw TestServer.Failure(text: answer.text) }
        return answer.text
    }

    private func value(_ member: String, in json: String) throws -> String {
        let found = try #require(json.split(separator: "\"\(member)\":\"").dropFirst().first)
        return String(found.prefix { $0 != "\"" })
    }

    private func makeTable(_ type: String, isStreamed: Bool) throws {
        let stream =
            isStreamed
            ? #","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}"# : ""
        _ = try call(
            "CreateTable",
            #"{"TableName":"orders","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"\#(type)"}],"#
                + #""KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"\#(stream)}"#
        )
    }

    /// A table's stream outlives it: another table of that name, of another key, must not be taken for the stream's.
    @Test(arguments: [true, false])
    func aDeletedTablesStreamKeepsItsKey(isStreamed: Bool) throws {
        try makeTable("S", isStreamed: true)
        _ = try call("PutItem", #"{"TableName":"orders","Item":{"id":{"S":"first"}}}"#)
        let arn = try value("StreamArn", in: try call("ListStreams", "{}", isStream: true))
        _ = try call("DeleteTable", #"{"TableName":"orders"}"#)
        server.deployment.clock.advance(byMilliseconds: 1000)
        try makeTable("N", isStreamed: isStreamed)
        _ = try call("PutItem", #"{"TableName":"orders","Item":{"id":{"N":"2"}}}"#)

        let description = try call("DescribeStream", #"{"StreamArn":"\#(arn)"}"#, isStream: true)
        #expect(description.contains(#""StreamStatus":"DISABLED""#))
        let shard = try value("ShardId", in: description)
        let iterator = try value(
            "ShardIterator",
            in: try call(
                "GetShardIterator",
                #"{"StreamArn":"\#(arn)","ShardId":"\#(shard)","ShardIteratorType":"TRIM_HORIZON"}"#,
                isStream: true))
        let records = try call("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#, isStream: true)
        #expect(records.contains(#""Keys":{"id":{"S":"first"}}"#), "\(records)")
        #expect(!records.contains(#""N":"2""#))
        #expect(!records.contains("NextShardIterator"))
    }
}
