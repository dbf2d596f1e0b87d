import JSONText

/// What can be read of a document that is not one of Homeroom's own: of other services too, with a `Principal`, with
/// statements that nobody can read until something is filled in.
///
/// Reading is careful: a statement that is wrong anywhere is not among `document`'s but among `omissions`, whole.
public struct PolicyReading: Sendable {
    /// Why a statement is left out.
    public enum Reason: Sendable {
        /// None of its actions is of `dynamodb:` or `sts:`.
        case otherServices
        /// This is wrong in it.
        case unreadable(PolicyProblem)
        /// It denies to some callers only.
        case principal
    }

    /// A statement that is left out.
    public struct Omission: Sendable {
        /// Where it stands.
        public let position: TextPosition
        /// What it does; nil where that cannot be read.
        public let effect: PolicyStatement.Effect?
        /// Why.
        public let reason: Reason
    }

    /// What can be read, perhaps no statement.
    public let document: PolicyDocument
    /// The statements that are left out, in the order of the file.
    public let omissions: [Omission]
    /// Whether statements name who they are for, by `Principal` or `NotPrincipal`.
    public let isForPrincipals: Bool
    /// What is wrong outside of the statements.
    public let problems: [PolicyProblem]
}

extension PolicyDocument {
    /// Reads what can be read of a document.
    /// - Throws: `PolicyProblems` where it is no JSON, or has no statements at all.
    public static func readPartly(_ bytes: [UInt8], file: String) throws(PolicyProblems) -> PolicyReading {
        var reader = PolicyReader(file: file, isCareful: true)
        guard let reading = reader.readPartly(bytes) else { throw reader.collected }
        return reading
    }
}

extension PolicyProblemKind {
    /// Whether a statement says the same with and without what is wrong: a name, an action that matches nothing here,
    /// whom it is for.
    var leavesStatementAsItIs: Bool {
        switch self {
        case .sidCharacters, .duplicateSid, .unknownAction, .principal: true
        default: false
        }
    }
}

extension PolicyReader {
    mutating func readPartly(_ bytes: [UInt8]) -> PolicyReading? {
        guard let frame = readFrame(bytes) else { return nil }
        let problemsOutside = problems
        var sids: Set<String> = []
        var statements: [PolicyStatement] = []
        var omissions: [PolicyReading.Omission] = []
        var isForPrincipals = false
        for node in frame.nodes {
            fault = nil
            let members = PolicyReader.members(of: node)
            let statement = readStatement(node, variables: frame.version == .variables, sids: &sids)
            let effect = members["Effect"].flatMap { member -> PolicyStatement.Effect? in
                guard case .string(let text) = member.value else { return nil }
                return PolicyStatement.Effect(rawValue: text)
            }
            let principal = members["Principal"] ?? members["NotPrincipal"]
            isForPrincipals = isForPrincipals || principal != nil
            let reason: PolicyReading.Reason? =
                if lastActions?.isEmpty == true {
                    .otherServices
                } else if let fault {
                    .unreadable(fault)
                } else if effect == .deny, let principal,
                    members["NotPrincipal"] != nil || !PolicyReader.isEverybody(principal)
                {
                    .principal
                } else {
                    nil
                }
            if let reason {
                omissions.append(.init(position: node.position, effect: effect, reason: reason))
            } else if let statement {
                statements.append(statement)
            }
        }
        let document = PolicyDocument(
            file: file, version: frame.version, id: frame.id, statements: statements)
        return PolicyReading(
            document: document, omissions: omissions, isForPrincipals: isForPrincipals,
            problems: problemsOutside)
    }

    private static func members(of node: JSONText.Node) -> [String: JSONText.Node] {
        guard case .object(let members) = node.value else { return [:] }
        return Dictionary(members.map { ($0.name, $0.node) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether a `Principal` is `*`, or `{"AWS": "*"}`. Source: IAM JSON policy elements, Principal.
    private static func isEverybody(_ node: JSONText.Node) -> Bool {
        switch node.value {
        case .string(let text): text == "*"
        case .array(let nodes): nodes.contains { isEverybody($0) }
        case .object(let members): members.contains { $0.name == "AWS" && isEverybody($0.node) }
        default: false
        }
    }
}
