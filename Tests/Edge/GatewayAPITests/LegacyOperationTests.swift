import Base
import Gateway
import GatewayTestKit
import HTTPClient
import SigV4
import Testing

@testable import GatewayAPI

/// Every operation with the parameters that came before expressions.
struct LegacyOperationTests {
    private let server: TestServer
    private let credentials: SigV4Credentials
    private let pk: String

    init() throws {
        server = try TestServer()
        credentials = try server.credentials(server.deployment.own)
        pk = server.deployment.own.studentKey
    }

    private func call(_ operation: String, _ more: String) throws -> String {
        let answer = try server.call(
            operation, #"{"TableName":"student-table",\#(more)}"#, as: credentials)
        guard answer.status == 200 else { throw TestServer.Failure(text: answer.text) }
        return answer.text
    }

    private func failsItsCondition(_ operation: String, _ more: String) throws -> Bool {
        let answer = try server.call(
            operation, #"{"TableName":"student-table",\#(more)}"#, as: credentials)
        return answer.status == 400 && answer.text.contains("#ConditionalCheckFailedException")
    }

    private func key(_ sort: String) -> String {
        #""Key":{"recordKey":{"S":"\#(pk)"},"entityKey":{"S":"\#(sort)"}}"#
    }

    private func keys(_ sort: String) -> String {
        #""entityKey":{"S":"\#(sort)"},"recordKey":{"S":"\#(pk)"}"#
    }

    private func put(_ sort: String, _ more: String = "") throws {
        _ = try call("PutItem", #""Item":{"recordKey":{"S":"\#(pk)"},"entityKey":{"S":"\#(sort)"}\#(more)}"#)
    }

    private var ownPartition: String {
        #""recordKey":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"\#(pk)"}]}"#
    }

    @Test func getItemGivesTheAttributesAskedFor() throws {
        try put("A", #","a":{"N":"1"},"a.b":{"N":"2"},"c":{"N":"3"}"#)
        #expect(
            try call("GetItem", #"\#(key("A")),"AttributesToGet":["c","a.b","absent"]"#)
                == #"{"Item":{"a.b":{"N":"2"},"c":{"N":"3"}}}"#)
        // null is no parameter.
        #expect(
            try call("GetItem", #"\#(key("A")),"AttributesToGet":null,"ProjectionExpression":"c""#)
                == #"{"Item":{"c":{"N":"3"}}}"#)
    }

    @Test func putItemExpectsAbsenceOrAValue() throws {
        let item = #""Item":{\#(keys("A")),"a":{"N":"1"}}"#
        let absent = #"\#(item),"Expected":{"recordKey":{"Exists":false}}"#
        #expect(try call("PutItem", absent) == "{}")
        #expect(try failsItsCondition("PutItem", absent))
        #expect(
            try call("PutItem", #"\#(item),"Expected":{"a":{"Value":{"N":"1.0"}}},"ReturnValues":"ALL_OLD""#)
                == #"{"Attributes":{"a":{"N":"1"},\#(keys("A"))}}"#)
        #expect(try failsItsCondition("PutItem", #"\#(item),"Expected":{"a":{"Value":{"N":"2"}}}"#))
    }

    @Test func conditionalOperatorConnects() throws {
        try put("A", #","a":{"N":"1"},"b":{"N":"2"}"#)
        let expected =
            #""Expected":{"a":{"ComparisonOperator":"GT","AttributeValueList":[{"N":"1"}]},"b":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"1"},{"N":"2"}]}}"#
        #expect(try failsItsCondition("DeleteItem", #"\#(key("A")),\#(expected)"#))
        #expect(
            try failsItsCondition("DeleteItem", #"\#(key("A")),\#(expected),"ConditionalOperator":"AND""#))
        #expect(try call("DeleteItem", #"\#(key("A")),\#(expected),"ConditionalOperator":"OR""#) == "{}")
    }

    @Test func aFailedExpectationReturnsTheItemWhereAskedTo() throws {
        try put("A", #","a":{"N":"1"}"#)
        let answer = try server.call(
            "DeleteItem",
            #"{"TableName":"student-table",\#(key("A")),"Expected":{"a":{"Exists":false}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}"#,
            as: credentials)
        #expect(answer.text.contains(#""Item":{"a":{"N":"1"},"#))
    }

    @Test(arguments: [
        ("NONE", "{}"),
        (
            "ALL_OLD",
            #"{"Attributes":{"a":{"N":"1"},"d":{"S":"x"},KEY,"s":{"SS":["p","q"]},"t":{"SS":["p"]}}}"#
        ),
        (
            "UPDATED_OLD",
            #"{"Attributes":{"a":{"N":"1"},"d":{"S":"x"},"s":{"SS":["p","q"]},"t":{"SS":["p"]}}}"#
        ),
        (
            "ALL_NEW",
            #"{"Attributes":{"a":{"N":"3"},"b":{"L":[{"N":"1"}]},"c":{"NULL":true},KEY,"s":{"SS":["q"]}}}"#
        ),
        (
            "UPDATED_NEW",
            #"{"Attributes":{"a":{"N":"3"},"b":{"L":[{"N":"1"}]},"c":{"NULL":true},"s":{"SS":["q"]}}}"#
        ),
    ])
    func updateItemReturnsWhatIsAskedFor(_ returned: String, _ expected: String) throws {
        try put("A", #","a":{"N":"1"},"d":{"S":"x"},"s":{"SS":["p","q"]},"t":{"SS":["p"]}"#)
        let updates = [
            #""a":{"Action":"ADD","Value":{"N":"2"}}"#, #""d":{"Action":"DELETE"}"#,
            #""s":{"Action":"DELETE","Value":{"SS":["p"]}}"#,
            #""t":{"Action":"DELETE","Value":{"SS":["p"]}}"#,
            #""b":{"Action":"ADD","Value":{"L":[{"N":"1"}]}}"#, #""c":{"Value":{"NULL":true}}"#,
        ].joined(separator: ",")
        let answer = try call(
            "UpdateItem", #"\#(key("A")),"AttributeUpdates":{\#(updates)},"ReturnValues":"\#(returned)""#)
        let parts = expected.split(separator: "KEY", omittingEmptySubsequences: false)
        #expect(answer == parts.joined(separator: keys("A")))
    }

    @Test(arguments: [
        (#"{"a":{"Value":{"N":"1"}}}"#, #"{"Item":{"a":{"N":"1"},KEY}}"#),
        (#"{"a":{"Action":"ADD","Value":{"N":"1"}}}"#, #"{"Item":{"a":{"N":"1"},KEY}}"#),
        (#"{"a":{"Action":"DELETE"}}"#, "{}"),
        (#"{"a":{"Action":"DELETE","Value":{"SS":["x"]}}}"#, "{}"), ("{}", #"{"Item":{KEY}}"#),
    ])
    func updateItemMakesTheItemOrNot(_ updates: String, _ expected: String) throws {
        _ = try call("UpdateItem", #"\#(key("N")),"AttributeUpdates":\#(updates)"#)
        let parts = expected.split(separator: "KEY", omittingEmptySubsequences: false)
        #expect(try call("GetItem", key("N")) == parts.joined(separator: keys("N")))
    }

    @Test func updateItemRefusesAnAttributeOfAnotherKind() throws {
        try put("A", #","a":{"S":"1"}"#)
        let answer = try server.call(
            "UpdateItem",
            #"{"TableName":"student-table",\#(key("A")),"AttributeUpdates":{"a":{"Action":"ADD","Value":{"N":"1"}}}}"#,
            as: credentials)
        #expect(
            answer.text
                == #"{"__type":"com.amazon.coral.validate#ValidationException","message":"Type mismatch for attribute to update"}"#
        )
    }

    private func entities(_ more: String, _ operation: String = "Query") throws -> [String] {
        try call(operation, more).matches(of: /"entityKey":\{"S":"([A-Z]+)"\}/).map { String($0.output.1) }
    }

    @Test(arguments: [
        ("", ["A", "AB", "B", "C"]),
        (#"{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"B"}]}"#, ["B"]),
        (#"{"ComparisonOperator":"LT","AttributeValueList":[{"S":"B"}]}"#, ["A", "AB"]),
        (#"{"ComparisonOperator":"LE","AttributeValueList":[{"S":"B"}]}"#, ["A", "AB", "B"]),
        (#"{"ComparisonOperator":"GT","AttributeValueList":[{"S":"B"}]}"#, ["C"]),
        (#"{"ComparisonOperator":"GE","AttributeValueList":[{"S":"B"}]}"#, ["B", "C"]),
        (#"{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"S":"AB"},{"S":"B"}]}"#, ["AB", "B"]),
        (#"{"ComparisonOperator":"BEGINS_WITH","AttributeValueList":[{"S":"A"}]}"#, ["A", "AB"]),
    ])
    func queryGoesByKeyConditions(_ sort: String, _ expected: [String]) throws {
        for entity in ["C", "AB", "B", "A"] { try put(entity) }
        let conditions = ownPartition + (sort.isEmpty ? "" : #","entityKey":\#(sort)"#)
        #expect(try entities(#""KeyConditions":{\#(conditions)}"#) == expected)
        #expect(
            try entities(#""KeyConditions":{\#(conditions)},"ScanIndexForward":false"#)
                == expected.reversed())
    }

    @Test func queryFiltersAndProjects() throws {
        try put("A", #","a":{"N":"1"},"b":{"S":"x"}"#)
        try put("B", #","a":{"N":"2"},"b":{"S":"xy"}"#)
        try put("C")
        let isTwo = #""a":{"ComparisonOperator":"EQ","AttributeValueList":[{"N":"2"}]}"#
        let contains = #""b":{"ComparisonOperator":"CONTAINS","AttributeValueList":[{"S":"x"}]}"#
        let query = #""KeyConditions":{\#(ownPartition)}"#
        #expect(try entities(#"\#(query),"QueryFilter":{\#(isTwo),\#(contains)}"#) == ["B"])
        #expect(
            try entities(#"\#(query),"QueryFilter":{\#(isTwo),\#(contains)},"ConditionalOperator":"OR""#)
                == ["A", "B"])
        #expect(
            try entities(#"\#(query),"QueryFilter":{"a":{"ComparisonOperator":"NULL"}}"#) == ["C"])
        #expect(
            try call("Query", #"\#(query),"QueryFilter":{\#(isTwo)},"AttributesToGet":["a"]"#)
                == #"{"Items":[{"a":{"N":"2"}}],"Count":1,"ScannedCount":3}"#)
        // Beside KeyConditions the other expressions may stand.
        #expect(
            try call(
                "Query",
                #"\#(query),"FilterExpression":"a = :v","ProjectionExpression":"b","ExpressionAttributeValues":{":v":{"N":"1"}}"#
            ) == #"{"Items":[{"b":{"S":"x"}}],"Count":1,"ScannedCount":3}"#)
    }

    @Test func queryOfAnIndexGoesByItsKey() throws {
        let teacher = "TENANT#\(server.deployment.own.school)#TEACHER#1"
        try put("A", #","teacherKey":{"S":"\#(teacher)"}"#)
        try put("B")
        let found = try entities(
            #""IndexName":"teacher-index","KeyConditions":{"teacherKey":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"\#(teacher)"}]}}"#
        )
        #expect(found == ["A"])
    }

    /// A filter of a scan may name key attributes, other than a query's.
    @Test func scanFilters() throws {
        server.deployment.policies.replace(by: try TestPolicies.faulty())
        for entity in ["A", "B"] { try put(entity, #","a":{"S":"\#(entity)"}"#) }
        let isB = #"{"ComparisonOperator":"NE","AttributeValueList":[{"S":"A"}]}"#
        #expect(try entities(#""ScanFilter":{"entityKey":\#(isB)}"#, "Scan") == ["B"])
        #expect(
            try call("Scan", #""ScanFilter":{"a":\#(isB)},"AttributesToGet":["a"]"#)
                == #"{"Items":[{"a":{"S":"B"}}],"Count":1,"ScannedCount":2}"#)
    }

    @Test func batchGetItemGivesTheAttributesAskedFor() throws {
        try put("A", #","a":{"N":"1"},"b":{"N":"2"}"#)
        let answer = try server.call(
            "BatchGetItem",
            #"{"RequestItems":{"student-table":{"Keys":[{\#(keys("A"))}],"AttributesToGet":["b"]}}}"#,
            as: credentials)
        #expect(answer.text == #"{"Responses":{"student-table":[{"b":{"N":"2"}}]},"UnprocessedKeys":{}}"#)
    }
}
