import Base
import Items
import TestKit
import Testing

/// The reading of an item without a tree: what it takes, `Item.read` reads to the same image and size.
struct ItemTextTests {
    private static func read(_ text: [UInt8]) -> ItemText? {
        text.withUnsafeBytes { bytes in
            var offset = 0
            guard let item = ItemText(reading: bytes, from: &offset) else { return nil }
            var tokens = JSONTokens(bytes, at: offset)
            return tokens.isAtEnd ? item : nil
        }
    }

    private static func isSame(_ found: ItemText, as text: [UInt8]) throws -> Bool {
        let item = try Item(decoding: text)
        var names: [String] = []
        found.forEachName { names.append(String(decoding: $0, as: UTF8.self)) }
        return found.image == item.encoded() && found.sizeBytes == item.sizeBytes
            && names == item.attributes.map(\.key)
    }

    @Test(
        arguments: [
            "{}", #"{"a":{"S":""}}"#, #" { "b" : { "S" : "x" } , "a" : { "N" : "01.50e1" } } "#,
            #"{"a":{"S":"é\n\"\\ ü"}}"#,
            #"{"a":{"N":"-0"},"b":{"N":"1E-130"},"c":{"N":"123456789012345678901"}}"#,
            #"{"a":{"BOOL":true},"b":{"BOOL":false},"c":{"NULL":true}}"#,
            #"{"a":{"M":{"z":{"S":"1"},"b":{"L":[{"M":{"y":{"N":"1"},"x":{"S":"2"}}},{"L":[]}]},"":{"S":"a"}}}}"#
                .replacing(#","":{"S":"a"}"#, with: ""),
            #"{"é":{"S":"1"},"e":{"S":"2"},"z":{"S":"3"},"zz":{"S":"4"}}"#, #"{"a":{"M":{}},"A":{"L":[]}}"#,
        ])
    func takesTheUsualForms(_ text: String) throws {
        let bytes = Array(text.utf8)
        #expect(try Self.isSame(try #require(Self.read(bytes)), as: bytes))
    }

    @Test(
        arguments: [
            "", "{", "null", #"{"a":null}"#, #"{"a":{}}"#, #"{"a":{"S":null}}"#, #"{"a":{"S":"1","N":"1"}}"#,
            #"{"a":{"S":1}}"#, #"{"a":{"X":"1"}}"#, #"{"":{"S":"1"}}"#, #"{"a":{"S":"1"},}"#,
            #"{"a":{"S":"1"},"a":{"S":"2"}}"#, #"{"b":{"S":"1"},"a":{"S":"1"},"b":{"S":"2"}}"#,
            #"{"a":{"M":{"x":{"S":"1"},"x":{"S":"2"}}}}"#, #"{"a":{"S":"\u0041"}}"#, #"{"a":{"S":"\/"}}"#,
            #"{"a\n":{"S":"1"}}"#, #"{"a":{"S":"\x"}}"#, "{\"a\":{\"S\":\"\t\"}}", #"{"a":{"N":"x"}}"#,
            #"{"a":{"N":1}}"#,
            #"{"a":{"N":"1e999"}}"#, #"{"a":{"NULL":false}}"#, #"{"a":{"SS":["a"]}}"#, #"{"a":{"B":"YQ=="}}"#,
            #"{"a":{"L":[{"S":"1"},]}}"#, #"{"a":{"BOOL":"true"}}"#,
        ])
    func leavesEverythingElse(_ text: String) {
        #expect(Self.read(Array(text.utf8)) == nil)
    }

    @Test func leavesBytesThatAreNotUTF8() {
        #expect(Self.read(Array(#"{"a":{"S":""#.utf8) + [0xC3, 0x28] + Array(#""}}"#.utf8)) == nil)
    }

    @Test func goesAsDeepAsTheOtherReader() throws {
        func nested(_ levels: Int) -> [UInt8] {
            let value = String(repeating: #"{"L":["#, count: levels) + String(repeating: "]}", count: levels)
            return Array(#"{"a":\#(value)}"#.utf8)
        }
        let deepest = Limits.nestingLevelsMax - 1
        #expect(try Self.isSame(try #require(Self.read(nested(deepest))), as: nested(deepest)))
        #expect(Self.read(nested(deepest + 1)) == nil)
        #expect(throws: ItemError.self) { try Item(decoding: nested(deepest + 1)) }
    }

    @Test func findsPlainTexts() throws {
        let found = try #require(
            Self.read(
                Array(#"{"b":{"S":"two"},"a":{"S":"o\ne"},"c":{"N":"3"},"d":{"M":{"e":{"S":"x"}}}}"#.utf8)))
        func text(_ name: String) -> String? {
            found.text(of: Array(name.utf8)).map { String(decoding: found.image[$0], as: UTF8.self) }
        }
        #expect(text("b") == "two")
        #expect(text("a") == nil)
        #expect(text("c") == nil)
        #expect(text("e") == nil)
    }

    /// Whatever it takes after bytes have been changed, it reads as the other reader does.
    @Test func agreesWithTheOtherReader() throws {
        let item = Array(
            (#"{"zeta": {"S": "a \"b\" é\n"}, "n": {"N": "0012.3400e-3"}, "m": {"M": {"y": {"BOOL": true}, "#
                + #""x": {"L": [{"NULL": true}, {"N": "-7"}, {"S": ""}]}}}, "a": {"S": "1"}}"#).utf8)
        let pieces = [
            #"{"S":"#, #"{"N":"1"}"#, #"{"M":{"#, #"{"L":["#, "null", "1e400", #"\u0041"#, #"\n"#,
            #""BOOL":"#,
        ]
        try Fuzzer("items read without a tree", rounds: 20_000, accepting: 0.02...0.7).runParser { random in
            let text = item.mutated(random, changesMax: 3, pieces: pieces)
            guard let found = Self.read(text) else { return .refused }
            try #require(try Self.isSame(found, as: text))
            return .accepted
        }
    }
}
