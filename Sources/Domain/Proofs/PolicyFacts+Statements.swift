import Base
import Policies

extension PolicyFacts {
    /// The sets of demands of which an allowed request meets one: an Allow of each layer. Nil where there are too many.
    mutating func starts(_ set: Int, _ question: Question) -> [Set<Demand>]? {
        var starts: [Set<Demand>] = [[]]
        for layer in sets[set].layers {
            var allows: [Set<Demand>] = []
            for (statement, view) in views[set].enumerated()
            where view.layer == layer && view.statement.effect == .allow
                && view.statement.actions.set.contains(question.action)
            {
                guard let demands = application(set, statement, question), !allows.contains(demands) else {
                    continue
                }
                allows.append(demands)
            }
            guard starts.count * allows.count <= Limits.proofBranchesMax else { return nil }
            starts = starts.flatMap { start in allows.map { start.union($0) } }
        }
        return starts.filter { start in
            !start.contains { start.contains(Demand(fact: $0.fact, isYes: !$0.isYes)) }
        }
    }

    /// What must come out so that a statement applies; nil where it cannot.
    mutating func application(_ set: Int, _ statement: Int, _ question: Question) -> Set<Demand>? {
        var demands = Set(ofStatements[set][statement].map { Demand(fact: $0, isYes: true) })
        switch reach(set, statement, question) {
        case .never: return nil
        case .always, .undecided: break
        case .demand(let demand): demands.insert(demand)
        }
        return demands
    }

    /// The statements that can stop a request that is about this action and resource.
    mutating func blockers(_ set: Int, _ question: Question) -> [Blocker] {
        var blockers: [Blocker] = []
        for (statement, view) in views[set].enumerated()
        where view.statement.actions.set.contains(question.action) {
            var around: [[Demand]] = []
            switch reach(set, statement, question) {
            case .never: continue
            case .always: break
            case .undecided: around.append([])
            case .demand(let demand): around.append([Demand(fact: demand.fact, isYes: !demand.isYes)])
            }
            let facts = ofStatements[set][statement]
            let isDenial = view.statement.effect == .deny
            var withoutFault = around
            for (place, fact) in facts.enumerated() {
                withoutFault.append(
                    facts[..<place].map { Demand(fact: $0, isYes: true) } + [Demand(fact: fact, isYes: false)]
                )
            }
            if !isDenial { withoutFault.append(facts.map { Demand(fact: $0, isYes: true) }) }
            blockers.append(
                Blocker(
                    set: set, statement: statement,
                    ways: around + facts.map { [Demand(fact: $0, isYes: false)] },
                    waysWithoutFault: withoutFault, isDenial: isDenial))
        }
        return blockers
    }

    /// The keys that stand in variables of statements about an action, or of a goal, and that sessions may have or not.
    func undecidedKeys(_ action: PolicyAction, _ goal: Goal?, _ question: Question) -> [ConditionKeyName] {
        var names: Set<ConditionKeyName> = []
        for (set, views) in views.enumerated() {
            for (statement, view) in views.enumerated() where view.statement.actions.set.contains(action) {
                for fact in ofStatements[set][statement] {
                    names.formUnion(facts[fact].variables.map(\.key))
                }
                for pattern in view.statement.resources.patterns {
                    names.formUnion(pattern.variables.map(\.key))
                }
            }
        }
        for form in goal?.forms ?? [] { names.insert(form.variable) }
        for text in goal?.texts ?? [] { names.formUnion(text.variables.map(\.key)) }
        return names.filter { question.attribute($0).presence == .maybe }.sorted { $0.text < $1.text }
    }
}
