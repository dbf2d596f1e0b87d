import Base
import Policies
import Proofs
import Tenancy
import Testing

/// What cannot be told within the caps ends with a reason that names the cap, and is no proof.
@Suite struct ProofCapTests {
    static let there = #""Null": {"dynamodb:LeadingKeys": "false"}"#

    /// Whether a key has an `a` at a place that only its end tells: each of the last places has to be remembered.
    static let exploding =
        #""ForAllValues:StringLike": {"dynamodb:LeadingKeys": "*a??????????????????????"}, "#
        + #""ForAllValues:StringNotLike": {"dynamodb:LeadingKeys": "*?a??????????????????????"}, "# + there

    /// Ways around Denies that hang together by pairs: most of them are left out by the caps.
    static func denies(_ count: Int) -> String {
        (0..<count).map { number in
            IsolationProverTests.deny(
                #""*""#,
                #""StringNotLike": {"dynamodb:LeadingKeys": "*x${aws:PrincipalTag/role}y\#(number)*"}, "#
                    + #""StringNotEquals": {"aws:PrincipalTag/role": "a\#(number)"}"#)
        }.joined(separator: ",")
    }

    static func expectCap(_ proof: RoleProof) {
        switch proof.verdict {
        case .unproven(let reasons):
            #expect(!reasons.isEmpty && reasons.count <= Limits.proofReasonsMax)
            #expect(reasons.contains { $0.contains("more than") && $0.contains("states") }, "\(reasons)")
        case .proved, .counterexample: Issue.record("\(proof.verdict)")
        }
        #expect(proof.states <= Limits.proofStatesMax + Limits.proofStatesPerQuestionMax)
    }

    @Test(arguments: [#""dynamodb:GetItem""#, #""dynamodb:*""#])
    func aRoleWhoseAutomataExplodeIsUnproven(_ actions: String) throws {
        let proof = try IsolationProverTests.prove(
            IsolationProverTests.allow(actions, ProofCapTests.exploding))
        ProofCapTests.expectCap(proof)
    }

    @Test func aDocumentWhoseAutomataExplodeIsUnproven() throws {
        ProofCapTests.expectCap(
            try DocumentProofTests.prove(
                IsolationProverTests.allow(
                    #""dynamodb:*Item""#, ProofCapTests.exploding,
                    #""Resource": "arn:aws:dynamodb:*:*:table/Books""#)))
    }

    /// Each way around one of them leads to all others: they are followed until a cap is met.
    @Test func manyDeniesThatHangTogetherEndWithAReason() throws {
        let closing = IsolationProverTests.deny(#""*""#, #""StringNotLike": {\#(IsolationProverTests.own)}"#)
        ProofCapTests.expectCap(
            try IsolationProverTests.prove(
                [IsolationProverTests.all, ProofCapTests.denies(40), closing].joined(separator: ",")))
    }

    /// Denies of tags by pairs: two to the power of forty ways around them all, and none of them needed.
    @Test func manyDeniesThatAreNotNeededAreNotFollowed() throws {
        let closing = IsolationProverTests.deny(#""*""#, #""StringNotLike": {\#(IsolationProverTests.own)}"#)
        let denies = (0..<40).map { number in
            IsolationProverTests.deny(
                #""*""#,
                #""StringNotEquals": {"aws:RequestTag/a\#(number)": "1", "aws:RequestTag/b\#(number)": "2"}"#)
        }
        let proof = try IsolationProverTests.prove(
            ([IsolationProverTests.all, closing] + denies).joined(separator: ","))
        guard case .proved = proof.verdict else {
            Issue.record("\(proof.verdict)")
            return
        }
    }

    /// The same without the Deny that closes the role: a way around all forty is found.
    @Test func aWayAroundManyDeniesIsFound() throws {
        let denies = (0..<40).map { number in
            IsolationProverTests.deny(
                #""*""#,
                #""StringNotEquals": {"aws:RequestTag/a\#(number)": "1", "aws:RequestTag/b\#(number)": "2"}"#)
        }
        let proof = try IsolationProverTests.prove(
            ([IsolationProverTests.all] + denies).joined(separator: ","))
        guard case .counterexample = proof.verdict else {
            Issue.record("\(proof.verdict)")
            return
        }
    }
}
