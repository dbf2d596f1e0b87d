import Base
import Items
import Testing

@testable import Gateway
@testable import GatewayAPI

/// The reader of the usual GetItem: what it takes, `WireRequest` reads in the same way.
struct PointRequestTests {
    private struct Found: Equatable {
        var table: String
        var key: [String: String]
        var isConsistent: Bool
    }

    private static func read(_ text: [UInt8]) -> Found? {
        text.withUnsafeBytes { bytes in
            PointRequest(bytes).map { request in
                var key: [String: String] = [:]
                for attribute in [request.key.first, request.key.second].compactMap({ $0 }) {
                    key[String(decoding: attribute.name, as: UTF8.self)] = String(
                        decoding: attribute.value, as: UTF8.self)
                }
                return Found(
                    table: String(decoding: request.table, as: UTF8.self), key: key,
                    isConsistent: request.isConsistent)
            }
        }
    }

    @Test(
        arguments: [
            #"{"TableName":"t","Key":{"a":{"S":"1"}}}"#,
            #" { "Key" : { "a" : { "S" : "1" } } , "TableName" : "t" } "#,
            "{\"TableName\":\"t\",\r\n\t\"Key\":{\"a\":{\"S\":\"1\"}}}\n",
        ])
    func takesTheUsualForm(_ text: String) {
        #expect(Self.read(Array(text.utf8)) == Found(table: "t", key: ["a": "1"], isConsistent: false))
    }

    @Test(arguments: [true, false])
    func takesTwoAttributesAndConsistency(_ isConsistent: Bool) {
        let text =
            #"{"ConsistentRead":\#(isConsistent),"Key":{"a":{"S":"1"},"b":{"S":""}},"TableName":"t"}"#
        #expect(
            Self.read(Array(text.utf8))
                == Found(table: "t", key: ["a": "1", "b": ""], isConsistent: isConsistent))
    }

    @Test(
        arguments: [
            "", "{", "{}", "null", #"{"TableName":"t"}"#, #"{"Key":{"a":{"S":"1"}}}"#,
            #"{"TableName":"t","Key":{}}"#, #"{"TableName":"t","Key":{"a":{"S":"1"}},}"#,
            #"{"TableName":"t","Key":{"a":{"S":"1"}}} x"#, #"{"TableName":"t","Key":{"a":{"N":"1"}}}"#,
            #"{"TableName":"t","Key":{"a":{"S":1}}}"#, #"{"TableName":"t","Key":{"a":{"S":"1","N":"1"}}}"#,
            #"{"TableName":"t","Key":{"a":{"S":"1"},"b":{"S":"1"},"c":{"S":"1"}}}"#,
            #"{"TableName":"t","TableName":"u","Key":{"a":{"S":"1"}}}"#,
            #"{"TableName":"t","Key":{"a":{"S":"1"}},"Key":{"a":{"S":"2"}}}"#,
            #"{"TableName":"t","Key":{"a":{"S":"\u0031"}}}"#, #"{"TableName":"t","Key":{"a":{"S":"é"}}}"#,
            #"{"TableName":"t","Key":{"a":{"S":"1"}},"ConsistentRead":null}"#,
            #"{"TableName":"t","Key":{"a":{"S":"1"}},"ConsistentRead":"true"}"#,
            #"{"TableName":"t","Key":{"a":{"S":"1"}},"ProjectionExpression":"a"}"#,
            #"{"TableName":"t","Key":{"a":{"S":"1"}},"ReturnConsumedCapacity":"TOTAL"}"#,
            #"{"TableName":"t","Key":{"a":{"S":"1"}},"AttributesToGet":["a"]}"#,
            #"{"TableName":"t","Key":{"a":{"S":"1"}},"Unknown":1}"#,
        ])
    func leavesEverythingElse(_ text: String) {
        #expect(Self.read(Array(text.utf8)) == nil)
    }

    /// Whatever it takes after bytes have been changed, it reads as the other reader does.
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func agreesWithTheOtherReader(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let body =
            #"{"TableName": "student-table", "Key": {"recordKey": {"S": "TENANT#s"}, "#
            + #""entityKey": {"S": "PROFILE"}}, "ConsistentRead": true}"#
        let bits = Array(#"{}[]":,\ntrue SNBaK0"#.utf8)
        var taken = 0
        for _ in 0..<20_000 {
            var bytes = Array(body.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = bits[Int.random(in: 0..<bits.count, using: &random)]
                case 1: bytes.remove(at: place)
                default: bytes.insert(bits[Int.random(in: 0..<bits.count, using: &random)], at: place)
                }
            }
            guard let found = Self.read(bytes) else { continue }
            taken += 1
            let other = try WireRequest(parsing: bytes)
            #expect(other.tableName == found.table)
            #expect(other.isConsistent ?? false == found.isConsistent)
            #expect(other.key == Item(attributes: found.key.mapValues { .string($0) }))
            #expect(other.deferred == nil)
        }
        #expect(taken > 1000)
    }
}
