import Base
import JSONText
import Testing

@Suite struct JSONTextTests {
    @Test func readsValuesWithTheirPlaces() throws {
        let text = try JSONText(parsing: Array("{\n  \"a\": [1, -2.5e3, \"\\u00e9\\ud83d\\ude00\"]\n}".utf8))
        guard case .object(let members) = text.root.value, case .array(let nodes) = members[0].node.value
        else {
            Issue.record("not an object with an array")
            return
        }
        #expect(members[0].namePosition == TextPosition(line: 2, column: 3))
        #expect(nodes[1].position == TextPosition(line: 2, column: 12))
        guard case .number("-2.5e3") = nodes[1].value, case .string("é😀") = nodes[2].value else {
            Issue.record("wrong values: \(nodes)")
            return
        }
    }

    @Test(arguments: [
        ("{\"a\": 1,}", "1:9: expected a member name in double quotes, found `}`"),
        ("{\"a\": 1, \"a\": 2}", "1:10: the member `a` stands here a second time"),
        ("[01]", "1:4: a number has no leading zeros"),
        ("\"\\ud800\"", "1:2: half a surrogate pair"),
        ("\"a", "1:3: the string is not closed"),
        ("nul", "1:1: expected a value, found `n`"),
        ("1 2", "1:3: expected the end of the text, found `2`"),
        ("", "1:1: expected a value, found the end of the text"),
    ])
    func refuses(text: String, message: String) {
        #expect { try JSONText(parsing: Array(text.utf8)) } throws: { "\($0)" == message }
    }

    @Test func everyNodeKnowsItsBytes() throws {
        let bytes = Array(" { \"é\" : [ 1 , \"a\\\"b\" , { } , true ] , \"n\":null}".utf8)
        let text = try JSONText(parsing: bytes)
        var written: [String] = []
        func note(_ range: Range<Int>) { written.append(String(decoding: bytes[range], as: UTF8.self)) }
        func walk(_ node: JSONText.Node) {
            note(node.range)
            switch node.value {
            case .object(let members):
                for member in members {
                    note(member.nameRange)
                    walk(member.node)
                }
            case .array(let elements): elements.forEach(walk)
            case .string, .number, .bool, .null: break
            }
        }
        walk(text.root)
        #expect(
            written == [
                "{ \"é\" : [ 1 , \"a\\\"b\" , { } , true ] , \"n\":null}", "\"é\"",
                "[ 1 , \"a\\\"b\" , { } , true ]", "1", "\"a\\\"b\"", "{ }", "true", "\"n\"", "null",
            ])
    }

    @Test(arguments: [
        ("[1,]", JSONTextError.Kind.syntax), ("{\"a\": 1, \"a\": 2}", .duplicateName),
        (String(repeating: "[", count: 100), .limit),
    ])
    func saysWhichKindOfFaultItIs(text: String, kind: JSONTextError.Kind) {
        #expect { try JSONText(parsing: Array(text.utf8)) } throws: { ($0 as? JSONTextError)?.kind == kind }
    }

    @Test func refusesDeepNestingWithoutFalling() {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 200_000)
        #expect { try JSONText(parsing: deep) } throws: { "\($0)".contains("nested deeper than 64 levels") }
    }
}
