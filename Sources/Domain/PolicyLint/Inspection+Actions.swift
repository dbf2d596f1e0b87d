import JSONText
import Policies

extension Inspection {
    /// Checks how actions are written.
    mutating func checkActions(_ statement: LintStatement) {
        for text in statement.actions?.texts ?? [] {
            let parts = text.value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0].contains(where: { $0 == "*" || $0 == "?" }) {
                report(
                    "service-wildcard", text.position,
                    "`\(text.value)` has a wildcard in the name of the service",
                    remedy: "write `dynamodb:` or `sts:`")
            }
            if let action = PolicyAction(named: text.value), action.name != text.value {
                report(
                    "action-case", text.position, "`\(text.value)` is written `\(action.name)`",
                    remedy: "write `\(action.name)`", fix: replacing(text, by: action.name))
            }
        }
        for (text, resource) in zip(statement.resources?.texts ?? [], statement.resources?.arns ?? []) {
            guard let resource,
                resource.service.contains(where: { $0 == "*" || $0 == "?" })
            else { continue }
            report(
                "service-wildcard", text.position,
                "`\(text.value)` has a wildcard in the name of the service",
                remedy: "write `dynamodb`")
        }
    }

    /// Checks that actions and resources of a statement fit each other.
    mutating func checkFit(_ statement: LintStatement) {
        guard let resources = statement.resources, !resources.isNegated, !resources.hasOthers,
            let actions = statement.actions, !actions.isNegated, !resources.texts.isEmpty
        else { return }
        var kinds: Set<PolicyAction.ResourceKind> = []
        var isEvery = false
        var isListing = false
        for (text, resource) in zip(resources.texts, resources.arns) {
            guard text.value != "*", !text.isTemplate else {
                isEvery = true
                continue
            }
            guard let resource else { return }
            // Resources of STS are no concern of a gateway of tables.
            if resource.service == "sts" || resource.service == "iam" { isEvery = true }
            guard let found = resource.kinds else { return }
            kinds.formUnion(found)
            // INVARIANT (every table): what is asked for actions about no one table is `table/*`.
            if ["table/*", "table*", "*"].contains(resource.last) { isListing = true }
        }
        if !isEvery { reportUnfit(actions, statement, kinds, isListing: isListing) }
        let wanted = Set(statement.actionSet.actions.flatMap(\.resourceKinds))
        guard !statement.actionSet.isEmpty else { return }
        for (text, resource) in zip(resources.texts, resources.arns)
        where text.value != "*" && !text.isTemplate {
            guard let resource, let found = resource.kinds, !found.isEmpty,
                found.isDisjoint(with: wanted), !wanted.isEmpty
            else { continue }
            report(
                "resource-without-action", text.position,
                "no action of \(statement.name) takes `\(resource.last)`",
                remedy: "remove it, or add the action that was meant")
        }
    }

    private mutating func reportUnfit(
        _ actions: LintList, _ statement: LintStatement, _ kinds: Set<PolicyAction.ResourceKind>,
        isListing: Bool
    ) {
        for text in actions.texts {
            guard let action = PolicyAction(named: text.value) else { continue }
            if action.resourceKinds.isEmpty {
                guard !isListing else { continue }
                report(
                    "action-without-resource", text.position,
                    "`\(action.name)` is about no one table, and \(statement.name) names some",
                    remedy: "give it a statement of its own with `\"Resource\": \"*\"`")
            } else if kinds.isDisjoint(with: action.resourceKinds) {
                report(
                    "action-without-resource", text.position,
                    "`\(action.name)` takes none of the resources of \(statement.name)",
                    remedy: "name a resource of the kind "
                        + action.resourceKinds.map { "`\($0.rawValue)`" }.joined(separator: " or "))
            }
        }
    }
}
