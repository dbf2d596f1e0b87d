import JSONText
import Policies

extension Inspection {
    /// Checks each condition by itself.
    mutating func checkConditions(_ statement: LintStatement, in source: LintSource) {
        for condition in statement.conditions {
            guard let comparison = condition.comparison, let key = condition.key else { continue }
            checkQualifier(condition, comparison, key, statement)
            checkTag(condition, comparison, key, statement)
            checkSupply(condition, comparison, key, statement)
            checkType(condition, comparison, key)
            checkValues(condition, comparison, key, in: source)
        }
        checkAttributes(statement)
        for text in (statement.resources?.texts ?? []) + statement.conditions.flatMap(\.values) {
            checkDefaults(text, in: source)
        }
    }

    private mutating func checkQualifier(
        _ condition: LintCondition, _ comparison: ConditionOperator, _ key: ConditionKeyName,
        _ statement: LintStatement
    ) {
        let place = condition.operatorMember.namePosition
        if condition.isNull {
            guard comparison.qualifier != .plain else { return }
            return report(
                "null-with-qualifier", place, "`\(comparison.name)` asks for values where it means the key",
                remedy: "write `Null`")
        }
        switch (comparison.qualifier, key.key.isMultivalued) {
        case (.plain, true):
            report(
                "plain-operator-on-many", place,
                "`\(comparison.name)` on `\(key.text)`, which has several values",
                remedy: statement.effect == .deny
                    ? "write `ForAnyValue:\(comparison.name)`"
                    : "write `ForAllValues:\(comparison.name)` and `\"Null\": {\"\(key.text)\": \"false\"}`",
                fix: qualifierFix(condition, comparison, statement))
        case (.forAllValues, false):
            report(
                "all-values-on-single", place,
                "`\(comparison.name)` on `\(key.text)`, which has one value, holds where it is absent",
                remedy: "remove `ForAllValues:`",
                fix: statement.effect == .allow && !comparison.comparison.isNegated && !comparison.isIfExists
                    ? renaming(condition, to: comparison.name(.plain), statement) : [])
        case (.forAnyValue, false):
            report(
                "any-value-on-single", place, "`\(comparison.name)` on `\(key.text)`, which has one value",
                remedy: "remove `ForAnyValue:`",
                fix: !comparison.comparison.isNegated && !comparison.isIfExists
                    ? renaming(condition, to: comparison.name(.plain), statement) : [])
        case (.forAllValues, true):
            guard statement.effect == .allow, key.key != .leadingKeys, key.key != .attributes,
                !statement.demands(key), !comparison.isIfExists
            else { return }
            report(
                "set-without-null", condition.position,
                "`\(comparison.name)` on `\(key.text)` holds where it is absent",
                remedy: "add `\"Null\": {\"\(key.text)\": \"false\"}`")
        case (.plain, false), (.forAnyValue, true): break
        }
    }

    /// Puts another operator over a key that stands alone under the one that it has.
    private func renaming(_ condition: LintCondition, to name: String, _ statement: LintStatement)
        -> [TextEdit]
    {
        guard condition.siblings == 1, case .object(let operators) = statement.conditionMember?.node.value,
            !operators.contains(where: { $0.name == name })
        else { return [] }
        return [TextEdit(range: condition.operatorMember.nameRange, replacement: "\"\(name)\"")]
    }

    private func qualifierFix(
        _ condition: LintCondition, _ comparison: ConditionOperator, _ statement: LintStatement
    ) -> [TextEdit] {
        guard statement.effect == .allow, !comparison.comparison.isNegated, !comparison.isIfExists else {
            return []
        }
        let rename = renaming(condition, to: comparison.name(.forAllValues), statement)
        guard !rename.isEmpty, let key = condition.key else { return [] }
        if statement.conditions.contains(where: { $0.key == key && $0.isNullOf(false) }) { return rename }
        let null = nullFix(statement, condition)
        return null.isEmpty ? [] : rename + null
    }

    private mutating func checkTag(
        _ condition: LintCondition, _ comparison: ConditionOperator, _ key: ConditionKeyName,
        _ statement: LintStatement
    ) {
        guard key.key == .principalTag else { return }
        let place = condition.operatorMember.namePosition
        if !key.isSupplied {
            report(
                "tag-without-source", condition.position, "no token supplies the tag `\(key.tag ?? "")`",
                remedy: "use a tag that tokens have: "
                    + ConditionKeyName.suppliedTags.map { "`\($0)`" }.joined(separator: ", "))
        }
        for text in condition.values where !condition.isNull && !text.value.contains("${") {
            guard let fault = text.value.unicodeScalars.first(where: { !Inspection.mayStand($0) }) else {
                continue
            }
            report(
                "tag-value-characters", text.position, "no tag can hold `\(fault)`, as `\(text.value)` does",
                remedy: "write a value of letters, digits, space and `_ . : / = + - @`")
        }
        guard statement.effect == .allow else { return }
        if comparison.isIfExists {
            report(
                "tag-if-exists", place, "\(statement.name) lets a session without `\(key.text)` in",
                remedy: "remove `IfExists`",
                fix: comparison.comparison.isNegated
                    ? []
                    : renaming(condition, to: String(comparison.name.dropLast("IfExists".count)), statement))
        } else if comparison.comparison.isNegated {
            report(
                "tag-negated", place,
                "\(statement.name) lets every session in but those that `\(key.text)` names",
                remedy: "name the values that are wanted")
        }
    }

    /// Source: AWS STS API, `Tag`; `*` and `?` may be wildcards.
    private static func mayStand(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || " _.:/=+-@*?".unicodeScalars.contains(scalar)
    }

    private mutating func checkSupply(
        _ condition: LintCondition, _ comparison: ConditionOperator, _ key: ConditionKeyName,
        _ statement: LintStatement
    ) {
        if [.referer, .userAgent].contains(key.key) {
            report(
                "untrustworthy-key", condition.position, "the caller writes `\(key.text)` as it likes",
                remedy: "ask for a tag of the session or the address of the connection")
        }
        let needsKey = condition.demandsKey || comparison.qualifier == .forAnyValue
        if key.isAlwaysFalse, !condition.isNull {
            return report(
                "key-always-false", condition.position, "`\(key.text)` is `false` in every request",
                remedy: "ask for a tag of the session, such as `aws:PrincipalTag/role`")
        }
        let isSupplied = isTenantless ? key.isSupplied : key.isSuppliedToTokens
        if !isSupplied, key.key != .principalTag {
            let denies = statement.effect == .deny && needsKey && !comparison.isIfExists
            return report(
                denies ? "deny-never-applies" : "key-never-filled", condition.position,
                denies
                    ? "no request has `\(key.text)`, so \(statement.name) denies nothing"
                    : "no session or request has `\(key.text)`: the condition is decided by its absence",
                remedy: "ask for a key that requests have, such as `aws:PrincipalTag/role`")
        }
        checkActionsKey(condition, comparison, key, statement, needsKey: needsKey)
    }

    private mutating func checkActionsKey(
        _ condition: LintCondition, _ comparison: ConditionOperator, _ key: ConditionKeyName,
        _ statement: LintStatement, needsKey: Bool
    ) {
        let isSet =
            comparison.qualifier == .forAllValues && !comparison.isIfExists && !condition.isNull
            && !statement.demands(key)
        guard needsKey || isSet, isServiceKey(key.key),
            !(key.key == .leadingKeys && statement.effect == .deny)
        else { return }
        // A scan under `ForAllValues` has a check of its own.
        let lacking = statement.named.actions.filter { action in
            !action.conditionKeys.contains(key.key)
                && (needsKey || key.key != .leadingKeys
                    || !(action.readsWithoutKeys || action.takesWholeTable))
        }
        guard let first = lacking.first else { return }
        report(
            "key-without-action", condition.position,
            needsKey
                ? "a request for `\(first.name)` never has `\(key.text)`, so \(statement.name) never applies to it"
                : "a request for `\(first.name)` never has `\(key.text)`, so the condition says nothing of it",
            remedy: "give the action a statement of its own")
    }

    /// Whether only some actions bring it.
    private func isServiceKey(_ key: ConditionKey) -> Bool {
        key.name.hasPrefix("dynamodb:") || key == .requestTag || key == .tagKeys
    }

    private mutating func checkType(
        _ condition: LintCondition, _ comparison: ConditionOperator, _ key: ConditionKeyName
    ) {
        let types = key.key.types
        let place = condition.operatorMember.namePosition
        switch comparison.comparison {
        case .null, .binaryEquals: return
        case .stringLike, .stringNotLike:
            if types == [.arn] {
                report(
                    "string-on-arn", place, "`\(comparison.name)` on `\(key.text)`, which is an ARN",
                    remedy: "write `ArnLike`")
            } else if !types.contains(.string) {
                reportType(condition, comparison, key)
            }
        case .stringEquals, .stringNotEquals, .stringEqualsIgnoreCase, .stringNotEqualsIgnoreCase:
            if !types.contains(.string), !types.contains(.arn) { reportType(condition, comparison, key) }
        case .numericEquals, .numericNotEquals, .numericLessThan, .numericLessThanEquals, .numericGreaterThan,
            .numericGreaterThanEquals:
            if !types.contains(.numeric) { reportType(condition, comparison, key) }
        case .dateEquals, .dateNotEquals, .dateLessThan, .dateLessThanEquals, .dateGreaterThan,
            .dateGreaterThanEquals:
            if !types.contains(.date) { reportType(condition, comparison, key) }
        case .bool: if !types.contains(.bool) { reportType(condition, comparison, key) }
        case .ipAddress, .notIPAddress:
            if !types.contains(.ipAddress) { reportType(condition, comparison, key) }
        case .arnEquals, .arnLike, .arnNotEquals, .arnNotLike:
            if !types.contains(.arn) { reportType(condition, comparison, key) }
        }
    }

    private mutating func reportType(
        _ condition: LintCondition, _ comparison: ConditionOperator, _ key: ConditionKeyName
    ) {
        let types = key.key.types.map { "`\($0.rawValue)`" }.joined(separator: " or ")
        report(
            "operator-type", condition.operatorMember.namePosition,
            "`\(comparison.name)` compares `\(key.text)`, whose values are \(types)",
            remedy: "use an operator for \(types)")
    }

    private mutating func checkAttributes(_ statement: LintStatement) {
        guard statement.effect == .allow,
            let condition = statement.conditions(on: .attributes).first(where: { !$0.isNull })
        else { return }
        let isFixed = statement.conditions(on: .select).contains { condition in
            switch condition.comparison?.comparison {
            case .stringEquals, .stringLike, .stringEqualsIgnoreCase:
                condition.values.allSatisfy { $0.value == "SPECIFIC_ATTRIBUTES" || $0.value == "COUNT" }
            default: false
            }
        }
        let reads = statement.actionSet.actions.filter {
            $0.conditionKeys.contains(.attributes) && $0.conditionKeys.contains(.select)
        }
        guard !isFixed, let first = reads.first else { return }
        report(
            "attributes-without-select", condition.position,
            "\(statement.name) lets `\(first.name)` return whole items where it names no attributes",
            remedy: "add `\"StringEquals\": {\"dynamodb:Select\": \"SPECIFIC_ATTRIBUTES\"}`")
    }

    private mutating func checkDefaults(_ text: LintText, in source: LintSource) {
        guard source.hasVariables, text.value.contains("${"), !text.isTemplate,
            let pattern = PolicyPattern.read(text.value, wildcards: true, variables: true),
            let variable = pattern.variables.first(where: { $0.defaultValue != nil })
        else { return }
        report(
            "tag-default", text.position,
            "a session without `\(variable.key.text)` gets in as `\(variable.defaultValue ?? "")`",
            remedy: "remove the default: a statement that lacks its tag then matches nothing")
    }
}

extension ConditionOperator {
    /// The name with another word for several values.
    func name(_ qualifier: Qualifier) -> String {
        qualifier.rawValue + name.dropFirst(self.qualifier.rawValue.count)
    }
}
