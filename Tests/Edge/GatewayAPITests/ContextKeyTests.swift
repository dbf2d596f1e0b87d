import Base
import Gateway
import GatewayTestKit
import HTTPClient
import Policies
import SigV4
import Testing

@testable import GatewayAPI

/// Which condition keys each operation brings to the policies, asked through the port: a policy that allows only requests which
/// have exactly these values lets it through, one that wants anything else does not.
struct ContextKeyTests {
    private let server: TestServer
    private let credentials: SigV4Credentials
    private var own: TestDeployment.District { server.deployment.own }

    init() throws {
        server = try TestServer()
        credentials = try server.credentials(server.deployment.own)
    }

    /// An operation, its body with `@K` for the caller's own partition key, and the keys it brings; nil for a key that is absent.
    struct Row: Sendable, CustomTestStringConvertible {
        let operation: String
        let body: String
        let keys: [String: [String]?]
        var testDescription: String { operation + " " + body.prefix(60) }

        init(_ operation: String, _ body: String, _ keys: [String: [String]?]) {
            self.operation = operation
            self.body = body
            self.keys = keys
        }
    }

    private static let (leading, attributes) = ("dynamodb:LeadingKeys", "dynamodb:Attributes")
    private static let (select, returned) = ("dynamodb:Select", "dynamodb:ReturnValues")
    private static let (capacity, enclosing) = (
        "dynamodb:ReturnConsumedCapacity", "dynamodb:EnclosingOperation"
    )
    private static let fullScan = "dynamodb:FullTableScan"
    private static let table = #""TableName":"student-table""#
    private static let key = #""Key":{"recordKey":{"S":"@K"},"entityKey":{"S":"P"}}"#
    private static let item = #"{"recordKey":{"S":"@K"},"entityKey":{"S":"P"},"note":{"S":"v"}}"#
    private static let keyNames = ["recordKey", "entityKey"]

    private static let items: [Row] = [
        Row(
            "GetItem", "{\(table),\(key)}",
            [
                leading: ["@K"], attributes: keyNames, select: ["ALL_ATTRIBUTES"], capacity: nil,
                returned: nil,
                enclosing: nil, fullScan: nil,
            ]),
        Row(
            "GetItem",
            ##"{\##(table),\##(key),"ProjectionExpression":"a.b, #c","ExpressionAttributeNames":{"#c":"c"},"ReturnConsumedCapacity":"TOTAL"}"##,
            [
                leading: ["@K"], attributes: keyNames + ["a", "c"], select: ["SPECIFIC_ATTRIBUTES"],
                capacity: ["TOTAL"],
            ]),
        Row(
            "GetItem", #"{\#(table),\#(key),"AttributesToGet":["a"]}"#,
            [leading: ["@K"], attributes: keyNames + ["a"], select: ["SPECIFIC_ATTRIBUTES"]]),
        Row(
            "PutItem", #"{\#(table),"Item":\#(item)}"#,
            [
                leading: ["@K"], attributes: keyNames + ["note"], returned: ["NONE"], capacity: nil,
                select: nil, enclosing: nil,
            ]),
        Row(
            "PutItem",
            #"{\#(table),"Item":\#(item),"ConditionExpression":"attribute_not_exists(x)","ReturnValues":"ALL_OLD","ReturnConsumedCapacity":"INDEXES"}"#,
            [
                leading: ["@K"], attributes: keyNames + ["note", "x"], returned: ["ALL_OLD"],
                capacity: ["INDEXES"],
            ]),
        Row(
            "PutItem", #"{\#(table),"Item":\#(item),"Expected":{"x":{"Exists":false}}}"#,
            [leading: ["@K"], attributes: keyNames + ["note", "x"]]),
        Row(
            "UpdateItem",
            #"{\#(table),\#(key),"UpdateExpression":"SET a = if_not_exists(b, :v) REMOVE c ADD d :v","ConditionExpression":"size(e) < :v OR attribute_not_exists(e)","ExpressionAttributeValues":{":v":{"N":"1"}},"ReturnValues":"UPDATED_NEW"}"#,
            [
                leading: ["@K"], attributes: keyNames + ["a", "b", "c", "d", "e"], returned: ["UPDATED_NEW"],
                enclosing: nil,
            ]),
        Row(
            "UpdateItem", #"{\#(table),\#(key),"AttributeUpdates":{"a":{"Value":{"S":"v"}}}}"#,
            [leading: ["@K"], attributes: keyNames + ["a"], returned: ["NONE"]]),
        Row(
            "DeleteItem", #"{\#(table),\#(key),"ConditionExpression":"attribute_not_exists(x)"}"#,
            [leading: ["@K"], attributes: keyNames + ["x"], returned: ["NONE"], select: nil]),
    ]

    private static let ranges: [Row] = [
        Row(
            "Query",
            #"{\#(table),"KeyConditionExpression":"recordKey = :k AND begins_with(entityKey, :e)","FilterExpression":"f = :e","ProjectionExpression":"p","ExpressionAttributeValues":{":k":{"S":"@K"},":e":{"S":"v"}}}"#,
            [
                leading: ["@K"], attributes: keyNames + ["f", "p"], select: ["SPECIFIC_ATTRIBUTES"],
                capacity: nil,
                "dynamodb:FirstPartitionKeyValues": nil, fullScan: nil,
            ]),
        Row(
            "Query",
            #"{\#(table),"KeyConditions":{"recordKey":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"@K"}]}},"QueryFilter":{"f":{"ComparisonOperator":"NULL"}},"Select":"COUNT"}"#,
            [leading: ["@K"], attributes: ["recordKey", "f"], select: ["COUNT"]]),
        Row(
            "Query",
            #"{\#(table),"IndexName":"teacher-index","KeyConditionExpression":"teacherKey = :k","ExpressionAttributeValues":{":k":{"S":"@K"}}}"#,
            [leading: ["@K"], attributes: ["teacherKey"], select: ["ALL_PROJECTED_ATTRIBUTES"]]),
        Row(
            "Query",
            ##"{\##(table),"IndexName":"class-index","KeyConditionExpression":"classKey = :k AND #y = :y","ExpressionAttributeNames":{"#y":"year"},"ExpressionAttributeValues":{":k":{"S":"@K"},":y":{"N":"2026.0"}}}"##,
            [
                leading: ["@K"], attributes: ["classKey", "year"], "dynamodb:FirstPartitionKeyValues": ["@K"],
                "dynamodb:SecondPartitionKeyValues": ["2026"], "dynamodb:ThirdPartitionKeyValues": nil,
                "dynamodb:FourthPartitionKeyValues": nil,
            ]),
        Row(
            "Scan",
            #"{\#(table),"FilterExpression":"f = :e","ProjectionExpression":"p","ExpressionAttributeValues":{":e":{"S":"v"}},"ReturnConsumedCapacity":"TOTAL"}"#,
            [
                leading: nil, attributes: ["f", "p"], select: ["SPECIFIC_ATTRIBUTES"], capacity: ["TOTAL"],
                fullScan: nil,
            ]),
        Row(
            "Scan", "{\(table)}",
            [leading: nil, attributes: nil, select: ["ALL_ATTRIBUTES"], enclosing: nil, returned: nil]),
    ]

    private static let groups: [Row] = [
        Row(
            "BatchGetItem",
            #"{"RequestItems":{"student-table":{"Keys":[{"recordKey":{"S":"@K"},"entityKey":{"S":"P"}}],"ProjectionExpression":"p"}},"ReturnConsumedCapacity":"TOTAL"}"#,
            [
                leading: ["@K"], attributes: keyNames + ["p"], select: ["SPECIFIC_ATTRIBUTES"],
                capacity: ["TOTAL"], enclosing: nil,
            ]),
        Row(
            "BatchWriteItem", #"{"RequestItems":{"student-table":[{"PutRequest":{"Item":\#(item)}}]}}"#,
            [
                leading: ["@K"], attributes: keyNames + ["note"], capacity: nil, returned: nil,
                enclosing: nil,
            ]),
        Row(
            "BatchWriteItem", #"{"RequestItems":{"student-table":[{"DeleteRequest":{\#(key)}}]}}"#,
            [leading: ["@K"], attributes: keyNames]),
        Row(
            "TransactGetItems",
            #"{"TransactItems":[{"Get":{\#(table),\#(key),"ProjectionExpression":"p"}}]}"#,
            [
                leading: ["@K"], attributes: keyNames + ["p"], select: ["SPECIFIC_ATTRIBUTES"],
                enclosing: ["TransactGetItems"],
            ]),
        Row(
            "TransactWriteItems",
            #"{"TransactItems":[{"Put":{\#(table),"Item":\#(item),"ConditionExpression":"attribute_not_exists(x)"}}],"ReturnConsumedCapacity":"TOTAL"}"#,
            [
                leading: ["@K"], attributes: keyNames + ["note", "x"], enclosing: ["TransactWriteItems"],
                capacity: ["TOTAL"], returned: ["NONE"],
            ]),
        Row(
            "TransactWriteItems",
            #"{"TransactItems":[{"ConditionCheck":{\#(table),\#(key),"ConditionExpression":"attribute_not_exists(x)"}}]}"#,
            [leading: ["@K"], attributes: keyNames + ["x"], enclosing: ["TransactWriteItems"]]),
    ]

    private static let statements: [Row] = [
        Row(
            "ExecuteStatement",
            #"{"Statement":"SELECT p FROM \"student-table\" WHERE recordKey = '@K' AND entityKey = 'P' AND f = 'v'"}"#,
            [
                leading: ["@K"], attributes: keyNames + ["f", "p"], select: ["SPECIFIC_ATTRIBUTES"],
                fullScan: ["false"], enclosing: nil,
            ]),
        Row(
            "ExecuteStatement", #"{"Statement":"SELECT * FROM \"student-table\" WHERE f = 'v'"}"#,
            [leading: nil, attributes: ["f"], select: ["ALL_ATTRIBUTES"], fullScan: ["true"]]),
        Row(
            "ExecuteStatement",
            #"{"Statement":"INSERT INTO \"student-table\" VALUE {'recordKey': '@K', 'entityKey': 'N', 'a': 'v'}"}"#,
            [leading: ["@K"], attributes: keyNames + ["a"], fullScan: nil, enclosing: nil]),
        Row(
            "ExecuteStatement",
            #"{"Statement":"DELETE FROM \"student-table\" WHERE recordKey = '@K' AND entityKey = 'N' RETURNING ALL OLD *"}"#,
            [leading: ["@K"], attributes: keyNames, returned: ["ALL_OLD"]]),
        Row(
            "ExecuteTransaction",
            #"{"TransactStatements":[{"Statement":"INSERT INTO \"student-table\" VALUE {'recordKey': '@K', 'entityKey': 'M', 'a': 'v'}"}]}"#,
            [leading: ["@K"], attributes: keyNames + ["a"], enclosing: ["ExecuteTransaction"]]),
    ]

    @Test(arguments: items + ranges + groups + statements)
    func brings(_ row: Row) throws {
        for (key, values) in row.keys {
            #expect(try isAllowed(row, key, values), "\(key) is not \(values ?? [])")
            if let values {
                // One more than there are, or another one in place of the first.
                #expect(try !isAllowed(row, key, values + ["other"]))
                #expect(try !isAllowed(row, key, ["other"] + values.dropFirst()))
                #expect(try !isAllowed(row, key, nil))
            } else {
                #expect(try !isAllowed(row, key, ["other"]))
            }
        }
    }

    /// Whether a policy lets the request through that wants exactly these values of a key, or that the key is absent.
    private func isAllowed(_ row: Row, _ key: String, _ values: [String]?) throws -> Bool {
        let partition = own.studentKey
        let found = values?.map {
            $0.split(separator: "@K", omittingEmptySubsequences: false).joined(separator: partition)
        }
        var conditions: [String]
        if let found {
            let list = found.map { "\"\($0)\"" }.joined(separator: ",")
            conditions = [
                #""ForAllValues:StringEquals":{"\#(key)":[\#(list)]}"#, #""Null":{"\#(key)":"false"}"#,
            ]
        } else {
            conditions = [#""Null":{"\#(key)":"true"}"#]
        }
        let allow =
            #"{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{\#(conditions.joined(separator: ","))}}"#
        // Each of the values must be there: a Deny for each that is not.
        let denies = (found ?? []).map {
            #"{"Effect":"Deny","Action":"dynamodb:*","Resource":"*","Condition":{"ForAllValues:StringNotEquals":{"\#(key)":"\#($0)"}}}"#
        }
        server.deployment.policies.replace(by: try Self.catalog([allow] + denies))
        let body = row.body.split(separator: "@K", omittingEmptySubsequences: false).joined(
            separator: partition)
        let answer = try server.call(row.operation, body, as: credentials)
        let isDenied = answer.text.contains("AccessDenied")
        // What a request is refused for otherwise is a fault of the row; an insert does its work once.
        #expect(isDenied || answer.status == 200 || answer.text.contains("Duplicate"), "\(answer.text)")
        return !isDenied
    }

    private static func catalog(_ statements: [String]) throws -> PolicyCatalog {
        let role =
            #"{"name":"teacher","policies":["p.json"],"trust":{"conditions":{"StringEquals":{"homeroom:role":"teacher"}}}}"#
        let policy = #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
        return try PolicyCatalog.load(files: [
            "roles/teacher.json": Array(role.utf8), "policies/p.json": Array(policy.utf8),
        ])
    }

    // MARK: Session and connection

    @Test(arguments: [
        ("StringEquals", "aws:PrincipalTag/role", "teacher"),
        ("StringEquals", "aws:PrincipalTag/tier", "basic"),
        (
            "ArnEquals", "aws:PrincipalArn",
            "arn:aws:sts::000000000000:assumed-role/teacher/test-session"
        ),
        ("StringEquals", "aws:PrincipalAccount", "000000000000"),
        ("StringEquals", "aws:PrincipalType", "AssumedRole"),
        ("StringLike", "aws:userid", "AROA?????????????????:test-session"),
        ("StringEquals", "aws:FederatedProvider", "arn:aws:iam::000000000000:oidc-provider/issuer.example"),
        ("DateEquals", "aws:TokenIssueTime", "2026-01-01T00:00:00Z"),
        ("DateEquals", "aws:CurrentTime", "2026-01-01T00:00:00Z"),
        ("NumericEquals", "aws:EpochTime", "1767225600"),
        ("IpAddress", "aws:SourceIp", "127.0.0.0/8"), ("Bool", "aws:SecureTransport", "false"),
        ("StringEquals", "aws:RequestedRegion", "us-east-1"),
        ("StringEquals", "aws:ResourceAccount", "000000000000"),
        ("Bool", "aws:PrincipalIsAWSService", "false"), ("Bool", "aws:ViaAWSService", "false"),
        ("Bool", "aws:MultiFactorAuthPresent", "false"), ("Null", "aws:username", "true"),
        ("Null", "aws:PrincipalTag/missing", "true"), ("Null", "aws:SourceVpc", "true"),
        ("Null", "aws:PrincipalOrgID", "true"), ("Null", "aws:ResourceTag/team", "true"),
    ])
    func everyRequestBrings(_ name: String, _ key: String, _ value: String) throws {
        let wanted = #"{"\#(name)":{"\#(key)":"\#(value)"}}"#
        let statement = { (effect: String) in
            #"{"Effect":"\#(effect)","Action":"*","Resource":"*","Condition":\#(wanted)}"#
        }
        let get =
            #"{"TableName":"student-table","Key":{"recordKey":{"S":"\#(own.studentKey)"},"entityKey":{"S":"P"}}}"#
        server.deployment.policies.replace(by: try Self.catalog([statement("Allow")]))
        for body in [get, get] { #expect(try server.call("GetItem", body, as: credentials).status == 200) }
        server.deployment.policies.replace(
            by: try Self.catalog([#"{"Effect":"Allow","Action":"*","Resource":"*"}"#, statement("Deny")]))
        #expect(try server.call("GetItem", get, as: credentials).text.contains("AccessDenied"))
    }

    /// An operator's static key is a user's: it has a name, and none of the keys that temporary credentials bring.
    @Test func anOperatorBringsAUsersKeysAndItsTablesTags() throws {
        let create = #"""
            {"TableName":"own","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
            "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"Tags":[{"Key":"team","Value":"it"}]}
            """#
        #expect(try server.call("CreateTable", create, as: server.operatorCredentials).status == 200)
        let get = #"{"TableName":"own","Key":{"id":{"S":"1"}}}"#
        let role =
            #"{"name":"operator","policies":["p.json"],"trust":{"conditions":{"Null":{"homeroom:role":"true"}}}}"#
        for (condition, isAllowed) in [
            (#"{"StringEquals":{"aws:PrincipalType":"User"}}"#, true),
            (#"{"StringEquals":{"aws:username":"AKIATESTOPERATOR0001"}}"#, true),
            (#"{"StringEquals":{"aws:ResourceTag/team":"it"}}"#, true),
            (#"{"StringEquals":{"aws:ResourceTag/team":"hr"}}"#, false),
            (#"{"Null":{"aws:TokenIssueTime":"true","aws:MultiFactorAuthPresent":"true"}}"#, true),
            (#"{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}"#, false),
        ] {
            let policy =
                #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":\#(condition)}]}"#
            server.deployment.policies.replace(
                by: try PolicyCatalog.load(files: [
                    "roles/operator.json": Array(role.utf8), "policies/p.json": Array(policy.utf8),
                ]))
            let answer = try server.call("GetItem", get, as: server.operatorCredentials)
            #expect((answer.status == 200) == isAllowed, "\(condition): \(answer.text)")
        }
    }
}
