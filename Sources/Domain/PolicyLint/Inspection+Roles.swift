import Base
import JSONText
import Policies

extension Inspection {
    /// Looks a role's file over by itself.
    /// - Returns: its outermost value, where it is JSON.
    mutating func inspectRole(_ role: RoleDefinition?, _ problems: [PolicyProblem]) -> JSONText.Node? {
        let root = Inspection.root(of: bytes)
        let texts = root.map(TextsByPlace.init)
        for problem in problems { reportProblem(problem, texts) }
        guard let role, let root else { return root }
        checkTrust(role, root)
        if role.maxSessionSeconds > Limits.lintSessionSecondsMax {
            report(
                "long-session",
                Inspection.member("maxSessionSeconds", of: root)?.node.position ?? root.position,
                "sessions of `\(role.name)` may last \(role.maxSessionSeconds) seconds",
                remedy: "write \(Limits.lintSessionSecondsMax) or less; a new token opens a new session")
        }
        return root
    }

    static func root(of bytes: [UInt8]) -> JSONText.Node? {
        guard bytes.count <= Limits.policyFileBytesMax else { return nil }
        do throws(JSONTextError) { return try JSONText(parsing: bytes).root } catch { return nil }
    }

    static func member(_ name: String, of node: JSONText.Node) -> JSONText.Member? {
        guard case .object(let members) = node.value else { return nil }
        return members.first { $0.name == name }
    }

    /// Where the value of a member of the outermost object stands.
    static func place(of name: String, in bytes: [UInt8]) -> TextPosition? {
        root(of: bytes).flatMap { member(name, of: $0)?.node.position }
    }

    private mutating func checkTrust(_ role: RoleDefinition, _ root: JSONText.Node) {
        let trust = Inspection.member("trust", of: root)?.node
        let conditions = role.trust.conditions
        let asks = { (key: ConditionKey) in
            conditions.contains { condition in
                condition.key.value.key == key && !condition.comparison.value.isIfExists
            }
        }
        if !asks(.tokenRole), !asks(.tokenSubject) {
            report(
                "trust-without-role", trust?.position ?? root.position,
                "every token of the issuer opens `\(role.name)`, whatever role it names",
                remedy: "add `\"StringEquals\": {\"homeroom:role\": \"\(role.name)\"}`")
        }
        for condition in conditions where condition.key.value.key.isTokenClaim {
            let comparison = condition.comparison.value
            guard comparison.comparison != .null else { continue }
            if comparison.isIfExists {
                report(
                    "trust-if-exists", condition.comparison.position,
                    "a token without `\(condition.key.value.text)` opens `\(role.name)`",
                    remedy: "remove `IfExists`",
                    fix: trustFix(trust, comparison, condition))
            } else if comparison.comparison.isNegated {
                report(
                    "trust-negated", condition.comparison.position,
                    "`\(comparison.name)` opens `\(role.name)` for every `\(condition.key.value.text)` but some",
                    remedy: "name the values that are wanted")
            }
        }
    }

    private func trustFix(
        _ trust: JSONText.Node?, _ comparison: ConditionOperator, _ condition: PolicyCondition
    ) -> [TextEdit] {
        guard !comparison.comparison.isNegated, let trust,
            let block = Inspection.member("conditions", of: trust)?.node,
            case .object(let operators) = block.value,
            let member = operators.first(where: { $0.namePosition == condition.comparison.position }),
            case .object = member.node.value
        else { return [] }
        let name = String(member.name.dropLast("IfExists".count))
        guard !operators.contains(where: { $0.name == name }) else { return [] }
        return [TextEdit(range: member.nameRange, replacement: "\"\(name)\"")]
    }

    /// Checks what a role may do with its policies and its boundary together.
    mutating func checkReach(
        _ role: RoleDefinition, _ documents: [String: PolicyDocument], _ root: JSONText.Node?
    ) {
        let policies = role.policies.compactMap { documents[$0.value] }
        guard policies.count == role.policies.count, let root else { return }
        let allowed = Inspection.allowed(by: policies)
        if allowed.isEmpty {
            report(
                "role-allows-nothing",
                Inspection.member("policies", of: root)?.node.position ?? root.position,
                "no policy of `\(role.name)` allows anything",
                remedy: "add a policy that allows what it is for")
        }
        if let boundary = role.permissionBoundary, let document = documents[boundary.value] {
            let limit = Inspection.allowed(by: [document])
            if !allowed.isEmpty, !limit.actions.contains(where: allowed.contains) {
                report(
                    "boundary-allows-nothing", boundary.position,
                    "`\(boundary.value)` allows nothing that the policies of `\(role.name)` allow",
                    remedy: "allow in it all that the role may ever do")
            }
        }
        checkTags(role, policies, root)
    }

    private static func allowed(by documents: [PolicyDocument]) -> ActionSet {
        var set = ActionSet()
        for statement in documents.flatMap(\.statements) where statement.effect == .allow {
            set.formUnion(statement.actions.set)
        }
        return set
    }

    private mutating func checkTags(
        _ role: RoleDefinition, _ policies: [PolicyDocument], _ root: JSONText.Node
    ) {
        var used: Set<String> = []
        for statement in policies.flatMap(\.statements) {
            let variables =
                statement.resources.patterns.flatMap(\.variables)
                + statement.conditions.flatMap { $0.values.flatMap(\.variables) }
            used.formUnion(variables.filter { $0.key.key == .principalTag }.compactMap(\.key.tag))
        }
        let claims: [(String, ConditionKey)] = [("tenant_id", .tokenTenantId), ("school_id", .tokenSchoolId)]
        for (tag, claim) in claims where used.contains(tag) {
            let isDemanded = role.trust.conditions.contains { condition in
                let comparison = condition.comparison.value
                guard condition.key.value.key == claim, !comparison.isIfExists else { return false }
                if comparison.comparison == .null { return condition.values == [.bool(false)] }
                return !comparison.comparison.isNegated && comparison.qualifier != .forAllValues
            }
            guard !isDemanded else { continue }
            let trust = Inspection.member("trust", of: root)?.node.position ?? root.position
            report(
                "trust-without-tenant", trust,
                "the policies of `\(role.name)` use `\(tag)`, and a token without it opens the role",
                remedy: "add `\"Null\": {\"homeroom:\(tag)\": \"false\"}`")
        }
    }
}
