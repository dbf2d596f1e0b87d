import Base
import JSONText

/// Reads the values of a catalog and collects what is wrong with them.
struct CatalogReader {
    let file: String
    private(set) var faults: [CatalogFault] = []

    init(file: String) { self.file = file }

    mutating func fault(_ position: TextPosition, _ message: String, _ remedy: String = "") {
        faults.append(CatalogFault(file: file, position: position, message: message, remedy: remedy))
    }

    /// Notes an error whose text is `what; remedy`.
    mutating func fault(_ position: TextPosition, joined text: String) { fault(position, text) }

    /// The members of an object of which only the `known` names make sense; nil where it is no object. What
    /// `needed` is missing is a fault.
    mutating func object(
        _ node: JSONText.Node, _ what: String, needed: [String], optional: [String] = []
    ) -> CatalogObject? {
        guard case .object(let members) = node.value else {
            expected("\(what) as an object", node)
            return nil
        }
        let known = needed + optional
        for member in members where !known.contains(member.name) {
            fault(
                member.namePosition, "`\(member.name)` is no member of \(what)",
                Suggestion.remedy(for: member.name, among: known))
        }
        let nodes = Dictionary(members.map { ($0.name, $0.node) }, uniquingKeysWith: { first, _ in first })
        for name in needed where nodes[name] == nil {
            fault(node.position, "`\(name)` is missing in \(what)", "add it")
        }
        return CatalogObject(position: node.position, nodes: nodes)
    }

    /// The elements of an array; empty, with a fault noted, where it is none or has more than `max`.
    mutating func array(_ node: JSONText.Node?, _ what: String, max: Int, isEmptyAllowed: Bool = true)
        -> [JSONText.Node]
    {
        guard let node else { return [] }
        guard case .array(let elements) = node.value else {
            expected("\(what) as an array", node)
            return []
        }
        guard elements.count <= max else {
            fault(node.position, "\(elements.count) \(what)", "use at most \(max)")
            return []
        }
        if elements.isEmpty, !isEmptyAllowed { fault(node.position, "no \(what)", "add at least one") }
        return elements
    }

    mutating func string(_ node: JSONText.Node?, _ what: String) -> String? {
        guard let node else { return nil }
        guard case .string(let text) = node.value else {
            expected("\(what) as a string", node)
            return nil
        }
        return text
    }

    mutating func integer(
        _ node: JSONText.Node?, _ what: String, in range: ClosedRange<Int>, because reason: String? = nil
    ) -> Int? {
        guard let node else { return nil }
        guard case .number(let text) = node.value, let number = Int(text) else {
            expected("\(what) as a whole number", node)
            return nil
        }
        guard range.contains(number) else {
            fault(
                node.position, "\(what) is `\(number)`",
                "use a number from \(range.lowerBound) to \(range.upperBound)"
                    + (reason.map { ", since \($0)" } ?? ""))
            return nil
        }
        return number
    }

    mutating func expected(_ what: String, _ node: JSONText.Node) {
        fault(node.position, "expected \(what), found \(CatalogReader.kind(of: node.value))")
    }

    private static func kind(of value: JSONText.Value) -> String {
        switch value {
        case .object: "an object"
        case .array: "an array"
        case .string(let text): "the string `\(text.prefix(40))`"
        case .number(let text): "the number `\(text.prefix(40))`"
        case .bool(let value): "`\(value)`"
        case .null: "`null`"
        }
    }
}

/// An object's members by name.
struct CatalogObject {
    let position: TextPosition
    private let nodes: [String: JSONText.Node]

    init(position: TextPosition, nodes: [String: JSONText.Node]) {
        self.position = position
        self.nodes = nodes
    }

    subscript(name: String) -> JSONText.Node? { nodes[name] }

    /// Where the member's value stands, or the object where there is none.
    func position(of name: String) -> TextPosition { nodes[name]?.position ?? position }
}
