import Base
import GatewayTestKit
import HTTPClient
import Items
import SigV4
import TestKit
import Testing

@testable import GatewayAPI

/// The usual PutItem and its short way: what they take, the long way does in the same way.
struct PutRequestTests {
    private static func read(_ text: [UInt8]) -> (table: String, item: ItemText)? {
        text.withUnsafeBytes { bytes in
            PutRequest(bytes).map { (String(decoding: $0.table, as: UTF8.self), $0.item) }
        }
    }

    @Test(
        arguments: [
            #"{"TableName":"t","Item":{"a":{"S":"1"}}}"#,
            #" { "Item" : { "a" : { "S" : "1" } } , "TableName" : "t" } "#,
        ])
    func takesTheUsualForm(_ text: String) throws {
        let found = try #require(Self.read(Array(text.utf8)))
        #expect(found.table == "t")
        #expect(found.item.image == Array(#"{"a":{"S":"1"}}"#.utf8))
    }

    @Test(
        arguments: [
            "", "{}", "null", #"{"TableName":"t"}"#, #"{"Item":{"a":{"S":"1"}}}"#,
            #"{"TableName":"t","Item":null}"#, #"{"TableName":"t","Item":{"a":{"S":"1"}},}"#,
            #"{"TableName":"t","Item":{"a":{"S":"1"}}} x"#, #"{"TableName":"\n","Item":{"a":{"S":"1"}}}"#,
            #"{"TableName":"t","TableName":"t","Item":{"a":{"S":"1"}}}"#,
            #"{"TableName":"t","Item":{"a":{"S":"1"}},"Item":{"a":{"S":"1"}}}"#,
            #"{"TableName":"t","Item":{"a":{"S":"1"}},"ReturnValues":"NONE"}"#,
            #"{"TableName":"t","Item":{"a":{"S":"1"}},"ConditionExpression":"a = b"}"#,
            #"{"TableName":"t","Item":{"a":{"S":"1"}},"ReturnConsumedCapacity":"TOTAL"}"#,
            #"{"TableName":"t","Item":{"a":{"S":"1"}},"Expected":{}}"#,
            #"{"TableName":"t","Item":{"a":{"S":"1"}},"Unknown":1}"#,
        ])
    func leavesEverythingElse(_ text: String) { #expect(Self.read(Array(text.utf8)) == nil) }

    private static func item(_ pk: String, _ note: String) -> String {
        #"{"recordKey": {"S": "\#(pk)"}, "entityKey": {"S": "A"}, "note": {"S": "\#(note)"}, "#
            + #""teacherKey": {"S": "\#(pk)"}, "m": {"M": {"y": {"N": "1.0"}, "x": {"BOOL": true}}}}"#
    }

    @Test func agreesWithTheOtherReader() throws {
        let body = Array(#"{"TableName": "student-table", "Item": \#(Self.item("TENANT#s", "n"))}"#.utf8)
        let pieces = [#"{"S":"1"}"#, #""TableName":"#, #""Item":"#, "null", "{", "}", ",", #"\n"#]
        try Fuzzer("usual puts", rounds: 10_000, accepting: 0.02...0.7).runParser { random in
            let text = body.mutated(random, changesMax: 3, pieces: pieces)
            guard let found = Self.read(text) else { return .refused }
            let other = try WireRequest(parsing: text)
            try #require(other.tableName == found.table)
            try #require(other.item?.encoded() == found.item.image)
            try #require(other.item?.sizeBytes == found.item.sizeBytes)
            try #require(other.deferred == nil)
            return .accepted
        }
    }

    /// Each body is sent as it is and with a member that leads it the long way: the answers are the same, and so is what lies
    /// there afterwards.
    @Test func answersAsTheLongWay() throws {
        let server = try TestServer()
        let credentials = try server.credentials(server.deployment.own)
        let (own, other) = (server.deployment.own.studentKey, server.deployment.other.studentKey)
        let key = #"{"recordKey":{"S":"\#(own)"},"entityKey":{"S":"A"}}"#
        func left() throws -> String {
            try server.call(
                "GetItem", #"{"TableName":"student-table","Key":\#(key),"ConsistentRead":true}"#,
                as: credentials
            ).text
        }
        func check(_ item: String, table: String = "student-table") throws {
            _ = try server.call(
                "DeleteItem", #"{"TableName":"student-table","Key":\#(key)}"#, as: credentials)
            let short = try server.call(
                "PutItem", #"{"TableName":"\#(table)","Item":\#(item)}"#, as: credentials)
            let afterShort = try left()
            _ = try server.call(
                "DeleteItem", #"{"TableName":"student-table","Key":\#(key)}"#, as: credentials)
            let long = try server.call(
                "PutItem", #"{"TableName":"\#(table)","Item":\#(item),"ReturnValues":"NONE"}"#,
                as: credentials)
            #expect(short.status == long.status, "\(item)")
            #expect(short.text == long.text, "\(item)")
            #expect(try afterShort == left(), "\(item)")
        }
        let large = String(repeating: "x", count: 410_000)
        for item in [
            Self.item(own, "n"), Self.item(own, ""), Self.item(other, "n"),
            Self.item(own, "n").replacing(#""teacherKey": {"S""#, with: #""teacherKey": {"N""#),
            Self.item(own, "n").replacing(
                #""teacherKey": {"S": "\#(own)"}"#, with: #""teacherKey": {"S": "\#(other)"}"#),
            Self.item(own, "n").replacing(
                #""teacherKey": {"S": "\#(own)"}"#, with: #""teacherKey": {"S": ""}"#),
            Self.item(own, "n").replacing(#""teacherKey""#, with: #""teacher""#), Self.item(own, large),
            Self.item(own, "n").replacing("entityKey", with: "entity"),
            Self.item(own, "n").replacing(#""A""#, with: #""""#),
            Self.item(own, "n").replacing(#""A""#, with: #""\#(String(repeating: "A", count: 1025))""#),
            Self.item(own, "n").replacing(#"{"S": "A"}"#, with: #"{"N": "1"}"#),
        ] { try check(item) }
        try check(Self.item(own, "n"), table: "no-table")
        let random = SeededRandom(seed: 7)
        let body = Array(Self.item(own, "n").utf8)
        for _ in 0..<150 {
            let text = String(
                decoding: body.mutated(random, changesMax: 2, pieces: [#"{"S":"1"}"#]), as: UTF8.self)
            // What the short way leaves is read the long way anyhow; with a member more it may be another text.
            guard Self.read(Array(#"{"TableName":"student-table","Item":\#(text)}"#.utf8)) != nil else {
                continue
            }
            try check(text)
        }
    }
}
