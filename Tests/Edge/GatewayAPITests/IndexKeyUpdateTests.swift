import GatewayTestKit
import HTTPClient
import Testing

@testable import GatewayAPI

/// Updates that give an index's key what it cannot be, in AWS's words: those of a put for values that the request has itself, and
/// others for what the item has or an empty value.
struct IndexKeyUpdateTests {
    private static let mismatch = "One or more parameter values were invalid: Type mismatch for Index Key "
    private static let unsupported =
        "The update expression attempted to update the secondary index key to unsupported type"
    private static let oversized =
        "The update expression attempted to update the secondary index key beyond allowed size limits"
    private static let empty =
        "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value "
        + "that is not supported. The AttributeValue for a key attribute cannot contain an empty "
    private let server: TestServer

    init() throws {
        server = try TestServer()
        let body =
            #"{"TableName":"orders","BillingMode":"PAY_PER_REQUEST","#
            + #""AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"state","AttributeType":"S"},{"AttributeName":"bytes","AttributeType":"B"}],"#
            + #""KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"#
            + #""GlobalSecondaryIndexes":[{"IndexName":"by-state","KeySchema":[{"AttributeName":"state","KeyType":"HASH"},{"AttributeName":"bytes","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]}"#
        _ = try answer("CreateTable", body)
        let long = String(repeating: "x", count: 3000)
        let item = #"{"id":{"S":"a"},"n":{"N":"1"},"nothing":{"S":""},"lengthy":{"S":"\#(long)"}}"#
        _ = try answer("PutItem", #"{"TableName":"orders","Item":\#(item)}"#)
    }

    private func answer(_ operation: String, _ body: String) throws -> (status: Int, text: String) {
        let answer = try server.call(operation, body, as: server.operatorCredentials)
        return (answer.status, answer.text)
    }

    private func update(_ text: String, _ value: String?) -> String {
        let values = value.map { #","ExpressionAttributeValues":{":v":\#($0)}"# } ?? ""
        return ##""TableName":"orders","Key":{"id":{"S":"a"}},"UpdateExpression":"\##(text)","##
            + ##""ExpressionAttributeNames":{"#s":"state","#b":"bytes"}\##(values)"##
    }

    private static let refused: [(text: String, value: String?, error: String)] = [
        (
            "SET #s = :v REMOVE #b", #"{"N":"1"}"#,
            mismatch + "state Expected: S Actual: N IndexName: by-state"
        ),
        ("SET #s = :v REMOVE #b", #"{"L":[]}"#, mismatch + "state Expected: S Actual: L IndexName: by-state"),
        ("SET #s = n REMOVE #b", nil, unsupported),
        ("SET #s = if_not_exists(#s, :v) REMOVE #b", #"{"N":"1"}"#, unsupported),
        ("ADD #s :v REMOVE #b", #"{"N":"1"}"#, unsupported),
        ("SET #s = :v REMOVE #b", #"{"S":""}"#, empty + "string value."),
        ("SET #s = nothing REMOVE #b", nil, empty + "string value."),
        ("SET #b = :v REMOVE #s", #"{"B":""}"#, empty + "binary value."),
        ("SET #s = lengthy REMOVE #b", nil, oversized),
    ]

    @Test(arguments: refused)
    func refusesInAnUpdatesOwnWords(text: String, value: String?, error: String) throws {
        let found = try answer("UpdateItem", "{\(update(text, value))}")
        #expect(found.status == 400)
        #expect(found.text.hasSuffix("essage\":\"\(error)\"}"), "\(found.text)")
    }

    @Test func olderUpdatesAreToldTheSame() throws {
        let body = { (value: String) in
            #"{"TableName":"orders","Key":{"id":{"S":"a"}},"AttributeUpdates":{"state":{"Action":"PUT","Value":\#(value)}}}"#
        }
        #expect(try answer("UpdateItem", body(#"{"S":""}"#)).text.contains(Self.empty))
        #expect(try answer("UpdateItem", body(#"{"N":"1"}"#)).text.contains(Self.mismatch))
        #expect(try answer("UpdateItem", body(#"{"S":"open"}"#)).status == 200)
    }

    /// In a transaction an empty value refuses the whole request, another kind cancels.
    @Test func transactionsTellEmptyValuesAtOnce() throws {
        let body = { (value: String) in
            #"{"TransactItems":[{"Update":{\#(update("SET #s = :v REMOVE #b", value))}}]}"#
        }
        let empty = try answer("TransactWriteItems", body(#"{"S":""}"#))
        #expect(
            empty.text.contains("ValidationException") && empty.text.contains(Self.empty), "\(empty.text)")
        let wrong = try answer("TransactWriteItems", body(#"{"N":"1"}"#))
        #expect(wrong.text.contains("TransactionCanceledException") && wrong.text.contains(Self.mismatch))
    }

    /// What was there before the index came stays out of it, and does not stand in the way of other attributes.
    @Test func leavesValuesFromBeforeTheIndexAlone() throws {
        let more =
            #"{"TableName":"orders","AttributeDefinitions":[{"AttributeName":"n","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"by-n","KeySchema":[{"AttributeName":"n","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}"#
        let made = try answer("UpdateTable", more)
        #expect(made.status == 200, "\(made.text)")
        let body = { (text: String) in
            #"{"TableName":"orders","Key":{"id":{"S":"a"}},"UpdateExpression":"\#(text)","ExpressionAttributeValues":{":v":{"N":"2"}}}"#
        }
        let other = try answer("UpdateItem", body("SET colour = :v"))
        #expect(other.status == 200, "\(other.text)")
        #expect(try answer("UpdateItem", body("SET n = :v")).text.contains(Self.mismatch))
        #expect(try answer("UpdateItem", body("SET n = n + :v")).text.contains(Self.unsupported))
        let scan = try answer("Scan", #"{"TableName":"orders","IndexName":"by-n","Select":"COUNT"}"#)
        #expect(scan.text == #"{"Count":0,"ScannedCount":0}"#)
    }
}
