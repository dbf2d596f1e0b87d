import Policies

/// A statement of a policy in plain words.
///
/// INVARIANT (nothing kept back): the words never say less than the statement allows. Each is made from the value
/// that the evaluator decides with; what has no words of its own is quoted as the file has it.
public struct PolicyWords: Hashable, Sendable {
    /// Whether it allows or denies.
    public let effect: PolicyStatement.Effect
    /// What is done: "reads single records and reads by query".
    public let actions: Phrase
    /// To what: "table `student-table`".
    public let resources: Phrase
    /// What must hold, all of it; empty where it always applies.
    public let conditions: [Phrase]

    /// The words for a statement.
    public init(_ statement: PolicyStatement) {
        effect = statement.effect
        actions = PolicyWords.actions(statement.actions)
        resources = ResourceWords.phrase(for: statement.resources)
        conditions = ConditionWords.phrases(for: statement.conditions, effect: statement.effect)
    }

    /// What conditions ask for, where there is no statement around them: the trust of a role.
    public static func phrases(forTrust trust: RoleTrust) -> [Phrase] {
        ConditionWords.phrases(for: trust.conditions, effect: .allow)
    }

    /// The whole as one sentence without a full stop: "Reads single records: table `student-table`, only where …".
    public var sentence: Phrase {
        var sentence: Phrase = effect == .deny ? "Never \(actions)" : actions.capitalized
        sentence.append(", on \(resources)")
        if !conditions.isEmpty {
            sentence.append(effect == .deny ? ", where " : ", only where ")
            sentence.append(Phrase.joined(conditions, by: "; and "))
        }
        return sentence
    }

    private static func actions(_ actions: PolicyStatement.Actions) -> Phrase {
        guard actions.isNegated else { return ActionWords.phrase(for: actions.set) }
        if actions.set.isEmpty { return ActionWords.phrase(for: actions.set) }
        let left = actions.set.complement
        guard !left.isEmpty else { return "does everything there is to do" }
        return "does everything except this: \(ActionWords.phrase(for: left))"
    }
}
