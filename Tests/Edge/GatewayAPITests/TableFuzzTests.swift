import Base
import GatewayTestKit
import HTTPClient
import TestKit
import Testing

@testable import GatewayAPI

/// An operator's calls about tables and on tables with indexes of every kind, with bodies that no SDK sends.
struct TableFuzzTests {
    private static let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/orders"

    private static let creation =
        #"{"TableName":"orders","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"at","AttributeType":"N"},{"AttributeName":"state","AttributeType":"S"},{"AttributeName":"town","AttributeType":"B"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"},{"AttributeName":"at","KeyType":"RANGE"}],"LocalSecondaryIndexes":[{"IndexName":"local","KeySchema":[{"AttributeName":"id","KeyType":"HASH"},{"AttributeName":"state","KeyType":"RANGE"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["n"]}}],"GlobalSecondaryIndexes":[{"IndexName":"global","KeySchema":[{"AttributeName":"state","KeyType":"HASH"},{"AttributeName":"id","KeyType":"HASH"},{"AttributeName":"town","KeyType":"RANGE"},{"AttributeName":"at","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}],"BillingMode":"PAY_PER_REQUEST","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"},"Tags":[{"Key":"team","Value":"blue"}]}"#

    private static let requests: [(operation: String, body: String)] = [
        ("CreateTable", creation),
        (
            "UpdateTable",
            #"{"TableName":"orders","AttributeDefinitions":[{"AttributeName":"kind","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"more","KeySchema":[{"AttributeName":"kind","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}"#
        ),
        (
            "UpdateTable",
            #"{"TableName":"orders","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"more"}}]}"#
        ),
        ("UpdateTable", #"{"TableName":"orders","StreamSpecification":{"StreamEnabled":false}}"#),
        ("DeleteTable", #"{"TableName":"orders"}"#), ("DescribeTable", #"{"TableName":"orders"}"#),
        ("ListTables", #"{"Limit":3}"#),
        ("TagResource", #"{"ResourceArn":"ARN","Tags":[{"Key":"a","Value":"b"},{"Key":"c","Value":""}]}"#),
        ("UntagResource", #"{"ResourceArn":"ARN","TagKeys":["a"]}"#),
        ("ListTagsOfResource", #"{"ResourceArn":"ARN"}"#),
        (
            "UpdateTimeToLive",
            #"{"TableName":"orders","TimeToLiveSpecification":{"AttributeName":"ends","Enabled":true}}"#
        ),
        ("DescribeTimeToLive", #"{"TableName":"orders"}"#),
        ("DescribeContinuousBackups", #"{"TableName":"orders"}"#), ("DescribeLimits", "{}"),
        ("DescribeEndpoints", "{}"),
        (
            "PutItem",
            #"{"TableName":"orders","Item":{"id":{"S":"a"},"at":{"N":"1"},"state":{"S":"x"},"town":{"B":"AA=="},"n":{"NS":["1","2"]},"ends":{"N":"1"},"kind":{"S":"k"}},"ReturnConsumedCapacity":"INDEXES"}"#
        ),
        (
            "Query",
            ##"{"TableName":"orders","IndexName":"global","KeyConditionExpression":"#s = :x AND id = :a AND town = :t AND #t > :n","ExpressionAttributeNames":{"#s":"state","#t":"at"},"ExpressionAttributeValues":{":x":{"S":"x"},":a":{"S":"a"},":t":{"B":"AA=="},":n":{"N":"-1"}},"ScanIndexForward":false}"##
        ),
        (
            "Query",
            ##"{"TableName":"orders","IndexName":"local","KeyConditionExpression":"id = :a AND begins_with(#s, :x)","ExpressionAttributeNames":{"#s":"state"},"ExpressionAttributeValues":{":x":{"S":"x"},":a":{"S":"a"}},"ProjectionExpression":"ends","ConsistentRead":true,"Limit":1}"##
        ),
        (
            "Scan",
            #"{"TableName":"orders","IndexName":"global","ExclusiveStartKey":{"id":{"S":"a"},"at":{"N":"1"},"state":{"S":"x"},"town":{"B":"AA=="}}}"#
        ),
    ]

    private static let pieces = [
        "{", "}", "[", "]", "\"", "null", "true", "-1", "0", ":", ",", "{}", "[]", "\"\"", "HASH", "RANGE",
        "ALL", "id", "at",
        "state", "orders", "global", "local", "more", "\"S\"", "\"N\"", "arn:aws:", "PROVISIONED",
    ]

    @Test func fuzzedBodiesAboutTablesDoNotCrash() throws {
        let server = try TestServer()
        let requests = Self.requests.map { request in
            (
                operation: request.operation,
                body: Array(
                    request.body.split(separator: "ARN", omittingEmptySubsequences: false)
                        .joined(separator: Self.arn).utf8)
            )
        }
        // The first of all, which makes the table, must be right.
        let made = try server.call("CreateTable", Self.creation, as: server.operatorCredentials)
        try #require(made.status == 200, "\(made.text)")
        try Fuzzer("requests about tables", rounds: 400, accepting: 0.05...0.9).runParser { random in
            let request = random.pick(requests)
            let body =
                random.oneIn(4)
                ? request.body : request.body.mutated(random, changesMax: 3, pieces: Self.pieces)
            let answer = try server.call(request.operation, bytes: body, as: server.operatorCredentials)
            try #require(
                answer.status == 200 || answer.status == 400,
                "\(request.operation) \(String(decoding: body, as: UTF8.self)): \(answer.text)")
            return answer.status == 200 ? .accepted : .refused
        }
    }
}
