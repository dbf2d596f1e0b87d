import JSONText
import Policies

extension Inspection {
    /// Checks a Deny for the requests that slip past it.
    mutating func checkDeny(_ statement: LintStatement, in source: LintSource) {
        for condition in statement.conditions {
            guard let comparison = condition.comparison, let key = condition.key, key.key.isMultivalued,
                !condition.isNull
            else { continue }
            switch comparison.qualifier {
            case .forAnyValue where !comparison.isIfExists:
                guard let action = slipping(past: statement, without: key),
                    !isClosed(statement, key, in: source)
                else { continue }
                report(
                    "deny-hole-absent", condition.operatorMember.namePosition,
                    "\(statement.name) does not deny `\(action.name)` without `\(key.text)`",
                    remedy: "add a Deny with `\"Null\": {\"\(key.text)\": \"true\"}`")
            case .forAllValues:
                guard
                    let action = statement.actionSet.actions.first(where: { brings($0, severalOf: key.key) })
                else { continue }
                report(
                    "deny-hole-mixed", condition.operatorMember.namePosition,
                    "\(statement.name) does not deny `\(action.name)` with one value more of `\(key.text)`",
                    remedy: "write `ForAnyValue`")
            case .forAnyValue, .plain: break
            }
        }
    }

    private func brings(_ action: PolicyAction, severalOf key: ConditionKey) -> Bool {
        guard action.conditionKeys.contains(key) else { return false }
        return key != .leadingKeys || action == .batchGetItem || action == .batchWriteItem
    }

    /// An action of the statement for which a request can come without the key.
    private func slipping(past statement: LintStatement, without key: ConditionKeyName) -> PolicyAction? {
        statement.actionSet.actions.first { action in
            if key.key == .leadingKeys { return action.readsWithoutKeys }
            return action.resourceKinds.contains(.table) && !action.conditionKeys.contains(key.key)
                && (action.isKeyed || action == .scan)
        }
    }

    /// Whether another Deny takes the requests that lack the key.
    private func isClosed(_ statement: LintStatement, _ key: ConditionKeyName, in source: LintSource) -> Bool
    {
        source.statements.contains { other in
            guard other.effect == .deny, other.conditions.allSatisfy({ $0.key == key && $0.isNullOf(true) }),
                let resources = other.resources?.texts.map(\.value), other.resources?.isNegated == false,
                let wanted = statement.resources?.texts.map(\.value)
            else { return false }
            let open = statement.actionSet.actions.filter { $0.readsWithoutKeys }
            return open.allSatisfy(other.actionSet.contains)
                && wanted.allSatisfy { text in resources.contains { Glob.coversARN($0, text) } }
        }
    }
}
