import Base
import Policies

/// Something that may stand in a request's way, and the ways around it: each a set of demands, one of which is met by
/// every request that it does not stop.
struct Blocker: Sendable {
    /// The set and statement that it is; also what a judgement names.
    let set: Int
    let statement: Int
    let ways: [[Demand]]
    /// Ways around it where a value of the request is malformed for it, which is a denial as well.
    let waysWithoutFault: [[Demand]]
    /// Whether it stops requests by itself; an Allow does so only by a malformed value.
    let isDenial: Bool
}

/// What becomes of a request that was put to the evaluator.
enum Judgement<Found> {
    /// It shows what was looked for.
    case found(Found)
    /// This statement stands in its way; `isFault` where a value was malformed for it.
    case blocked(set: Int, statement: Int, isFault: Bool)
    /// It does not show it, for another reason.
    case beside
}

/// What a search came to.
enum SearchOutcome<Found> {
    /// There is no such request.
    case none
    case found(Found)
    case unknown(String)
}

/// Looks for a request that meets demands and gets around all blockers.
///
/// First with the blockers left out; where a request is found that one of them stops, each way around that one is
/// tried in turn. So most blockers are never looked at, and `none` is right whatever was left out. Demands on
/// different keys are met independently of each other, but for what the values of variables can be: more than there
/// is, so that `none` stays right; a request that is found is judged by the evaluator itself.
struct ProofSearch {
    var facts: PolicyFacts
    var solver: KeySolver

    private struct Node {
        let demands: Set<Demand>
        let used: Set<Int>
    }

    init(_ facts: PolicyFacts) {
        self.facts = facts
        let sets = facts.sets
        solver = KeySolver { fact, value, question in
            guard let place = fact.place else { return .fault }
            var request = DecisionRequest(question.action, on: question.resource, by: .unknown)
            if fact.key.key == .currentTime, let time = Array(value.utf8).conditionMilliseconds {
                request.currentTime = Timestamp(milliseconds: time)
            } else {
                request.context.append(value, to: fact.key)
            }
            return sets[place.set].answer(
                statement: place.statement, condition: place.condition, request)
        }
    }

    /// Looks for a request.
    /// - Parameters:
    ///   - starts: sets of demands of which a request must meet one.
    ///   - goal: what a leading key of the request must be.
    mutating func run<Found>(
        _ question: Question, starts: [Set<Demand>], blockers: [Blocker],
        _ judge: (DecisionRequest, RequestParts) -> Judgement<Found>
    ) -> SearchOutcome<Found> {
        var seen: Set<Set<Demand>> = []
        var nodes = starts.map { Node(demands: $0.union(facts.ofSession), used: []) }
        solver.facts = facts.facts
        var branches = 0
        let before = solver.states
        var reason: String?
        while let node = nodes.popLast() {
            branches += 1
            guard branches <= Limits.proofBranchesMax else {
                return .unknown("more than \(Limits.proofBranchesMax) branches were opened")
            }
            guard solver.states - before <= Limits.proofStatesPerSearchMax else {
                return .unknown("the automata have more than \(Limits.proofStatesPerSearchMax) states")
            }
            switch check(node.demands, question) {
            case .impossible: continue
            case .possible(let hints, let why):
                // Requests would be looked for among the same states.
                guard solver.states - before <= Limits.proofStatesPerQuestionMax else {
                    return .unknown("the automata have too many states")
                }
                var next: Int?
                var isFault = false
                for parts in candidates(question, node.demands, hints) {
                    guard let request = parts.request(question) else { continue }
                    switch judge(request, parts) {
                    case .found(let found): return .found(found)
                    case .beside: continue
                    case .blocked(let set, let statement, let fault):
                        guard next == nil else { continue }
                        next = blockers.firstIndex { $0.set == set && $0.statement == statement }
                        isFault = fault
                    }
                }
                if let place = next, node.used.contains(place) { next = nil }
                next =
                    next
                    ?? blockers.indices.first { place in
                        // An Allow stops nothing by not applying.
                        blockers[place].isDenial && !node.used.contains(place)
                            && !blockers[place].ways.contains { node.demands.isSuperset(of: $0) }
                    }
                guard let next else {
                    reason = reason ?? why ?? "no request could be put together for what may be allowed"
                    continue
                }
                let ways = isFault ? blockers[next].waysWithoutFault : blockers[next].ways
                nodes += ProofSearch.nodes(behind: node, around: next, ways, &seen)
            }
        }
        return reason.map { .unknown($0) } ?? .none
    }

    /// What is looked at next: each way around a blocker that contradicts nothing and has not been gone, the first one last.
    private static func nodes(
        behind node: Node, around blocker: Int, _ ways: [[Demand]], _ seen: inout Set<Set<Demand>>
    ) -> [Node] {
        ways.reversed().compactMap { way in
            let demands = node.demands.union(way)
            let isContrary = demands.contains {
                demands.contains(Demand(fact: $0.fact, isYes: !$0.isYes))
            }
            guard !isContrary, demands == node.demands || seen.insert(demands).inserted else { return nil }
            return Node(demands: demands, used: node.used.union([blocker]))
        }
    }

    /// Whether a session may meet the demands; false only where none does.
    mutating func mayHold(_ demands: Set<Demand>, _ question: Question) -> Bool {
        solver.facts = facts.facts
        if case .impossible = check(demands.union(facts.ofSession), question) { return false }
        return true
    }

    private enum Check {
        case impossible
        /// Perhaps; with values for keys of variables, and why it is not certain.
        case possible([ConditionKeyName: String], String?)
    }

    private mutating func check(_ demands: Set<Demand>, _ question: Question) -> Check {
        var hints: [ConditionKeyName: String] = [:]
        var reason: String?
        for key in keys(demands, question) {
            let goal = key.key == .leadingKeys ? question.goal : nil
            switch solver.values(of: key, demands, question, goal: goal) {
            case .impossible: return .impossible
            case .unknown(let why): reason = why
            case .values(_, let others): hints.merge(others) { old, _ in old }
            }
        }
        return .possible(hints, reason)
    }

    /// The keys that matter, the leading keys first.
    func keys(_ demands: Set<Demand>, _ question: Question) -> [ConditionKeyName] {
        var keys = Set(demands.map { facts.facts[$0.fact].key })
        keys.formUnion(question.fixedTexts.keys)
        let leading = ConditionKeyName(.leadingKeys).map { [$0] } ?? []
        keys.subtract(leading)
        return
            (question.leadingKeys == .absent
            && !demands.contains { facts.facts[$0.fact].key.key == .leadingKeys }
            ? [] : leading) + keys.sorted { $0.text < $1.text }
    }
}
