import Base
import Policies
import Proofs
import TestKit
import Testing

/// A second opinion: the SMT solver cvc5 on the same questions, by an encoding of its own.
@Suite(.enabled(if: SMTSolver.path != nil)) struct SolverTests {
    /// How the solver and the prover agreed.
    private struct Agreement: CustomStringConvertible {
        var questions = 0
        var unknown = 0
        var bothIsolated = 0
        var bothOpen = 0
        var undecided = 0

        var description: String {
            "\(bothIsolated) isolated and \(bothOpen) open by both, \(undecided) that one of them cannot tell; "
                + "\(questions) questions, \(unknown) of them unknown to the solver"
        }
    }

    @Test func fuzzedProofsAgreeWithTheSolver() throws {
        var agreement = Agreement()
        try Fuzzer("isolation proofs beside cvc5", rounds: 60).run { random in
            var maker = RandomPolicies(random)
            let policy = maker.policy()
            let found = try SolverTests.ask(policy, &agreement)
            switch (found, try SmallWorld.prove(policy)) {
            case (.open(let violation), .proved):
                throw FalseAnswer(what: "proved, but the solver found: \(violation)", policy: policy)
            case (.isolated, .counterexample(let story)):
                // Those of actions that the solver is not asked about show nothing of it.
                guard story.request.action.isKeyed || story.request.action == .scan else {
                    agreement.undecided += 1
                    return
                }
                let fault = try Hunt.fault(of: story, in: policy)
                throw FalseAnswer(
                    what: "the solver knows no model, the prover a request (\(fault ?? "which holds")): "
                        + "\(story.request)", policy: policy)
            case (.isolated, .proved): agreement.bothIsolated += 1
            case (.open, .counterexample): agreement.bothOpen += 1
            case (.unknown, _), (_, .unproven): agreement.undecided += 1
            }
        }
        print("isolation proofs beside cvc5: \(agreement)")
    }

    private enum Opinion {
        case isolated, unknown
        case open(Violation)
    }

    /// What the solver says of a policy; a model is asked of the evaluator before it counts.
    private static func ask(_ policy: HuntedPolicy, _ agreement: inout Agreement) throws -> Opinion {
        let policies = try policy.compiled()
        var questions: [SMTQuestion] = []
        for (number, place) in SmallWorld.places.enumerated() {
            if number > 0, place.path == SmallWorld.places[number - 1].path { continue }
            for concern in ActionConcern.all(of: policies, isIndex: place.isIndex) {
                if concern.action.isKeyed {
                    questions.append(SMTQuestion(policies, concern, at: place, isScan: false))
                }
                if concern.reachesAll {
                    questions.append(SMTQuestion(policies, concern, at: place, isScan: true))
                }
            }
        }
        var texts: [String] = []
        for index in questions.indices { texts.append(questions[index].text()) }
        let answers = try SMTSolver.answers(to: texts)
        agreement.questions += answers.count
        agreement.unknown += answers.count { $0.0 == .unknown }
        guard let place = answers.firstIndex(where: { $0.0 == .sat }) else {
            return answers.contains { $0.0 == .unknown } ? .unknown : .isolated
        }
        let (again, model) = try SMTSolver.answers(
            to: [texts[place]], modelNames: questions[place].modelNames)[0]
        // Asked by itself, it may need more time than it has.
        guard again == .sat else { return .unknown }
        let violation = try questions[place].violation(of: model)
        guard policies.decide(violation.request).isAllowed else {
            throw FalseAnswer(
                what: "the evaluator refuses the solver's model: \(violation)\n\(model)", policy: policy)
        }
        return .open(violation)
    }
}
