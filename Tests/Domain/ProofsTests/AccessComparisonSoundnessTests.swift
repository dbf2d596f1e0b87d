import Base
import Policies
import TestKit
import Testing

@testable import Proofs

/// "No new access" is never wrong: random policies and what becomes of them by one change, against every small question.
@Suite struct AccessComparisonSoundnessTests {
    struct FalseProof: Error, CustomStringConvertible {
        let old: HuntedPolicy
        let new: HuntedPolicy
        let gain: Violation
        var description: String { "said to gain nothing:\nold: \(old)\nnew: \(new)\nbut: \(gain)" }
    }

    final class Counts {
        var none = 0
        var found = 0
        var unknown = 0
        var asked = 0
        var missed = 0
        var reasons: [String] = []
    }

    /// A policy with one or two things changed: by mistakes as people make them, or by narrowing and rearranging.
    static func changed(_ policy: HuntedPolicy, _ maker: inout RandomPolicies) -> HuntedPolicy {
        var made = policy
        let document = maker.upTo(made.policies.count - 1)
        let statement = maker.upTo(made.policies[document].statements.count - 1)
        switch maker.upTo(9) {
        case 0...3: maker.mutate(&made.policies[document].statements[statement])
        case 4: made.policies[document].statements.shuffle(using: &maker.random)
        case 5:
            guard made.policies[document].statements.count > 1 else { return made }
            made.policies[document].statements.remove(at: statement)
        case 6:
            // One statement for each action.
            let split = made.policies[document].statements.remove(at: statement)
            guard !split.isActionNegated else { return policy }
            for action in split.actions {
                var part = split
                part.actions = [action]
                made.policies[document].statements.append(part)
            }
        case 7: made.boundary = nil
        case 8: made.policies[document].statements += maker.policy().policies[0].statements.prefix(1)
        default: made.policies[document].statements.append(made.policies[document].statements[statement])
        }
        return made
    }

    private func examine(_ old: HuntedPolicy, _ new: HuntedPolicy, _ counts: Counts) throws {
        let comparison = AccessComparison(catalog: SmallWorld.catalog)
        let (before, after) = (try old.compiled(), try new.compiled())
        switch comparison.change(allowing: after, denying: before) {
        case .none:
            counts.none += 1
            var search = try DifferenceSearch(old: old, new: new)
            if let gain = try search.firstGain() { throw FalseProof(old: old, new: new, gain: gain) }
            counts.asked += search.asked
        case .some(let differences):
            counts.found += 1
            for difference in differences {
                #expect(after.decide(difference.request).isAllowed)
                #expect(!before.decide(difference.request).isAllowed)
            }
        case .unknown(let reasons):
            counts.unknown += 1
            counts.reasons += reasons
            var search = try DifferenceSearch(old: old, new: new)
            if try search.firstGain() != nil { counts.missed += 1 }
        }
    }

    @Test func fuzzProvesNoGainWhereThereIsOne() throws {
        let counts = Counts()
        try Fuzzer("access comparison", rounds: 24).run { random in
            var maker = RandomPolicies(random)
            let old = maker.policy()
            try examine(old, Self.changed(old, &maker), counts)
        }
        let total = counts.none + counts.found + counts.unknown
        print(
            "comparisons: \(total), no gain \(counts.none), gain \(counts.found), unknown \(counts.unknown) "
                + "(of these \(counts.missed) with a gain), \(counts.asked) questions put to the evaluator")
        for reason in counts.reasons.prefix(5) { print("  unknown: \(reason)") }
        // A hunt that finds nothing, or proves nothing, shows little.
        guard total >= 20 else { return }
        #expect(counts.none > total / 5)
        #expect(counts.found > total / 12)
        #expect(counts.unknown * 5 < total)
    }

    /// Two policies that have nothing to do with each other.
    @Test func fuzzProvesNoGainBetweenStrangers() throws {
        let counts = Counts()
        try Fuzzer("access comparison of strangers", rounds: 8).run { random in
            var maker = RandomPolicies(random)
            try examine(maker.policy(), maker.policy(), counts)
        }
        print("strangers: no gain \(counts.none), gain \(counts.found), unknown \(counts.unknown)")
    }

    /// The hunt itself: a comparison that is wrong on purpose is found out.
    @Test func findsAWrongComparisonOut() throws {
        var isFoundOut = false
        for seed in 0..<60 where !isFoundOut {
            var maker = RandomPolicies(SeededRandom(seed: UInt64(seed)))
            let old = maker.policy()
            let new = Self.changed(old, &maker)
            var search = try DifferenceSearch(old: old, new: new)
            isFoundOut = try search.firstGain() != nil
        }
        #expect(isFoundOut)
    }
}
