import Base
import Gateway
import GatewayTestKit
import Policies
import Tenancy
import TestKit
import Testing

@testable import GatewayAPI

@Suite struct RequestRehearsalTests {
    private let rehearsal: RequestRehearsal

    init() throws {
        let json = TestCatalog.json(readUnits: 100, writeUnits: 100)
        rehearsal = RequestRehearsal(catalog: try Catalog(parsing: Array(json.utf8), file: "test"))
    }

    private func ask(_ operation: String, _ body: String) throws(RequestRehearsal.Fault) -> [DecisionRequest]
    {
        try rehearsal.questions(
            operation: operation, body: Array(body.utf8), role: "teacher", tags: [("school_id", "s1")])
    }

    private func texts(_ request: DecisionRequest, _ key: ConditionKey) -> [String] {
        ConditionKeyName(key).map { request.context.texts(of: $0) } ?? []
    }

    private static let key = #"{"recordKey": {"S": "K1"}, "entityKey": {"S": "x"}}"#
    private static let other = #"{"recordKey": {"S": "K2"}, "entityKey": {"S": "x"}}"#

    /// A line for each question: the action, the resource behind `table/`, the keys.
    @Test(arguments: [
        ("GetItem", #"{"TableName": "student-table", "Key": \#(key)}"#, ["GetItem student-table K1"]),
        ("PutItem", #"{"TableName": "student-table", "Item": \#(key)}"#, ["PutItem student-table K1"]),
        (
            "UpdateItem",
            #"{"TableName": "student-table", "Key": \#(key), "UpdateExpression": "REMOVE a"}"#,
            ["UpdateItem student-table K1"]
        ),
        ("DeleteItem", #"{"TableName": "student-table", "Key": \#(key)}"#, ["DeleteItem student-table K1"]),
        (
            "Query",
            #"""
            {"TableName": "student-table", "IndexName": "teacher-index", "KeyConditionExpression": "#k = :k",
             "ExpressionAttributeNames": {"#k": "teacherKey"}, "ExpressionAttributeValues": {":k": {"S": "T"}}}
            """#, ["Query student-table/index/teacher-index T"]
        ),
        ("Scan", #"{"TableName": "student-table"}"#, ["Scan student-table "]),
        (
            "BatchGetItem", #"{"RequestItems": {"student-table": {"Keys": [\#(key), \#(other)]}}}"#,
            ["BatchGetItem student-table K1", "BatchGetItem student-table K2"]
        ),
        (
            "BatchWriteItem",
            #"""
            {"RequestItems": {"student-table": [
              {"PutRequest": {"Item": \#(key)}}, {"DeleteRequest": {"Key": \#(other)}}]}}
            """#, ["BatchWriteItem student-table K1", "BatchWriteItem student-table K2"]
        ),
        (
            "TransactWriteItems",
            #"""
            {"TransactItems": [{"Put": {"TableName": "student-table", "Item": \#(key)}},
              {"ConditionCheck": {"TableName": "student-table", "Key": \#(other),
               "ConditionExpression": "attribute_exists(a)"}}]}
            """#, ["PutItem student-table K1", "ConditionCheckItem student-table K2"]
        ),
        (
            "TransactGetItems",
            #"{"TransactItems": [{"Get": {"TableName": "student-table", "Key": \#(key)}}]}"#,
            ["GetItem student-table K1"]
        ),
        (
            "ExecuteStatement",
            #"{"Statement": "SELECT * FROM \"student-table\" WHERE recordKey = 'K1'"}"#,
            ["PartiQLSelect student-table K1"]
        ),
        (
            "ExecuteStatement",
            #"{"Statement": "SELECT * FROM \"student-table\" WHERE recordKey IN ['K1', 'K2']"}"#,
            ["PartiQLSelect student-table K1", "PartiQLSelect student-table K2"]
        ),
        (
            "BatchExecuteStatement",
            #"""
            {"Statements": [
              {"Statement": "SELECT * FROM \"student-table\" WHERE recordKey = 'K1' AND entityKey = 'x'"},
              {"Statement": "SELECT * FROM \"student-table\" WHERE recordKey = 'K2' AND entityKey = 'x'"}]}
            """#, ["PartiQLSelect student-table K1", "PartiQLSelect student-table K2"]
        ),
        (
            "ExecuteTransaction",
            #"""
            {"TransactStatements": [
              {"Statement": "DELETE FROM \"student-table\" WHERE recordKey = 'K1' AND entityKey = 'x'"}]}
            """#, ["PartiQLDelete student-table K1"]
        ),
        ("DescribeTable", #"{"TableName": "student-table"}"#, ["DescribeTable student-table "]),
        ("ListTables", "{}", ["ListTables * "]),
    ])
    func asksWhatTheGatewayAsks(operation: String, body: String, expected: [String]) throws {
        let lines = try ask(operation, body).map { request in
            let resource = request.resource.text.split(separator: ":table/").last ?? ""
            return "\(request.action.name.dropFirst("dynamodb:".count)) \(resource) "
                + texts(request, .leadingKeys).joined(separator: ",")
        }
        #expect(lines == expected)
    }

    @Test func fillsTheContextAsTheGatewayDoes() throws {
        let request = try #require(
            try ask(
                "TransactWriteItems",
                #"{"TransactItems": [{"Put": {"TableName": "student-table", "Item": \#(Self.key)}}]}"#
            ).first)
        #expect(texts(request, .enclosingOperation) == ["TransactWriteItems"])
        #expect(texts(request, .returnValues) == ["NONE"])
        let scan = try #require(
            try ask("ExecuteStatement", #"{"Statement": "SELECT a FROM \"student-table\""}"#).first)
        #expect(texts(scan, .fullTableScan) == ["true"])
        #expect(texts(scan, .select) == ["SPECIFIC_ATTRIBUTES"])
    }

    @Test func saysWhyNothingIsAsked() {
        #expect(throws: RequestRehearsal.Fault.unknownOperation("GetItme")) { try ask("GetItme", "{}") }
        #expect(
            throws: RequestRehearsal.Fault.refused(
                "ValidationException: The parameter 'TableName' is required but was not present in the request"
            )
        ) { try ask("GetItem", "{}") }
        #expect(throws: RequestRehearsal.Fault.self) { try ask("GetItem", "{") }
        #expect(throws: RequestRehearsal.Fault.tags(.value(ofTag: "a"))) {
            try rehearsal.questions(
                operation: "ListTables", body: Array("{}".utf8), role: "teacher", tags: [("a", "#")])
        }
    }

    /// Whatever is recorded, there is an answer: questions, or why there are none.
    @Test(arguments: GatewayOperation.allCases)
    func everyOperationHasAnAnswer(operation: GatewayOperation) {
        for body in ["{}", "[]", #"{"TableName": "student-table"}"#, #"{"TableName": "no-such-table"}"#, ""] {
            do throws(RequestRehearsal.Fault) {
                #expect(try !ask(operation.name, body).isEmpty)
            } catch {
                if case .tags = error { Issue.record("the tags are good") }
            }
        }
    }
}
