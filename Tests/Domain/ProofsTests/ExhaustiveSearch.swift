import Base

@testable import Policies

/// Asks the evaluator every question of the small world that could show that a role reaches what is not its session's:
/// each action on each place, by sessions with every short tag or none, over every short key, alone, in pairs and in threes,
/// with what else the policy looks at.
///
/// What no condition tells apart is asked once: keys that satisfy the same conditions, values of the context likewise. The
/// evaluator itself says which conditions hold, and answers each question that remains.
struct ExhaustiveSearch {
    let policies: CompiledPolicySet
    private var random = SeededRandom(seed: 1)
    private(set) var asked = 0
    private var answers: [AnswerKey: [Bool]] = [:]

    private struct AnswerKey: Hashable {
        let condition: Int
        let values: [String?]
    }

    /// How many of a product are asked, picked by chance where there are more.
    private static let sessionsMax = 120
    private static let contextsMax = 48

    init(_ policies: CompiledPolicySet) { self.policies = policies }

    /// The first request that is allowed and reaches what is not the session's.
    mutating func firstViolation() throws -> Violation? {
        var seen: Set<String> = []
        for place in SmallWorld.places where seen.insert(place.path).inserted {
            for concern in ActionConcern.all(of: policies, isIndex: place.isIndex) {
                if let found = try firstViolation(of: concern, at: place) { return found }
            }
        }
        return nil
    }

    private mutating func firstViolation(of concern: ActionConcern, at place: SmallWorld.Place) throws
        -> Violation?
    {
        let facts = PolicyFacts(policies, statements: concern.statements, place: place)
        let keys = SmallWorld.keys(for: facts.keyPatterns)
        answers.removeAll(keepingCapacity: true)
        guard let resource = PolicyResource(arn: "arn:aws:dynamodb:us-east-1:000000000000:\(place.path)")
        else {
            preconditionFailure("the ARN of a table")
        }
        for session in sample(facts.sessions, max: ExhaustiveSearch.sessionsMax) {
            let principal = try PrincipalAttributes(
                tags: session.tags, arn: PolicyFacts.principalARN, account: "000000000000",
                userID: session.userID)
            var request = DecisionRequest(concern.action, on: resource, by: principal)
            let classes = keyClasses(keys, facts, session, place, &request)
            let contexts = facts.contexts(policies, &request)
            for context in sample(contexts, max: ExhaustiveSearch.contextsMax) {
                request.begin(concern.action, on: resource, at: facts.time(of: context))
                facts.fill(&request, with: context)
                if let found = ask(&request, concern, keys, classes) {
                    return Violation(tags: session.tags, request: request, place: place, keys: found)
                }
            }
        }
        return nil
    }

    /// One key for each set of conditions that keys satisfy: those of others, and the session's own.
    private mutating func keyClasses(
        _ keys: [[UInt8]], _ facts: PolicyFacts, _ session: PolicyFacts.Session, _ place: SmallWorld.Place,
        _ request: inout DecisionRequest
    ) -> (foreign: [Int], own: [Int]) {
        let vectors = facts.keyConditions.map { condition in
            let key = AnswerKey(
                condition: condition.index, values: condition.variables.map { session.value(of: $0) })
            if let known = answers[key] { return known }
            let made = keys.map { text in
                request.begin(request.action, on: request.resource, at: nil)
                request.context.append(text, to: .leadingKeys)
                return policies.holds(policies.conditions[condition.index], .allow, request) == .yes
            }
            answers[key] = made
            return made
        }
        var seen: Set<[Bool]> = []
        var classes = (foreign: [Int](), own: [Int]())
        for index in keys.indices {
            let isOwned = SmallWorld.isOwned(keys[index], at: place, tags: session.tags)
            guard seen.insert(vectors.map { $0[index] } + [isOwned]).inserted else { continue }
            if isOwned { classes.own.append(index) } else { classes.foreign.append(index) }
        }
        return classes
    }

    /// Asks with every set of keys that holds another's; the keys of the first that is allowed.
    private mutating func ask(
        _ request: inout DecisionRequest, _ concern: ActionConcern, _ keys: [[UInt8]],
        _ classes: (foreign: [Int], own: [Int])
    ) -> [[UInt8]]? {
        let mark = request.context.mark
        if concern.reachesAll {
            asked += 1
            if policies.decide(request).isAllowed { return [] }
        }
        guard concern.action.isKeyed, !PolicyFacts.isFullScan(request) else { return nil }
        let all = classes.foreign + classes.own
        let sizes = concern.takesSeveralKeys ? 3 : 1
        for foreign in classes.foreign {
            var sets = [[foreign]]
            if sizes > 1 {
                for (place, second) in all.enumerated() {
                    sets.append([foreign, second])
                    for third in all[place...].dropFirst() { sets.append([foreign, second, third]) }
                }
            }
            for set in sets {
                for key in set { request.context.append(keys[key], to: .leadingKeys) }
                asked += 1
                if policies.decide(request).isAllowed { return set.map { keys[$0] } }
                request.context.restore(mark)
            }
        }
        return nil
    }

    private mutating func sample<Element>(_ all: [Element], max: Int) -> [Element] {
        guard all.count > max else { return all }
        return Array(all.shuffled(using: &random).prefix(max))
    }
}

/// An action that stands for all that the same statements are about, and whose requests bring the same.
struct ActionConcern {
    let action: PolicyAction
    /// Places of its statements in the set.
    let statements: [Int]
    let takesSeveralKeys: Bool
    /// Whether it can come without keys and then reads everything.
    let reachesAll: Bool

    private static let several: Set<PolicyAction> = [
        .batchGetItem, .batchWriteItem, .partiQLSelect,
    ]

    static func all(of policies: CompiledPolicySet, isIndex: Bool) -> [ActionConcern] {
        var seen: Set<[Int]> = []
        var found: [ActionConcern] = []
        for action in PolicyAction.allCases where action.isKeyed || action == .scan {
            guard !isIndex || action.resourceKinds.contains(.index) else { continue }
            let row = policies.rows[Int(action.rawValue)]
            let allows = Array(policies.order[row.roleAllows])
            guard !allows.isEmpty else { continue }
            let statements =
                allows + policies.order[row.denies] + policies.order[row.boundaryAllows]
                + policies.order[row.sessionAllows]
            let reachesAll = action == .scan || action == .partiQLSelect
            let mentioned = Set(
                statements.flatMap { policies.statements[$0].conditions.map { policies.conditions[$0].key } })
            let brought = mentioned.filter { action.conditionKeys.contains($0) }.map { Int($0.rawValue) }
                .sorted()
            let kind = (several.contains(action) ? 1 : 0) + (reachesAll ? 2 : 0) + (action.isKeyed ? 4 : 0)
            guard seen.insert([kind] + statements + [-1] + brought).inserted else { continue }
            found.append(
                ActionConcern(
                    action: action, statements: statements, takesSeveralKeys: several.contains(action),
                    reachesAll: reachesAll))
        }
        return found
    }
}
