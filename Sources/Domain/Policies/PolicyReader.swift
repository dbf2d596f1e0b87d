import Base
import JSONText

/// Reads documents out of files and collects everything that is wrong with them.
struct PolicyReader {
    let file: String
    private(set) var problems: [PolicyProblem] = []

    /// Whether statements are kept that say the same without what is wrong in them.
    private let isCareful: Bool
    /// The first thing that was found wrong, since it was last made nil, of what makes a statement say something else.
    var fault: PolicyProblem?
    /// The known actions of the statement that was read last; nil where they could not be read.
    private(set) var lastActions: ActionSet?

    init(file: String, isCareful: Bool = false) {
        self.file = file
        self.isCareful = isCareful
    }

    /// All problems as one error, in the order of the file.
    var collected: PolicyProblems { PolicyProblems(problems: problems.sorted()) }

    mutating func report(
        _ position: TextPosition, _ message: String, remedy: String,
        kind: PolicyProblemKind = .wrongType
    ) {
        let problem = PolicyProblem(
            file: file, position: position, message: message, remedy: remedy, kind: kind)
        if fault == nil, !kind.leavesStatementAsItIs { fault = problem }
        guard problems.count < Limits.policyProblemsMax else { return }
        problems.append(problem)
    }

    mutating func report(_ fault: PolicyPattern.Fault, at position: TextPosition) {
        report(position, fault.message, remedy: fault.remedy, kind: fault.kind)
    }

    mutating func readText(_ bytes: [UInt8]) -> JSONText.Node? {
        do throws(JSONTextError) {
            return try JSONText(parsing: bytes).root
        } catch {
            switch error.kind {
            case .syntax: report(error.position, error.message, remedy: "correct the JSON", kind: .syntax)
            case .duplicateName:
                report(
                    error.position, error.message, remedy: "keep one of the two", kind: .duplicateElement)
            case .limit: report(error.position, error.message, remedy: "split it", kind: .tooLarge)
            }
            return nil
        }
    }

    mutating func isSmallEnough(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > Limits.policyFileBytesMax else { return true }
        report(
            TextPosition(line: 1, column: 1),
            "the file has \(bytes.count) bytes, at most \(Limits.policyFileBytesMax) are read",
            remedy: "split it", kind: .tooLarge)
        return false
    }

    /// A document without what its statements say.
    struct Frame {
        let version: PolicyDocument.Version
        let id: String?
        let nodes: [JSONText.Node]
    }

    mutating func readDocument(_ bytes: [UInt8]) -> PolicyDocument? {
        guard let frame = readFrame(bytes) else { return nil }
        var statements: [PolicyStatement] = []
        var sids: Set<String> = []
        for node in frame.nodes {
            if let statement = readStatement(node, variables: frame.version == .variables, sids: &sids) {
                statements.append(statement)
            }
        }
        guard !statements.isEmpty else { return nil }
        return PolicyDocument(file: file, version: frame.version, id: frame.id, statements: statements)
    }

    mutating func readFrame(_ bytes: [UInt8]) -> Frame? {
        guard isSmallEnough(bytes), let root = readText(bytes) else { return nil }
        guard let members = readObject(root, "a policy document") else { return nil }
        reportUnknown(members, known: ["Version", "Id", "Statement"], of: "a policy document")
        let version = members["Version"].map { readVersion($0.node) } ?? .literal
        let id = members["Id"].flatMap { readString($0.node, "`Id`") }
        guard let statement = members["Statement"] else {
            report(
                root.position, "the document has no `Statement`", remedy: "add `\"Statement\": [{…}]`",
                kind: .missingElement)
            return nil
        }
        let nodes: [JSONText.Node]
        if case .array(let elements) = statement.node.value {
            nodes = elements
        } else {
            nodes = [statement.node]
        }
        if nodes.isEmpty {
            report(
                statement.node.position, "`Statement` is an empty list",
                remedy: "add a statement or remove the file", kind: .missingElement)
        }
        if nodes.count > Limits.policyStatementsMax {
            report(
                statement.node.position,
                "the document has \(nodes.count) statements, at most \(Limits.policyStatementsMax) are allowed",
                remedy: "merge statements that differ in one element only", kind: .tooLarge)
            return nil
        }
        return Frame(version: version, id: id, nodes: nodes)
    }

    private mutating func readVersion(_ node: JSONText.Node) -> PolicyDocument.Version {
        guard let text = readString(node, "`Version`") else { return .literal }
        if let version = PolicyDocument.Version(rawValue: text) { return version }
        report(
            node.position, "`\(text)` is no version of the policy language", remedy: "write `2012-10-17`",
            kind: .unknownVersion)
        return .literal
    }

    mutating func readStatement(
        _ node: JSONText.Node, variables: Bool, sids: inout Set<String>
    ) -> PolicyStatement? {
        lastActions = nil
        guard let members = readObject(node, "a statement") else { return nil }
        let known = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"]
        if let principal = members["Principal"] ?? members["NotPrincipal"] {
            report(
                principal.namePosition, "`\(principal.name)` cannot stand in the policy of a role",
                remedy: "remove it, and say who may assume the role in the role's `trust`", kind: .principal)
        }
        reportUnknown(members, known: known, ignoring: ["Principal", "NotPrincipal"], of: "a statement")
        let before = problems.count
        let sid = members["Sid"].flatMap { readSid($0.node, &sids) }
        let effect = readEffect(members["Effect"], of: node)
        let actions = readActions(members, of: node)
        lastActions = actions?.set
        let resources = readResources(members, of: node, variables: variables)
        let conditions = members["Condition"].map { readConditions($0.node, variables: variables) } ?? []
        // A statement that is wrong anywhere is left out whole: half of it would say something else.
        guard isCareful ? fault == nil : problems.count == before, let effect, let actions, let resources
        else { return nil }
        return PolicyStatement(
            position: node.position, sid: sid, effect: effect, actions: actions, resources: resources,
            conditions: conditions)
    }

    private mutating func readSid(_ node: JSONText.Node, _ sids: inout Set<String>) -> String? {
        guard let text = readString(node, "`Sid`"), !text.isEmpty else { return nil }
        if !text.utf8.allSatisfy({ PolicyReader.isLetterOrDigit($0) }) {
            report(
                node.position, "the Sid `\(text)` has other characters than letters and digits",
                remedy:
                    "write `\(String(decoding: text.utf8.filter(PolicyReader.isLetterOrDigit), as: UTF8.self))`",
                kind: .sidCharacters)
        }
        if !sids.insert(text).inserted {
            report(
                node.position, "the Sid `\(text)` stands here a second time",
                remedy: "give each statement its own", kind: .duplicateSid)
        }
        return text
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
    }

    private mutating func readEffect(_ member: JSONText.Member?, of node: JSONText.Node) -> PolicyStatement
        .Effect?
    {
        guard let member else {
            report(
                node.position, "the statement has no `Effect`",
                remedy: "add `\"Effect\": \"Allow\"` or `\"Deny\"`", kind: .missingElement)
            return nil
        }
        guard let text = readString(member.node, "`Effect`") else { return nil }
        guard let effect = PolicyStatement.Effect(rawValue: text) else {
            report(
                member.node.position, "`\(text)` is no effect", remedy: "write `Allow` or `Deny`",
                kind: .unknownEffect)
            return nil
        }
        return effect
    }

    /// The one of two members that excludes the other.
    private mutating func readEither(
        _ name: String, _ members: [String: JSONText.Member], of node: JSONText.Node
    ) -> (member: JSONText.Member, isNegated: Bool)? {
        switch (members[name], members["Not\(name)"]) {
        case (let member?, nil): return (member, false)
        case (nil, let member?): return (member, true)
        case (nil, nil):
            report(
                node.position, "the statement has no `\(name)`", remedy: "add `\(name)` or `Not\(name)`",
                kind: .missingElement)
        case (_?, let member?):
            report(
                member.namePosition, "the statement has both `\(name)` and `Not\(name)`",
                remedy: "keep one, or make two statements of it", kind: .elementPair)
        }
        return nil
    }

    private mutating func readActions(
        _ members: [String: JSONText.Member], of node: JSONText.Node
    ) -> PolicyStatement.Actions? {
        guard let (member, isNegated) = readEither("Action", members, of: node),
            let patterns = readStrings(member.node, "`\(member.name)`")
        else { return nil }
        if isNegated, patterns.isEmpty {
            report(
                member.node.position, "an empty `NotAction` means every action", remedy: "name actions",
                kind: .emptyNegation)
        }
        var set = ActionSet()
        for pattern in patterns {
            let matched = ActionSet(matching: pattern.value)
            if matched.isEmpty { reportAction(pattern) }
            set.formUnion(matched)
        }
        return .init(isNegated: isNegated, patterns: patterns, set: isNegated ? set.complement : set)
    }

    private mutating func reportAction(_ pattern: Located<String>) {
        // The nearest name costs more than all else: it is not looked for where nobody would see it.
        guard problems.count < Limits.policyProblemsMax else { return }
        let service = pattern.value.split(separator: ":", maxSplits: 1).first?.lowercased() ?? ""
        guard !pattern.value.contains(where: { $0 == "*" || $0 == "?" }) else {
            report(
                pattern.position, "`\(pattern.value)` matches no known action",
                remedy: "write actions of `dynamodb:` or `sts:`, the only services here", kind: .unknownAction
            )
            return
        }
        let nearest = NearestName.nearest(to: pattern.value, among: ActionTable.rows.map(\.name))
        let remedy: String
        if let nearest {
            remedy = "did you mean `\(nearest)`?"
        } else if service == "dynamodb" || service == "sts" {
            remedy = "see the actions of `\(service)` in the Service Authorization Reference"
        } else {
            remedy = "write actions of `dynamodb:` or `sts:`, the only services here"
        }
        report(
            pattern.position, "`\(pattern.value)` is no known action", remedy: remedy, kind: .unknownAction)
    }

    private mutating func readResources(
        _ members: [String: JSONText.Member], of node: JSONText.Node, variables: Bool
    ) -> PolicyStatement.Resources? {
        guard let (member, isNegated) = readEither("Resource", members, of: node),
            let texts = readStrings(member.node, "`\(member.name)`")
        else { return nil }
        if isNegated, texts.isEmpty {
            report(
                member.node.position, "an empty `NotResource` means every resource", remedy: "name resources",
                kind: .emptyNegation)
        }
        var patterns: [ARNPattern] = []
        for text in texts {
            do throws(PolicyPattern.Fault) {
                patterns.append(try ARNPattern(parsing: text.value, variables: variables, isResource: true))
            } catch {
                report(error, at: text.position)
            }
        }
        return .init(isNegated: isNegated, texts: texts, patterns: patterns)
    }
}
