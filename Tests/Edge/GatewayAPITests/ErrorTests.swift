import Base
import Gateway
import GatewayTestKit
import HTTPClient
import Items
import Registry
import SigV4
import Testing

@testable import GatewayAPI

/// What goes wrong, in AWS's words.
struct ErrorTests {
    private static let validation = "com.amazon.coral.validate#ValidationException"
    private static let serialization = "com.amazon.coral.service#SerializationException"
    private static let notFound = "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"

    /// A request, the error's type and its text.
    struct Case: Sendable, CustomTestStringConvertible {
        let operation: String
        let body: String
        let type: String
        let message: String

        var testDescription: String { "\(operation) \(body)" }
    }

    private static func invalid(_ operation: String, _ body: String, _ message: String) -> Case {
        Case(operation: operation, body: body, type: validation, message: message)
    }

    private static func wrongKind(_ operation: String, _ body: String, _ message: String) -> Case {
        Case(operation: operation, body: body, type: serialization, message: message)
    }

    private static let key = #""Key":{"recordKey":{"S":"TENANT#PK"},"entityKey":{"S":"A"}}"#
    private static let table = #""TableName":"student-table""#
    private static let missingName =
        "The parameter 'TableName' is required but was not present in the request"

    private static let names: [Case] = [
        invalid("GetItem", "{}", missingName), invalid("PutItem", #"{"TableName":null}"#, missingName),
        invalid("Query", "{}", missingName), invalid("Scan", #"{"Limit":0}"#, missingName),
        invalid("DescribeTable", "{}", missingName),
        invalid(
            "GetItem", #"{"TableName":"a;"}"#,
            "2 validation errors detected: Value 'a;' at 'tableName' failed to satisfy constraint: Member must satisfy "
                + "regular expression pattern: [a-zA-Z0-9_.-]+; Value 'a;' at 'tableName' failed to satisfy constraint: "
                + "Member must have length greater than or equal to 3"),
        Case(
            operation: "GetItem", body: #"{"TableName":"absent",\#(key)}"#, type: notFound,
            message: "Requested resource not found"),
        Case(
            operation: "DescribeTable", body: #"{"TableName":"absent"}"#, type: notFound,
            message: "Requested resource not found: Table: absent not found"),
    ]

    private static let kinds: [Case] = [
        wrongKind("GetItem", #"{"TableName":1}"#, "NUMBER_VALUE cannot be converted to String"),
        wrongKind("GetItem", #"{"TableName":1.5}"#, "DECIMAL_VALUE cannot be converted to String"),
        wrongKind("GetItem", #"{"TableName":true}"#, "TRUE_VALUE cannot be converted to String"),
        wrongKind("GetItem", #"{"TableName":{}}"#, "Start of structure or map found where not expected"),
        wrongKind("GetItem", #"{"TableName":[]}"#, "Unrecognized collection type class java.lang.String"),
        wrongKind("GetItem", #"{\#(table),"Key":"a"}"#, "Unexpected field type"),
        wrongKind(
            "GetItem", #"{\#(table),\#(key),"ConsistentRead":"a"}"#, "Unexpected token received from parser"),
        wrongKind(
            "GetItem", #"{\#(table),\#(key),"ConsistentRead":1}"#,
            "NUMBER_VALUE cannot be converted to Boolean"),
        wrongKind("Scan", #"{\#(table),"Limit":"a"}"#, "STRING_VALUE cannot be converted to Integer"),
        wrongKind("Scan", #"{\#(table),"Limit":[]}"#, "Unrecognized collection type class java.lang.Integer"),
        wrongKind("BatchGetItem", #"{"RequestItems":"a"}"#, "Unexpected field type"),
        wrongKind(
            "BatchGetItem", #"{"RequestItems":{"student-table":{"Keys":{}}}}"#,
            "Start of structure or map found where not expected"),
        wrongKind("GetItem", #"{\#(table)"#, "Unexpected token received from parser"),
        wrongKind("GetItem", #"{\#(table)} x"#, "Unexpected token received from parser"),
    ]

    private static let parameters: [Case] = [
        invalid(
            "GetItem", #"{\#(table)}"#,
            "1 validation error detected: Value null at 'key' failed to satisfy constraint: Member must not be null"
        ),
        invalid(
            "PutItem", #"{\#(table),"Item":{},"ReturnValues":"a","ReturnConsumedCapacity":"b"}"#,
            "2 validation errors detected: Value 'b' at 'returnConsumedCapacity' failed to satisfy constraint: Member "
                + "must satisfy enum value set: [INDEXES, TOTAL, NONE]; Value 'a' at 'returnValues' failed to satisfy "
                + "constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
        ),
        invalid(
            "PutItem", #"{\#(table),"Item":{},"ReturnValues":"ALL_NEW"}"#,
            "ReturnValues can only be ALL_OLD or NONE"),
        invalid(
            "PutItem", #"{\#(table),"Item":{"recordKey":{"S":"TENANT#PK"}}}"#,
            "One or more parameter values were invalid: Missing the key entityKey in the item"),
        invalid(
            "PutItem",
            #"{\#(table),"Item":{"recordKey":{"S":"OWNKEY"},"entityKey":{"S":"A"},"teacherKey":{"N":"1"}}}"#,
            "One or more parameter values were invalid: Type mismatch for Index Key teacherKey Expected: S Actual: N "
                + "IndexName: teacher-index"),
        invalid(
            "GetItem", #"{\#(table),"Key":{"recordKey":{"S":"a"}}}"#,
            "The provided key element does not match the schema"),
        invalid(
            "GetItem", #"{\#(table),"Key":{"recordKey":{"S":"a"},"entityKey":{"N":"x"}}}"#,
            "The parameter cannot be converted to a numeric value: x"),
        invalid(
            "GetItem", #"{\#(table),\#(key),"ExpressionAttributeNames":{"x":"y"}}"#,
            "ExpressionAttributeNames can only be specified when using expressions"),
        invalid(
            "UpdateItem", #"{\#(table),\#(key),"UpdateExpression":"SET entityKey = recordKey"}"#,
            "One or more parameter values were invalid: Cannot update attribute entityKey. This attribute is part of the "
                + "key"),
        invalid(
            "Query", #"{\#(table)}"#,
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."),
        invalid(
            "Query",
            #"{\#(table),"KeyConditionExpression":"entityKey = :a","ExpressionAttributeValues":{":a":{"S":"a"}}}"#,
            "Query condition missed key schema element: recordKey"),
        invalid(
            "Scan", #"{\#(table),"Limit":0}"#,
            "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value "
                + "greater than or equal to 1"),
        invalid(
            "Scan", #"{\#(table),"Segment":2,"TotalSegments":2}"#,
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less "
                + "than TotalSegments: 2"),
        invalid(
            "Scan", #"{\#(table),"Segment":2}"#,
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
                + "present"),
        invalid(
            "Scan", #"{\#(table),"IndexName":"absent"}"#,
            "The table does not have the specified index: absent"),
        invalid(
            "Scan", #"{\#(table),"IndexName":"teacher-index","ConsistentRead":true}"#,
            "Consistent reads are not supported on global secondary indexes"),
        invalid(
            "Scan", #"{\#(table),"IndexName":"keys-index","Select":"ALL_ATTRIBUTES"}"#,
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global "
                + "secondary index keys-index because its projection type is not ALL"),
        invalid(
            "Scan", #"{\#(table),"IndexName":"keys-index","ProjectionExpression":"entityKey, zeal"}"#,
            "One or more parameter values were invalid: Global secondary index keys-index does not project [zeal]"
        ),
        invalid(
            "Scan", #"{\#(table),"Select":"COUNT","ProjectionExpression":"zeal"}"#,
            "Cannot specify the ProjectionExpression when choosing to get only the Count"),
        invalid(
            "Scan", #"{\#(table),"ExclusiveStartKey":{"recordKey":{"S":"a"}}}"#,
            "The provided starting key is invalid"),
        invalid(
            "BatchGetItem", "{}",
            "The parameter 'RequestItems' is required but was not present in the request"),
        invalid(
            "BatchGetItem", #"{"RequestItems":{}}"#,
            "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have "
                + "length greater than or equal to 1"),
        invalid(
            "BatchGetItem",
            #"{"RequestItems":{"student-table":{"Keys":[{"recordKey":{"S":"a"},"entityKey":{"S":"b"}},{"recordKey":{"S":"a"},"entityKey":{"S":"b"}}]}}}"#,
            "Provided list of item keys contains duplicates"),
    ]

    @Test(arguments: names + kinds + parameters)
    func answersInTheWordsOfAWS(_ wanted: Case) throws {
        let server = try TestServer()
        server.deployment.policies.replace(by: try TestPolicies.faulty())
        let body = wanted.body.split(separator: "OWNKEY", omittingEmptySubsequences: false)
            .joined(separator: server.deployment.own.studentKey)
        let answer = try server.call(
            wanted.operation, body, as: try server.credentials(server.deployment.own))
        #expect(answer.status == 400)
        let name = wanted.type == Self.serialization ? "Message" : "message"
        #expect(answer.text == #"{"__type":"\#(wanted.type)","\#(name)":"\#(wanted.message)"}"#)
    }

    @Test func refusesAnothersItemWithAWSsMessageAndTellsTheLog() throws {
        let server = try TestServer()
        let credentials = try server.credentials(server.deployment.own)
        try server.deployment.plant(
            server.deployment.student(of: server.deployment.other), in: "student-table")
        let body =
            #"{"TableName":"student-table","Key":{"recordKey":{"S":"\#(server.deployment.other.studentKey)"},"#
            + #""entityKey":{"S":"PROFILE"}}}"#
        let answer = try server.call("GetItem", body, as: credentials)
        #expect(answer.status == 400)
        #expect(
            answer.text
                == #"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: "#
                + "arn:aws:sts::000000000000:assumed-role/teacher/test-session is not authorized to perform: "
                + "dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/student-table because no "
                + #"identity-based policy allows the dynamodb:GetItem action"}"#)
        let entry = try #require(server.log.entries.last)
        #expect(entry.outcome == .denied)
        #expect(entry.tenant == server.deployment.own.tenant)
        #expect(entry.requestID == answer.header("x-amzn-requestid"))
        let line = String(decoding: entry.json, as: UTF8.self)
        #expect(line.contains(#""event":"gateway.request""#))
        #expect(!line.contains(server.deployment.other.school.text))
    }

    /// What the second wall finds in a page is an error of ours: the caller learns nothing, the log does.
    @Test func aBreachIsAnInternalErrorAndAnAlarm() throws {
        let server = try TestServer()
        server.deployment.policies.replace(by: try TestPolicies.faulty())
        try server.deployment.plant(
            server.deployment.student(of: server.deployment.other), in: "student-table")
        let answer = try server.call(
            "Scan", #"{"TableName":"student-table"}"#, as: try server.credentials(server.deployment.own))
        #expect(answer.status == 500)
        #expect(
            answer.text
                == #"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Internal server error"}"#
        )
        #expect(server.log.entries.last?.outcome == .walled)
        #expect(server.log.entries.last?.detail?.contains("second wall") == true)
        #expect(server.deployment.gateway.metrics.wallAlarms.value == 1)
    }

    @Test func aSuspendedTenantIsToldSoAndNotWhy() throws {
        let server = try TestServer()
        let credentials = try server.credentials(server.deployment.own)
        try server.deployment.setState(.suspended(Suspension(reason: "unpaid")), of: server.deployment.own)
        let answer = try server.call("ListTables", "{}", as: credentials)
        #expect(
            answer.text
                == #"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"The tenant of this session is suspended"}"#
        )
    }

    @Test(arguments: [
        "CreateGlobalTable", "GetItems", "getItem", "",
    ])
    func knowsNoOtherOperation(_ operation: String) throws {
        let server = try TestServer()
        let answer = try server.call(operation, "{}", as: try server.credentials(server.deployment.own))
        #expect(answer.status == 400)
        #expect(answer.text == #"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#)
    }

    @Test(arguments: [
        ("PUT", "application/x-amz-json-1.0", 404, "<UnknownOperationException/>\n"),
        ("POST", "application/x-amz-json-1.1", 404, "<UnknownOperationException/>\n"),
        ("POST", "", 404, "<UnknownOperationException/>\n"),
        (
            "POST", "application/json; charset=x", 400,
            #"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#
        ),
    ])
    func answersWhatIsNoCall(_ method: String, _ type: String, _ status: Int, _ text: String) throws {
        let server = try TestServer()
        let answer = try server.send([("Content-Type", type)], Array("{}".utf8), method: method)
        #expect(answer.status == status)
        #expect(answer.text == text)
    }

    @Test func wantsASignature() throws {
        let server = try TestServer()
        let fields = [
            ("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.ListTables"),
        ]
        let answer = try server.send(fields, Array("{}".utf8))
        #expect(answer.status == 400)
        #expect(
            answer.text
                == #"{"__type":"com.amazon.coral.service#MissingAuthenticationTokenException","message":"Request is missing Authentication Token"}"#
        )
        let credentials = try server.credentials(server.deployment.own)
        server.deployment.clock.advance(byMilliseconds: 16 * 60 * 1000)
        let signed = SigV4Signer(credentials: credentials, region: "us-east-1", service: .dynamodb).sign(
            method: "POST", target: "/", fields: [("Host", server.host)] + fields, body: Array("{}".utf8),
            now: server.deployment.clock.now().advanced(bySeconds: -16 * 60))
        let late = try server.send(fields + signed, Array("{}".utf8))
        #expect(late.text.contains("InvalidSignatureException"))
        let changed = try server.call(
            "ListTables", "{}", as: credentials, [HTTPClientHeader("X-Amz-Meta", "a")])
        #expect(changed.status == 200)
    }

    @Test func throttlesInAWSsWords() throws {
        let server = try TestServer(try TestDeployment(readUnits: 1))
        let credentials = try server.credentials(server.deployment.own)
        let body =
            #"{"TableName":"student-table","ConsistentRead":true,"Key":{"recordKey":{"S":"\#(server.deployment.own.studentKey)"},"entityKey":{"S":"A"}}}"#
        var answer = try server.call("GetItem", body, as: credentials)
        #expect(answer.status == 200 && answer.header("x-amz-retry-after") == nil)
        for _ in 0..<400 where answer.status == 200 {
            answer = try server.call("GetItem", body, as: credentials)
        }
        #expect(answer.status == 400)
        // Nothing is left and nothing owed: a thousandth of a second makes it more than nothing.
        #expect(answer.header("x-amz-retry-after") == "1")
        #expect(
            answer.text.hasPrefix(
                #"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"The level"#
            ))
    }
}
