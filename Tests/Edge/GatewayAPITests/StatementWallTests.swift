import Base
import Gateway
import GatewayTestKit
import HTTPClient
import Items
import SigV4
import Tables
import Testing

/// The second wall before statements, ARNs and the short way of a GetItem, with policies that allow everything.
struct StatementWallTests {
    private let server: TestServer
    private let credentials: SigV4Credentials
    private var deployment: TestDeployment { server.deployment }

    init() throws {
        server = try TestServer()
        server.deployment.policies.replace(by: try TestPolicies.faulty())
        credentials = try server.credentials(server.deployment.own)
        for (district, note) in [(deployment.own, "own-secret"), (deployment.other, "others-secret")] {
            var item = deployment.student(
                of: district, teacherKey: "TENANT#\(district.school)#TEACHER#1", note: note)
            item["grade"] = .number(1)
            item["classKey"] = .string("TENANT#\(district.school)#CLASS#1")
            item["year"] = .number(2026)
            item["surname"] = .string("Smith")
            item["number"] = .number(1)
            try deployment.plant(item, in: "student-table")
        }
    }

    /// A statement with `$own` and `$other` for the students' keys, and `$mine` and `$others` for the teachers'.
    private func filled(_ statement: String) -> String {
        let (own, other) = (deployment.own, deployment.other)
        return statement.replacing("$others", with: "TENANT#\(other.school)#TEACHER#1")
            .replacing("$mine", with: "TENANT#\(own.school)#TEACHER#1")
            .replacing("$other", with: other.studentKey).replacing("$own", with: own.studentKey)
    }

    private func json(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// Every way in which a statement can be sent, by either door.
    private func answers(_ statement: String) throws -> [HTTPClientResponse] {
        let member = json(filled(statement))
        let token = try server.token(deployment.own)
        return try [
            ("ExecuteStatement", #"{"Statement":\#(member)}"#),
            ("ExecuteStatement", #"{"Statement":\#(member),"Limit":1}"#),
            ("BatchExecuteStatement", #"{"Statements":[{"Statement":\#(member)}]}"#),
            ("ExecuteTransaction", #"{"TransactStatements":[{"Statement":\#(member)}]}"#),
        ].flatMap { operation, body in
            [
                try server.call(operation, body, as: credentials),
                try server.call(operation, body, bearer: token),
            ]
        }
    }

    private func others() throws -> Item? {
        try deployment.find(deployment.key(of: deployment.other), in: "student-table")
    }

    @Test(arguments: [
        "SELECT * FROM \"student-table\" WHERE recordKey = '$other'",
        "SELECT * FROM \"student-table\" WHERE recordKey = '$other' AND entityKey = 'PROFILE'",
        "SELECT * FROM \"student-table\" WHERE recordKey IN ['$own', '$other'] AND entityKey = 'PROFILE'",
        "SELECT * FROM \"student-table\" WHERE recordKey = '$own' OR recordKey = '$other'",
        "SELECT * FROM \"student-table\" WHERE recordKey = '$own' OR entityKey = 'PROFILE'",
        "SELECT * FROM \"student-table\" WHERE (recordKey = '$own' AND entityKey = 'A') OR note = 'others-secret'",
        "SELECT * FROM \"student-table\" WHERE NOT recordKey = '$own'",
        "SELECT * FROM \"student-table\" WHERE NOT (recordKey <> '$other')",
        "SELECT * FROM \"student-table\" WHERE recordKey <> '$own'",
        "SELECT * FROM \"student-table\" WHERE recordKey BETWEEN 'A' AND 'Z'",
        "SELECT * FROM \"student-table\" WHERE begins_with(recordKey, 'TENANT')",
        "SELECT * FROM \"student-table\" WHERE '$other' = recordKey AND 'PROFILE' = entityKey",
        "SELECT * FROM \"student-table\" WHERE (recordKey = '$own' OR recordKey = '$other') AND recordKey = '$other'",
        "SELECT * FROM \"student-table\" WHERE recordKey = '$own' AND entityKey = 'A' OR recordKey = '$other' AND entityKey = 'PROFILE'",
        "SELECT * FROM \"student-table\"",
        "SELECT * FROM \"student-table\".\"teacher-index\"",
        "SELECT * FROM \"student-table\".\"teacher-index\" WHERE teacherKey = '$others'",
        "SELECT * FROM \"student-table\".\"teacher-index\" WHERE teacherKey IN ['$mine', '$others']",
        "SELECT * FROM \"student-table\".\"teacher-index\" WHERE teacherKey = '$mine' OR recordKey = '$other'",
        "SELECT * FROM \"student-table\".\"grade-index\" WHERE recordKey = '$other' AND grade = 1",
        "SELECT * FROM \"student-table\".\"grade-index\" WHERE grade = 1",
        "SELECT * FROM \"student-table\".\"class-index\"",
        "SELECT note FROM \"student-table\" WHERE recordKey = '$other' AND entityKey = 'PROFILE' AND note = 'others-secret'",
        "EXISTS(SELECT * FROM \"student-table\" WHERE recordKey = '$other' AND entityKey = 'PROFILE' AND note = 'others-secret')",
        "EXISTS(SELECT * FROM \"student-table\" WHERE recordKey IN ['$other'] AND entityKey = 'PROFILE' AND note = 'x')",
    ])
    func readsNothingOfOthers(_ statement: String) throws {
        for answer in try answers(statement) {
            // Not even whether there is such an item.
            #expect(!answer.text.contains("others-secret"), "\(answer.text)")
            #expect(!answer.text.contains(deployment.other.school.text), "\(answer.text)")
            #expect(!answer.text.contains("ConditionalCheckFailed"), "\(answer.text)")
            #expect(
                answer.status != 200 || answer.text.contains(#""Error":"#)
                    || !answer.text.contains(#""note""#), "\(answer.text)")
        }
    }

    @Test(arguments: [
        "INSERT INTO \"student-table\" VALUE {'recordKey': '$other', 'entityKey': 'NEW'}",
        "INSERT INTO \"student-table\" VALUE {'recordKey': '$other', 'entityKey': 'PROFILE'}",
        "INSERT INTO \"student-table\" VALUE {'recordKey': '$own', 'entityKey': 'NEW', 'teacherKey': '$others'}",
        "UPDATE \"student-table\" SET note = 'x' WHERE recordKey = '$other' AND entityKey = 'PROFILE'",
        "UPDATE \"student-table\" SET note = 'x' WHERE recordKey = '$other' AND entityKey = 'PROFILE' AND note = 'y'",
        "UPDATE \"student-table\" SET note = 'x' WHERE recordKey = '$other' AND entityKey = 'PROFILE' RETURNING ALL OLD *",
        "UPDATE \"student-table\" SET note = 'x' WHERE recordKey IN ['$other'] AND entityKey = 'PROFILE'",
        "UPDATE \"student-table\" SET note = 'x' WHERE (recordKey = '$own' OR recordKey = '$other') AND entityKey = 'PROFILE'",
        "UPDATE \"student-table\" SET teacherKey = '$others' WHERE recordKey = '$own' AND entityKey = 'PROFILE'",
        "DELETE FROM \"student-table\" WHERE recordKey = '$other' AND entityKey = 'PROFILE'",
        "DELETE FROM \"student-table\" WHERE recordKey = '$other' AND entityKey = 'PROFILE' RETURNING ALL OLD *",
        "DELETE FROM \"student-table\" WHERE NOT (recordKey <> '$other') AND entityKey = 'PROFILE'",
    ])
    func writesNothingOfOthers(_ statement: String) throws {
        let before = try others()
        let mine = try deployment.find(deployment.key(of: deployment.own), in: "student-table")
        for answer in try answers(statement) {
            #expect(!answer.text.contains("others-secret"), "\(answer.text)")
            #expect(!answer.text.contains(deployment.other.school.text), "\(answer.text)")
            #expect(!answer.text.contains("Duplicate"), "\(answer.text)")
            #expect(answer.status != 200 || answer.text.contains(#""Error":"#), "\(answer.text)")
        }
        #expect(try others() == before)
        #expect(try deployment.find(deployment.key(of: deployment.own), in: "student-table") == mine)
        let new: Item = ["recordKey": .string(deployment.other.studentKey), "entityKey": .string("NEW")]
        #expect(try deployment.find(new, in: "student-table") == nil)
    }

    /// One foreign statement stops all of a transaction.
    @Test func aTransactionWithAForeignStatementDoesNothing() throws {
        let statements = [
            "UPDATE \"student-table\" SET note = 'x' WHERE recordKey = '$own' AND entityKey = 'PROFILE'",
            "DELETE FROM \"student-table\" WHERE recordKey = '$other' AND entityKey = 'PROFILE'",
        ].map { #"{"Statement":\#(json(filled($0)))}"# }.joined(separator: ",")
        let answer = try server.call(
            "ExecuteTransaction", #"{"TransactStatements":[\#(statements)]}"#, as: credentials)
        #expect(answer.text.contains("AccessDeniedException"))
        let own = try deployment.find(deployment.key(of: deployment.own), in: "student-table")
        #expect(own?["note"] == .string("own-secret"))
        #expect(try others() != nil)
    }

    /// A page's end of one district is no beginning for another.
    @Test func aTokenIsOfItsTenant() throws {
        let statement = json(filled("SELECT * FROM \"student-table\" WHERE recordKey IN ['$own', '$other']"))
        let own = json(filled("SELECT * FROM \"student-table\" WHERE recordKey = '$own'"))
        let page = try server.call(
            "ExecuteStatement",
            #"{"Statement":\#(own),"Limit":1}"#, as: credentials)
        let token = try #require(
            page.text.split(separator: #""NextToken":""#).dropFirst().first?.prefix { $0 != "\"" })
        let foreign = try server.credentials(deployment.other)
        for (body, who) in [
            (#"{"Statement":\#(own),"Limit":1,"NextToken":"\#(token)"}"#, foreign),
            (#"{"Statement":\#(statement),"Limit":1,"NextToken":"\#(token)"}"#, credentials),
        ] {
            let answer = try server.call("ExecuteStatement", body, as: who)
            #expect(answer.text.contains("NextToken does not match request"), "\(answer.text)")
        }
    }

    // MARK: ARNs and the short way

    @Test(arguments: ["student-table", "arn:aws:dynamodb:us-east-1:000000000000:table/student-table"])
    func aTablesNameInAnyFormLeadsBehindTheWall(_ name: String) throws {
        for (district, isOwn) in [(deployment.own, true), (deployment.other, false)] {
            let key = #"{"recordKey":{"S":"\#(district.studentKey)"},"entityKey":{"S":"PROFILE"}}"#
            // The second and third are not of the form that the short way takes.
            let bodies = [
                #"{"TableName":"\#(name)","Key":\#(key)}"#,
                #"{"TableName":"\#(name)","Key":\#(key),"ReturnConsumedCapacity":"TOTAL"}"#,
                #"{"TableName":"\#(name)","Key":\#(key.replacing("recordKey", with: "record\\u004bey"))}"#,
            ]
            for body in bodies {
                for _ in 0..<2 {
                    let answer = try server.call("GetItem", body, as: credentials)
                    #expect(answer.text.contains("own-secret") == isOwn, "\(answer.text)")
                    #expect(!answer.text.contains("others-secret"))
                    #expect(answer.text.contains("AccessDeniedException") == !isOwn)
                }
            }
            let batch = #"{"RequestItems":{"\#(name)":{"Keys":[\#(key)]}}}"#
            let answer = try server.call("BatchGetItem", batch, as: credentials)
            #expect(answer.text.contains("own-secret") == isOwn, "\(answer.text)")
            #expect(!answer.text.contains("others-secret"))
        }
    }

    @Test func physicalTablesAreNotThereForTenants() throws {
        let physical = deployment.physical(deployment.students, TestDeployment.pool)
        let key = #"{"recordKey":{"S":"\#(deployment.other.studentKey)"},"entityKey":{"S":"PROFILE"}}"#
        for name in ["\(physical)", "arn:aws:dynamodb:us-east-1:000000000000:table/\(physical)"] {
            for (operation, body) in [
                ("GetItem", #"{"TableName":"\#(name)","Key":\#(key)}"#),
                ("Scan", #"{"TableName":"\#(name)"}"#), ("DescribeTable", #"{"TableName":"\#(name)"}"#),
                ("DeleteItem", #"{"TableName":"\#(name)","Key":\#(key)}"#),
            ] {
                let answer = try server.call(operation, body, as: credentials)
                #expect(answer.status == 400)
                #expect(answer.text.contains("ResourceNotFoundException"), "\(operation): \(answer.text)")
            }
        }
    }

    // MARK: Operators

    /// Every operation that changes a table.
    private func changes(of table: String) -> [(String, String)] {
        [
            ("DeleteTable", #"{"TableName":"\#(table)"}"#),
            ("UpdateTable", #"{"TableName":"\#(table)","StreamSpecification":{"StreamEnabled":false}}"#),
            ("UpdateTable", #"{"TableName":"\#(table)","DeletionProtectionEnabled":true}"#),
            (
                "UpdateTimeToLive",
                #"{"TableName":"\#(table)","TimeToLiveSpecification":{"AttributeName":"a","Enabled":true}}"#
            ),
            (
                "UpdateContinuousBackups",
                #"{"TableName":"\#(table)","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}"#
            ),
            (
                "TagResource",
                #"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/\#(table)","Tags":[{"Key":"a","Value":"b"}]}"#
            ),
            (
                "UntagResource",
                #"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/\#(table)","TagKeys":["a"]}"#
            ),
        ]
    }

    /// Every operation that writes to a table: a statement's by all three ways.
    private func writes(to table: String) -> [(String, String)] {
        let key = #"{"recordKey":{"S":"\#(deployment.own.studentKey)"},"entityKey":{"S":"PROFILE"}}"#
        let item = key.dropLast() + #","note":{"S":"changed"}}"#
        let statements = [
            "INSERT INTO \"\(table)\" VALUE {'recordKey': '$own', 'entityKey': 'NEW'}",
            "UPDATE \"\(table)\" SET note = 'changed' WHERE recordKey = '$own' AND entityKey = 'PROFILE'",
            "DELETE FROM \"\(table)\" WHERE recordKey = '$own' AND entityKey = 'PROFILE'",
        ].map { json(filled($0)) }
        var calls: [(String, String)] = [
            ("PutItem", #"{"TableName":"\#(table)","Item":\#(item)}"#),
            ("DeleteItem", #"{"TableName":"\#(table)","Key":\#(key)}"#),
            (
                "UpdateItem",
                #"{"TableName":"\#(table)","Key":\#(key),"UpdateExpression":"REMOVE note"}"#
            ),
            ("BatchWriteItem", #"{"RequestItems":{"\#(table)":[{"DeleteRequest":{"Key":\#(key)}}]}}"#),
            ("BatchWriteItem", #"{"RequestItems":{"\#(table)":[{"PutRequest":{"Item":\#(item)}}]}}"#),
        ]
        for action in [
            #"{"Put":{"TableName":"\#(table)","Item":\#(item)}}"#,
            #"{"Delete":{"TableName":"\#(table)","Key":\#(key)}}"#,
            #"{"Update":{"TableName":"\#(table)","Key":\#(key),"UpdateExpression":"REMOVE note"}}"#,
            #"{"ConditionCheck":{"TableName":"\#(table)","Key":\#(key),"ConditionExpression":"attribute_exists(note)"}}"#,
        ] { calls.append(("TransactWriteItems", #"{"TransactItems":[\#(action)]}"#)) }
        for statement in statements {
            calls.append(("ExecuteStatement", #"{"Statement":\#(statement)}"#))
            calls.append(("BatchExecuteStatement", #"{"Statements":[{"Statement":\#(statement)}]}"#))
            calls.append(("ExecuteTransaction", #"{"TransactStatements":[{"Statement":\#(statement)}]}"#))
        }
        return calls
    }

    @Test func operatorsChangeNothingOfTenants() throws {
        let table = "\(deployment.physical(deployment.students, TestDeployment.pool))"
        let calls = writes(to: table) + changes(of: table)
        let before = try deployment.find(deployment.key(of: deployment.own), in: "student-table")
        let record = try #require(
            try deployment.store().record(of: deployment.physical(deployment.students, TestDeployment.pool)))
        for (operation, body) in calls {
            let answer = try server.call(operation, body, as: server.operatorCredentials)
            #expect(
                answer.text.contains("because the table holds tenants' items"), "\(operation): \(answer.text)"
            )
            #expect(!answer.text.contains("own-secret"))
        }
        #expect(try deployment.find(deployment.key(of: deployment.own), in: "student-table") == before)
        let after = try deployment.store().record(
            of: deployment.physical(deployment.students, TestDeployment.pool))
        #expect(after == record)
        // Among the refused there is nothing of the form that the short way takes.
        #expect(deployment.gateway.metrics.wallAlarms.value == calls.count)
    }

    /// Names that would hide a table of tenants, or pass for one that is being restored.
    @Test(arguments: [
        ("student-table-basic", "are kept for tables of tenants"),
        ("school-table-basic-x", "are kept for tables of tenants"),
        ("homeroom.restoring.x", "is kept for tables that are being restored"),
    ])
    func newTablesTakeNoKeptName(_ name: String, _ text: String) throws {
        let answer = try server.call(
            "CreateTable",
            #"{"TableName":"\#(name)","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"#
                + #""AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST"}"#,
            as: server.operatorCredentials)
        #expect(answer.status == 400)
        #expect(answer.text.contains(text), "\(answer.text)")
    }
}
