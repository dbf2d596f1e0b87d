import Policies

/// What a statement's conditions ask for, in words, exactly as the evaluator takes them: which values hold, how
/// several values are taken together, and what an absent key comes to.
enum ConditionWords {
    /// One phrase for each thing that is asked for; all of them must hold. None where nothing is.
    ///
    /// A `Null` that asks for a key's presence is said together with what else is asked of the key.
    static func phrases(
        for conditions: [PolicyCondition], effect: PolicyStatement.Effect
    ) -> [Phrase] {
        let compared = Set(
            conditions.filter { $0.comparison.value.comparison != .null }.map(\.key.value))
        let required = Set(conditions.filter { presence($0) == .required }.map(\.key.value))
        return conditions.compactMap { condition in
            let key = condition.key.value
            if condition.comparison.value.comparison == .null {
                if presence(condition) == .required, compared.contains(key) { return nil }
                return null(condition)
            }
            return phrase(condition, effect: effect, isRequired: required.contains(key))
        }
    }

    /// What a `Null` comes to.
    enum Presence { case required, forbidden, any, impossible }

    /// What a condition asks of its key's presence alone; `.any` for operators other than `Null`.
    static func presence(_ condition: PolicyCondition) -> Presence {
        guard condition.comparison.value.comparison == .null else { return .any }
        let wantsAbsent = condition.values.contains(.bool(true))
        let holdsPresent = condition.values.contains(.bool(false))
        let holdsAbsent =
            switch condition.comparison.value.qualifier {
            case .plain: wantsAbsent
            case .forAllValues: true
            case .forAnyValue: false
            }
        switch (holdsPresent, holdsAbsent) {
        case (true, true): return .any
        case (true, false): return .required
        case (false, true): return .forbidden
        case (false, false): return .impossible
        }
    }

    /// Whether the condition holds where its key is absent.
    static func holdsWithoutKey(_ condition: PolicyCondition) -> Bool {
        let comparison = condition.comparison.value
        if comparison.comparison == .null {
            return [.any, .forbidden].contains(presence(condition))
        }
        if comparison.isIfExists { return true }
        switch comparison.qualifier {
        case .forAllValues: return true
        case .forAnyValue: return false
        case .plain: return comparison.comparison.isNegated
        }
    }

    private static func null(_ condition: PolicyCondition) -> Phrase {
        let key = KeyWords(condition.key.value)
        switch presence(condition) {
        case .required: return key.present
        case .forbidden: return key.absent
        case .any: return "\(key.present) or \(key.absent), so in any case"
        case .impossible: return "\(key.present) and \(key.absent), which is never so"
        }
    }

    private static func phrase(
        _ condition: PolicyCondition, effect: PolicyStatement.Effect, isRequired: Bool
    ) -> Phrase {
        let name = condition.key.value
        let key = KeyWords(name)
        let comparison = condition.comparison.value
        let wantsOne =
            comparison.qualifier == .forAnyValue || (comparison.qualifier == .plain && effect == .deny)
        var phrase: Phrase = "\(wantsOne ? key.any : key.every) \(predicates(condition))"
        let holdsWithout = holdsWithoutKey(condition)
        if isRequired || !holdsWithout {
            if name.key.isMultivalued, !wantsOne { phrase.append(" (and \(key.present))") }
        } else {
            phrase.append(", or \(key.absent)")
        }
        let missing = missingVariables(condition)
        if comparison.comparison.isNegated, !missing.isEmpty {
            phrase.append("; it holds too where this is missing: \(Phrase.list(missing, "or"))")
        }
        return phrase
    }

    /// The variables whose absence makes a pattern match nothing: then "is not" holds of everything.
    private static func missingVariables(_ condition: PolicyCondition) -> [Phrase] {
        var seen: Set<PolicyVariable> = []
        return condition.values.flatMap { value -> [PolicyVariable] in
            switch value {
            case .text(let pattern): pattern.variables
            case .arn(.segments(let segments)): segments.flatMap(\.variables)
            case .arn, .number, .date, .bool, .address: []
            }
        }.filter { $0.defaultValue == nil && seen.insert($0).inserted }.map { PatternWords.words(for: $0) }
    }

    private static func predicates(_ condition: PolicyCondition) -> Phrase {
        let isNegated = condition.comparison.value.comparison.isNegated
        guard !condition.values.isEmpty else {
            return isNegated
                ? "is whatever it may be (the list of values is empty)"
                : "is one of an empty list, which nothing is"
        }
        let phrases = zip(condition.values, condition.texts).map { value, text in
            predicate(condition.comparison.value.comparison, value, text.value)
        }
        return Phrase.list(merged(phrases), isNegated ? "and" : "or")
    }

    /// Many values of one verb are told as one list: "is `a`, `b` or `c`".
    private static func merged(_ phrases: [Phrase]) -> [Phrase] {
        guard phrases.count > 2, let first = phrases.first, let verb = leadingVerb(first) else {
            return phrases
        }
        let rests = phrases.map { phrase -> Phrase? in
            guard phrase.pieces.count == 2, leadingVerb(phrase) == verb else { return nil }
            var rest = Phrase()
            if case .exact(let exact) = phrase.pieces[1] { rest.append(exact: exact) } else { return nil }
            return rest
        }
        guard rests.allSatisfy({ $0 != nil }) else { return phrases }
        let list = rests.compactMap { $0 }
        return ["\(Phrase(stringLiteral: verb))\(list[0])"] + list.dropFirst()
    }

    private static func leadingVerb(_ phrase: Phrase) -> String? {
        if case .words(let words) = phrase.pieces.first { words } else { nil }
    }

    private static func predicate(
        _ comparison: Comparison, _ value: PolicyCondition.Value, _ written: String
    ) -> Phrase {
        let quoted: Phrase = "\(exact: written)"
        switch (comparison, value) {
        case (.stringEquals, .text(let pattern)), (.stringLike, .text(let pattern)):
            return PatternWords.predicate(pattern, written: written, .positive)
        case (.stringNotEquals, .text(let pattern)), (.stringNotLike, .text(let pattern)):
            return PatternWords.predicate(pattern, written: written, .negated)
        case (.stringEqualsIgnoreCase, .text(let pattern)):
            return
                "\(PatternWords.predicate(pattern, written: written, .positive)) (in large or small letters)"
        case (.stringNotEqualsIgnoreCase, .text(let pattern)):
            return
                "\(PatternWords.predicate(pattern, written: written, .negated)) (in large or small letters)"
        case (.binaryEquals, _): return "is the base64 text \(quoted)"
        case (.numericEquals, _): return "is the number \(quoted)"
        case (.numericNotEquals, _): return "is not the number \(quoted)"
        case (.numericLessThan, _): return "is less than \(quoted)"
        case (.numericLessThanEquals, _): return "is \(quoted) at most"
        case (.numericGreaterThan, _): return "is greater than \(quoted)"
        case (.numericGreaterThanEquals, _): return "is \(quoted) at least"
        case (.dateEquals, _): return "is the moment \(quoted)"
        case (.dateNotEquals, _): return "is not the moment \(quoted)"
        case (.dateLessThan, _): return "is before \(quoted)"
        case (.dateLessThanEquals, _): return "is \(quoted) or before"
        case (.dateGreaterThan, _): return "is after \(quoted)"
        case (.dateGreaterThanEquals, _): return "is \(quoted) or after"
        case (.bool, _): return "is \(quoted)"
        case (.ipAddress, _): return "is an address of \(quoted)"
        case (.notIPAddress, _): return "is not an address of \(quoted)"
        case (.arnEquals, .arn(let pattern)), (.arnLike, .arn(let pattern)):
            return arn(pattern, written, .positive)
        case (.arnNotEquals, .arn(let pattern)), (.arnNotLike, .arn(let pattern)):
            return arn(pattern, written, .negated)
        default:
            // A value that its operator did not read: quoted as it stands.
            return "satisfies \(exact: comparison.rawValue) \(quoted)"
        }
    }

    private static func arn(_ pattern: ARNPattern, _ written: String, _ sense: PatternWords.Sense) -> Phrase {
        if case .incomplete(let count) = pattern {
            let why: Phrase = "\(exact: written), which has \(count) parts of six"
            return sense == .positive ? "is never (\(why))" : "is whatever it may be (\(why))"
        }
        let form: Phrase = "the ARN pattern \(exact: written), compared part by part"
        var phrase: Phrase = sense == .positive ? "fits \(form)" : "does not fit \(form)"
        if case .segments(let segments) = pattern {
            let named = segments.flatMap(\.variables).map { variable -> Phrase in
                "\(exact: variable.key.text) stands for \(PatternWords.words(for: variable))"
            }
            if !named.isEmpty { phrase.append(" (\(Phrase.list(named)))") }
        }
        return phrase
    }
}
