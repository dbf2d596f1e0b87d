import JSONText
import Tenancy

/// A request's JSON object, of which only known members are taken.
struct RequestBody {
    private var nodes: [String: JSONText.Node] = [:]

    /// Reads the body; an empty one counts as an empty object.
    /// - Throws: `Problem` where it is not declared as JSON, no JSON, no object, or has another member than `known`.
    init(_ request: ControlRequest, known: [String]) throws(Problem) {
        try self.init(parsing: request.body, contentType: request.contentType, known: known)
    }

    /// The same of bytes.
    init(parsing bytes: [UInt8], contentType: String?, known: [String]) throws(Problem) {
        guard !bytes.isEmpty else { return }
        try RequestBody.checkType(contentType)
        let text: JSONText
        do throws(JSONTextError) { text = try JSONText(parsing: bytes) } catch {
            throw .invalid("the body is no JSON: \(error.description)")
        }
        guard case .object(let members) = text.root.value else {
            throw .invalid("expected a JSON object as body")
        }
        for member in members {
            guard known.contains(member.name) else {
                let remedy =
                    known.isEmpty
                    ? "this request takes none" : Suggestion.remedy(for: member.name, among: known)
                throw .invalid("`\(member.name)` is no member of this request; \(remedy)", field: member.name)
            }
            nodes[member.name] = member.node
        }
    }

    /// Whether the member stands there and is not null.
    func has(_ name: String) -> Bool { node(name) != nil }

    /// The value of a member as it was read; nil where it is missing or null.
    func value(_ name: String) -> JSONText.Node? { node(name) }

    /// The text of a needed member.
    func string(_ name: String) throws(Problem) -> String {
        guard let text = try stringIfPresent(name) else {
            throw .invalid("`\(name)` is missing; add it", field: name)
        }
        return text
    }

    /// The text of a member, or nil.
    func stringIfPresent(_ name: String) throws(Problem) -> String? {
        guard let node = node(name) else { return nil }
        guard case .string(let text) = node.value else {
            throw .invalid("expected `\(name)` as a string, found \(RequestBody.kind(of: node))", field: name)
        }
        return text
    }

    /// The texts of a member that is an array of strings; empty where it is missing.
    func strings(_ name: String, max: Int) throws(Problem) -> [String] {
        guard let node = node(name) else { return [] }
        guard case .array(let elements) = node.value else {
            throw .invalid(
                "expected `\(name)` as an array of strings, found \(RequestBody.kind(of: node))", field: name)
        }
        guard elements.count <= max else {
            throw .invalid("`\(name)` has \(elements.count) elements; give at most \(max)", field: name)
        }
        var texts: [String] = []
        for (index, element) in elements.enumerated() {
            guard case .string(let text) = element.value else {
                throw .invalid(
                    "expected a string, found \(RequestBody.kind(of: element))", field: "\(name)[\(index)]")
            }
            texts.append(text)
        }
        return texts
    }

    /// The texts of a needed member that is an object of strings, by their names.
    func stringsByName(_ name: String, max: Int) throws(Problem) -> [String: String] {
        guard let node = node(name) else { throw .invalid("`\(name)` is missing; add it", field: name) }
        guard case .object(let members) = node.value else {
            throw .invalid(
                "expected `\(name)` as an object of strings, found \(RequestBody.kind(of: node))", field: name
            )
        }
        guard members.count <= max else {
            throw .invalid("`\(name)` has \(members.count) members; give at most \(max)", field: name)
        }
        var texts: [String: String] = [:]
        for member in members {
            guard case .string(let text) = member.node.value else {
                throw .invalid(
                    "expected a string, found \(RequestBody.kind(of: member.node))",
                    field: "\(name).\(member.name)")
            }
            guard texts.updateValue(text, forKey: member.name) == nil else {
                throw .invalid("`\(member.name)` stands there twice; give it once", field: name)
            }
        }
        return texts
    }

    /// The member as a truth value; false where it is missing.
    func bool(_ name: String) throws(Problem) -> Bool {
        guard let node = node(name) else { return false }
        guard case .bool(let value) = node.value else {
            throw .invalid(
                "expected `\(name)` as true or false, found \(RequestBody.kind(of: node))", field: name)
        }
        return value
    }

    /// The member as a whole number of a range, or nil.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let node = node(name) else { return nil }
        guard case .number(let text) = node.value, let number = RequestBody.whole(text),
            range.contains(number)
        else {
            throw .invalid(
                "expected `\(name)` as a whole number from \(range.lowerBound) to \(range.upperBound), found "
                    + RequestBody.kind(of: node), field: name)
        }
        return number
    }

    /// The number where it is whole, however it is written: `60`, `60.0` and `6e1` are the same. Source: JSON Schema 2020-12,
    /// Validation, section 6.1.1.
    private static func whole(_ text: String) -> Int? {
        if let number = Int(text) { return number }
        // Beyond this not every whole number is a Double.
        guard let number = Double(text), abs(number) < 0x1p53 else { return nil }
        return Int(exactly: number)
    }

    private func node(_ name: String) -> JSONText.Node? {
        guard let node = nodes[name] else { return nil }
        if case .null = node.value { return nil }
        return node
    }

    private static func checkType(_ type: String?) throws(Problem) {
        let essence = type?.split(separator: ";").first.map { $0.lowercased().filter { $0 != " " } }
        guard essence == "application/json" else {
            throw Problem(
                .unsupportedMediaType, "expected `Content-Type: application/json`, found `\(type ?? "none")`",
                field: "Content-Type")
        }
    }

    private static func kind(of node: JSONText.Node) -> String {
        switch node.value {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number(let text): "the number \(text.prefix(40))"
        case .bool(let value): "\(value)"
        case .null: "null"
        }
    }
}
