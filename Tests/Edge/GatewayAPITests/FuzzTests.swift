import Base
import Gateway
import GatewayTestKit
import HTTPClient
import SigV4
import TestKit
import Testing

@testable import GatewayAPI

/// Bodies that no SDK sends: nothing crashes, nothing is an internal error, nobody's else data comes out.
struct FuzzTests {
    /// Operations with a body that is right: so changes reach beyond the first check.
    private static let requests: [(operation: String, body: String)] = [
        (
            "GetItem",
            ##"{"TableName":"student-table","Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"}},"ProjectionExpression":"#a.b[1]","ExpressionAttributeNames":{"#a":"b"},"ConsistentRead":true}"##
        ),
        (
            "PutItem",
            #"{"TableName":"student-table","Item":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"},"l":{"L":[{"N":"1e5"},{"B":"YQ=="},{"NULL":true}]},"ss":{"SS":["a","b"]}},"ConditionExpression":"attribute_not_exists(a) OR size(b) > :v","ExpressionAttributeValues":{":v":{"N":"3"}}}"#
        ),
        (
            "PutItem",
            #"{"TableName":"student-table","Item":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"},"m":{"M":{"x":{"BOOL":false}}}},"Expected":{"n":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"1"},{"N":"2"}]},"z":{"Exists":false}},"ConditionalOperator":"OR","ReturnValues":"ALL_OLD"}"#
        ),
        (
            "UpdateItem",
            #"{"TableName":"student-table","Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"}},"UpdateExpression":"SET a = if_not_exists(a, :v) + :v REMOVE b ADD c :v DELETE d :s","ExpressionAttributeValues":{":v":{"N":"3"},":s":{"SS":["x"]}},"ReturnValues":"UPDATED_NEW"}"#
        ),
        (
            "UpdateItem",
            #"{"TableName":"student-table","Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"}},"AttributeUpdates":{"n":{"Action":"ADD","Value":{"N":"1"}},"ss":{"Action":"DELETE","Value":{"SS":["a"]}},"m":{"Action":"PUT","Value":{"L":[]}}},"ReturnValues":"UPDATED_OLD"}"#
        ),
        (
            "DeleteItem",
            #"{"TableName":"student-table","Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"B"}},"ConditionExpression":"contains(ss, :v)","ExpressionAttributeValues":{":v":{"S":"a"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}"#
        ),
        (
            "Query",
            #"{"TableName":"student-table","IndexName":"teacher-index","KeyConditionExpression":"teacherKey = :t AND entityKey BETWEEN :a AND :b","ExpressionAttributeValues":{":t":{"S":"PK"},":a":{"S":"a"},":b":{"S":"b"}},"Limit":3,"ExclusiveStartKey":{"recordKey":{"S":"PK"},"entityKey":{"S":"a"},"teacherKey":{"S":"PK"}}}"#
        ),
        (
            "Query",
            #"{"TableName":"student-table","KeyConditions":{"recordKey":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"PK"}]},"entityKey":{"ComparisonOperator":"BEGINS_WITH","AttributeValueList":[{"S":"A"}]}},"QueryFilter":{"n":{"ComparisonOperator":"GT","AttributeValueList":[{"N":"0"}]}},"ScanIndexForward":false,"AttributesToGet":["n","ss"]}"#
        ),
        (
            "Scan",
            #"{"TableName":"student-table","FilterExpression":"attribute_type(a, :t)","ExpressionAttributeValues":{":t":{"S":"N"}},"Segment":0,"TotalSegments":2,"Limit":5,"Select":"COUNT"}"#
        ),
        (
            "BatchGetItem",
            #"{"RequestItems":{"student-table":{"Keys":[{"recordKey":{"S":"PK"},"entityKey":{"S":"A"}}],"ProjectionExpression":"a"}},"ReturnConsumedCapacity":"INDEXES"}"#
        ),
        (
            "BatchWriteItem",
            #"{"RequestItems":{"student-table":[{"PutRequest":{"Item":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"}}}},{"DeleteRequest":{"Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"B"}}}}]}}"#
        ),
        (
            "TransactWriteItems",
            #"{"ClientRequestToken":"once","TransactItems":[{"Put":{"TableName":"student-table","Item":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"}}}},{"Update":{"TableName":"student-table","Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"B"}},"UpdateExpression":"SET a = :v","ExpressionAttributeValues":{":v":{"N":"3"}}}},{"Delete":{"TableName":"student-table","Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"C"}}}},{"ConditionCheck":{"TableName":"student-table","Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"D"}},"ConditionExpression":"attribute_not_exists(a)"}}]}"#
        ),
        (
            "TransactGetItems",
            #"{"TransactItems":[{"Get":{"TableName":"student-table","Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"}},"ProjectionExpression":"a"}}]}"#
        ),
        (
            "ExecuteStatement",
            #"{"Statement":"SELECT a.b[0], note FROM \"student-table\" WHERE recordKey IN ['PK', ?] AND (entityKey > 'A' OR size(note) > 1)","Parameters":[{"S":"PK"}],"Limit":2,"ConsistentRead":true,"NextToken":null}"#
        ),
        (
            "BatchExecuteStatement",
            #"{"Statements":[{"Statement":"UPDATE \"student-table\" SET a = list_append(a, [?]) WHERE recordKey = 'PK' AND entityKey = 'A' RETURNING ALL NEW *","Parameters":[{"N":"1"}]},{"Statement":"DELETE FROM \"student-table\" WHERE recordKey = 'PK' AND entityKey = 'B'"}]}"#
        ),
        (
            "ExecuteTransaction",
            #"{"TransactStatements":[{"Statement":"DELETE FROM \"student-table\" WHERE recordKey = 'PK' AND entityKey = 'C'"},{"Statement":"EXISTS(SELECT * FROM \"student-table\" WHERE recordKey = 'PK' AND entityKey = 'Z' AND note IS MISSING)"}],"ClientRequestToken":"t"}"#
        ),
        ("DescribeTable", #"{"TableName":"student-table"}"#),
        ("ListTables", #"{"Limit":2,"ExclusiveStartTableName":"school-table"}"#),
    ]

    private static let pieces = [
        "{", "}", "[", "]", "\"", "\\", "null", "true", "-1", "1e400", "\\ud800", "\u{0}", ":", ",", "\u{FF}",
        "{}", "[]",
        "\"\"", "{\"S\":\"\"}", "{\"N\":\"1e125\"}", "\"ReturnValues\":\"ALL_OLD\",", "\"Limit\":0,",
        "\"Select\":\"COUNT\",",
    ]

    @Test func fuzzedBodiesNeitherCrashNorLeak() throws {
        let server = try TestServer()
        let own = server.deployment.own
        server.deployment.policies.replace(by: try TestPolicies.faulty())
        try server.deployment.plant(
            server.deployment.student(of: server.deployment.other, note: "others-secret"), in: "student-table"
        )
        let credentials = try server.credentials(own)
        let requests = Self.requests.map { request in
            (
                operation: request.operation,
                body: Array(
                    request.body.split(separator: "PK", omittingEmptySubsequences: false)
                        .joined(separator: own.studentKey).utf8)
            )
        }
        for request in requests {
            let answer = try server.call(request.operation, bytes: request.body, as: credentials)
            // What is to be changed must itself be understood, whether its condition holds or not.
            let isUnderstood =
                answer.status == 200 || answer.text.contains("#ConditionalCheckFailedException")
            try #require(isUnderstood, "\(request.operation): \(answer.text)")
        }
        try Fuzzer("whole requests", rounds: 1500, accepting: 0.05...0.9).runParser { random in
            let request = random.pick(requests)
            // Now and then another operation's body.
            let operation = random.oneIn(10) ? random.pick(requests).operation : request.operation
            let body = request.body.mutated(random, changesMax: random.oneIn(2) ? 1 : 4, pieces: Self.pieces)
            let answer = try server.call(operation, bytes: body, as: credentials)
            // A scan of the pool that the second wall stops is the one internal error that there may be.
            let isStopped = ["Scan", "ExecuteStatement"].contains(operation) && answer.status == 500
            try #require(
                answer.status == 200 || answer.status == 400 || isStopped,
                "\(operation) \(String(decoding: body, as: UTF8.self)): \(answer.text)")
            try #require(!answer.text.contains("others-secret"))
            return answer.status == 200 ? .accepted : .refused
        }
    }

    @Test func survivesNestingThatIsVeryDeep() throws {
        let server = try TestServer()
        let credentials = try server.credentials(server.deployment.own)
        for open in ["[", #"{"a":"#, #"{"M":{"a":"#, #"{"L":["#] {
            let nested = String(repeating: open, count: 200_000)
            for body in [
                nested, #"{"TableName":"student-table","Item":{"a":\#(nested)"#, #"{"x":\#(nested)"#,
            ] {
                let answer = try server.call("PutItem", body, as: credentials)
                #expect(answer.status == 400)
                #expect(answer.text.hasPrefix(#"{"__type":"com.amazon.coral."#))
            }
        }
    }

    @Test func fuzzedBodiesAtSTSAreRefused() throws {
        let server = try TestServer()
        try Fuzzer("STS requests", rounds: 200).run { random in
            var body = Array("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&WebIdentityToken=".utf8)
            body += random.bytes(random.below(200))
            let answer = try server.send([("Content-Type", "application/x-www-form-urlencoded")], body)
            try #require(answer.status == 400)
        }
    }
}
