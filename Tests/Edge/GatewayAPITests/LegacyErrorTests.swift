import Base
import Gateway
import GatewayTestKit
import HTTPClient
import SigV4
import Testing

@testable import GatewayAPI

/// What goes wrong with the parameters that came before expressions, in AWS's words.
struct LegacyErrorTests {
    /// A request and the error's text.
    struct Case: Sendable, CustomTestStringConvertible {
        let operation: String
        let body: String
        let message: String

        var testDescription: String { "\(operation) \(body)" }

        /// - Parameter more: what the body has beside the table's name.
        init(_ operation: String, _ more: String, _ message: String) {
            self.operation = operation
            body = operation == "BatchGetItem" ? more : #"{"TableName":"student-table",\#(more)}"#
            self.message = message
        }
    }

    private static let key = #""Key":{"recordKey":{"S":"OWNKEY"},"entityKey":{"S":"A"}}"#
    private static let item = #""Item":{"recordKey":{"S":"OWNKEY"},"entityKey":{"S":"A"}}"#
    private static let isA = #"{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]}"#
    private static let own = #"{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"OWNKEY"}]}"#
    private static let keyed = #""KeyConditions":{"recordKey":\#(own)}"#
    private static let value = #""ExpressionAttributeValues":{":v":{"S":"a"}}"#
    private static let invalid = "One or more parameter values were invalid: "

    private static func mixed(_ older: String, _ newer: String) -> String {
        "Can not use both expression and non-expression parameters in the same request: "
            + "Non-expression parameters: {\(older)} Expression parameters: {\(newer)}"
    }

    private static let mixing: [Case] = [
        Case(
            "GetItem", #"\#(key),"AttributesToGet":["a"],"ProjectionExpression":"a""#,
            mixed("AttributesToGet", "ProjectionExpression")),
        Case(
            "PutItem",
            #"\#(item),"Expected":{"a":{}},"ConditionalOperator":"AND","ConditionExpression":"a = :v""#,
            mixed("Expected, ConditionalOperator", "ConditionExpression")),
        Case(
            "DeleteItem", #"\#(key),"ConditionalOperator":"AND","ConditionExpression":"a = :v",\#(value)"#,
            mixed("ConditionalOperator", "ConditionExpression")),
        Case(
            "UpdateItem", #"\#(key),"AttributeUpdates":{},"UpdateExpression":"SET a = :v",\#(value)"#,
            mixed("AttributeUpdates", "UpdateExpression")),
        Case(
            "UpdateItem",
            #"\#(key),"ConditionalOperator":"OR","Expected":{},"AttributeUpdates":{},"ConditionExpression":"","UpdateExpression":"""#,
            mixed("AttributeUpdates, Expected, ConditionalOperator", "UpdateExpression, ConditionExpression")),
        Case(
            "UpdateItem", #"\#(key),"AttributeUpdates":{"a":{}},"ConditionExpression":"a = :v",\#(value)"#,
            mixed("AttributeUpdates", "ConditionExpression")),
        Case(
            "Query",
            #"\#(keyed),"QueryFilter":{"a":\#(isA)},"AttributesToGet":["a","a"],"ConditionalOperator":"OR","KeyConditionExpression":"","FilterExpression":"","ProjectionExpression":"""#,
            mixed(
                "AttributesToGet, QueryFilter, ConditionalOperator, KeyConditions",
                "ProjectionExpression, FilterExpression, KeyConditionExpression")),
        Case(
            "Query", #"\#(keyed),"AttributesToGet":["a"],"FilterExpression":"a = :v",\#(value)"#,
            mixed("AttributesToGet", "FilterExpression")),
        Case(
            "Scan",
            #""AttributesToGet":["a"],"ScanFilter":{},"ConditionalOperator":"AND","FilterExpression":"a","ProjectionExpression":"b""#,
            mixed(
                "AttributesToGet, ScanFilter, ConditionalOperator", "ProjectionExpression, FilterExpression")
        ),
        // A value at fault comes later.
        Case(
            "Scan",
            #""ScanFilter":{"a":{"ComparisonOperator":"EQ","AttributeValueList":[{}]}},"ProjectionExpression":"b""#,
            mixed("ScanFilter", "ProjectionExpression")),
        Case(
            "BatchGetItem",
            #"{"RequestItems":{"student-table":{"Keys":[{}],"AttributesToGet":["a"],"ProjectionExpression":"a"}}}"#,
            mixed("AttributesToGet", "ProjectionExpression")),
    ]

    private static let unused: [Case] = [
        Case(
            "UpdateItem", #"\#(key),"AttributeUpdates":{},"ExpressionAttributeNames":{}"#,
            "ExpressionAttributeNames can only be specified when using expressions"),
        Case(
            "UpdateItem", #"\#(key),"AttributeUpdates":{},\#(value)"#,
            "ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null"
        ),
        Case(
            "PutItem", #"\#(item),\#(value)"#,
            "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null"
        ),
        Case(
            "Scan", #""ProjectionExpression":"a",\#(value)"#,
            "ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null"
        ),
        Case(
            "Query", #"\#(keyed),"ConditionalOperator":"OR",\#(value)"#,
            "ExpressionAttributeValues can only be specified when using expressions: FilterExpression and KeyConditionExpression are null"
        ),
        Case(
            "BatchGetItem",
            #"{"RequestItems":{"student-table":{"Keys":[{}],"AttributesToGet":["a"],"ExpressionAttributeNames":{"x":"a"}}}}"#,
            "ExpressionAttributeNames can only be specified when using expressions"),
    ]

    private static let withoutFilter = "ConditionalOperator cannot be used without Filter or Expected"
    private static let withOne =
        "ConditionalOperator can only be used when Filter or Expected has two or more elements"

    private static let joints: [Case] = [
        Case("Scan", #""ConditionalOperator":"AND""#, withoutFilter),
        Case("Scan", #""ConditionalOperator":"AND","ScanFilter":{}"#, withoutFilter),
        Case("Scan", #""ConditionalOperator":"OR","ScanFilter":{"a":\#(isA)}"#, withOne),
        // It comes before the lack of a key condition.
        Case("Query", #""ConditionalOperator":"AND""#, withoutFilter),
        Case("Query", #"\#(keyed),"ConditionalOperator":"AND""#, withoutFilter),
        Case("Query", #"\#(keyed),"ConditionalOperator":"AND","QueryFilter":{"a":\#(isA)}"#, withOne),
        Case("PutItem", #"\#(item),"ConditionalOperator":"AND""#, withoutFilter),
        Case("PutItem", #"\#(item),"ConditionalOperator":"AND","Expected":{"a":\#(isA)}"#, withOne),
        Case("DeleteItem", #"\#(key),"ConditionalOperator":"AND""#, withoutFilter),
        Case("UpdateItem", #"\#(key),"ConditionalOperator":"AND","Expected":{"a":\#(isA)}"#, withOne),
        Case(
            "Scan", #""ConditionalOperator":"and","ScanFilter":{"a":\#(isA),"b":\#(isA)}"#,
            "1 validation error detected: Value 'and' at 'conditionalOperator' failed to satisfy constraint: Member must "
                + "satisfy enum value set: [OR, AND]"),
    ]

    private static let operators =
        "Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, "
        + "BEGINS_WITH, GE, CONTAINS]"

    private static let constraints: [Case] = [
        Case(
            "GetItem", #"\#(key),"AttributesToGet":[]"#,
            "1 validation error detected: Value '[]' at 'attributesToGet' failed to satisfy constraint: Member must have "
                + "length greater than or equal to 1"),
        Case(
            "BatchGetItem", #"{"RequestItems":{"student-table":{"Keys":[{}],"AttributesToGet":[]}}}"#,
            "1 validation error detected: Value '[]' at 'requestItems.student-table.member.attributesToGet' failed to "
                + "satisfy constraint: Member must have length greater than or equal to 1"),
        Case(
            "Query", #""KeyConditions":{"recordKey":{"ComparisonOperator":"DOG"}}"#,
            "1 validation error detected: Value 'DOG' at 'keyConditions.recordKey.member.comparisonOperator' failed to "
                + "satisfy constraint: \(operators)"),
        Case(
            "Query", #""KeyConditions":{"recordKey":{}},"QueryFilter":{"a":{"ComparisonOperator":"eq"}}"#,
            "2 validation errors detected: Value 'eq' at 'queryFilter.a.member.comparisonOperator' failed to satisfy "
                + "constraint: \(operators); Value null at 'keyConditions.recordKey.member.comparisonOperator' failed to "
                + "satisfy constraint: Member must not be null"),
        Case(
            "Scan", #""ScanFilter":{"a":null}"#,
            "1 validation error detected: Value null at 'scanFilter.a.member.comparisonOperator' failed to satisfy "
                + "constraint: Member must not be null"),
        Case(
            "PutItem", #"\#(item),"Expected":{"a":{"ComparisonOperator":"="}}"#,
            "1 validation error detected: Value '=' at 'expected.a.member.comparisonOperator' failed to satisfy "
                + "constraint: \(operators)"),
        Case(
            "UpdateItem", #"\#(key),"AttributeUpdates":{"a":{"Action":"put"}}"#,
            "1 validation error detected: Value 'put' at 'attributeUpdates.a.member.action' failed to satisfy constraint: "
                + "Member must satisfy enum value set: [ADD, DELETE, PUT]"),
    ]

    private static let values: [Case] = [
        Case(
            "Scan",
            #""ScanFilter":{"a":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"},{}]}},"ConditionalOperator":"AND""#,
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        Case(
            "UpdateItem", #"\#(key),"AttributeUpdates":{"a":{"Value":{"SS":["a","a"]}}}"#,
            "\(invalid)Input collection [a, a] contains duplicates."),
        Case(
            "PutItem", #"\#(item),"Expected":{"a":{"Value":{"N":"x"}}}"#,
            "The parameter cannot be converted to a numeric value: x"),
        Case(
            "PutItem", #"\#(item),"Expected":{"a":{}}"#,
            "\(invalid)Value must be provided when Exists is null for Attribute: a"),
        Case(
            "PutItem", #"\#(item),"Expected":{"a":null}"#,
            "\(invalid)ExpectedAttributeValue must not be null for Attribute: a"),
        Case(
            "UpdateItem", #"\#(key),"AttributeUpdates":{"a":{"Action":"ADD","Value":{"S":"x"}}}"#,
            "\(invalid)ADD action is not supported for the type S"),
        Case(
            "UpdateItem", #"\#(key),"AttributeUpdates":{"a":null}"#,
            "\(invalid)Only DELETE action is allowed when no attribute value is specified"),
        Case(
            "UpdateItem", #"\#(key),"AttributeUpdates":{"entityKey":{"Value":{"S":"x"}}}"#,
            "\(invalid)Cannot update attribute entityKey. This attribute is part of the key"),
        Case(
            "GetItem", #"\#(key),"AttributesToGet":["a","b","a"]"#,
            "\(invalid)Duplicate value in attribute name: a"),
        Case("Query", #""KeyConditions":{}"#, "Conditions can be of length 1 or 2 only"),
        Case(
            "Query", #""QueryFilter":{"a":\#(isA)}"#,
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."),
        Case(
            "Query", #"\#(keyed),"QueryFilter":{"entityKey":\#(isA),"a":\#(isA)}"#,
            "QueryFilter can only contain non-primary key attributes: Primary key attribute: entityKey"),
        Case(
            "Query", #"\#(keyed),"FilterExpression":"entityKey = :v",\#(value)"#,
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: entityKey"),
        Case(
            "Query", #""KeyConditions":{"recordKey":{"ComparisonOperator":"NOT_NULL"}}"#,
            "Attempted conditional constraint is not an indexable operation"),
        Case(
            "Query", #"\#(keyed),"AttributesToGet":["a"],"Select":"COUNT""#,
            "1 validation error detected: Cannot specify the AttributesToGet when choosing to get only the Count"
        ),
        Case(
            "Scan", #""AttributesToGet":["a"],"Select":"ALL_ATTRIBUTES""#,
            "Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES"),
        Case(
            "Scan", #""AttributesToGet":["zeal"],"IndexName":"keys-index""#,
            "\(invalid)Global secondary index keys-index does not project [zeal]"),
    ]

    private static func send(_ wanted: Case, _ server: TestServer) throws -> HTTPClientResponse {
        server.deployment.policies.replace(by: try TestPolicies.faulty())
        let body = wanted.body.split(separator: "OWNKEY", omittingEmptySubsequences: false)
            .joined(separator: server.deployment.own.studentKey)
        return try server.call(
            wanted.operation, body, as: try server.credentials(server.deployment.own))
    }

    @Test(arguments: mixing + unused + joints + constraints + values)
    func answersInTheWordsOfAWS(_ wanted: Case) throws {
        let answer = try Self.send(wanted, try TestServer())
        #expect(answer.status == 400)
        #expect(
            answer.text
                == #"{"__type":"com.amazon.coral.validate#ValidationException","message":"\#(wanted.message)"}"#
        )
    }

    private static func map(of structure: String) -> String {
        "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.\(structure)>"
    }

    private static func structure(_ name: String) -> String {
        "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.\(name)"
    }

    private static let kinds: [Case] = [
        Case("PutItem", #""Expected":[]"#, map(of: "ExpectedAttributeValue")),
        Case("PutItem", #""Expected":"a""#, "Unexpected field type"),
        Case("PutItem", #""Expected":{"a":[]}"#, structure("ExpectedAttributeValue")),
        Case("PutItem", #""Expected":{"a":1}"#, "Unexpected value type in payload"),
        Case(
            "PutItem", #""Expected":{"a":{"Exists":"x"}}"#, "Unexpected token received from parser"),
        Case("PutItem", #""Expected":{"a":{"Value":[]}}"#, structure("AttributeValue")),
        Case(
            "PutItem", #""Expected":{"a":{"ComparisonOperator":1}}"#,
            "NUMBER_VALUE cannot be converted to String"),
        Case("UpdateItem", #""AttributeUpdates":[]"#, map(of: "AttributeValueUpdate")),
        Case("UpdateItem", #""AttributeUpdates":{"a":[]}"#, structure("AttributeValueUpdate")),
        Case(
            "UpdateItem", #""AttributeUpdates":{"a":{"Action":true}}"#,
            "TRUE_VALUE cannot be converted to String"),
        Case("Query", #""KeyConditions":[]"#, map(of: "Condition")),
        Case("Query", #""QueryFilter":{"a":[]}"#, structure("Condition")),
        Case("Scan", #""ScanFilter":{"a":{"AttributeValueList":"x"}}"#, "Unexpected field type"),
        Case(
            "GetItem", #""AttributesToGet":{}"#, "Start of structure or map found where not expected"),
        Case("GetItem", #""AttributesToGet":[1]"#, "NUMBER_VALUE cannot be converted to String"),
        Case("Scan", #""ConditionalOperator":{}"#, "Start of structure or map found where not expected"),
    ]

    @Test(arguments: kinds)
    func refusesJSONOfTheWrongKind(_ wanted: Case) throws {
        let answer = try Self.send(wanted, try TestServer())
        #expect(answer.status == 400)
        #expect(
            answer.text
                == #"{"__type":"com.amazon.coral.service#SerializationException","Message":"\#(wanted.message)"}"#
        )
    }

    /// The service stops at ten.
    @Test func namesTenFaultsAtMost() throws {
        let filter = (0..<5000).map { #""a\#($0)":{}"# }.joined(separator: ",")
        let answer = try Self.send(Case("Scan", #""ScanFilter":{\#(filter)}"#, ""), try TestServer())
        #expect(answer.text.contains("10 validation errors detected: Value null at 'scanFilter.a0.member"))
        #expect(answer.text.contains("scanFilter.a9.") && !answer.text.contains("scanFilter.a10."))
    }
}
