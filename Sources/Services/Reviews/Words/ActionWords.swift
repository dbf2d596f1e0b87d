import Policies

/// What actions do, in words for people who know no DynamoDB.
enum ActionWords {
    /// Actions that people think of as one thing.
    struct Group: Sendable {
        /// What the group's actions do together, in the third person.
        let all: String
        /// Each action with what it does, in the third person.
        let actions: [(action: PolicyAction, words: String)]
    }

    /// What a set of actions does: a phrase for each group that is in it whole, and for each other action.
    /// Every action of the set is in one of them, so nothing is kept back.
    static func phrases(for set: ActionSet) -> [Phrase] {
        if ActionSet.all.actions.allSatisfy(set.contains) { return ["does everything there is to do"] }
        let databases = groups.filter { !$0.isTokens }
        var rest = set
        var phrases: [Phrase] = []
        if databases.allSatisfy({ $0.isWithin(set) }) {
            phrases.append(
                "does everything with data, tables, copies, streams and settings (all of DynamoDB)")
            rest = ActionSet(set.actions.filter { action in !databases.contains { $0.holds(action) } })
        }
        for group in groups {
            let wanted = group.actions.filter { rest.contains($0.action) }
            if wanted.count == group.actions.count, wanted.count > 1 {
                phrases.append(Phrase(stringLiteral: group.all))
            } else {
                phrases += wanted.map { Phrase(stringLiteral: $0.words) }
            }
        }
        return phrases
    }

    /// What a set of actions does, as one phrase.
    static func phrase(for set: ActionSet) -> Phrase {
        set.isEmpty ? "does nothing" : Phrase.list(phrases(for: set))
    }

    /// Every known action once.
    static let groups: [Group] = records + tables + copies + elsewhere + tokens
}

extension ActionWords.Group {
    /// Whether it is about tokens and sessions, not about data.
    var isTokens: Bool { actions.contains { $0.action.name.hasPrefix("sts:") } }

    /// Whether all of its actions are in the set.
    func isWithin(_ set: ActionSet) -> Bool { actions.allSatisfy { set.contains($0.action) } }

    /// Whether the action is one of them.
    func holds(_ action: PolicyAction) -> Bool { actions.contains { $0.action == action } }
}
