import Base

@testable import Policies

/// Asks two sets of policies every question of the small world, for one that only the second allows.
struct DifferenceSearch {
    let old: CompiledPolicySet
    let new: CompiledPolicySet
    /// Both together: what either of them looks at.
    let both: CompiledPolicySet
    private var random = SeededRandom(seed: 1)
    private(set) var asked = 0

    private static let sessionsMax = 12
    private static let contextsMax = 12
    private static let keysMax = 16
    private static let wordsMax = 150

    init(old: HuntedPolicy, new: HuntedPolicy) throws {
        self.old = try old.compiled()
        self.new = try new.compiled()
        let documents = old.policies + new.policies + [old.boundary, new.boundary].compactMap(\.self)
        both = try HuntedPolicy(policies: documents, boundary: nil).compiled()
    }

    /// The first request that the new policies allow and the old do not.
    mutating func firstGain() throws -> Violation? {
        var seen: Set<String> = []
        for place in SmallWorld.places where seen.insert(place.path).inserted {
            for concern in ActionConcern.all(of: both, isIndex: place.isIndex) {
                if let found = try firstGain(concern, place) { return found }
            }
        }
        return nil
    }

    private mutating func firstGain(_ concern: ActionConcern, _ place: SmallWorld.Place) throws -> Violation?
    {
        let facts = PolicyFacts(both, statements: concern.statements, place: place)
        let patterns = concern.statements.flatMap { PolicyFacts.keyPatterns(of: both.sources[$0].statement) }
        let keys = sample(SmallWorld.keys(for: patterns), max: DifferenceSearch.wordsMax)
        guard let resource = PolicyResource(arn: "arn:aws:dynamodb:us-east-1:000000000000:\(place.path)")
        else {
            preconditionFailure("the ARN of a table")
        }
        for session in sample(facts.sessions, max: DifferenceSearch.sessionsMax) {
            let principal = try PrincipalAttributes(
                tags: session.tags, arn: PolicyFacts.principalARN, account: "000000000000",
                userID: session.userID)
            var request = DecisionRequest(concern.action, on: resource, by: principal)
            let classes = classes(keys, facts, &request)
            let contexts = facts.contexts(both, &request)
            for context in sample(contexts, max: DifferenceSearch.contextsMax) {
                request.begin(concern.action, on: resource, at: facts.time(of: context))
                facts.fill(&request, with: context)
                if let found = ask(&request, concern, classes) {
                    return Violation(tags: session.tags, request: request, place: place, keys: found)
                }
            }
        }
        return nil
    }

    /// One key for each set of conditions that keys satisfy.
    private mutating func classes(
        _ keys: [[UInt8]], _ facts: PolicyFacts, _ request: inout DecisionRequest
    ) -> [[UInt8]] {
        var seen: Set<[Bool]> = []
        var found: [[UInt8]] = []
        for key in keys {
            request.begin(request.action, on: request.resource, at: nil)
            request.context.append(key, to: .leadingKeys)
            let vector = facts.keyConditions.map {
                both.holds(both.conditions[$0.index], .allow, request) == .yes
            }
            if seen.insert(vector).inserted { found.append(key) }
        }
        return sample(found, max: DifferenceSearch.keysMax)
    }

    private mutating func ask(
        _ request: inout DecisionRequest, _ concern: ActionConcern, _ keys: [[UInt8]]
    ) -> [[UInt8]]? {
        let mark = request.context.mark
        if concern.reachesAll, isGain(request) { return [] }
        guard concern.action.isKeyed, !PolicyFacts.isFullScan(request) else { return nil }
        for (place, first) in keys.enumerated() {
            var sets = [[first]]
            if concern.takesSeveralKeys { sets += keys[place...].dropFirst().map { [first, $0] } }
            for set in sets {
                for key in set { request.context.append(key, to: .leadingKeys) }
                if isGain(request) { return set }
                request.context.restore(mark)
            }
        }
        return nil
    }

    private mutating func isGain(_ request: DecisionRequest) -> Bool {
        asked += 1
        return new.decide(request).isAllowed && !old.decide(request).isAllowed
    }

    private mutating func sample<Element>(_ all: [Element], max: Int) -> [Element] {
        guard all.count > max else { return all }
        return Array(all.shuffled(using: &random).prefix(max))
    }
}
