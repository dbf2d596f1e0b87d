import Base
import Compression
import Gateway
import GatewayTestKit
import HTTPClient
import Items
import SigV4
import Testing

@testable import GatewayAPI

/// Every operation over the wire.
struct OperationTests {
    private let server: TestServer
    private let credentials: SigV4Credentials
    private let pk: String

    init() throws {
        server = try TestServer()
        credentials = try server.credentials(server.deployment.own)
        pk = server.deployment.own.studentKey
    }

    private func call(_ operation: String, _ body: String) throws -> String {
        let answer = try server.call(operation, body, as: credentials)
        guard answer.status == 200 else { throw TestServer.Failure(text: answer.text) }
        return answer.text
    }

    private func key(_ sort: String) -> String {
        #"{"recordKey":{"S":"\#(pk)"},"entityKey":{"S":"\#(sort)"}}"#
    }

    private func item(_ sort: String, _ more: String = "") -> String {
        #"{"recordKey":{"S":"\#(pk)"},"entityKey":{"S":"\#(sort)"}\#(more)}"#
    }

    private func put(_ sort: String, _ more: String = "") throws {
        _ = try call("PutItem", #"{"TableName":"student-table","Item":\#(item(sort, more))}"#)
    }

    @Test func getItemProjectsAndReports() throws {
        try put("A", #","n":{"N":"1"},"m":{"M":{"x":{"S":"y"},"z":{"S":"w"}}}"#)
        let projected = try call(
            "GetItem",
            ##"{"TableName":"student-table","Key":\##(key("A")),"ProjectionExpression":"#m.x","##
                + ##""ExpressionAttributeNames":{"#m":"m"},"ConsistentRead":true,"ReturnConsumedCapacity":"INDEXES"}"##
        )
        #expect(
            projected
                == #"{"Item":{"m":{"M":{"x":{"S":"y"}}}},"ConsumedCapacity":{"TableName":"student-table","#
                + #""CapacityUnits":1.0,"Table":{"CapacityUnits":1.0}}}"#)
        #expect(try call("GetItem", #"{"TableName":"student-table","Key":\#(key("absent"))}"#) == "{}")
    }

    @Test func putItemReturnsTheOldItemAndReportsIndexes() throws {
        let teacher = #","teacherKey":{"S":"TENANT#\#(server.deployment.own.school)#TEACHER#1"}"#
        try put("A", #","n":{"N":"1"}"#)
        let answer = try call(
            "PutItem",
            #"{"TableName":"student-table","Item":\#(item("A", teacher)),"ReturnValues":"ALL_OLD","#
                + #""ReturnConsumedCapacity":"INDEXES"}"#)
        #expect(
            answer == #"{"Attributes":{"entityKey":{"S":"A"},"n":{"N":"1"},"recordKey":{"S":"\#(pk)"}},"#
                + #""ConsumedCapacity":{"TableName":"student-table","CapacityUnits":2.0,"Table":{"CapacityUnits":1.0},"#
                + #""GlobalSecondaryIndexes":{"teacher-index":{"CapacityUnits":1.0}}}}"#)
    }

    @Test(arguments: [
        ("NONE", "{}"), ("ALL_OLD", #"{"Attributes":{"a":{"N":"1"},"b":{"N":"5"},KEY}}"#),
        ("UPDATED_OLD", #"{"Attributes":{"a":{"N":"1"}}}"#),
        ("ALL_NEW", #"{"Attributes":{"a":{"N":"3"},"b":{"N":"5"},KEY}}"#),
        ("UPDATED_NEW", #"{"Attributes":{"a":{"N":"3"}}}"#),
    ])
    func updateItemReturnsWhatIsAskedFor(_ returned: String, _ expected: String) throws {
        try put("A", #","a":{"N":"1"},"b":{"N":"5"}"#)
        let answer = try call(
            "UpdateItem",
            #"{"TableName":"student-table","Key":\#(key("A")),"UpdateExpression":"SET a = a + :two","#
                + #""ExpressionAttributeValues":{":two":{"N":"2"}},"ReturnValues":"\#(returned)"}"#)
        let keys = #""entityKey":{"S":"A"},"recordKey":{"S":"\#(pk)"}"#
        let parts = expected.split(separator: "KEY", omittingEmptySubsequences: false)
        #expect(answer == parts.joined(separator: keys))
    }

    @Test func updateItemWithoutExpressionMakesTheItem() throws {
        _ = try call("UpdateItem", #"{"TableName":"student-table","Key":\#(key("new"))}"#)
        #expect(
            try call("GetItem", #"{"TableName":"student-table","Key":\#(key("new"))}"#)
                == #"{"Item":{"entityKey":{"#
                + #""S":"new"},"recordKey":{"S":"\#(pk)"}}}"#)
    }

    @Test func deleteItemGoesByItsCondition() throws {
        try put("A", #","n":{"N":"1"}"#)
        let body =
            #"{"TableName":"student-table","Key":\#(key("A")),"ConditionExpression":"n = :n","#
            + #""ReturnValuesOnConditionCheckFailure":"ALL_OLD","ReturnValues":"ALL_OLD","#
            + #""ExpressionAttributeValues":{":n":{"N":"NUMBER"}}}"#
        let parts = body.split(separator: "NUMBER").map(String.init)
        let refused = try server.call("DeleteItem", parts.joined(separator: "2"), as: credentials)
        #expect(refused.status == 400)
        #expect(
            refused.text
                == #"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"#
                + #""The conditional request failed","Item":{"entityKey":{"S":"A"},"n":{"N":"1"},"recordKey":{"#
                + #""S":"\#(pk)"}}}"#)
        #expect(try call("DeleteItem", parts.joined(separator: "1")).contains(#""n":{"N":"1"}"#))
        #expect(try call("GetItem", #"{"TableName":"student-table","Key":\#(key("A"))}"#) == "{}")
    }

    @Test func aFailedConditionGivesTheItemOnlyToWhoAsksForIt() throws {
        try put("A", #","n":{"N":"1"}"#)
        let refused = try server.call(
            "PutItem",
            #"{"TableName":"student-table","Item":\#(item("A")),"ConditionExpression":"attribute_not_exists(n)"}"#,
            as: credentials)
        #expect(
            refused.text
                == #"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"#
                + #""The conditional request failed"}"#)
    }

    @Test func queryReadsPageByPage() throws {
        for number in 1...5 { try put("G#\(number)", #","n":{"N":"\#(number)"}"#) }
        var sorts: [String] = []
        var start = ""
        repeat {
            let answer = try call(
                "Query",
                #"{"TableName":"student-table","KeyConditionExpression":"recordKey = :p AND begins_with(entityKey, :g)","#
                    + #""ExpressionAttributeValues":{":p":{"S":"\#(pk)"},":g":{"S":"G#"}},"Limit":2,"#
                    + #""ScanIndexForward":false\#(start)}"#)
            let items = answer.prefix { $0 != "]" }
            sorts += items.matches(of: /"S":"(G#\d)"/).map { String($0.output.1) }
            let last = answer.firstMatch(of: /"LastEvaluatedKey":(\{.*?\}\})/)?.output.1
            start = last.map { #","ExclusiveStartKey":\#($0)"# } ?? ""
        } while !start.isEmpty
        #expect(sorts == ["G#5", "G#4", "G#3", "G#2", "G#1"])
    }

    @Test func queryFiltersAndCounts() throws {
        for number in 1...5 { try put("G#\(number)", #","n":{"N":"\#(number)"}"#) }
        let base =
            #"{"TableName":"student-table","KeyConditionExpression":"recordKey = :p","FilterExpression":"n > :n","#
            + #""ExpressionAttributeValues":{":p":{"S":"\#(pk)"},":n":{"N":"3"}}"#
        #expect(try call("Query", base + #","Select":"COUNT"}"#) == #"{"Count":2,"ScannedCount":5}"#)
        #expect(
            try call("Query", base + #","ProjectionExpression":"n","ReturnConsumedCapacity":"TOTAL"}"#)
                == #"{"Items":[{"n":{"N":"4"}},{"n":{"N":"5"}}],"Count":2,"ScannedCount":5,"ConsumedCapacity":{"#
                + #""TableName":"student-table","CapacityUnits":0.5}}"#)
    }

    @Test func queryReadsAnIndex() throws {
        let teacher = "TENANT#\(server.deployment.own.school)#TEACHER#1"
        try put("A", #","teacherKey":{"S":"\#(teacher)"},"n":{"N":"1"}"#)
        try put("B", #","teacherKey":{"S":"\#(teacher)"},"n":{"N":"2"}"#)
        try put("C", #","n":{"N":"3"}"#)
        let base =
            #"{"TableName":"student-table","IndexName":"teacher-index","KeyConditionExpression":"teacherKey = :t","#
            + #""ExpressionAttributeValues":{":t":{"S":"\#(teacher)"}"#
        #expect(try call("Query", base + #"},"Select":"COUNT"}"#) == #"{"Count":2,"ScannedCount":2}"#)
        let filtered = try call(
            "Query",
            base + #",":n":{"N":"1"}},"FilterExpression":"n > :n","ProjectionExpression":"n","Limit":2}"#)
        #expect(filtered.hasPrefix(#"{"Items":[{"n":{"N":"2"}}],"Count":1,"ScannedCount":2"#))
        #expect(
            filtered.contains(
                #""LastEvaluatedKey":{"entityKey":{"S":"B"},"recordKey":{"S":"\#(pk)"},"teacherKey":{"S":"\#(teacher)"}}"#
            ))
    }

    @Test func scanIsRefusedByThePolicyAndAnswersWhereItMay() throws {
        try put("A")
        let refused = try server.call("Scan", #"{"TableName":"student-table"}"#, as: credentials)
        #expect(refused.status == 400)
        server.deployment.policies.replace(by: try TestPolicies.faulty())
        let all = try call("Scan", #"{"TableName":"student-table","Select":"COUNT"}"#)
        #expect(all == #"{"Count":1,"ScannedCount":1}"#)
        let parts = try (0..<3).map { part in
            try call(
                "Scan",
                #"{"TableName":"student-table","Segment":\#(part),"TotalSegments":3,"Select":"COUNT"}"#)
        }
        #expect(parts.filter { $0 == all }.count == 1)
    }

    @Test func batchesWriteAndGet() throws {
        let writes = ["A", "B"].map { #"{"PutRequest":{"Item":\#(item($0))}}"# }.joined(separator: ",")
        #expect(
            try call("BatchWriteItem", #"{"RequestItems":{"student-table":[\#(writes)]}}"#)
                == #"{"UnprocessedItems":{}}"#)
        let got = try call(
            "BatchGetItem",
            #"{"RequestItems":{"student-table":{"Keys":[\#(key("A")),\#(key("B")),\#(key("C"))],"#
                + #""ProjectionExpression":"entityKey"}},"ReturnConsumedCapacity":"TOTAL"}"#)
        #expect(
            got
                == #"{"Responses":{"student-table":[{"entityKey":{"S":"A"}},{"entityKey":{"S":"B"}}]},"#
                + #""UnprocessedKeys":{},"ConsumedCapacity":[{"TableName":"student-table","CapacityUnits":1.5}]}"#
        )
        _ = try call(
            "BatchWriteItem", #"{"RequestItems":{"student-table":[{"DeleteRequest":{"Key":\#(key("A"))}}]}}"#)
        #expect(try call("GetItem", #"{"TableName":"student-table","Key":\#(key("A"))}"#) == "{}")
    }

    @Test func aBatchGetGivesBackTheKeysThatItHadNoRoomFor() throws {
        // 48 items of 350 KB are more than 16 MB.
        let text = String(repeating: "x", count: 350_000)
        for number in 0..<48 {
            var item = server.deployment.key(of: server.deployment.own)
            item["entityKey"] = .string("L#\(number)")
            item["text"] = .string(text)
            try server.deployment.plant(item, in: "student-table")
        }
        let keys = (0..<48).map { key("L#\($0)") }.joined(separator: ",")
        let got = try call(
            "BatchGetItem", #"{"RequestItems":{"student-table":{"Keys":[\#(keys)],"ConsistentRead":true}}}"#)
        let found = got.matches(of: /"text":/).count
        let behind = try #require(got.ranges(of: "UnprocessedKeys").first)
        let unprocessed = got[behind.upperBound...].matches(of: /"recordKey":/).count
        #expect(found == 47)
        #expect(found + unprocessed == 48)
        #expect(got.hasSuffix(#""ConsistentRead":true}}}"#))
    }

    @Test func describesAndListsTheLogicalTables() throws {
        let described = try call("DescribeTable", #"{"TableName":"school-table"}"#)
        #expect(
            described.contains(
                #""TableName":"school-table","KeySchema":[{"AttributeName":"tenantId","KeyType":"HASH"},"#
                    + #"{"AttributeName":"entityKey","KeyType":"RANGE"}],"TableStatus":"ACTIVE","#
                    + #""CreationDateTime":1767225600.0"#))
        #expect(
            described.contains(
                #""TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/school-table","TableId":""#))
        #expect(
            described.contains(
                #""KeySchema":[{"AttributeName":"tenantId","KeyType":"HASH"},{"AttributeName":"entityKey","KeyType":"RANGE"}]"#
            ))
        #expect(try call("ListTables", "{}") == #"{"TableNames":["school-table","student-table"]}"#)
        #expect(
            try call("ListTables", #"{"Limit":1}"#)
                == #"{"TableNames":["school-table"],"LastEvaluatedTableName":"school-table"}"#)
        #expect(
            try call("ListTables", #"{"ExclusiveStartTableName":"school-table"}"#)
                == #"{"TableNames":["student-table"]}"#)
    }

    // MARK: The protocol

    @Test func compressesForWhoAsksAndTakesCompressedBodies() throws {
        let text = String(repeating: "a", count: 4000)
        let body = Array(
            #"{"TableName":"student-table","Item":\#(item("A", #","t":{"S":"\#(text)"}"#))}"#.utf8)
        let put = try server.call(
            "PutItem", bytes: GZip.compress(body), as: credentials,
            [HTTPClientHeader("Content-Encoding", "gzip")])
        #expect(put.status == 200)
        let get = #"{"TableName":"student-table","Key":\#(key("A"))}"#
        let plain = try server.call("GetItem", get, as: credentials)
        #expect(plain.header("content-encoding") == nil)
        #expect(plain.header("x-amz-crc32") == String(CRC32.checksum(of: plain.body)))
        let packed = try server.call(
            "GetItem", get, as: credentials, [HTTPClientHeader("Accept-Encoding", "gzip")])
        #expect(packed.header("content-encoding") == "gzip")
        #expect(packed.header("x-amz-crc32") == String(CRC32.checksum(of: packed.body)))
        #expect(try GZip.decompress(packed.body, bytesMax: 100_000) == plain.body)
    }

    @Test(arguments: ["GET", "HEAD"])
    func saysThatItIsHealthy(_ method: String) throws {
        let answer = try server.send([], [], method: method)
        #expect(answer.status == 200)
        #expect(answer.text == (method == "HEAD" ? "" : "healthy: dynamodb.us-east-1.amazonaws.com "))
    }

    @Test func countsWhatItAnswers() throws {
        try put("A")
        _ = try server.call("GetItem", "{}", as: credentials)
        let metrics = server.deployment.gateway.metrics
        #expect(metrics.requestCount(.putItem, .ok) == 1)
        #expect(metrics.requestCount(.getItem, .invalid) == 1)
        #expect(metrics.requestCount(.assumeRoleWithWebIdentity, .ok) == 1)
        #expect(metrics.latencyBuckets(.putItem).reduce(0, +) == 1)
    }
}
