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
        try Fuzzer("isolation proofs", rounds: 60).run { random in
            var maker = RandomPolicies(random)
            try hunt.examine(maker.policy())
        }
        let tally = hunt.tally
        print("isolation proofs: \(tally)")
        // A single seed says nothing of shares.
        guard tally.policies >= 60 else { return }
        #expect(tally.unprovenCount * 20 < tally.policies, "\(tally)")
        #expect(tally.proved * 4 > tally.policies && tally.counterexamples * 8 > tally.policies, "\(tally)")
    }
}
