import Base
import JSONText
import Policies
import Tenancy

/// One file under the eyes of the checks.
struct Inspection {
    let file: String
    let bytes: [UInt8]
    let catalog: Catalog?
    /// Whether the document is used by roles alone whose sessions belong to no tenant.
    let isTenantless: Bool
    private(set) var findings: [LintFinding] = []
    /// What names other services, by service: the first text, its place, and how many there are.
    var otherServices: [String: (text: String, position: TextPosition, count: Int)] = [:]
    /// Where marks of templates have been shown.
    var templates: Set<TextPosition> = []

    init(file: String, bytes: [UInt8], catalog: Catalog?, isTenantless: Bool = false) {
        self.file = file
        self.bytes = bytes
        self.catalog = catalog
        self.isTenantless = isTenantless
    }

    mutating func report(
        _ id: String, _ position: TextPosition, _ message: String, remedy: String, fix: [TextEdit] = []
    ) {
        guard findings.count < Limits.policyProblemsMax else { return }
        findings.append(
            LintFinding(
                LintRule.named(id).check, file: file, position: position, message: message, remedy: remedy,
                fix: fix))
    }

    /// Looks a policy document over.
    mutating func inspectDocument() {
        let problems = PolicyDocument.review(bytes, file: file).problems
        guard bytes.count <= Limits.policyFileBytesMax, let root = readRoot() else {
            for problem in problems { reportProblem(problem, nil) }
            return
        }
        let texts = problems.isEmpty ? nil : TextsByPlace(root)
        for problem in problems where !isOfOtherService(problem, texts) { reportProblem(problem, texts) }
        reportOtherServices()
        guard let source = LintSource(root) else { return }
        checkDocument(source)
        for statement in source.statements { check(statement, in: source) }
        checkPairs(source)
    }

    private func readRoot() -> JSONText.Node? {
        do throws(JSONTextError) { return try JSONText(parsing: bytes).root } catch { return nil }
    }

    private mutating func check(_ statement: LintStatement, in source: LintSource) {
        checkTemplates(statement)
        checkVariables(statement, in: source)
        checkForm(statement, in: source)
        checkActions(statement)
        checkResources(statement, in: source)
        checkFit(statement)
        checkConditions(statement, in: source)
        checkContradictions(statement, in: source)
        checkLists(statement)
        switch statement.effect {
        case .allow:
            checkLeadingKeys(statement, in: source)
            checkBreadth(statement, in: source)
        case .deny: checkDeny(statement, in: source)
        case nil: break
        }
    }
}

/// The texts of a file, names and values, by the place where they begin.
struct TextsByPlace {
    private(set) var nodes: [TextPosition: JSONText.Node] = [:]
    private(set) var names: [TextPosition: String] = [:]

    init(_ root: JSONText.Node) { add(root) }

    /// What stands there: a string's text or the name of a member.
    func text(at position: TextPosition) -> String? {
        if let name = names[position] { return name }
        if case .string(let text) = nodes[position]?.value { return text }
        return nil
    }

    private mutating func add(_ node: JSONText.Node) {
        nodes[node.position] = node
        switch node.value {
        case .object(let members):
            for member in members {
                names[member.namePosition] = member.name
                add(member.node)
            }
        case .array(let elements): for element in elements { add(element) }
        case .string, .number, .bool, .null: break
        }
    }
}
