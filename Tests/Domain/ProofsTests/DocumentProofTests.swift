import Policies
import Proofs
import Tenancy
import Testing

/// One document by itself, about tables that no catalog knows.
@Suite struct DocumentProofTests {
    static func prove(_ statement: String) throws -> RoleProof {
        try IsolationProver(catalog: ProofFiles.catalog()).prove(
            document: IsolationProverTests.document(statement))
    }

    static func books(
        _ condition: String, actions: String = #"["dynamodb:GetItem", "dynamodb:BatchGetItem"]"#
    ) -> String {
        #"{"Effect": "Allow", "Action": \#(actions), "Resource": "arn:aws:dynamodb:*:*:table/Books", "Condition": {\#(condition)}}"#
    }

    static let isolated = [
        books(
            #""ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${cognito-identity.amazonaws.com:sub}"}"#
        ),
        books(#""ForAllValues:StringLike": {"dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/tenant}#*"}"#),
        books(#""ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "fixed"}"#),
        #"{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:*:*:table/${aws:username}"}"#,
        #"{"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}"#,
        #"{"Effect": "Allow", "Action": ["dynamodb:DescribeTable", "dynamodb:CreateTable"], "Resource": "*"}"#,
    ]

    @Test(arguments: isolated) func whatComparesKeysWithTheCallerIsProved(_ statement: String) throws {
        let proof = try DocumentProofTests.prove(statement)
        guard case .proved = proof.verdict else {
            Issue.record("\(proof.verdict)")
            return
        }
        #expect(!proof.assumptions.isEmpty)
    }

    static let open: [(statement: String, key: String?, owner: String)] = [
        (
            books(
                #""ForAllValues:StringLike": {"dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/tenant}*"}"#),
            "TENANT#123", "tenant `123`, which is not the session's (`12`)"
        ),
        (
            books(#""ForAllValues:StringLike": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/tenant}-*"}"#),
            "12-3", "tenant `12-3`, which is not the session's (`12`)"
        ),
        (
            books(#""StringEqualsIfExists": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/tenant, '123'}"}"#),
            "123", "tenant `123`, and the session has no `aws:PrincipalTag/tenant`"
        ),
        (
            books(#""Bool": {"aws:SecureTransport": "true"}"#), "ANYBODY#1",
            "anybody's: nothing of the session is compared with the keys of `Books`"
        ),
        (
            books(
                #""ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/tenant}"}"#,
                actions: #""dynamodb:Scan""#),
            nil, "everybody's: dynamodb:Scan reads all items of `Books`"
        ),
    ]

    @Test(arguments: open.indices) func whatLetsOthersInIsShown(_ place: Int) throws {
        let one = DocumentProofTests.open[place]
        guard case .counterexample(let story) = try DocumentProofTests.prove(one.statement).verdict else {
            Issue.record("\(one.statement) is open")
            return
        }
        #expect(story.key.map { String(decoding: $0, as: UTF8.self) } == one.key)
        #expect(story.owner == one.owner)
        #expect(story.explanation.decision.isAllowed)
    }
}
