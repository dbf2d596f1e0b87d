import JSONText
import Policies
import Proofs
import Tenancy
import Testing

/// Documents of which only a part can be read.
@Suite struct PartialReadingTests {
    static func prove(_ statements: String, outside: String = "") throws -> RoleProof {
        let text = #"{"Version": "2012-10-17", \#(outside)"Statement": [\#(statements)]}"#
        return IsolationProver(catalog: try ProofFiles.catalog()).prove(
            try PolicyDocument.readPartly(Array(text.utf8), file: "p.json"))
    }

    static let own = DocumentProofTests.books(
        #""ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/tenant}"}"#)
    static let open =
        #"{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:*:table/Books"}"#
    static let bucket =
        #"{"Effect": "Allow", "Action": ["s3:*", "logs:PutLogEvents"], "Resource": "<bucket>"}"#
    static let template = #"{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "${Table.Arn}"}"#

    enum Expected: Sendable { case proved, counterexample, unproven }

    static let cases: [(name: String, statements: String, expected: Expected, says: String)] = [
        ("other services", own + "," + bucket, .proved, "of other services"),
        ("other services alone", bucket, .proved, "of other services"),
        (
            "a mixed list",
            own.replacing(#"["dynamodb:GetItem""#, with: #"["s3:GetObject", "dynamodb:GetItem""#),
            .proved, "belongs to the caller"
        ),
        (
            "a mixed list that opens",
            open.replacing(#""dynamodb:GetItem""#, with: #"["s3:*", "dynamodb:GetItem"]"#),
            .counterexample, ""
        ),
        ("an Allow of a template", own + "," + template, .unproven, "${Table.Arn}"),
        ("an Allow of a template beside an open one", template + "," + open, .counterexample, ""),
        (
            "a Deny of a template", own + "," + template.replacing("Allow", with: "Deny"), .proved,
            "left out, which makes nothing safer"
        ),
        (
            "a Deny of a template that would have helped",
            open + "," + template.replacing("Allow", with: "Deny"),
            .counterexample, "left out, which makes nothing safer"
        ),
        (
            "a misspelled element may be a condition",
            open.replacing("\"Resource", with: "\"Conditon\": {}, \"Resource"),
            .unproven, "Conditon"
        ),
        (
            "a statement without an effect", open.replacing("\"Allow\"", with: "\"allow\""), .unproven,
            "allow"
        ),
        (
            "a Principal", own.replacing("{\"Effect", with: "{\"Principal\": \"*\", \"Effect"), .proved,
            "as if it were attached"
        ),
        (
            "a Deny for everybody",
            open + "," + #"{"Principal": {"AWS": ["*"]}, "Effect": "Deny", "Action": "*", "Resource": "*"}"#,
            .proved, "as if it were attached"
        ),
        (
            "a Deny for one",
            open + ","
                + #"{"Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Effect": "Deny", "Action": "*", "Resource": "*"}"#,
            .counterexample, "for some callers only"
        ),
        (
            "a Deny for all but one",
            open + "," + #"{"NotPrincipal": "*", "Effect": "Deny", "Action": "*", "Resource": "*"}"#,
            .counterexample, "for some callers only"
        ),
        (
            "a placeholder", open.replacing("arn:aws:dynamodb:*:*:table/Books", with: "TABLE_ARN"), .unproven,
            "TABLE_ARN"
        ),
    ]

    @Test(arguments: cases.indices) func whatCanBeReadIsProved(_ place: Int) throws {
        let one = PartialReadingTests.cases[place]
        let proof = try PartialReadingTests.prove(one.statements)
        var said = proof.assumptions
        switch (proof.verdict, one.expected) {
        case (.proved, .proved), (.counterexample, .counterexample): break
        case (.unproven(let reasons), .unproven): said = reasons
        default: Issue.record("\(one.name): \(proof.verdict)")
        }
        #expect(one.says.isEmpty || said.contains { $0.contains(one.says) }, "\(one.name): \(said)")
    }

    @Test func aFaultyVersionMakesNoProof() throws {
        let text = #"{"Version": "2013", "Statement": [\#(PartialReadingTests.own)]}"#
        let proof = IsolationProver(catalog: try ProofFiles.catalog()).prove(
            try PolicyDocument.readPartly(Array(text.utf8), file: "p.json"))
        if case .proved = proof.verdict { Issue.record("the version says what variables are") }
    }

    @Test func whatIsNoJSONIsRefusedWithItsPlace() {
        let error = #expect(throws: PolicyProblems.self) {
            try PolicyDocument.readPartly(Array("{\n \"Statement\": [,]}".utf8), file: "p.json")
        }
        #expect(error?.problems.map(\.position.line) == [2])
    }
}

extension String {
    fileprivate func replacing(_ piece: String, with other: String) -> String {
        guard let start = indices.first(where: { self[$0...].hasPrefix(piece) }) else { return self }
        return String(self[..<start]) + other + String(self[start...].dropFirst(piece.count))
    }
}
