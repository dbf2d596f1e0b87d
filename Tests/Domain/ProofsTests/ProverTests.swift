import Base
import Policies
import Proofs
import TestKit
import Testing

/// The prover hunted: random policies, each answer checked by asking the evaluator.
@Suite struct ProverTests {
    /// Fails with the seed and the least policy where something is proved that is open, or a counterexample is none.
    @Test func fuzzedProofsAgreeWithTheEvaluator() throws {
        var hunt = Hunt(SmallWorld.prove)
        try Fuzzer("isolation proofs", rounds: 200).run { random in
            var maker = RandomPolicies(random)
            try hunt.examine(maker.policy())
        }
        let tally = hunt.tally
        print("isolation proofs: \(tally)")
        // A single seed, or a handful of new ones, says nothing of shares.
        if case .brief = FuzzBudget.ofEnvironment {} else if tally.policies < 1000 { return }
        #expect(tally.unprovenCount * 20 < tally.policies, "\(tally)")
        #expect(tally.proved * 4 > tally.policies && tally.counterexamples * 8 > tally.policies, "\(tally)")
    }
}
