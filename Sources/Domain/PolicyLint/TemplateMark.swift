import JSONText

/// Marks that a tool replaces before a document reaches IAM: CloudFormation, Terraform, mustache and the like.
enum TemplateMark {
    /// The first mark in a text, such as `${AWS::Region}`; nil where there is none.
    ///
    /// A variable of a policy has a colon behind its service (`${aws:username}`); CloudFormation's has two,
    /// or none, or begins with `!`.
    static func find(in text: String) -> String? {
        guard text.utf8.contains(where: { "{[<".utf8.contains($0) }) else { return nil }
        for (open, close) in [("{{", "}}"), ("[[", "]]"), ("<", ">")] {
            if let mark = span(text[...], open, close), mark.count > open.count + close.count {
                return String(mark)
            }
        }
        var rest = text[...]
        while let brace = rest.firstIndex(of: "{") {
            guard let close = rest[brace...].firstIndex(of: "}") else { return nil }
            let content = rest[rest.index(after: brace)..<close]
            let isVariable = brace > rest.startIndex && rest[rest.index(before: brace)] == "$"
            let start = isVariable ? rest.index(before: brace) : brace
            if isMark(content, isVariable: isVariable) { return String(rest[start...close]) }
            rest = rest[rest.index(after: close)...]
        }
        return nil
    }

    /// The name of the function where an object stands for a value of a template: `Fn::Sub`, `Ref`.
    static func function(_ node: JSONText.Node) -> String? {
        guard case .object(let members) = node.value, let name = members.first?.name, members.count == 1
        else {
            return nil
        }
        return name.hasPrefix("Fn::") || name == "Ref" ? name : nil
    }

    private static func isMark(_ content: Substring, isVariable: Bool) -> Bool {
        guard let first = content.first else { return false }
        guard isVariable else {
            return first.isLetter
                && content.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        }
        if content == "*" || content == "?" || content == "$" { return false }
        if first == "!" || content.utf8.elementsEqual("".utf8) { return true }
        let name = content.prefix { $0 != "," }
        guard name.contains(where: { $0 != " " }) else { return false }
        guard let colon = name.firstIndex(of: ":") else { return true }
        let next = name.index(after: colon)
        return next < name.endIndex && name[next] == ":"
    }

    private static func span(_ text: Substring, _ open: String, _ close: String) -> Substring? {
        guard let start = text.range(of: open) else { return nil }
        guard let end = text[start.upperBound...].range(of: close) else { return nil }
        return text[start.lowerBound..<end.upperBound]
    }
}

extension Substring {
    /// Where `wanted` first stands.
    fileprivate func range(of wanted: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(wanted) { return start..<index(start, offsetBy: wanted.count) }
            formIndex(after: &start)
        }
        return nil
    }
}
