import Policies

/// Something that is so or not for a request, about one key of its context.
struct Fact: Sendable {
    enum Test: Sendable {
        /// A condition of a statement holds; it is evaluated as that statement's effect has it.
        case condition(PolicyCondition, PolicyStatement.Effect)
        /// The key is there and has one of these values.
        case isOne(of: [String])
    }

    let key: ConditionKeyName
    let test: Test
    /// Where the evaluator has it: the set, the statement and the condition; nil where it has none.
    let place: FactPlace?

    /// Whether it is about the presence of the key only.
    var isPresenceOnly: Bool {
        if case .condition(let condition, _) = test { return condition.comparison.value.proofFamily == .null }
        return false
    }

    /// Whether its values are no texts.
    var isOfOtherKind: Bool {
        if case .condition(let condition, _) = test {
            return condition.comparison.value.proofFamily == .other
        }
        return false
    }

    /// Whether it holds where the key is absent, or whatever value it has where only presence counts.
    func holds(present isPresent: Bool) -> Bool {
        guard case .condition(let condition, _) = test else { return isPresent }
        let comparison = condition.comparison.value
        if comparison.proofFamily == .null {
            if !isPresent, comparison.qualifier == .forAllValues { return true }
            if !isPresent, comparison.qualifier == .forAnyValue { return false }
            return condition.values.contains(.bool(!isPresent))
        }
        if comparison.isIfExists { return true }
        switch comparison.qualifier {
        case .forAllValues: return true
        case .forAnyValue: return false
        case .plain: return comparison.comparison.isNegated
        }
    }

    /// Whether, to come out as `isYes`, one value of several must come out so; else all must.
    func wantsOne(for isYes: Bool) -> Bool {
        guard case .condition(let condition, let effect) = test else { return isYes }
        let qualifier = condition.comparison.value.qualifier
        let isDecidedByOne =
            qualifier == .forAnyValue || (qualifier == .plain && effect == .deny)
        return isDecidedByOne == isYes
    }

    /// The patterns, and whether one is to match a value for which the fact comes out as `isYes`.
    func group(for isYes: Bool, _ substitution: TextPattern.Substitution) -> TextGroup {
        switch test {
        case .isOne(let words):
            let patterns = words.map { TextPattern($0.unicodeScalars.map { .scalar($0) }) }
            return TextGroup(patterns: patterns, isMatchWanted: isYes)
        case .condition(let condition, _):
            let comparison = condition.comparison.value
            let ignoresCase = comparison.proofFamily == .textIgnoringCase
            let patterns = condition.values.flatMap { value -> [TextPattern] in
                switch value {
                case .text(let pattern):
                    if !ignoresCase, let own = selfComparison(pattern) { return [own] }
                    return TextPattern.reading(pattern, ignoringCase: ignoresCase, substitution)
                case .arn(let pattern): return TextPattern.reading(pattern, substitution)
                case .number, .date, .bool, .address: return []
                }
            }
            return TextGroup(
                patterns: patterns, isMatchWanted: isYes != comparison.comparison.isNegated)
        }
    }

    /// A key compared with its own value is always the same.
    private func selfComparison(_ pattern: PolicyPattern) -> TextPattern? {
        guard pattern.tokens.count == 1, pattern.variables.first?.key == key else { return nil }
        return TextPattern([.any])
    }

    /// The variables of its patterns.
    var variables: [PolicyVariable] {
        if case .condition(let condition, _) = test { condition.variables } else { [] }
    }
}

extension PolicyCondition {
    /// The variables of its patterns.
    var variables: [PolicyVariable] {
        values.flatMap { value -> [PolicyVariable] in
            switch value {
            case .text(let pattern): pattern.variables
            case .arn(let pattern): pattern.variables
            case .number, .date, .bool, .address: []
            }
        }
    }
}

/// Where the evaluator has a condition.
struct FactPlace: Hashable, Sendable {
    let set: Int
    let statement: Int
    let condition: Int
}

/// That a fact is to come out so.
struct Demand: Hashable, Sendable {
    let fact: Int
    let isYes: Bool
}

extension ARNPattern {
    /// The variables in it.
    var variables: [PolicyVariable] {
        if case .segments(let segments) = self { return segments.flatMap(\.variables) }
        return []
    }
}
