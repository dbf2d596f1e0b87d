import Base
import Policies

/// What values of one key make the facts about it come out as demanded.
enum KeyAnswer {
    /// None, present or absent.
    case impossible
    /// These; nil where the key is to be absent. They depend on these values of other keys.
    case values([String]?, others: [ConditionKeyName: String])
    /// None was found, but there may be some.
    case unknown(String)
}

/// Finds values for keys; remembers what it found for each question about texts.
struct KeySolver {
    /// The facts that demands number.
    var facts: [Fact] = []
    private var known: [TextQuestion: TextAnswer] = [:]
    /// How many states were visited.
    private(set) var states = 0
    /// How many steps of a single automaton were taken.
    private(set) var steps = 0
    /// What one fact comes to for one value, by the evaluator.
    private let evaluate: (Fact, String, Question) -> CompiledPolicySet.ConditionAnswer

    init(evaluate: @escaping (Fact, String, Question) -> CompiledPolicySet.ConditionAnswer) {
        self.evaluate = evaluate
    }

    /// What is said where a role was looked at for as long as any is.
    static let exhaustion =
        "the automata of the whole proof have more than \(Limits.proofStatesMax) states, or take more than"
        + " \(Limits.proofStepsMax) steps"

    /// Whether as much was looked at as one role may.
    var isExhausted: Bool { states >= Limits.proofStatesMax || steps >= Limits.proofStepsMax }

    /// Counts what was looked at elsewhere for the same role.
    mutating func count(states more: Int, steps moreSteps: Int) {
        states += more
        steps += moreSteps
    }

    /// Answers a question about texts.
    mutating func solve(_ question: TextQuestion) -> TextAnswer {
        if let answer = known[question] { return answer }
        guard !isExhausted else { return .tooManyStates }
        var solver = TextSolver(
            question, statesMax: min(Limits.proofStatesPerQuestionMax, Limits.proofStatesMax - states),
            stepsMax: Limits.proofStepsMax - steps)
        let answer = solver.solve()
        count(states: solver.count, steps: solver.steps)
        known[question] = answer
        return answer
    }

    /// The answer where it is needed, else `none`.
    private mutating func solve(_ question: TextQuestion, isNeeded: Bool) -> TextAnswer {
        isNeeded ? solve(question) : .none
    }

    /// Values of `key` for which the demands come out.
    /// - Parameters:
    ///   - demands: all demands, of other keys too: they say what other keys' values can be.
    ///   - values: the values of keys that have been chosen; nil in it for a key chosen to be absent.
    ///   - goal: what one of the values must be as well.
    ///   - preferred: values to try before others.
    mutating func values(
        of key: ConditionKeyName, _ demands: Set<Demand>, _ question: Question,
        chosen: [ConditionKeyName: String] = [:], goal: Goal? = nil, preferred: [String] = []
    ) -> KeyAnswer {
        let own = demands.filter { facts[$0.fact].key == key }.sorted { $0.fact < $1.fact }
        if let fixed = question.fixedTexts[key], fixed.isEmpty { return absent(own) }
        let isLeading = key.key == .leadingKeys
        if isLeading, question.leadingKeys == .absent { return absent(own) }
        let presence = isLeading || question.fixedTexts[key] != nil ? true : question.isPresent(key)
        if presence == false { return absent(own) }
        let present = presentValues(key, own, demands, question, chosen, goal, preferred)
        if presence == true { return present }
        if case .values(nil, _) = absent(own) {
            // Absent where that will do, but for what every request brings.
            if case .values = present, key.key == .currentTime { return present }
            return .values(nil, others: [:])
        }
        return present
    }

    private func absent(_ demands: [Demand]) -> KeyAnswer {
        demands.allSatisfy { facts[$0.fact].holds(present: false) == $0.isYes }
            ? .values(nil, others: [:]) : .impossible
    }

    private mutating func presentValues(
        _ key: ConditionKeyName, _ demands: [Demand], _ all: Set<Demand>, _ question: Question,
        _ chosen: [ConditionKeyName: String], _ goal: Goal?, _ preferred: [String]
    ) -> KeyAnswer {
        let onPresence = demands.filter { facts[$0.fact].isPresenceOnly }
        guard onPresence.allSatisfy({ facts[$0.fact].holds(present: true) == $0.isYes }) else {
            return .impossible
        }
        let onValues = demands.filter { !facts[$0.fact].isPresenceOnly }
        let isSeveral =
            key.key == .leadingKeys ? question.leadingKeys == .several : key.key.isMultivalued
        let ofOne = isSeveral ? onValues.filter { facts[$0.fact].wantsOne(for: $0.isYes) } : []
        let ofAll = onValues.filter { !ofOne.contains($0) }
        // One value for each demand that wants one, and one for the goal.
        var parts = ofOne.map { (ofAll + [$0], nil as Goal?) }
        if goal != nil || parts.isEmpty { parts.insert((ofAll, goal), at: 0) }
        var found: [String] = []
        var others: [ConditionKeyName: String] = [:]
        var reason: String?
        for (demands, goal) in parts {
            let scope = ValueScope(
                key: key, demands: demands, all: all, question: question, chosen: chosen, goal: goal,
                preferred: preferred)
            switch value(scope) {
            case .impossible: return .impossible
            case .unknown(let why): reason = why
            case .values(let values, let needed):
                for value in values ?? [] where !found.contains(value) { found.append(value) }
                others.merge(needed) { old, _ in old }
            }
        }
        return reason.map { .unknown($0) } ?? .values(found, others: others)
    }

    /// What is asked about one value of a key.
    private struct ValueScope {
        let key: ConditionKeyName
        let demands: [Demand]
        let all: Set<Demand>
        let question: Question
        let chosen: [ConditionKeyName: String]
        let goal: Goal?
        let preferred: [String]
    }

    private mutating func value(_ scope: ValueScope) -> KeyAnswer {
        var names: [ConditionKeyName] = []
        func substitute(_ name: ConditionKeyName, _ fallback: String?) -> TextPattern.Substitute {
            let question = scope.question
            guard let isPresent = question.isPresent(name) else { return .anything }
            guard isPresent else { return fallback.map { .literal($0) } ?? .missing }
            let canonical = question.canonical(name)
            if let value = scope.chosen[canonical] { return .literal(value) }
            if canonical == question.canonical(scope.key) { return .anything }
            if !names.contains(canonical) { names.append(canonical) }
            return .unknown(names.firstIndex(of: canonical) ?? 0)
        }
        let ofText = scope.demands.filter { !facts[$0.fact].isOfOtherKind }
        var groups = ofText.map { demand in
            facts[demand.fact].group(for: demand.isYes) { substitute($0.key, $0.defaultValue) }
        }
        if let goal = scope.goal { groups.append(goal.group { substitute($0, nil) }) }
        let language = scope.question.attribute(scope.question.canonical(scope.key)).language
        var asked = TextQuestion(
            language: scope.question.fixedTexts[scope.key].map { .words($0) } ?? language, groups: groups)
        asked.unknowns = names.map { unknown($0, scope) }
        let ofOther = scope.demands.filter { facts[$0.fact].isOfOtherKind }
        if !ofOther.isEmpty, let fixed = scope.question.fixedTexts[scope.key] {
            asked.language = .words(fixed.filter { comesOut(ofOther, $0, scope) })
            return answer(solve(asked), names, ifNone: true)
        }
        if !ofOther.isEmpty {
            let values = representatives(ofOther, scope)
            guard !values.isEmpty else { return isOneKind(ofOther) ? .impossible : .unknown("mixed values") }
            asked.language = .words(values.filter { asked.language.contains($0) })
            return answer(solve(asked), names, ifNone: groups.isEmpty && language == .anything)
        }
        // Texts for which all is certain before those that perhaps will do.
        if case .found(let text, let unknowns, _) = solve(asked.certain, isNeeded: asked.certain != asked) {
            return found(text, unknowns, names)
        }
        if !scope.preferred.isEmpty {
            var wished = asked
            wished.language = .words(scope.preferred.filter { asked.language.contains($0) })
            if case .found(let text, let unknowns, _) = solve(wished) {
                return found(text, unknowns, names)
            }
        }
        // A text that matches for certain, where there is one, before one that may match or not.
        var certain = asked
        certain.groups = groups.map(\.certainOnly)
        if certain != asked, case .found(let text, let unknowns, _) = solve(certain) {
            return found(text, unknowns, names)
        }
        return answer(solve(asked), names, ifNone: true)
    }

    private func answer(_ answer: TextAnswer, _ names: [ConditionKeyName], ifNone isImpossible: Bool)
        -> KeyAnswer
    {
        switch answer {
        case .none:
            return isImpossible
                ? .impossible : .unknown("a key is compared as a text and as a value of another kind")
        case .found(let text, let unknowns, _): return found(text, unknowns, names)
        case .tooManyStates:
            return .unknown(
                isExhausted
                    ? KeySolver.exhaustion
                    : "the automata of one text have more than \(Limits.proofStatesPerQuestionMax) states")
        }
    }

    private func found(_ text: String, _ unknowns: [Int: String], _ names: [ConditionKeyName]) -> KeyAnswer {
        var others: [ConditionKeyName: String] = [:]
        for (index, value) in unknowns { others[names[index]] = value }
        return .values([text], others: others)
    }

    /// What the value of another key can be: its language and what is demanded of it, as far as that does not depend on
    /// others.
    private func unknown(_ name: ConditionKeyName, _ scope: ValueScope) -> UnknownText {
        var text = UnknownText(language: scope.question.attribute(name).language)
        for demand in scope.all.sorted(by: { $0.fact < $1.fact }) {
            let fact = facts[demand.fact]
            guard scope.question.canonical(fact.key) == name,
                scope.question.isPresent(fact.key) == true, !fact.isPresenceOnly, !fact.isOfOtherKind
            else {
                continue
            }
            text.groups.append(
                fact.group(for: demand.isYes) { variable in
                    guard let isPresent = scope.question.isPresent(variable.key) else { return .anything }
                    guard isPresent else { return variable.defaultValue.map { .literal($0) } ?? .missing }
                    return scope.chosen[scope.question.canonical(variable.key)].map { .literal($0) }
                        ?? .anything
                })
        }
        return text
    }

    private func isOneKind(_ demands: [Demand]) -> Bool {
        if demands.allSatisfy({ facts[$0.fact].key.key == .currentTime }) { return true }
        var names: Set<String> = []
        for demand in demands {
            if case .condition(let condition, _) = facts[demand.fact].test,
                let value = condition.values.first
            {
                names.insert(String("\(value)".prefix { $0 != "(" }))
            }
        }
        return names.count <= 1
    }

    /// Whether all demands come out for one value, by the evaluator.
    private func comesOut(_ demands: [Demand], _ value: String, _ scope: ValueScope) -> Bool {
        demands.allSatisfy { demand in
            guard facts[demand.fact].place != nil else { return true }
            return evaluate(facts[demand.fact], value, scope.question) == (demand.isYes ? .yes : .no)
        }
    }

    /// Values on both sides of all boundaries that the demands draw, those for which all come out.
    private func representatives(_ demands: [Demand], _ scope: ValueScope) -> [String] {
        var texts: [String] = ["203.0.113.9", "2001:db8::9", "0", "2026-01-31T10:00:00Z"]
        texts += scope.preferred + scope.question.attribute(scope.question.canonical(scope.key)).samples
        for demand in demands {
            guard case .condition(let condition, _) = facts[demand.fact].test else { continue }
            texts += condition.values.flatMap {
                scope.key.key == .currentTime ? $0.boundaryTimes : $0.boundaryTexts
            }
        }
        var seen: Set<String> = []
        return texts.filter { text in
            seen.insert(text).inserted && comesOut(demands, text, scope)
        }
    }
}

extension TextGroup {
    /// Without the patterns that may match or not, where a match is wanted and others match for certain.
    fileprivate var certainOnly: TextGroup {
        guard isMatchWanted, patterns.contains(where: \.isExact) else { return self }
        return TextGroup(patterns: patterns.filter(\.isExact), isMatchWanted: true)
    }
}

extension TagLanguage {
    /// Whether a text is one of its values.
    func contains(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        return forms.contains { form in
            var offset = 0
            for scalar in scalars {
                guard let next = form.next(offset, scalar) else { return false }
                offset = next
            }
            return form.canEnd(at: offset)
        }
    }
}
