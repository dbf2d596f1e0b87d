import JSONText

extension PolicyReader {
    /// The members of an object by name, or nil and a report.
    mutating func readObject(_ node: JSONText.Node, _ what: String) -> [String: JSONText.Member]? {
        guard case .object(let members) = node.value else {
            report(
                node.position, "expected \(what), found \(PolicyReader.kind(of: node))",
                remedy: "write an object: `{…}`", kind: .wrongType)
            return nil
        }
        return Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0) })
    }

    /// Reports every member that is not known, in the order of the names.
    mutating func reportUnknown(
        _ members: [String: JSONText.Member], known: [String], ignoring: [String] = [], of what: String
    ) {
        for (name, member) in members where !known.contains(name) && !ignoring.contains(name) {
            let nearest = NearestName.nearest(to: name, among: known)
            report(
                member.namePosition, "`\(name)` is no element of \(what)",
                remedy: nearest.map { "did you mean `\($0)`?" }
                    ?? "remove it; the elements are \(known.map { "`\($0)`" }.joined(separator: ", "))",
                kind: .unknownElement)
        }
    }

    /// A string, or nil and a report.
    mutating func readString(_ node: JSONText.Node, _ what: String) -> String? {
        guard case .string(let text) = node.value else {
            report(
                node.position, "\(what) is \(PolicyReader.kind(of: node)), not a string",
                remedy: "write it in quotes", kind: .wrongType)
            return nil
        }
        return text
    }

    /// A string or a list of strings, or nil and a report for each element that is none.
    mutating func readStrings(_ node: JSONText.Node, _ what: String) -> [Located<String>]? {
        readList(node, what, wanted: "a string or a list of strings") { value in
            if case .string(let text) = value { text } else { nil }
        }
    }

    /// A scalar or a list of scalars, each as text.
    mutating func readScalars(_ node: JSONText.Node, _ what: String) -> [Located<String>]? {
        readList(node, what, wanted: "a string, number or boolean, or a list of them") { value in
            switch value {
            case .string(let text), .number(let text): text
            case .bool(let bool): bool ? "true" : "false"
            case .object, .array, .null: nil
            }
        }
    }

    private mutating func readList(
        _ node: JSONText.Node, _ what: String, wanted: String, _ read: (JSONText.Value) -> String?
    ) -> [Located<String>]? {
        var nodes = [node]
        if case .array(let elements) = node.value { nodes = elements }
        var texts: [Located<String>] = []
        for node in nodes {
            if let text = read(node.value) {
                texts.append(Located(text, node.position))
            } else {
                report(
                    node.position, "\(what) is \(PolicyReader.kind(of: node)) here",
                    remedy: "write \(wanted)", kind: .wrongType)
            }
        }
        return texts.count == nodes.count ? texts : nil
    }

    /// What a value is, for messages.
    static func kind(of node: JSONText.Node) -> String {
        switch node.value {
        case .object: "an object"
        case .array: "a list"
        case .string: "a string"
        case .number(let text): "the number \(text)"
        case .bool(let bool): bool ? "true" : "false"
        case .null: "null"
        }
    }
}
