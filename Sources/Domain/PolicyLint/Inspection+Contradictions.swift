import JSONText
import Policies

extension Inspection {
    /// Looks for conditions of a statement that cannot hold together.
    mutating func checkContradictions(_ statement: LintStatement, in source: LintSource) {
        guard statement.conditions.count < 256 else { return }
        for condition in statement.conditions {
            guard let key = condition.key else { continue }
            if condition.isNullOf(true) {
                let other = statement.conditions.first { $0.key == key && $0.demandsKey }
                if let other {
                    report(
                        "never-holds", condition.position,
                        "`Null` wants `\(key.text)` absent and `\(other.operatorMember.name)` wants it there",
                        remedy: "keep one of the two")
                }
                continue
            }
            checkTexts(condition, key, statement, in: source)
        }
    }

    /// Values of which one text at the most must fit, where none fits both of two conditions.
    private mutating func checkTexts(
        _ condition: LintCondition, _ key: ConditionKeyName, _ statement: LintStatement, in source: LintSource
    ) {
        guard !key.key.isMultivalued, condition.comparison?.comparison == .stringEquals,
            condition.comparison?.isIfExists == false, !condition.values.isEmpty,
            condition.values.allSatisfy({ !$0.value.contains("${") })
        else { return }
        for other in statement.conditions where other.key == key && other.position != condition.position {
            guard !other.values.isEmpty, other.values.allSatisfy({ !$0.value.contains("${") }) else {
                continue
            }
            let holds: (LintText) -> Bool
            switch other.comparison?.comparison {
            case .stringLike: holds = { text in other.values.contains { Glob.covers($0.value, text.value) } }
            case .stringNotEquals: holds = { text in !other.values.contains { $0.value == text.value } }
            case .stringNotLike:
                holds = { text in !other.values.contains { Glob.covers($0.value, text.value) } }
            default: continue
            }
            guard !condition.values.contains(where: holds) else { continue }
            report(
                "never-holds", condition.position,
                "no value of `\(key.text)` satisfies both `\(condition.operatorMember.name)` and "
                    + "`\(other.operatorMember.name)`",
                remedy: "keep one of the two")
            return
        }
    }
}
