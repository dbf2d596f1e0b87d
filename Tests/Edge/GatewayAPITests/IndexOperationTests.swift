import Base
import Gateway
import GatewayTestKit
import HTTPClient
import SigV4
import Testing

@testable import GatewayAPI

/// Indexes over the wire.
struct IndexOperationTests {
    private let server: TestServer
    private let credentials: SigV4Credentials
    private let pk: String
    private let classKey: String

    init() throws {
        server = try TestServer()
        credentials = try server.credentials(server.deployment.own)
        pk = server.deployment.own.studentKey
        classKey = "TENANT#\(server.deployment.own.school)#CLASS#1"
    }

    private func call(_ operation: String, _ body: String) throws -> String {
        let answer = try server.call(operation, body, as: credentials)
        guard answer.status == 200 else { throw TestServer.Failure(text: answer.text) }
        return answer.text
    }

    private func item(_ sort: String, grade: Int, number: Int) -> String {
        #"""
        {"recordKey":{"S":"\#(pk)"},"entityKey":{"S":"\#(sort)"},"grade":{"N":"\#(grade)"},\#
        "classKey":{"S":"\#(classKey)"},"year":{"N":"2026"},"surname":{"S":"Smith"},"number":{"N":"\#(number)"}}
        """#
    }

    private func put(_ sort: String, grade: Int, number: Int) throws -> String {
        try call(
            "PutItem",
            #"""
            {"TableName":"student-table","Item":\#(item(sort, grade: grade, number: number)),\#
            "ReturnConsumedCapacity":"INDEXES","ReturnItemCollectionMetrics":"SIZE"}
            """#)
    }

    @Test func writesBreakDownByKindOfIndexAndTellTheirCollection() throws {
        #expect(
            try put("A", grade: 1, number: 1)
                == #"""
                {"ConsumedCapacity":{"TableName":"student-table","CapacityUnits":3.0,"Table":{"CapacityUnits":1.0},\#
                "LocalSecondaryIndexes":{"grade-index":{"CapacityUnits":1.0}},\#
                "GlobalSecondaryIndexes":{"class-index":{"CapacityUnits":1.0}}},\#
                "ItemCollectionMetrics":{"ItemCollectionKey":{"recordKey":{"S":"\#(pk)"}},\#
                "SizeEstimateRangeGB":[0.0,1.0]}}
                """#)
        let batch = try call(
            "BatchWriteItem",
            #"""
            {"RequestItems":{"student-table":[{"PutRequest":{"Item":\#(item("A", grade: 1, number: 2))}},\#
            {"DeleteRequest":{"Key":{"recordKey":{"S":"\#(pk)"},"entityKey":{"S":"B"}}}}]},\#
            "ReturnConsumedCapacity":"TOTAL","ReturnItemCollectionMetrics":"SIZE"}
            """#)
        #expect(
            batch
                == #"""
                {"UnprocessedItems":{},"ConsumedCapacity":[{"TableName":"student-table","CapacityUnits":4.0}],\#
                "ItemCollectionMetrics":{"student-table":[{"ItemCollectionKey":{"recordKey":{"S":"\#(pk)"}},\#
                "SizeEstimateRangeGB":[0.0,1.0]}]}}
                """#)
    }

    @Test func queriesIndexesOfBothKinds() throws {
        for number in 1...3 { _ = try put("\(number)", grade: 4 - number, number: number) }
        let several = try call(
            "Query",
            #"""
            {"TableName":"student-table","IndexName":"class-index","Limit":1,"ProjectionExpression":"#n",\#
            "KeyConditionExpression":"classKey = :c AND #y = :y AND surname = :s AND #n BETWEEN :one AND :two",\#
            "ExpressionAttributeNames":{"#y":"year","#n":"number"},\#
            "ExpressionAttributeValues":{":c":{"S":"\#(classKey)"},":y":{"N":"2026"},":s":{"S":"Smith"},\#
            ":one":{"N":"2"},":two":{"N":"9"}},"ReturnConsumedCapacity":"INDEXES"}
            """#)
        #expect(
            several
                == #"""
                {"Items":[{"number":{"N":"2"}}],"Count":1,"ScannedCount":1,"LastEvaluatedKey":{\#
                "classKey":{"S":"\#(classKey)"},"entityKey":{"S":"2"},"number":{"N":"2"},\#
                "recordKey":{"S":"\#(pk)"},"surname":{"S":"Smith"},"year":{"N":"2026"}},\#
                "ConsumedCapacity":{"TableName":"student-table","CapacityUnits":0.5,"Table":{"CapacityUnits":0.0},\#
                "GlobalSecondaryIndexes":{"class-index":{"CapacityUnits":0.5}}}}
                """#)
        let local = try call(
            "Query",
            #"""
            {"TableName":"student-table","IndexName":"grade-index","ConsistentRead":true,\#
            "KeyConditionExpression":"recordKey = :k AND grade > :one","ProjectionExpression":"#n",\#
            "ExpressionAttributeNames":{"#n":"number"},"ScanIndexForward":false,\#
            "ExpressionAttributeValues":{":k":{"S":"\#(pk)"},":one":{"N":"1"}},\#
            "ReturnConsumedCapacity":"INDEXES"}
            """#)
        #expect(
            local == #"""
                {"Items":[{"number":{"N":"1"}},{"number":{"N":"2"}}],"Count":2,"ScannedCount":2,\#
                "ConsumedCapacity":{"TableName":"student-table","CapacityUnits":3.0,"Table":{"CapacityUnits":2.0},\#
                "LocalSecondaryIndexes":{"grade-index":{"CapacityUnits":1.0}}}}
                """#)
    }

    @Test func describesIndexesOfBothKinds() throws {
        let described = try call("DescribeTable", #"{"TableName":"student-table"}"#)
        #expect(
            described.contains(
                #"""
                "KeySchema":[{"AttributeName":"classKey","KeyType":"HASH"},{"AttributeName":"year","KeyType":"HASH"},\#
                {"AttributeName":"surname","KeyType":"RANGE"},{"AttributeName":"number","KeyType":"RANGE"}]
                """#
            ))
        #expect(
            described.contains(
                #"""
                "LocalSecondaryIndexes":[{"IndexName":"grade-index","KeySchema":[\#
                {"AttributeName":"recordKey","KeyType":"HASH"},{"AttributeName":"grade","KeyType":"RANGE"}],\#
                "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["remark"]},
                """#
            ))
        #expect(described.contains(#"table/student-table/index/grade-index""#))
    }

    @Test func aTransactionCostsTwiceAndTellsItsCollections() throws {
        let answer = try call(
            "TransactWriteItems",
            #"""
            {"TransactItems":[{"Put":{"TableName":"student-table","Item":\#(item("A", grade: 1, number: 2))}},\#
            {"Put":{"TableName":"student-table","Item":\#(item("B", grade: 1, number: 2))}}],\#
            "ReturnConsumedCapacity":"INDEXES","ReturnItemCollectionMetrics":"SIZE"}
            """#)
        #expect(answer.contains(#""LocalSecondaryIndexes":{"grade-index":{"CapacityUnits":4.0}}"#))
        #expect(answer.contains(#""GlobalSecondaryIndexes":{"class-index":{"CapacityUnits":4.0}}"#))
        #expect(
            answer.hasSuffix(
                #"""
                "ItemCollectionMetrics":{"student-table":[{"ItemCollectionKey":{"recordKey":{"S":"\#(pk)"}},\#
                "SizeEstimateRangeGB":[0.0,1.0]}]}}
                """#))
    }
}
