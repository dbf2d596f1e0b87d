import Base
import Policies

extension ProofSearch {
    /// Which values of the session are tried first.
    private enum Preference: CaseIterable {
        case samples, hints, laterSamples, none
    }

    /// The keys whose values are chosen first: those of the session and of variables that are there.
    private func names(ofSession question: Question, _ demands: Set<Demand>) -> [ConditionKeyName] {
        var names: Set<ConditionKeyName> = []
        for demand in demands {
            let fact = facts.facts[demand.fact]
            for name in fact.variables.map(\.key) + [fact.key] { names.insert(name) }
        }
        for form in question.goal?.forms ?? [] { names.insert(form.variable) }
        for text in question.goal?.texts ?? [] { names.formUnion(text.variables.map(\.key)) }
        for attribute in question.kind.attributes { names.insert(attribute.name) }
        var canonical: Set<ConditionKeyName> = []
        for name in names where question.isPresent(name) == true {
            canonical.insert(question.canonical(name))
        }
        return canonical.sorted { $0.text < $1.text }
    }

    /// Requests that meet the demands, with concrete values for everything.
    mutating func candidates(
        _ question: Question, _ demands: Set<Demand>, _ hints: [ConditionKeyName: String]
    ) -> [RequestParts] {
        let names = names(ofSession: question, demands)
        var found: [RequestParts] = []
        var tried: Set<[String]> = []
        for preference in Preference.allCases {
            guard let chosen = session(question, demands, names, hints, preference) else { continue }
            guard tried.insert(names.map { chosen[$0] ?? "" }).inserted else { continue }
            if let parts = parts(question, demands, chosen) { found.append(parts) }
        }
        return found
    }

    /// Values for the keys of variables; nil where none were found.
    private mutating func session(
        _ question: Question, _ demands: Set<Demand>, _ names: [ConditionKeyName],
        _ hints: [ConditionKeyName: String], _ preference: Preference
    ) -> [ConditionKeyName: String]? {
        var chosen: [ConditionKeyName: String] = [:]
        for name in names {
            let samples = question.attribute(name).samples
            let hint = hints[name].map { [$0] } ?? []
            let wishes: [String] =
                switch preference {
                case .samples: samples + hint
                case .hints: hint + samples
                case .laterSamples: samples.reversed() + hint
                case .none: []
                }
            guard let value = value(of: name, question, demands, chosen, wishes: wishes) else { return nil }
            chosen[name] = value
        }
        return chosen
    }

    /// One value for a key, the first wish that will do before others.
    private mutating func value(
        of name: ConditionKeyName, _ question: Question, _ demands: Set<Demand>,
        _ chosen: [ConditionKeyName: String], goal: Goal? = nil, wishes: [String]
    ) -> String? {
        for wish in wishes.map({ [$0] }) + [[]] {
            let answer = solver.values(
                of: name, demands, question, chosen: chosen, goal: goal, preferred: wish)
            guard case .values(let values?, _) = answer, let value = values.first else { continue }
            if wish.isEmpty || wish == [value] { return value }
        }
        return nil
    }

    /// A whole request for a session.
    private mutating func parts(
        _ question: Question, _ demands: Set<Demand>, _ chosen: [ConditionKeyName: String]
    ) -> RequestParts? {
        var fixed = question
        var parts = RequestParts()
        for attribute in question.kind.attributes where question.isPresent(attribute.name) == true {
            guard let value = chosen[question.canonical(attribute.name)] else { continue }
            fixed.fixedTexts[attribute.name] = [value]
            parts.values[attribute.name] = [value]
        }
        for (name, value) in chosen where fixed.fixedTexts[name] == nil {
            fixed.fixedTexts[name] = [value]
            parts.values[name] = [value]
        }
        for name in keys(demands, fixed) {
            let isLeading = name.key == .leadingKeys
            var answer = KeyAnswer.impossible
            for wish in (isLeading ? likelyKeys(question, chosen) : []).map({ [$0] }) + [[]] {
                answer = solver.values(
                    of: name, demands, fixed, chosen: chosen, goal: isLeading ? question.goal : nil,
                    preferred: wish)
                if case .values(let values?, _) = answer, wish.isEmpty || values.first == wish[0] { break }
            }
            switch answer {
            case .impossible, .unknown: return nil
            case .values(nil, _):
                if name.key == .currentTime { parts.isTimeAbsent = true }
            case .values(let values?, _): parts.values[name] = values
            }
        }
        return parts
    }

    /// Keys as others have them, for a story that people know.
    private func likelyKeys(_ question: Question, _ chosen: [ConditionKeyName: String]) -> [String] {
        if question.goal?.forms.isEmpty == true { return ["ANYBODY#1"] }
        return (question.goal?.forms ?? []).flatMap { form -> [String] in
            let name = question.canonical(form.variable)
            let own = chosen[name]
            let others =
                question.attribute(name).samples.filter { $0 != own }
                + (own.map { [$0 + "3", $0 + "-3"] } ?? [])
            return others.map {
                String(decoding: form.prefix, as: UTF8.self) + $0
                    + String(decoding: form.suffix, as: UTF8.self)
                    + (form.isOpen ? "STUDENT#1" : "")
            }
        }
    }
}
