import JSONText

extension DecisionRequest {
    /// Reads a bare question: `{"action": …, "resource": …, "context": {…}}`. The context is taken as given: what it does not
    /// name is absent, keys of the principal among it.
    /// - Throws: `PolicyProblems` with everything that is wrong with it.
    public static func parse(_ bytes: [UInt8], file: String) throws(PolicyProblems) -> DecisionRequest {
        var reader = PolicyReader(file: file)
        let request = reader.readQuestion(bytes)
        guard let request, reader.problems.isEmpty else { throw reader.collected }
        return request
    }
}

extension PolicyReader {
    mutating func readQuestion(_ bytes: [UInt8]) -> DecisionRequest? {
        guard isSmallEnough(bytes), let root = readText(bytes), let members = readObject(root, "a question")
        else { return nil }
        reportUnknown(members, known: ["action", "resource", "context"], of: "a question")
        for name in ["action", "resource"] where members[name] == nil {
            report(root.position, "the question has no `\(name)`", remedy: "add it")
        }
        let action = members["action"].flatMap { member in
            readString(member.node, "`action`").flatMap { readAction($0, member) }
        }
        let resource = members["resource"].flatMap { readQuestionResource($0.node) }
        let context = members["context"].map { readContext($0.node) } ?? ContextValues()
        guard let action, let resource else { return nil }
        var request = DecisionRequest(action, on: resource, by: .unknown)
        request.context = context
        request.isContextGiven = true
        return request
    }

    private mutating func readQuestionResource(_ node: JSONText.Node) -> PolicyResource? {
        guard let text = readString(node, "`resource`") else { return nil }
        if let resource = PolicyResource(arn: text) { return resource }
        report(node.position, "`\(text)` is no ARN", remedy: "write six segments, or `*`")
        return nil
    }
}
