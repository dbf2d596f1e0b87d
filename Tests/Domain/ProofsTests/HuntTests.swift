import Base
import Policies
import Proofs
import TestKit
import Testing

/// The hunt itself: that its policies are a good mix, and that it finds provers out that are wrong.
@Suite struct HuntTests {
    /// Were nearly all policies open, or nearly all closed, hunting with them would test little.
    @Test func policiesAreAMixOfIsolatedAndOpen() throws {
        var isolated = 0
        var questions = 0
        let count = 150
        for seed in 0..<UInt64(count) {
            var maker = RandomPolicies(SeededRandom(seed: seed))
            var search = ExhaustiveSearch(try maker.policy().compiled())
            if try search.firstViolation() == nil { isolated += 1 }
            questions += search.asked
        }
        print("hunt: \(isolated) of \(count) random policies are isolated; \(questions) questions asked")
        #expect((count / 4...3 * count / 4).contains(isolated), "\(isolated) of \(count)")
    }

    /// A prover that is right except for one thing, which it does to the policy before it looks.
    struct WrongProver: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (HuntedPolicy) -> HuntedPolicy
    }

    static let wrongProvers = [
        WrongProver(testDescription: "takes every key for the session's own") { policy in
            var policy = policy
            policy.policies = [.init(statements: [.init(isAllow: false, actions: ["*"], resources: ["*"])])]
            return policy
        },
        WrongProver(testDescription: "has no second key to get by a Deny with ForAllValues") { policy in
            policy.mapStatements { statement in
                guard !statement.isAllow else { return }
                statement.mapOperators { $0.replacing("ForAllValues:", with: "ForAnyValue:") }
            }
        },
        WrongProver(testDescription: "has no second key to satisfy an Allow with ForAnyValue") { policy in
            policy.mapStatements { statement in
                guard statement.isAllow else { return }
                statement.mapOperators { $0.replacing("ForAnyValue:", with: "ForAllValues:") }
            }
        },
        WrongProver(testDescription: "forgets that a Scan brings no keys") { policy in
            var policy = policy
            policy.policies[0].statements.append(
                .init(isAllow: false, actions: ["dynamodb:Scan"], resources: ["*"]))
            return policy
        },
        WrongProver(testDescription: "forgets the defaults of variables") { policy in
            policy.mapStatements { statement in
                statement.mapValues { $0.replacing(", 'a'}", with: "}").replacing(", 'b'}", with: "}") }
            }
        },
        WrongProver(testDescription: "believes that every session has its tags") { policy in
            var policy = policy
            for tag in ["school_id", "tenant_id"] {
                policy.policies[0].statements.append(
                    .init(
                        isAllow: false, actions: ["*"], resources: ["*"],
                        conditions: [
                            .init(comparison: "Null", key: "aws:PrincipalTag/\(tag)", values: ["true"])
                        ]))
            }
            return policy
        },
    ]

    @Test(arguments: wrongProvers) func findsAWrongProverOut(_ wrong: WrongProver) throws {
        var hunt = Hunt { policy in
            var search = ExhaustiveSearch(try wrong.change(policy).compiled())
            return try search.firstViolation() == nil ? .proved : .unproven(reasons: ["it is not"])
        }
        var found: FalseAnswer?
        for seed in 0..<400 where found == nil {
            var maker = RandomPolicies(SeededRandom(seed: UInt64(seed)))
            do {
                try hunt.examine(maker.policy())
            } catch let answer as FalseAnswer {
                found = answer
            }
        }
        let answer = try #require(found, "not found out")
        #expect(answer.policy.statementCount <= 3, "\(answer)")
    }
}

extension HuntedPolicy {
    var statementCount: Int {
        policies.reduce(0) { $0 + $1.statements.count } + (boundary?.statements.count ?? 0)
    }

    /// The policy with each of its statements changed.
    func mapStatements(_ change: (inout Statement) -> Void) -> HuntedPolicy {
        var made = self
        for document in made.policies.indices {
            for statement in made.policies[document].statements.indices {
                change(&made.policies[document].statements[statement])
            }
        }
        if var boundary = made.boundary {
            for statement in boundary.statements.indices { change(&boundary.statements[statement]) }
            made.boundary = boundary
        }
        return made
    }
}

extension HuntedPolicy.Statement {
    /// Changes the operators; a key that one operator would then have twice keeps its first values.
    mutating func mapOperators(_ change: (String) -> String) {
        let before = conditions
        conditions = []
        for condition in before {
            var changed = condition
            changed.comparison = change(condition.comparison)
            add(changed)
        }
    }

    /// Changes the texts of resources and conditions.
    mutating func mapValues(_ change: (String) -> String) {
        resources = resources.map(change)
        for index in conditions.indices { conditions[index].values = conditions[index].values.map(change) }
    }
}
