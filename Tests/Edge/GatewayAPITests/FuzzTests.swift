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
    private static let operations = [
        "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem",
        "DescribeTable", "ListTables",
    ]

    private static let bodies = [
        ##"{"TableName":"student-table","Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"}},"ProjectionExpression":"#a.b[1]","ExpressionAttributeNames":{"#a":"b"},"ConsistentRead":true}"##,
        #"{"TableName":"student-table","Item":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"},"l":{"L":[{"N":"1e5"},{"B":"YQ=="},{"NULL":true}]},"ss":{"SS":["a","b"]}},"ConditionExpression":"attribute_not_exists(a) OR size(b) > :v","ExpressionAttributeValues":{":v":{"N":"3"}}}"#,
        #"{"TableName":"student-table","Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"}},"UpdateExpression":"SET a = if_not_exists(a, :v) + :v REMOVE b[1] ADD c :v DELETE d :s","ExpressionAttributeValues":{":v":{"N":"3"},":s":{"SS":["x"]}},"ReturnValues":"UPDATED_NEW"}"#,
        #"{"TableName":"student-table","IndexName":"teacher-index","KeyConditionExpression":"teacherKey = :t AND entityKey BETWEEN :a AND :b","ExpressionAttributeValues":{":t":{"S":"PK"},":a":{"S":"a"},":b":{"S":"b"}},"Limit":3,"ExclusiveStartKey":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"},"teacherKey":{"S":"PK"}}}"#,
        #"{"TableName":"student-table","Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"}},"AttributeUpdates":{"a":{"Action":"ADD","Value":{"N":"1"}},"b":{"Action":"DELETE"}},"Expected":{"a":{"Exists":false},"c":{"ComparisonOperator":"NOT_CONTAINS","AttributeValueList":[{"S":"x"}]}},"ConditionalOperator":"OR","AttributesToGet":["a"]}"#,
        #"{"TableName":"student-table","KeyConditions":{"recordKey":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"PK"}]}},"QueryFilter":{"a":{"ComparisonOperator":"IN","AttributeValueList":[{"S":"x"}]}},"ScanFilter":{"a":{"ComparisonOperator":"NULL"}},"AttributesToGet":["a","b"]}"#,
        #"{"RequestItems":{"student-table":{"Keys":[{"recordKey":{"S":"PK"},"entityKey":{"S":"A"}}],"ProjectionExpression":"a"}}}"#,
        #"{"RequestItems":{"student-table":[{"PutRequest":{"Item":{"recordKey":{"S":"PK"},"entityKey":{"S":"A"}}}},{"DeleteRequest":{"Key":{"recordKey":{"S":"PK"},"entityKey":{"S":"B"}}}}]}}"#,
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
        let bodies = Self.bodies.map { body in
            Array(
                body.split(separator: "PK", omittingEmptySubsequences: false).joined(
                    separator: own.studentKey
                )
                .utf8)
        }
        try Fuzzer("whole requests", rounds: 1200, accepting: 0.01...0.9).runParser { random in
            let operation = random.pick(Self.operations)
            let body = random.pick(bodies).mutated(random, pieces: Self.pieces)
            let answer = try server.call(operation, bytes: body, as: credentials)
            // A scan of the pool that the second wall stops is the one internal error that there may be.
            let isStopped = operation == "Scan" && answer.status == 500
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
