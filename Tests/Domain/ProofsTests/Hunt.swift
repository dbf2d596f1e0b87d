import Policies
import Proofs

/// What became of the policies that a hunt has put to a prover.
struct HuntTally: CustomStringConvertible {
    var proved = 0
    var counterexamples = 0
    /// Neither, by the first of the reasons.
    var unproven: [String: Int] = [:]
    /// Unproven ones of which the search knows a request that shows they are not isolated.
    var unprovenAndOpen = 0
    /// How many questions the search has put to the evaluator.
    var asked = 0

    var unprovenCount: Int { unproven.values.reduce(0, +) }
    var policies: Int { proved + counterexamples + unprovenCount }

    var description: String {
        let reasons = unproven.sorted { $0.value > $1.value }.prefix(5).map { "\($0.value) × \($0.key)" }
        return "\(policies) policies: \(proved) proved, \(counterexamples) with a counterexample, "
            + "\(unprovenCount) unproven (\(unprovenAndOpen) of them open); \(asked) questions asked"
            + (reasons.isEmpty ? "" : "; unproven: " + reasons.joined(separator: "; "))
    }
}

/// Why a prover's answer is wrong, with the policy cut down to what shows it.
struct FalseAnswer: Error, CustomStringConvertible {
    let what: String
    let policy: HuntedPolicy

    var description: String { "\(what)\nin\n\(policy)" }
}

/// Puts policies to a prover and checks each answer against the evaluator.
struct Hunt {
    /// What is asked whether a policy is isolated.
    let prove: (HuntedPolicy) throws -> IsolationVerdict
    private(set) var tally = HuntTally()

    init(_ prove: @escaping (HuntedPolicy) throws -> IsolationVerdict) { self.prove = prove }

    /// Checks what the prover says of one policy.
    /// - Throws: `FalseAnswer`.
    mutating func examine(_ policy: HuntedPolicy) throws {
        switch try prove(policy) {
        case .proved:
            tally.proved += 1
            guard try search(policy) != nil else { return }
            throw try falseProof(of: policy)
        case .counterexample(let found):
            tally.counterexamples += 1
            guard let fault = try Hunt.fault(of: found, in: policy) else { return }
            throw FalseAnswer(what: "a counterexample that is none: \(fault)", policy: policy)
        case .unproven(let reasons):
            tally.unproven[reasons.first ?? "no reason", default: 0] += 1
            if try search(policy) != nil { tally.unprovenAndOpen += 1 }
        }
    }

    private mutating func search(_ policy: HuntedPolicy) throws -> Violation? {
        var search = ExhaustiveSearch(try policy.compiled())
        let found = try search.firstViolation()
        tally.asked += search.asked
        return found
    }

    private func falseProof(of policy: HuntedPolicy) throws -> FalseAnswer {
        let prove = prove
        func violation(_ policy: HuntedPolicy) -> Violation? {
            do {
                guard case .proved = try prove(policy) else { return nil }
                var search = ExhaustiveSearch(try policy.compiled())
                return try search.firstViolation()
            } catch {
                // A cut that makes no policy any more is none to keep.
                return nil
            }
        }
        let least = policy.shrunk { violation($0) != nil }
        return FalseAnswer(
            what: "proved, but the evaluator allows: "
                + (violation(least)?.description ?? "nothing any more"),
            policy: least)
    }

    /// What is wrong with a counterexample: asked anew, without what the prover says of it.
    static func fault(of found: Counterexample, in policy: HuntedPolicy) throws -> String? {
        let decision = try policy.compiled().decide(found.request)
        guard decision.isAllowed else { return "the evaluator answers \(decision.name): \(found.request)" }
        for tag in found.tags {
            let known = SmallWorld.tagValues.first { $0.name == tag.name }
            guard let known, known.values.contains(tag.value) else { return "no session has \(tag)" }
        }
        guard found.request.action.isKeyed, let key = found.key else { return nil }
        guard let name = ConditionKeyName(.leadingKeys),
            found.request.context.texts(of: name).contains(String(decoding: key, as: UTF8.self))
        else { return "the request does not name the key" }
        guard let resource = found.resource,
            let place = SmallWorld.places.first(where: {
                $0.table == resource.table && $0.index == resource.index
            })
        else { return "no place of the catalog is named" }
        let isOwned = SmallWorld.isOwned(key, at: place, tags: found.tags)
        return isOwned ? "`\(String(decoding: key, as: UTF8.self))` is the session's own" : nil
    }
}
