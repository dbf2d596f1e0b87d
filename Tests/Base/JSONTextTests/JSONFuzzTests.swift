import Base
import JSONText
import TestKit
import Testing

/// The reader of requests against the reader of files: two parsers of one grammar, written apart.
@Suite struct JSONFuzzTests {
    private static let texts = [
        #"{"a":[1,-2.5e3,"x\n\u00e9é",true,null],"b":{"c":{},"d":[]}}"#, #"[]"#, #" "\ud83d\ude00\/" "#,
        #"[0,-0,0.5,1E+9,[[[[{}]]]],false,""]"#, #"{"S":"a","SS":["b","c"],"é":{"N":"1"}}"#,
    ].map { Array($0.utf8) }
    private static let pieces = [
        "{", "}", "[", "]", "\"", "\\", "\\u00", "\\ud800", "null", "tru", "-", "0", "1e", ".", ":", ",", " ",
        "\t",
        "\u{0}", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "é",
    ]

    @Test func fuzzedTextReadsAlikeInBothReaders() throws {
        try Fuzzer("JSON", rounds: 6000, accepting: 0.02...0.9).runParser { random in
            let bytes = random.pick(Self.texts).mutated(random, changesMax: 3, pieces: Self.pieces)
            let wanted = try tree(bytes)
            var reader = JSONReader(bytes)
            var found: String?
            do throws(JSONError) {
                let value = try text(of: &reader, level: 0)
                try reader.expectEnd()
                found = value
            } catch { try #require(!error.description.isEmpty) }
            // Duplicate names are an error in files only.
            if wanted == .refused(isDuplicate: true) { return .refused }
            try #require(found == wanted.text, "\(String(decoding: bytes, as: UTF8.self))")
            try skips(bytes, whereRead: found != nil)
            return found == nil ? .refused : .accepted
        }
    }

    /// Skipping takes what reading takes; what stands escaped it need not look at.
    private func skips(_ bytes: [UInt8], whereRead isRead: Bool) throws {
        var reader = JSONReader(bytes)
        do throws(JSONError) {
            try reader.skipValue()
            try reader.expectEnd()
        } catch {
            try #require(!isRead, "\(String(decoding: bytes, as: UTF8.self)): \(error)")
        }
    }

    private enum Tree: Equatable {
        case value(String)
        case refused(isDuplicate: Bool)

        var text: String? { if case .value(let text) = self { text } else { nil } }
    }

    private func tree(_ bytes: [UInt8]) throws -> Tree {
        do throws(JSONTextError) {
            return .value(text(of: try JSONText(parsing: bytes).root))
        } catch {
            return .refused(isDuplicate: error.message.contains("a second time"))
        }
    }

    private func text(of node: JSONText.Node) -> String {
        switch node.value {
        case .object(let members):
            "{" + members.map { "\($0.name.debugDescription):\(text(of: $0.node))" }.joined(separator: ",")
                + "}"
        case .array(let nodes): "[" + nodes.map(text).joined(separator: ",") + "]"
        case .string(let text): text.debugDescription
        case .number(let text): text
        case .bool(let flag): "\(flag)"
        case .null: "null"
        }
    }

    private func text(of reader: inout JSONReader, level: Int) throws(JSONError) -> String {
        // As deep as a reader of files goes.
        guard level < Limits.jsonDepthMax else { throw .tooDeep(offset: 0) }
        switch try reader.peekKind() {
        case .object:
            var parts: [String] = []
            try reader.beginObject()
            while let name = try reader.nextMemberName() {
                parts.append("\(name.debugDescription):\(try text(of: &reader, level: level + 1))")
            }
            return "{" + parts.joined(separator: ",") + "}"
        case .array:
            var parts: [String] = []
            try reader.beginArray()
            while try reader.nextElement() { parts.append(try text(of: &reader, level: level + 1)) }
            return "[" + parts.joined(separator: ",") + "]"
        case .string: return try reader.readString().debugDescription
        case .number: return try reader.readNumberText()
        case .bool: return "\(try reader.readBool())"
        case .null:
            guard reader.readNull() else { throw .syntax(expected: "a value", offset: 0) }
            return "null"
        }
    }
}
