import Base
import Policies
import Tenancy

/// Compares what two sets of policies allow.
///
/// For each role and action three steps, each only where the one before left something open: a proof from what the conditions
/// say (`AccessAtoms`), whatever the resource; the same for each sort of resource that the statements tell apart; a search for
/// a request that the evaluator itself decides differently. What then is neither proven nor found is said to be unknown.
public struct AccessComparison: Sendable {
    let catalog: Catalog

    /// A comparison over the tables of a catalog.
    public init(catalog: Catalog) { self.catalog = catalog }

    /// What a comparison takes for given, each a sentence.
    public static let assumptions = [
        "A gateway fills the keys of a request: those for times, numbers, addresses and truth values can be read as such.",
        "GetItem, PutItem, UpdateItem, DeleteItem, ConditionCheckItem, Query and statements that write reach one partition "
            + "key in each decision; actions that are not on items bring none.",
        "A key that is not made for several values has one at the most.",
    ]

    /// Compares all roles of both, by name.
    public func compare(old: PolicyCatalog, new: PolicyCatalog) -> [RoleDiff] {
        Set(old.roles.keys).union(new.roles.keys).sorted().map { name in
            compare(name, old: old.roles[name], new: new.roles[name])
        }
    }

    /// Compares one role, which may be missing from either.
    public func compare(_ name: String, old: PolicyCatalog.Role?, new: PolicyCatalog.Role?) -> RoleDiff {
        RoleDiff(
            role: name, presence: old == nil ? .added : new == nil ? .removed : .both,
            gained: new.map { change(allowing: $0.policies, denying: old?.policies) } ?? .none,
            lost: old.map { change(allowing: $0.policies, denying: new?.policies) } ?? .none,
            trustGained: new.map { trustChange(admitting: $0.definition, refusing: old?.definition) }
                ?? .none,
            trustLost: old.map { trustChange(admitting: $0.definition, refusing: new?.definition) } ?? .none)
    }

    /// What the one set allows that the other does not; nil for the other where there is none.
    public func change(allowing: CompiledPolicySet, denying: CompiledPolicySet?) -> AccessChange {
        var differences: [AccessDifference] = []
        var reasons: [String] = []
        let budget = AccessBudget()
        for action in PolicyAction.allCases {
            guard !budget.isSpent else {
                reasons.append(AccessBudget.exhaustion)
                break
            }
            let question = AccessQuestion(
                catalog: catalog, allowing: allowing, denying: denying, action: action, budget: budget)
            for answer in question.answers() {
                switch answer {
                case .difference(let difference): differences.append(difference)
                case .unknown(let reason): reasons.append(reason)
                }
            }
        }
        if !differences.isEmpty { return .some(differences) }
        return reasons.isEmpty ? .none : .unknown(reasons: reasons)
    }
}

/// What one set of policies allows and another does not, of one action.
struct AccessQuestion {
    enum Answer {
        case difference(AccessDifference)
        case unknown(String)
    }

    let catalog: Catalog
    let allowing: CompiledPolicySet
    let denying: CompiledPolicySet?
    let action: PolicyAction
    var budget = AccessBudget()

    /// What is not proven to be nothing.
    func answers() -> [Answer] {
        guard !isImpossible(nil) else { return [] }
        let resources = AccessResources(
            catalog: catalog, sets: [allowing, denying], action: action, budget: budget)
        let finder = AccessFinder(
            catalog: catalog, allowing: allowing, denying: denying, action: action, budget: budget)
        var answers: [Answer] = []
        for sort in resources.sorts where !budget.isSpent {
            if let answer = answer(sort, resources, finder) { answers.append(answer) }
        }
        if budget.isSpent, answers.isEmpty { return [.unknown("\(action.name): \(AccessBudget.exhaustion)")] }
        if !resources.isComplete, answers.isEmpty {
            answers.append(
                .unknown("the resources of \(action.name) are of more sorts than are told apart"))
        }
        return answers
    }

    private func answer(
        _ sort: AccessResources.Sort, _ resources: AccessResources, _ finder: AccessFinder
    ) -> Answer? {
        guard !isImpossible((resources, sort)) else { return nil }
        guard let found = finder.find({ resources.texts(of: sort, $0) }) else {
            return .unknown(
                "\(action.name) on `\(sort.text)`: no request was found that makes a difference, and that there is none is "
                    + "not proven")
        }
        let allowed = allowing.explain(found.request)
        let denied = denying?.explain(found.request)
        // The replay: what is handed out is what the evaluator says.
        guard allowed.decision.isAllowed, denied?.decision.isAllowed != true else {
            return .unknown(
                "\(action.name) on `\(sort.text)`: the request that was found could not be replayed")
        }
        return .difference(
            AccessDifference(
                role: allowing.role, tags: found.tags, request: found.request, allowed: allowed,
                denied: denied))
    }

    /// Whether no request, on any resource or on one of that sort, is allowed by the one and not by the other. A yes is proven.
    func isImpossible(_ place: (resources: AccessResources, sort: AccessResources.Sort)?) -> Bool {
        var atoms = AccessAtoms(action: action)
        let allowed = atoms.allows(allowing)
        guard allowed != .constant(false) else { return true }
        let excluded = denying.map { atoms.allows($0) } ?? .constant(false)
        atoms.complete()
        var solver = AccessSolver(atomCount: atoms.atoms.count)
        atoms.demandConsistency(of: &solver)
        if let place {
            for (pattern, isMatch) in zip(place.resources.plainPatterns, place.sort.matches) {
                guard let atom = atoms.atoms.firstIndex(of: .resource(pattern)) else { continue }
                solver.demand(oneOf: [(atom, isMatch)])
            }
        }
        solver.demand(allowed)
        solver.demand(.negated(excluded))
        return solver.solve(decisionsMax: Limits.accessDecisionsMax, budget) == .none
    }
}
