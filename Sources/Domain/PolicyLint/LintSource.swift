import Base
import JSONText
import Policies

/// A string (or number, or boolean) of a file and its bytes there.
struct LintText: Sendable {
    let value: String
    let position: TextPosition
    let range: Range<Int>
    let isString: Bool
    /// What another tool replaces before IAM sees it: `${AWS::Region}`, `{{table}}`.
    let mark: String?

    var isTemplate: Bool { mark != nil }
}

/// `Action`, `NotAction`, `Resource` or `NotResource` of a statement, as far as it can be read.
struct LintList: Sendable {
    let member: JSONText.Member
    let isNegated: Bool
    /// Whether it is written as a list.
    let isList: Bool
    let texts: [LintText]
    /// The known actions that each of the texts names.
    let sets: [ActionSet]
    /// The ARNs in their parts; nil for `*` and what is none.
    let arns: [ResourceText?]
    /// Whether it holds anything that is no string, such as an object of a template.
    let hasOthers: Bool
}

/// One key under one operator.
struct LintCondition: Sendable {
    let operatorMember: JSONText.Member
    /// Nil where there is no such operator.
    let comparison: ConditionOperator?
    let keyMember: JSONText.Member
    /// Nil where there is no such key.
    let key: ConditionKeyName?
    let values: [LintText]
    /// How many keys stand under the operator.
    let siblings: Int

    var position: TextPosition { keyMember.namePosition }

    func isOn(_ wanted: ConditionKey) -> Bool { key?.key == wanted }
    var isNull: Bool { comparison?.comparison == .null }
    var isNegated: Bool { comparison?.comparison.isNegated ?? false }
    /// Whether it says that the key is there.
    var demandsKey: Bool {
        guard let comparison else { return false }
        if comparison.comparison == .null { return isNullOf(false) }
        return !comparison.isIfExists && !comparison.comparison.isNegated
            && comparison.qualifier != .forAllValues
    }

    /// Whether it is `Null` with this one value.
    func isNullOf(_ wanted: Bool) -> Bool {
        isNull && !values.isEmpty && values.allSatisfy { $0.value.lowercased() == String(wanted) }
    }

    /// Its values as its operator reads them, with their places; those that cannot be read are left out.
    func patterns(variables: Bool) -> [(text: LintText, pattern: PolicyPattern)] {
        guard let comparison else { return [] }
        let wildcards: Bool
        switch comparison.comparison {
        case .stringLike, .stringNotLike, .arnLike, .arnNotLike, .arnEquals, .arnNotEquals: wildcards = true
        case .stringEquals, .stringNotEquals, .stringEqualsIgnoreCase, .stringNotEqualsIgnoreCase:
            wildcards = false
        default: return []
        }
        return values.compactMap { text in
            PolicyPattern.read(text.value, wildcards: wildcards, variables: variables).map { (text, $0) }
        }
    }
}

/// A statement of a document, as far as it can be read: unlike `PolicyStatement` it may be wrong.
struct LintStatement: Sendable {
    let node: JSONText.Node
    let members: [JSONText.Member]
    let sid: LintText?
    let effect: PolicyStatement.Effect?
    let actions: LintList?
    let resources: LintList?
    let conditionMember: JSONText.Member?
    let conditions: [LintCondition]
    /// The known actions it is about, the negation applied.
    let actionSet: ActionSet
    /// Those that it names one by one.
    let named: ActionSet

    /// How messages call it.
    var name: String {
        if let sid, !sid.value.isEmpty { return "`\(sid.value)`" }
        return "the statement"
    }

    func member(_ name: String) -> JSONText.Member? { members.first { $0.name == name } }

    func conditions(on key: ConditionKey) -> [LintCondition] { conditions.filter { $0.isOn(key) } }

    /// Whether a request without `key` does not match.
    func demands(_ key: ConditionKeyName) -> Bool {
        conditions.contains { $0.key == key && $0.demandsKey }
    }
}

/// A policy document, as far as it can be read.
struct LintSource: Sendable {
    let root: JSONText.Node
    let version: JSONText.Member?
    let statements: [LintStatement]

    /// Whether `${…}` is a variable.
    var hasVariables: Bool {
        if case .string("2012-10-17") = version?.node.value { return true }
        return false
    }

    /// Nil where it is no object.
    init?(_ root: JSONText.Node) {
        guard case .object(let members) = root.value else { return nil }
        self.root = root
        version = members.first { $0.name == "Version" }
        var nodes: [JSONText.Node] = []
        if let node = members.first(where: { $0.name == "Statement" })?.node {
            if case .array(let elements) = node.value { nodes = elements } else { nodes = [node] }
        }
        statements = nodes.prefix(Limits.policyStatementsMax).compactMap(LintStatement.init)
    }
}

extension LintStatement {
    init?(_ node: JSONText.Node) {
        guard case .object(let members) = node.value else { return nil }
        self.node = node
        self.members = members
        let member = { (name: String) in members.first { $0.name == name } }
        sid = member("Sid").flatMap { LintText($0.node) }
        if case .string(let text) = member("Effect")?.node.value {
            effect = PolicyStatement.Effect(rawValue: text)
        } else {
            effect = nil
        }
        actions =
            member("Action").map { LintList($0, isNegated: false, isActions: true) }
            ?? member("NotAction").map { LintList($0, isNegated: true, isActions: true) }
        resources =
            member("Resource").map { LintList($0, isNegated: false, isActions: false) }
            ?? member("NotResource").map { LintList($0, isNegated: true, isActions: false) }
        conditionMember = member("Condition")
        conditions = conditionMember.map { LintCondition.read($0.node) } ?? []
        var set = ActionSet()
        var named = ActionSet()
        for (text, matched) in zip(actions?.texts ?? [], actions?.sets ?? []) {
            set.formUnion(matched)
            if !text.value.contains(where: { $0 == "*" || $0 == "?" }) { named.formUnion(matched) }
        }
        self.named = named
        actionSet = actions?.isNegated == true ? set.complement : set
    }
}

extension LintText {
    init?(_ node: JSONText.Node) {
        switch node.value {
        case .string(let text): value = text
        case .number(let text): value = text
        case .bool(let bool): value = String(bool)
        case .object, .array, .null: return nil
        }
        if case .string = node.value { isString = true } else { isString = false }
        mark = TemplateMark.find(in: value)
        position = node.position
        range = node.range
    }

    static func read(_ node: JSONText.Node) -> (texts: [LintText], isList: Bool, hasOthers: Bool) {
        var nodes = [node]
        var isList = false
        if case .array(let elements) = node.value { (nodes, isList) = (elements, true) }
        let texts = nodes.compactMap(LintText.init)
        return (texts, isList, texts.count < nodes.count)
    }
}

extension LintList {
    init(_ member: JSONText.Member, isNegated: Bool, isActions: Bool) {
        self.member = member
        self.isNegated = isNegated
        (texts, isList, hasOthers) = LintText.read(member.node)
        sets = isActions ? texts.map { ActionSet(matching: $0.value) } : []
        arns = isActions ? [] : texts.map { ResourceText($0.value) }
    }
}

extension LintCondition {
    static func read(_ node: JSONText.Node) -> [LintCondition] {
        guard case .object(let operators) = node.value else { return [] }
        return operators.flatMap { member -> [LintCondition] in
            guard case .object(let keys) = member.node.value else { return [] }
            let comparison = ConditionOperator(named: member.name)
            return keys.map { key in
                LintCondition(
                    operatorMember: member, comparison: comparison, keyMember: key,
                    key: ConditionKeyName(named: key.name), values: LintText.read(key.node).texts,
                    siblings: keys.count)
            }
        }
    }
}
