import Base
import GatewayTestKit
import HTTPClient
import Items
import Policies
import Testing

@testable import Gateway
@testable import GatewayAPI

/// Names that look alike and are two: `é` in one scalar and in two.
struct ExactNameTests {
    private static let composed = "\u{E9}"
    private static let decomposed = "e\u{301}"
    private let server: TestServer

    init() throws { server = try TestServer() }

    private func call(_ operation: String, _ body: String) throws -> (status: Int, text: String) {
        let answer = try server.call(operation, body, as: server.operatorCredentials)
        return (answer.status, answer.text)
    }

    /// CreateTable with a key of both names, and an index that holds `held` beside its key.
    private func creation(held: String) -> String {
        let (c, d) = (Self.composed, Self.decomposed)
        return #"{"TableName":"orders","BillingMode":"PAY_PER_REQUEST","#
            + #""AttributeDefinitions":[{"AttributeName":"\#(c)","AttributeType":"S"},{"AttributeName":"\#(d)","AttributeType":"N"}],"#
            + #""KeySchema":[{"AttributeName":"\#(c)","KeyType":"HASH"},{"AttributeName":"\#(d)","KeyType":"RANGE"}],"#
            + #""GlobalSecondaryIndexes":[{"IndexName":"by-number","KeySchema":[{"AttributeName":"\#(d)","KeyType":"HASH"}],"#
            + #""Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["\#(held)"]}}]}"#
    }

    @Test func aTablesKeyMayHaveBoth() throws {
        let (c, d) = (Self.composed, Self.decomposed)
        let made = try call("CreateTable", creation(held: "n"))
        #expect(made.status == 200, "\(made.text)")
        #expect(made.text.contains(#"{"AttributeName":"\#(c)","AttributeType":"S"}"#))
        let put = try call(
            "PutItem", #"{"TableName":"orders","Item":{"\#(c)":{"S":"a"},"\#(d)":{"N":"1"},"n":{"N":"7"}}}"#)
        #expect(put.status == 200, "\(put.text)")
        let query =
            ##"{"TableName":"orders","KeyConditionExpression":"#c = :a AND #d = :n","##
            + ##""ExpressionAttributeNames":{"#c":"\##(c)","#d":"\##(d)"},"##
            + ##""ExpressionAttributeValues":{":a":{"S":"a"},":n":{"N":"1"}},"Select":"COUNT"}"##
        #expect(try call("Query", query).text == #"{"Count":1,"ScannedCount":1}"#)
    }

    /// What an index holds is not what only looks like it.
    @Test(arguments: [
        (held: "n" + composed, wanted: "n" + decomposed), (held: "n" + decomposed, wanted: "n" + composed),
    ])
    func anIndexDoesNotHoldTheOtherName(held: String, wanted: String) throws {
        #expect(try call("CreateTable", creation(held: held)).status == 200)
        let query = { (name: String) in
            ##"{"TableName":"orders","IndexName":"by-number","KeyConditionExpression":"#d = :n","##
                + ##""ExpressionAttributeNames":{"#d":"\##(Self.decomposed)","#w":"\##(name)"},"##
                + ##""ExpressionAttributeValues":{":n":{"N":"1"}},"ProjectionExpression":"#w"}"##
        }
        #expect(try call("Query", query(held)).status == 200)
        let refused = try call("Query", query(wanted))
        #expect(refused.status == 400)
        #expect(refused.text.contains("Global secondary index by-number does not project [\(wanted)]"))
        let statement = { (name: String) in
            #"{"Statement":"SELECT \"\#(name)\" FROM \"orders\".\"by-number\" WHERE \"\#(Self.decomposed)\" = 1"}"#
        }
        #expect(try call("ExecuteStatement", statement(held)).status == 200)
        #expect(try call("ExecuteStatement", statement(wanted)).status == 400)
    }

    @Test func aKeyThatIsNotDefinedIsNotTheOneThatLooksLikeIt() throws {
        let body =
            #"{"TableName":"orders","BillingMode":"PAY_PER_REQUEST","#
            + #""AttributeDefinitions":[{"AttributeName":"\#(Self.composed)","AttributeType":"S"}],"#
            + #""KeySchema":[{"AttributeName":"\#(Self.decomposed)","KeyType":"HASH"}]}"#
        let refused = try call("CreateTable", body)
        #expect(refused.status == 400)
        #expect(refused.text.contains("Some index key attributes are not defined in AttributeDefinitions"))
    }

    /// A statement may show both.
    @Test func aStatementShowsBoth() throws {
        let (c, d) = (Self.composed, Self.decomposed)
        #expect(try call("CreateTable", creation(held: "n")).status == 200)
        _ = try call("PutItem", #"{"TableName":"orders","Item":{"\#(c)":{"S":"a"},"\#(d)":{"N":"1"}}}"#)
        let shown = try call(
            "ExecuteStatement",
            #"{"Statement":"SELECT \"\#(c)\", \"\#(d)\" FROM orders WHERE \"\#(c)\" = 'a' ORDER BY \"\#(d)\" DESC"}"#
        )
        #expect(shown.text == #"{"Items":[{"\#(d)":{"N":"1"},"\#(c)":{"S":"a"}}]}"#)
    }

    /// Policies see both, whichever comes first.
    @Test(arguments: [[composed, decomposed], [decomposed, composed]])
    func policiesSeeBoth(_ names: [String]) throws {
        let deployment = server.deployment
        let caller = try deployment.caller(deployment.own)
        var attributes = ExpressionAttributes(names: ["#a": names[0], "#b": names[1]])
        var call = GetItemCall(
            table: deployment.students,
            key: ["recordKey": .string(deployment.own.studentKey), "entityKey": .string("A")])
        call.projection = try ProjectionExpression.parse("#a, #b", &attributes)
        _ = try deployment.gateway.getItem(call, by: caller)
        let name = try #require(ConditionKeyName(.attributes))
        let seen = caller.request.context.texts(of: name).map { Array($0.utf8) }
        #expect(names.allSatisfy { seen.contains(Array($0.utf8)) })
    }
}
