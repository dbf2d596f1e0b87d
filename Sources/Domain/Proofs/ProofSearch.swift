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

    /// How many branches were opened, over all questions.
    private(set) var branches = 0

    /// Why no more is looked at, once as much was looked at as one role may.
    var exhaustion: String? {
        if solver.isExhausted { return KeySolver.exhaustion }
        return branches < Limits.proofBranchesOfRoleMax
            ? nil : "the whole proof opened more than \(Limits.proofBranchesOfRoleMax) branches"
    }

    /// Looks for a request.
    /// - Parameters:
    ///   - starts: sets of demands of which a request must meet one.
    ///   - blockers: what may stop it; `judge` names them.
    mutating func run<Found>(
        _ question: Question, starts: [Set<Demand>], blockers: [Blocker],
        _ judge: (DecisionRequest, RequestParts) -> Judgement<Found>
    ) -> SearchOutcome<Found> {
        var seen: Set<Set<Demand>> = []
        var nodes = starts.map { Node(demands: $0.union(facts.ofSession), used: []) }
        solver.facts = facts.facts
        let before = (states: solver.states, branches: branches)
        var reason: String?
        while let node = nodes.popLast() {
            branches += 1
            if let cap = cap(since: before) { return .unknown(cap) }
            guard case .possible(let hints, let why) = check(node.demands, question) else { continue }
            // Requests would be looked for among the same states.
            guard solver.states - before.states <= Limits.proofStatesPerQuestionMax else {
                return .unknown(
                    "the automata of one text have more than \(Limits.proofStatesPerQuestionMax) states")
            }
            var stop: Stop?
            for parts in candidates(question, node.demands, hints) {
                guard let request = parts.request(question) else { continue }
                switch judge(request, parts) {
                case .found(let found): return .found(found)
                case .beside: continue
                case .blocked(let set, let statement, let isFault):
                    guard stop == nil else { continue }
                    let place = blockers.firstIndex { $0.set == set && $0.statement == statement }
                    stop = place.map { Stop(blocker: $0, isFault: isFault) }
                }
            }
            guard let stop = ProofSearch.next(node, stop, blockers) else {
                reason = reason ?? why ?? "no request could be put together for what may be allowed"
                continue
            }
            nodes += ProofSearch.around(stop, node, blockers, &seen)
        }
        return reason.map { .unknown($0) } ?? .none
    }

    /// The cap that a search has met, as a reason.
    private func cap(since before: (states: Int, branches: Int)) -> String? {
        if branches - before.branches > Limits.proofBranchesMax {
            return "more than \(Limits.proofBranchesMax) branches were opened"
        }
        if solver.states - before.states > Limits.proofStatesPerSearchMax {
            return "the automata of one request have more than \(Limits.proofStatesPerSearchMax) states"
        }
        return exhaustion
    }

    /// A blocker that stands in the way, and whether by a malformed value.
    private struct Stop {
        let blocker: Int
        let isFault: Bool
    }

    /// The blocker to go around next: the one that was met, else the first that nothing avoids yet.
    private static func next(_ node: Node, _ met: Stop?, _ blockers: [Blocker]) -> Stop? {
        if let met, !node.used.contains(met.blocker) { return met }
        let open = blockers.indices.first { place in
            // An Allow stops nothing by not applying.
            blockers[place].isDenial && !node.used.contains(place)
                && !blockers[place].ways.contains { node.demands.isSuperset(of: $0) }
        }
        return open.map { Stop(blocker: $0, isFault: met?.isFault ?? false) }
    }

    /// The branches around a blocker, the first way last: it is taken first.
    private static func around(
        _ stop: Stop, _ node: Node, _ blockers: [Blocker], _ seen: inout Set<Set<Demand>>
    ) -> [Node] {
        let blocker = blockers[stop.blocker]
        var nodes: [Node] = []
        for way in (stop.isFault ? blocker.waysWithoutFault : blocker.ways).reversed() {
            let demands = node.demands.union(way)
            guard !demands.contains(where: { demands.contains(Demand(fact: $0.fact, isYes: !$0.isYes)) })
            else { continue }
            guard demands == node.demands || seen.insert(demands).inserted else { continue }
            nodes.append(Node(demands: demands, used: node.used.union([stop.blocker])))
        }
        return nodes
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
