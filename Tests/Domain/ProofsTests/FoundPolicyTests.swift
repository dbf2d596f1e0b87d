import Policies
import Proofs
import Testing

/// Policies that a hunt has once found the prover wrong about.
@Suite struct FoundPolicyTests {
    /// One statement each, cut down to what showed it; all of them are open.
    static let open = [
        // Proved, though the variable of NotResource has a default and the session another tag.
        #"{"Effect": "Allow", "Action": "dynamodb:ConditionCheckItem", "NotResource": "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/unit, 'ttt'}", "Condition": {"ForAnyValue:StringEqualsIgnoreCase": {"dynamodb:LeadingKeys": "T#${aws:PrincipalTag/school_id}#${aws:PrincipalTag/tenant_id}*"}}}"#
    ]

    @Test(arguments: open) func anOpenPolicyIsNotProved(statement: String) throws {
        let text = #"{"Version": "2012-10-17", "Statement": [\#(statement)]}"#
        let policies = try CompiledPolicySet(
            role: "found", policies: [PolicyDocument(parsing: Array(text.utf8), file: "found.json")])
        var search = ExhaustiveSearch(policies)
        #expect(try search.firstViolation() != nil)
        let proof = IsolationProver.prove(
            policies: policies, resources: SmallWorld.resources, session: SmallWorld.sessions)
        guard case .counterexample = proof.verdict else {
            Issue.record("\(proof.verdict)")
            return
        }
    }
}
