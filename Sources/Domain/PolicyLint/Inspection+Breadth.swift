import JSONText
import Policies

extension Inspection {
    /// Checks how far an Allow reaches.
    mutating func checkBreadth(_ statement: LintStatement, in source: LintSource) {
        if let actions = statement.actions, actions.isNegated {
            report(
                "not-action-allow", actions.member.namePosition,
                "\(statement.name) allows every action but \(actions.texts.count)",
                remedy: "name the actions that are wanted in `Action`")
        }
        if let resources = statement.resources, resources.isNegated {
            report(
                "not-resource-allow", resources.member.namePosition,
                "\(statement.name) reaches every resource but \(resources.texts.count)",
                remedy: "name the resources that are wanted in `Resource`")
        }
        guard !isTenantless, let actions = statement.actions, !actions.isNegated else { return }
        for (text, set) in zip(actions.texts, actions.sets) { checkAllowed(text, set, statement) }
        checkItems(statement, actions, in: source)
        checkStar(statement)
    }

    private mutating func checkAllowed(
        _ text: LintText, _ set: ActionSet, _ statement: LintStatement
    ) {
        if text.value == "*" || text.value.lowercased() == "dynamodb:*" {
            return report(
                "all-actions", text.position,
                "\(statement.name) allows `\(text.value)`: exports, backups, streams and resource policies come along",
                remedy: "name the actions that are wanted")
        }
        let isPattern = text.value.contains { $0 == "*" || $0 == "?" }
        let actions = set.actions
        if let found = actions.first(where: { $0.accessLevel == .permissionsManagement }) {
            report(
                "permissions-action", text.position,
                "\(statement.name) allows `\(found.name)`, which changes who may do what",
                remedy: isPattern ? "name the actions that are wanted" : "leave it to the operator's role")
        }
        if let found = actions.first(where: Inspection.returnsCredentials) {
            report(
                "credentials-action", text.position,
                "\(statement.name) allows `\(found.name)`, which returns new credentials",
                remedy: "remove it: tokens open roles by `AssumeRoleWithWebIdentity` without it")
        }
        if let found = actions.first(where: \.takesWholeTable) {
            report(
                "whole-table-action", text.position,
                "\(statement.name) allows `\(found.name)`, which takes the items of every tenant",
                remedy: isPattern ? "name the actions that are wanted" : "leave it to the operator's role")
        }
    }

    private static func returnsCredentials(_ action: PolicyAction) -> Bool {
        switch action {
        case .assumeRole, .assumeRoleWithSAML, .assumeRoleWithWebIdentity, .assumeRoot, .getFederationToken,
            .getSessionToken, .getWebIdentityToken, .getDelegatedAccessToken, .getServiceBearerToken:
            true
        default: false
        }
    }

    private mutating func checkItems(_ statement: LintStatement, _ actions: LintList, in source: LintSource) {
        guard statement.conditions(on: .leadingKeys).isEmpty, let resources = statement.resources else {
            return
        }
        // A table of the tenant's own is named for it.
        let isOwnTable =
            !resources.isNegated && !resources.texts.isEmpty && source.hasVariables
            && zip(resources.texts, resources.arns).allSatisfy { text, arn in
                arn?.table.map { $0.contains("${aws:") && !text.isTemplate || $0.contains("${!aws:") }
                    ?? false
            }
        guard !isOwnTable,
            let place = actions.sets.firstIndex(where: { $0.actions.contains(where: \.reachesItems) }),
            reachesTables(resources)
        else { return }
        let text = actions.texts[place]
        let set = actions.sets[place].actions.filter(\.reachesItems)
        guard let first = set.first(where: { $0 == .scan }) ?? set.first else { return }
        report(
            "no-leading-keys", text.position,
            "\(statement.name) lets `\(first.name)` reach the items of every tenant: nothing limits the leading keys",
            remedy: "add `ForAllValues:StringLike` on `dynamodb:LeadingKeys` with the tag, and `Null`")
    }

    /// Whether a list can match a table or an index, or cannot be told.
    private func reachesTables(_ resources: LintList) -> Bool {
        if resources.isNegated || resources.hasOthers { return true }
        return zip(resources.texts, resources.arns).contains { text, resource in
            guard text.value != "*", !text.isTemplate, let resource else {
                return text.value == "*" || text.isTemplate
            }
            guard let kinds = resource.kinds else { return false }
            return kinds.contains(.table) || kinds.contains(.index)
        }
    }

    private mutating func checkStar(_ statement: LintStatement) {
        guard let resources = statement.resources, !resources.isNegated else { return }
        guard
            statement.actionSet.actions.contains(where: {
                !$0.resourceKinds.isEmpty && $0.name.hasPrefix("dynamodb:")
            })
        else { return }
        // What a condition on the keys leaves open has a check of its own.
        guard statement.conditions(on: .leadingKeys).isEmpty else { return }
        for (text, arn) in zip(resources.texts, resources.arns) where isEverything(text.value, arn) {
            report(
                "resource-star", text.position, "\(statement.name) reaches every resource by `\(text.value)`",
                remedy: "name the tables, such as `arn:aws:dynamodb:*:*:table/student-table`")
        }
    }

    /// Whether a resource is `*` in all but form.
    private func isEverything(_ text: String, _ resource: ResourceText?) -> Bool {
        if text == "*" { return true }
        guard let resource, Glob.covers(resource.service, "dynamodb") else {
            return false
        }
        return ["*", "table/*", "table*"].contains(resource.last)
    }
}
