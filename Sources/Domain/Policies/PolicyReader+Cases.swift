import JSONText

extension PolicyReader {
    private typealias Tags = [(name: String, value: String)]
    private static let caseElements = [
        "name", "action", "table", "index", "resource", "context", "tags", "expect", "statement",
    ]
    private static let expectations = ["Allow", "Deny(explicit)", "Deny(implicit)", "Deny(error)"]
    /// The region and the account of a case that names a table: policies that ship leave both open.
    private static let region = "us-east-1"
    private static let account = "000000000000"

    mutating func readCases(_ bytes: [UInt8]) -> [DecisionCase] {
        guard let root = readText(bytes), let members = readObject(root, "a file of cases") else { return [] }
        reportUnknown(members, known: ["role", "tags", "cases"], of: "a file of cases")
        for name in ["role", "cases"] where members[name] == nil {
            report(root.position, "the file has no `\(name)`", remedy: "add it", kind: .missingElement)
        }
        let role = members["role"].flatMap { readString($0.node, "`role`") } ?? ""
        let tags = members["tags"].map { readTags($0.node) } ?? []
        guard let list = members["cases"] else { return [] }
        guard case .array(let nodes) = list.node.value, !nodes.isEmpty else {
            report(
                list.node.position, "`cases` holds no case", remedy: "write a list of cases",
                kind: .faultyCase)
            return []
        }
        return nodes.compactMap { readCase($0, role: role, tags: tags) }
    }

    private mutating func readTags(_ node: JSONText.Node) -> Tags {
        guard case .object(let members) = node.value else {
            report(
                node.position, "`tags` is \(PolicyReader.kind(of: node)), not an object",
                remedy: "write `{\"name\": \"value\"}`", kind: .wrongType)
            return []
        }
        return members.compactMap { member in
            readString(member.node, "`\(member.name)`").map { (member.name, $0) }
        }
    }

    private mutating func readCase(_ node: JSONText.Node, role: String, tags: Tags) -> DecisionCase? {
        guard let members = readObject(node, "a case") else { return nil }
        reportUnknown(members, known: PolicyReader.caseElements, of: "a case")
        for name in ["name", "action", "expect"] where members[name] == nil {
            report(node.position, "the case has no `\(name)`", remedy: "add it", kind: .missingElement)
        }
        let text = { (reader: inout PolicyReader, name: String) in
            members[name].flatMap { reader.readString($0.node, "`\(name)`") }
        }
        let name = text(&self, "name")
        let action = text(&self, "action").flatMap { readAction($0, members["action"]) }
        let expectation = text(&self, "expect")
        if let expectation, !PolicyReader.expectations.contains(expectation), let member = members["expect"] {
            report(
                member.node.position, "`\(expectation)` is no decision",
                remedy: "write one of \(PolicyReader.expectations.map { "`\($0)`" }.joined(separator: ", "))",
                kind: .faultyCase)
        }
        let tags = members["tags"].map { readTags($0.node) } ?? tags
        let statement = text(&self, "statement")
        let resource = readResource(node, members)
        let context = members["context"].map { readContext($0.node) } ?? ContextValues()
        guard let name, let action, let expectation, let resource else { return nil }
        var request = DecisionRequest(action, on: resource, by: PrincipalAttributes(unchecked: tags))
        request.context = context
        return DecisionCase(
            file: file, position: node.position, name: name, role: role, tags: tags, request: request,
            expectation: expectation, statement: statement)
    }

    mutating func readAction(_ text: String, _ member: JSONText.Member?) -> PolicyAction? {
        if let action = PolicyAction(named: text) { return action }
        let nearest = NearestName.nearest(to: text, among: ActionTable.rows.map(\.name))
        if let member {
            report(
                member.node.position, "`\(text)` is no known action",
                remedy: nearest.map { "did you mean `\($0)`?" }
                    ?? "write an action such as `dynamodb:GetItem`", kind: .unknownAction)
        }
        return nil
    }

    private mutating func readResource(
        _ node: JSONText.Node, _ members: [String: JSONText.Member]
    ) -> PolicyResource? {
        let (region, account) = (PolicyReader.region, PolicyReader.account)
        if let member = members["resource"] {
            guard let text = readString(member.node, "`resource`") else { return nil }
            if let resource = PolicyResource(arn: text) { return resource }
            report(
                member.node.position, "`\(text)` is no ARN", remedy: "write six segments, or `*`",
                kind: .faultyCase)
            return nil
        }
        guard let member = members["table"] else {
            return PolicyResource(everyTableIn: region, account: account)
        }
        guard let table = readString(member.node, "`table`") else { return nil }
        guard let index = members["index"] else {
            return PolicyResource(table: table, region: region, account: account)
        }
        return readString(index.node, "`index`").map {
            PolicyResource(index: $0, ofTable: table, region: region, account: account)
        }
    }

    mutating func readContext(_ node: JSONText.Node) -> ContextValues {
        var values = ContextValues()
        guard case .object(let members) = node.value else {
            report(
                node.position, "`context` is \(PolicyReader.kind(of: node)), not an object",
                remedy: "write `{\"dynamodb:LeadingKeys\": [\"…\"]}`", kind: .wrongType)
            return values
        }
        for member in members {
            guard let name = ConditionKeyName(named: member.name) else {
                let nearest = ConditionKeyName.suggestion(for: member.name)
                report(
                    member.namePosition, "`\(member.name)` is no known condition key",
                    remedy: nearest.map { "did you mean `\($0)`?" }
                        ?? "use a key of DynamoDB or a global one", kind: .unknownKey)
                continue
            }
            for text in readScalars(member.node, "`\(member.name)`") ?? [] {
                values.append(text.value, to: name)
            }
        }
        return values
    }
}
