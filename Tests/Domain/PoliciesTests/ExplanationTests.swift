import JSONText
import Testing

@testable import Policies

@Suite struct ExplanationTests {
    static let text = """
        {"Version": "2012-10-17", "Statement": [
          {"Sid": "ReadOwn", "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:*:table/student-table",
           "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "T#${aws:PrincipalTag/s}#*"}}},
          {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:*:table/other"},
          {"Sid": "NoPlain", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
          {"Sid": "Put", "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "*"}
        ]}
        """

    private static func policies() throws -> CompiledPolicySet {
        try CompiledPolicySet(
            role: "teacher", policies: [PolicyDocument(parsing: Array(text.utf8), file: "policies/p.json")])
    }

    private static let refused =
        "The caller is not authorized to perform: dynamodb:GetItem on resource: "
        + "arn:aws:dynamodb:us-east-1:000000000000:table/student-table "

    @Test func namesTheConditionThatFailedAndItsValue() throws {
        let asked = try request(
            tags: ["s": "1"], [("dynamodb:LeadingKeys", "T#2#x"), ("aws:SecureTransport", "true")])
        let explanation = try ExplanationTests.policies().explain(asked)
        #expect(explanation.decision == .implicitDeny(.role))
        #expect(
            explanation.description
                == ExplanationTests.refused + """
                    because no statement of role `teacher` allows the dynamodb:GetItem action
                      policies/p.json:2:3 Allow `ReadOwn`: line 3: ForAllValues:StringLike on dynamodb:LeadingKeys wants `T#${aws:PrincipalTag/s}#*`, found `T#2#x`
                      policies/p.json:4:3 Allow without Sid: is about other resources: `arn:aws:dynamodb:*:*:table/other`
                      policies/p.json:5:3 Deny `NoPlain`: line 5: Bool on aws:SecureTransport wants `false`, found `true`
                    """)
        #expect(explanation.findings.map(\.outcome).last == .otherAction)
    }

    @Test func namesTheStatementThatDenied() throws {
        let asked = try request(
            tags: ["s": "1"], [("dynamodb:LeadingKeys", "T#1#x"), ("aws:SecureTransport", "false")])
        let explanation = try ExplanationTests.policies().explain(asked)
        #expect(explanation.decision == .explicitDeny(StatementID(index: 2)))
        #expect(
            explanation.summary
                == ExplanationTests.refused
                + "with an explicit deny in statement `NoPlain` of policy `policies/p.json`")
        #expect(explanation.findings.map(\.outcome)[0] == .applies)
        #expect(explanation.findings.map(\.outcome)[2] == .decided)
    }

    @Test func namesTheCallerAndNoKey() throws {
        let principal = try PrincipalAttributes(
            tags: [("s", "1")], arn: "arn:aws:sts::000000000000:assumed-role/teacher/x")
        let resource = PolicyResource(table: "student-table", region: "us-east-1", account: "000000000000")
        var asked = DecisionRequest(.getItem, on: resource, by: principal)
        let policies = try ExplanationTests.policies()
        #expect(
            policies.summary(policies.decide(asked), asked)
                == "User: arn:aws:sts::000000000000:assumed-role/teacher/x is not authorized to perform: dynamodb:GetItem on "
                + "resource: arn:aws:dynamodb:us-east-1:000000000000:table/student-table because the partition keys that it "
                + "reaches could not be determined")
        asked.context.append("T#2#x", to: .leadingKeys)
        #expect(!policies.summary(policies.decide(asked), asked).contains("T#2"))
        asked.begin(.putItem, on: resource, at: nil)
        asked.context.append("T#2#x", to: .leadingKeys)
        #expect(policies.decide(asked) == .allow(StatementID(index: 3)))
        #expect(policies.describe(StatementID(index: 1)) == "statement at line 4 of policy `policies/p.json`")
    }
}
