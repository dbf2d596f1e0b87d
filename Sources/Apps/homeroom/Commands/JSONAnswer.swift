import Base
import JSONText

/// A value of a server's answer.
struct JSONAnswer: Sendable {
    private let node: JSONText.Node

    init(_ node: JSONText.Node) { self.node = node }

    /// What these bytes say; nil where they are no JSON.
    init?(parsing bytes: [UInt8]) {
        do { self.init(try JSONText(parsing: bytes).root) } catch { return nil }
    }

    /// The member of that name; nil where there is none, where it is null, or where this is no object.
    subscript(name: String) -> JSONAnswer? {
        guard case .object(let members) = node.value, let member = members.first(where: { $0.name == name })
        else {
            return nil
        }
        if case .null = member.node.value { return nil }
        return JSONAnswer(member.node)
    }

    /// The text, or nil.
    var string: String? {
        guard case .string(let text) = node.value else { return nil }
        return text
    }

    /// The whole number, or nil.
    var int: Int? {
        guard case .number(let text) = node.value else { return nil }
        return Int(text)
    }

    /// The number, or nil.
    var double: Double? {
        guard case .number(let text) = node.value else { return nil }
        return Double(text)
    }

    /// The truth value, or nil.
    var bool: Bool? {
        guard case .bool(let value) = node.value else { return nil }
        return value
    }

    /// The value as it is written, a string without its quotation marks; nil where it holds others, or is null.
    var plainText: String? {
        switch node.value {
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// The elements; empty where this is no array.
    var elements: [JSONAnswer] {
        guard case .array(let nodes) = node.value else { return [] }
        return nodes.map(JSONAnswer.init)
    }

    /// Names and values; empty where this is no object.
    var members: [(name: String, value: JSONAnswer)] {
        guard case .object(let members) = node.value else { return [] }
        return members.map { ($0.name, JSONAnswer($0.node)) }
    }

    /// The member's text, or nothing.
    func text(_ name: String) -> String { self[name]?.string ?? "" }

    /// The member's number, or 0.
    func number(_ name: String) -> Int { self[name]?.int ?? 0 }

    /// Writes the value as JSON again.
    func write(to json: inout JSONWriter) { node.write(to: &json) }
}
