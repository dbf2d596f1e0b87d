import Base
import JSONText
import Policies
import Proofs
import Testing

/// A comparison that cannot be told within the caps ends with a reason that names the cap.
@Suite struct AccessCapTests {
    /// Patterns that tell more sorts of keys, tags and tables apart than are ever looked at.
    static func statement(_ count: Int, _ mark: String) -> String {
        let keys = (0..<count).map { #""*\#(mark)\#($0)?????????????????a*""# }.joined(separator: ", ")
        return #"""
            {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:*:*:table/*\#(mark)????????${aws:PrincipalTag/role}*",
             "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [\#(keys)], "dynamodb:Attributes": [\#(keys)]},
              "StringLike": {"aws:PrincipalTag/role": [\#(keys)], "aws:PrincipalTag/tier": [\#(keys)]}}}
            """#
    }

    static func set(_ statement: String) throws -> CompiledPolicySet {
        let text = #"{"Version": "2012-10-17", "Statement": [\#(statement)]}"#
        return try CompiledPolicySet(
            role: "r", policies: [PolicyDocument(parsing: Array(text.utf8), file: "p.json")])
    }

    @Test func aComparisonOfTooManySortsEnds() throws {
        let change = AccessComparison(catalog: try ProofFiles.catalog()).change(
            allowing: try AccessCapTests.set(AccessCapTests.statement(8, "x")),
            denying: try AccessCapTests.set(AccessCapTests.statement(8, "y")))
        switch change {
        case .unknown(let reasons): #expect(reasons.contains { $0.contains("steps") }, "\(reasons)")
        case .some(let differences): #expect(!differences.isEmpty)
        case .none: Issue.record("not compared to the end, and said to be the same")
        }
    }
}
