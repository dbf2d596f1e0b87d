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
    private let keys: [[UInt8]]
    private var random = SeededRandom(seed: 1)
    private(set) var asked = 0
    private var satisfying: [Question: KeySet] = [:]
    private var owned: [Question: KeySet] = [:]

    /// A condition, or a place, and the values of its variables.
    private struct Question: Hashable {
        let number: Int
        let values: [String?]
    }

    /// How many of a product are asked, picked by chance where there are more.
    private static let sessionsMax = 80
    private static let contextsMax = 48

    init(_ policies: CompiledPolicySet) {
        self.policies = policies
        keys = SmallWorld.keys(for: policies.sources.flatMap { PolicyFacts.keyPatterns(of: $0.statement) })
    }

    /// The first request that is allowed and reaches what is not the session's.
    mutating func firstViolation() throws -> Violation? {
        for (number, place) in SmallWorld.places.enumerated() {
            // The first place stands twice, so that policies are made up about it more often.
            if number > 0, place.path == SmallWorld.places[number - 1].path { continue }
            for concern in ActionConcern.all(of: policies, isIndex: place.isIndex) {
                if let found = try firstViolation(of: concern, at: number) { return found }
            }
        }
        return nil
    }

    private mutating func firstViolation(of concern: ActionConcern, at number: Int) throws -> Violation? {
        let place = SmallWorld.places[number]
        guard let resource = PolicyResource(arn: "arn:aws:dynamodb:us-east-1:000000000000:\(place.path)")
        else {
            preconditionFailure("the ARN of a table")
        }
        let facts = PolicyFacts(policies, statements: concern.statements, place: place)
        for session in sample(facts.sessions, max: ExhaustiveSearch.sessionsMax) {
            let principal = try PrincipalAttributes(
                tags: session.tags, arn: PolicyFacts.principalARN, account: "000000000000",
                userID: session.userID)
            var request = DecisionRequest(concern.action, on: resource, by: principal)
            guard concern.allows.contains(where: { policies.reaches(policies.statements[$0], request) })
            else {
                continue
            }
            let classes = keyClasses(facts, session, number, &request)
            let contexts = facts.contexts(policies, &request)
            for context in sample(contexts, max: ExhaustiveSearch.contextsMax) {
                request.begin(concern.action, on: resource, at: facts.time(of: context))
                facts.fill(&request, with: context)
                if let found = ask(&request, concern, classes) {
                    return Violation(tags: session.tags, request: request, place: place, keys: found)
                }
            }
        }
        return nil
    }

    /// One key for each set of conditions that keys satisfy: those of others, and the session's own.
    private mutating func keyClasses(
        _ facts: PolicyFacts, _ session: PolicyFacts.Session, _ number: Int, _ request: inout DecisionRequest
    ) -> (foreign: [Int], own: [Int]) {
        let place = SmallWorld.places[number]
        let owner = session.tags.first { $0.name == place.ownerTag }?.value
        let own = cached(&owned, Question(number: number, values: [owner])) {
            SmallWorld.isOwned($0, at: place, tags: session.tags)
        }
        var classes = [own, own.complement(of: keys.count)].filter { !$0.isEmpty }
        for condition in facts.keyConditions {
            let values = condition.variables.map { session.value(of: $0) }
            let held = cached(&satisfying, Question(number: condition.index, values: values)) { key in
                request.begin(request.action, on: request.resource, at: nil)
                request.context.append(key, to: .leadingKeys)
                return policies.holds(policies.conditions[condition.index], .allow, request) == .yes
            }
            classes = classes.flatMap { $0.split(by: held) }
        }
        let picked = classes.map(\.first)
        return (picked.filter { !own.contains($0) }, picked.filter { own.contains($0) })
    }

    private func cached(
        _ cache: inout [Question: KeySet], _ question: Question, _ isIn: ([UInt8]) -> Bool
    ) -> KeySet {
        if let known = cache[question] { return known }
        var made = KeySet()
        for index in keys.indices where isIn(keys[index]) { made.insert(index) }
        cache[question] = made
        return made
    }

    /// Asks with every set of keys that holds another's; the keys of the first that is allowed.
    private mutating func ask(
        _ request: inout DecisionRequest, _ concern: ActionConcern, _ classes: (foreign: [Int], own: [Int])
    ) -> [[UInt8]]? {
        let mark = request.context.mark
        if concern.reachesAll {
            asked += 1
            if policies.decide(request).isAllowed { return [] }
        }
        guard concern.action.isKeyed, !PolicyFacts.isFullScan(request) else { return nil }
        let all = classes.foreign + classes.own
        for foreign in classes.foreign {
            var sets = [[foreign]]
            if concern.takesSeveralKeys {
                for (place, second) in all.enumerated() where second != foreign {
                    sets.append([foreign, second])
                    for third in all[place...].dropFirst() where third != foreign {
                        sets.append([foreign, second, third])
                    }
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

/// A set of up to 256 keys, by their places.
struct KeySet {
    static let countMax = 256
    private var bits = SIMD4<UInt64>()

    private init(bits: SIMD4<UInt64>) { self.bits = bits }
    init() {}

    var isEmpty: Bool { bits == SIMD4() }
    func contains(_ place: Int) -> Bool { bits[place >> 6] >> UInt64(place & 63) & 1 == 1 }
    mutating func insert(_ place: Int) { bits[place >> 6] |= 1 << UInt64(place & 63) }

    /// The least, of a set that is not empty.
    var first: Int {
        for word in 0..<4 where bits[word] != 0 { return word * 64 + bits[word].trailingZeroBitCount }
        preconditionFailure("an empty set has no first")
    }

    /// Those in `other` and those that are not, where there are any.
    func split(by other: KeySet) -> [KeySet] {
        [KeySet(bits: bits & other.bits), KeySet(bits: bits & ~other.bits)].filter { !$0.isEmpty }
    }

    func complement(of count: Int) -> KeySet {
        var made = KeySet()
        for place in 0..<count where !contains(place) { made.insert(place) }
        return made
    }
}
