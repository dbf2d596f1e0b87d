import Base
import Gateway
import GatewayTestKit
import HTTPClient
import SigV4
import Testing

@testable import GatewayAPI

/// PartiQL over the wire.
struct StatementTests {
    private let server: TestServer
    private let credentials: SigV4Credentials
    private let pk: String
    private let foreign: String

    init() throws {
        server = try TestServer()
        credentials = try server.credentials(server.deployment.own)
        pk = server.deployment.own.studentKey
        foreign = server.deployment.other.studentKey
    }

    private func call(_ operation: String, _ body: String) throws -> (status: Int, text: String) {
        let answer = try server.call(operation, body, as: credentials)
        return (answer.status, answer.text)
    }

    /// A member `Statement` and what belongs to it.
    private func member(_ statement: String, _ more: String = "") -> String {
        var json = JSONWriter()
        json.beginObject()
        json.name("Statement")
        json.string(statement)
        json.endObject()
        return String(decoding: json.bytes.dropLast(), as: UTF8.self) + more + "}"
    }

    private func execute(_ statement: String, _ more: String = "") throws -> (status: Int, text: String) {
        try call("ExecuteStatement", member(statement, more))
    }

    private func run(_ statement: String, _ more: String = "") throws -> String {
        let (status, text) = try execute(statement, more)
        guard status == 200 else { throw TestServer.Failure(text: text) }
        return text
    }

    private func insert(_ sort: String, _ more: String = "") throws {
        let text = try run(
            "INSERT INTO \"student-table\" VALUE {'recordKey': '\(pk)', 'entityKey': '\(sort)'\(more)}")
        #expect(text == #"{"Items":[]}"#)
    }

    private func key(_ sort: String) -> String { "recordKey = '\(pk)' AND entityKey = '\(sort)'" }

    private func fault(_ name: String, _ text: String) -> String {
        #"{"__type":"\#(name)","message":"\#(text)"}"#
    }

    private static let validation = "com.amazon.coral.validate#ValidationException"

    // MARK: ExecuteStatement

    @Test func writesAndReads() throws {
        try insert("A", ", 'n': 1, 'm': {'x': ['y']}")
        #expect(
            try run("SELECT n, m.x[0] FROM \"student-table\" WHERE \(key("A"))")
                == #"{"Items":[{"n":{"N":"1"},"x[0]":{"S":"y"}}]}"#)
        #expect(
            try run(
                "UPDATE \"student-table\" SET n = n + ? WHERE \(key("A")) RETURNING MODIFIED NEW *",
                #","Parameters":[{"N":"2"}]"#)
                == #"{"Items":[{"n":{"N":"3"}}]}"#)
        #expect(
            try run("UPDATE \"student-table\" REMOVE m WHERE \(key("A")) RETURNING MODIFIED NEW *")
                == #"{"Items":[]}"#)
        #expect(
            try run("DELETE FROM \"student-table\" WHERE \(key("A")) RETURNING ALL OLD *")
                == #"{"Items":[{"entityKey":{"S":"A"},"n":{"N":"3"},"recordKey":{"S":"\#(pk)"}}]}"#)
        #expect(try run("DELETE FROM \"student-table\" WHERE \(key("A"))") == #"{"Items":[]}"#)
        #expect(try run("SELECT * FROM \"student-table\" WHERE \(key("A"))") == #"{"Items":[]}"#)
    }

    @Test func failsOnDuplicatesAndConditions() throws {
        try insert("A", ", 'n': 1")
        let dynamo = "com.amazonaws.dynamodb.v20120810#"
        let again = try execute(
            "INSERT INTO \"student-table\" VALUE {'recordKey': '\(pk)', 'entityKey': 'A'}")
        #expect(again.status == 400)
        #expect(
            again.text == fault(dynamo + "DuplicateItemException", "Duplicate primary key exists in table"))
        for condition in [key("A") + " AND n = 2", key("absent")] {
            let failed = try execute("UPDATE \"student-table\" SET n = 5 WHERE \(condition)")
            #expect(
                failed.text
                    == fault(dynamo + "ConditionalCheckFailedException", "The conditional request failed"))
        }
        let shown = try execute(
            "DELETE FROM \"student-table\" WHERE \(key("A")) AND n = 2",
            #","ReturnValuesOnConditionCheckFailure":"ALL_OLD""#)
        #expect(shown.text.contains(#""Item":{"entityKey":{"S":"A"},"n":{"N":"1"}"#))
        #expect(
            try run("DELETE FROM \"student-table\" WHERE \(key("absent")) AND n = 2") == #"{"Items":[]}"#)
    }

    @Test(arguments: [
        (
            "SELEC * FROM \\\"student-table\\\"",
            "Statement wasn't well formed, can't be processed: Expected data manipulation"
        ),
        ("SELECT * FROM \\\"student-table\\\".nope", "The table does not have the specified index"),
        (
            "DELETE FROM \\\"student-table\\\" WHERE n = 1",
            "Where clause does not contain a mandatory equality on all key attributes"
        ),
        (
            "SELECT * FROM \\\"student-table\\\" WHERE recordKey = 1",
            "Key attribute's data type should match its data type in table's schema: Key recordKey"
        ),
        (
            "EXISTS(SELECT * FROM \\\"student-table\\\" WHERE n = 1)",
            "EXISTS can only be used in ExecuteTransaction write requests."
        ),
        (
            "SELECT * FROM ab",
            "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'."
        ),
        (
            "SELECT n FROM \\\"student-table\\\".\\\"keys-index\\\" WHERE groupKey = 'g'",
            "One or more parameter values were invalid: Global secondary index keys-index does not project [n]"
        ),
        (
            "SELECT * FROM \\\"student-table\\\".\\\"keys-index\\\" WHERE groupKey = 'g' AND n = 1",
            "One or more parameter values were invalid: Secondary index keys-index does not project one or more filter attributes: [n]"
        ),
    ])
    func refuses(_ statement: String, _ text: String) throws {
        let answer = try call("ExecuteStatement", #"{"Statement":"\#(statement)"}"#)
        #expect(answer.status == 400)
        #expect(answer.text == fault(Self.validation, text))
    }

    @Test func refusesParametersOutOfBounds() throws {
        #expect(
            try call("ExecuteStatement", "{}").text
                == fault(
                    Self.validation,
                    "1 validation error detected: Value null at 'statement' failed to satisfy constraint: Member must not be null"
                ))
        #expect(
            try execute("SELECT * FROM x", #","Limit":0,"Parameters":[]"#).text
                == fault(
                    Self.validation,
                    "2 validation errors detected: Value '[]' at 'parameters' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"
                ))
        #expect(
            try execute("SELECT * FROM \"student-table\" WHERE \(key("A"))", #","NextToken":"garbage""#).text
                == fault(Self.validation, "Invalid NextToken"))
    }

    @Test func readsPagesByToken() throws {
        for sort in ["A", "B", "C", "D", "E"] { try insert(sort, ", 'n': 1") }
        let statement =
            "SELECT entityKey FROM \"student-table\" WHERE recordKey = '\(pk)' AND n = 1 ORDER BY entityKey DESC"
        var pages: [String] = []
        var token = ""
        repeat {
            let text = try run(
                statement, #","Limit":2"# + (token.isEmpty ? "" : #","NextToken":"\#(token)""#))
            let parts = text.split(separator: #""NextToken":""#, maxSplits: 1)
            pages.append(String(parts[0]))
            token = parts.count > 1 ? String(parts[1].prefix { $0 != "\"" }) : ""
            if pages.count == 1 {
                let other = try execute(statement + " ", #","NextToken":"\#(token)""#)
                #expect(other.text == fault(Self.validation, "NextToken does not match request"))
            }
        } while !token.isEmpty && pages.count < 9
        #expect(
            pages == [
                #"{"Items":[{"entityKey":{"S":"E"}},{"entityKey":{"S":"D"}}],"#,
                #"{"Items":[{"entityKey":{"S":"C"}},{"entityKey":{"S":"B"}}],"#,
                #"{"Items":[{"entityKey":{"S":"A"}}]}"#,
            ])
        let several =
            "SELECT entityKey FROM \"student-table\" WHERE recordKey = '\(pk)' AND entityKey IN ['E', 'A', 'x']"
        let first = try run(several, #","Limit":1"#)
        #expect(first.hasPrefix(#"{"Items":[{"entityKey":{"S":"A"}}],"NextToken":""#))
        #expect(try run(several) == #"{"Items":[{"entityKey":{"S":"A"}},{"entityKey":{"S":"E"}}]}"#)
    }

    @Test func reportsCapacity() throws {
        try insert("A")
        #expect(
            try run(
                "SELECT entityKey FROM \"student-table\" WHERE \(key("A"))",
                #","ReturnConsumedCapacity":"TOTAL","ConsistentRead":true"#)
                == #"{"Items":[{"entityKey":{"S":"A"}}],"ConsumedCapacity":{"TableName":"student-table","CapacityUnits":1.0}}"#
        )
    }

    // MARK: Whose items

    @Test(arguments: [
        "SELECT * FROM \"student-table\"",
        "SELECT * FROM \"student-table\" WHERE n = 1",
        "SELECT * FROM \"student-table\" WHERE recordKey = '$other'",
        "SELECT * FROM \"student-table\" WHERE recordKey IN ['$own', '$other']",
        "SELECT * FROM \"student-table\" WHERE recordKey = '$own' OR recordKey = '$other'",
        "SELECT * FROM \"student-table\" WHERE recordKey = '$own' OR n = 1",
        "SELECT * FROM \"student-table\" WHERE NOT recordKey = '$own'",
        "SELECT * FROM \"student-table\" WHERE recordKey = '$other' AND entityKey IN ['A', 'B']",
        "SELECT * FROM \"student-table\".\"teacher-index\" WHERE recordKey = '$own'",
        "SELECT * FROM \"student-table\".\"teacher-index\" WHERE teacherKey = '$other'",
        "INSERT INTO \"student-table\" VALUE {'recordKey': '$other', 'entityKey': 'A'}",
        "UPDATE \"student-table\" SET n = 1 WHERE recordKey = '$other' AND entityKey = 'A'",
        "DELETE FROM \"student-table\" WHERE recordKey = '$other' AND entityKey = 'A'",
    ])
    func reachesNothingOfOthers(_ statement: String) throws {
        let text = statement.replacing("$own", with: pk).replacing("$other", with: foreign)
        let answer = try execute(text)
        #expect(answer.status == 400)
        #expect(answer.text.hasPrefix(#"{"__type":"com.amazon.coral.service#AccessDeniedException""#))
        #expect(!answer.text.contains("Items"))
        let batch = try call("BatchExecuteStatement", #"{"Statements":[\#(member(text))]}"#)
        #expect(!batch.text.contains(#""Item""#))
        #expect(batch.text.contains(#""Error""#))
    }

    /// With policies that allow everything there is the second wall.
    @Test func isStoppedByTheSecondWallToo() throws {
        server.deployment.policies.replace(by: try TestPolicies.faulty())
        let other = server.deployment.other
        try server.deployment.plant(
            server.deployment.student(of: other, note: "others-secret"), in: "student-table")
        for statement in [
            "SELECT * FROM \"student-table\" WHERE recordKey = '\(foreign)'",
            "SELECT * FROM \"student-table\" WHERE recordKey IN ['\(pk)', '\(foreign)']",
            "SELECT * FROM \"student-table\".\"teacher-index\" WHERE teacherKey = '\(foreign)'",
            "UPDATE \"student-table\" SET n = 1 WHERE recordKey = '\(foreign)' AND entityKey = 'A'",
            "INSERT INTO \"student-table\" VALUE {'recordKey': '\(foreign)', 'entityKey': 'A'}",
        ] {
            let answer = try execute(statement)
            #expect(answer.text.hasPrefix(#"{"__type":"com.amazon.coral.service#AccessDeniedException""#))
            let transaction = try call(
                "ExecuteTransaction", #"{"TransactStatements":[\#(member(statement))]}"#)
            #expect(transaction.status == 400)
            #expect(!transaction.text.contains("others-secret"))
        }
        for statement in [
            "SELECT * FROM \"student-table\"", "SELECT * FROM \"student-table\" WHERE entityKey = 'nothing'",
        ] {
            let answer = try execute(statement)
            #expect(answer.status == 500)
            #expect(!answer.text.contains("others-secret"))
        }
    }

    // MARK: BatchExecuteStatement

    @Test func batchesAnswerByStatement() throws {
        let table = "\"student-table\""
        let written = try call(
            "BatchExecuteStatement",
            #"{"Statements":[\#(member("INSERT INTO \(table) VALUE {'recordKey': '\(pk)', 'entityKey': 'A', 'n': 1}")),"#
                + member("SLECT * FROM \(table)") + ","
                + member("INSERT INTO \(table) VALUE {'recordKey': '\(pk)', 'entityKey': 'B'}") + ","
                + member("UPDATE \(table) SET n = 2 WHERE \(key("absent"))") + "]}")
        #expect(written.status == 200)
        #expect(
            written.text
                == #"{"Responses":[{"TableName":"student-table"},{"Error":{"Code":"ValidationError","Message":"Statement wasn't well formed, can't be processed: Expected data manipulation"}},{"TableName":"student-table"},{"Error":{"Code":"ConditionalCheckFailed","Message":"The conditional request failed"},"TableName":"student-table"}]}"#
        )
        let again = try call(
            "BatchExecuteStatement",
            #"{"Statements":[\#(member("INSERT INTO \(table) VALUE {'recordKey': '\(pk)', 'entityKey': 'A'}"))]}"#
        )
        #expect(
            again.text
                == #"{"Responses":[{"Error":{"Code":"DuplicateItem","Message":"Duplicate primary key exists in table"},"TableName":"student-table"}]}"#
        )
        let read = try call(
            "BatchExecuteStatement",
            #"{"Statements":["# + member("SELECT n FROM \(table) WHERE \(key("A"))") + ","
                + member("SELECT * FROM \(table) WHERE \(key("absent"))") + ","
                + member("SELECT * FROM \(table) WHERE recordKey = '\(pk)'")
                + #"],"ReturnConsumedCapacity":"TOTAL"}"#)
        #expect(
            read.text
                == #"{"Responses":[{"TableName":"student-table","Item":{"n":{"N":"1"}}},{"TableName":"student-table"},{"Error":{"Code":"ValidationError","Message":"Select statements within BatchExecuteStatement must specify the primary key in the where clause."},"TableName":"student-table"}],"ConsumedCapacity":[{"TableName":"student-table","CapacityUnits":1.0}]}"#
        )
        let none = try call("BatchExecuteStatement", #"{"Statements":[]}"#)
        #expect(
            none.text
                == fault(
                    Self.validation,
                    "1 validation error detected: Value '[]' at 'statements' failed to satisfy constraint: Member must have length greater than or equal to 1"
                ))
    }

    // MARK: ExecuteTransaction

    private func transact(_ statements: [String], _ more: String = "") throws -> (status: Int, text: String) {
        let members = statements.map { member($0) }.joined(separator: ",")
        return try call("ExecuteTransaction", #"{"TransactStatements":[\#(members)]\#(more)}"#)
    }

    @Test func transactionsHappenWholeOrNotAtAll() throws {
        let table = "\"student-table\""
        let insertB = "INSERT INTO \(table) VALUE {'recordKey': '\(pk)', 'entityKey': 'B'}"
        try insert("A", ", 'n': 1")
        let checked = try transact([
            insertB, "EXISTS(SELECT * FROM \(table) WHERE \(key("A")) AND n = 1)",
        ])
        #expect(checked.text == #"{"Responses":[]}"#)
        let cancelled = try transact([
            "UPDATE \(table) SET n = 7 WHERE \(key("A"))", insertB, "DELETE FROM \(table) WHERE \(key("C"))",
        ])
        #expect(
            cancelled.text
                == #"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled, please refer cancellation reasons for specific reasons [None, DuplicateItem, None]","CancellationReasons":[{"Code":"None"},{"Code":"DuplicateItem","Message":"Duplicate primary key exists in table"},{"Code":"None"}]}"#
        )
        let read = try transact([
            "SELECT n FROM \(table) WHERE \(key("A"))", "SELECT * FROM \(table) WHERE \(key("C"))",
        ])
        #expect(read.text == #"{"Responses":[{"Item":{"n":{"N":"1"}}},{}]}"#)
    }

    @Test func transactionsHappenOnceByToken() throws {
        try insert("A", ", 'n': 1")
        for _ in 0..<2 {
            let done = try transact(
                ["UPDATE \"student-table\" SET n = n + 1 WHERE \(key("A"))"], #","ClientRequestToken":"once""#
            )
            #expect(done.text == #"{"Responses":[]}"#)
        }
        #expect(
            try run("SELECT n FROM \"student-table\" WHERE \(key("A"))") == #"{"Items":[{"n":{"N":"2"}}]}"#)
    }

    @Test func transactionsAreRefusedByPlace() throws {
        let table = "\"student-table\""
        let fine = "UPDATE \(table) SET n = 1 WHERE \(key("A"))"
        for (statements, text) in [
            (
                [fine, "UPDATE \(table) SET n = 1 WHERE \(key("B")) RETURNING ALL NEW *"],
                "Validation failed in TransactStatements[1]: RETURNING clause is not supported in ExecuteTransaction."
            ),
            (
                ["SELECT * FROM \(table).\"teacher-index\" WHERE teacherKey = 'x'"],
                "Validation failed in TransactStatements[0]: Reads on indices are not supported within transactions."
            ),
            (
                ["SELECT * FROM \(table) WHERE \(key("A")) AND attribute_exists(n)"],
                "Validation failed in TransactStatements[0]: Select statements within ExecuteTransaction must specify the primary key in the where clause."
            ),
            (
                ["EXISTS(SELECT * FROM \(table) WHERE \(key("A")))", fine],
                "Validation failed in TransactStatements[0]: EXISTS() must contain a single item read with additional condition"
            ),
            (
                ["SELECT * FROM \(table) WHERE \(key("A"))", fine],
                "ExecuteTransaction API does not support both read and write operations in the same request."
            ),
        ] {
            #expect(try transact(statements).text == fault(Self.validation, text))
        }
        let foreign = try transact([
            fine,
            "EXISTS(SELECT * FROM \(table) WHERE recordKey = '\(foreign)' AND entityKey = 'A' AND n = 1)",
        ])
        #expect(foreign.text.hasPrefix(#"{"__type":"com.amazon.coral.service#AccessDeniedException""#))
        let keyless = try transact(["DELETE FROM \(table) WHERE n = 1"])
        #expect(keyless.text.contains(#"{"Code":"ValidationError","Message":"Where clause does not contain"#))
    }
}
