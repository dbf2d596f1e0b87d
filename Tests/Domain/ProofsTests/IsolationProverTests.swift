import Policies
import Proofs
import Tenancy
import Testing

/// Documents of one trap each, proved over a table whose keys are `TENANT#<school>#…`.
@Suite struct IsolationProverTests {
    enum Expected: Sendable { case proved, broken, brokenByNobodysKey }

    struct Trap: Sendable, CustomStringConvertible {
        let name: String
        let statements: String
        let expected: Expected
        var description: String { name }

        init(_ name: String, _ expected: Expected, _ statements: String) {
            self.name = name
            self.statements = statements
            self.expected = expected
        }
    }

    static let own = #""dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/school_id}#*""#
    static let there = #""Null": {"dynamodb:LeadingKeys": "false"}"#
    static let table = #""Resource": "arn:aws:dynamodb:*:*:table/student-table""#

    static func allow(_ actions: String, _ condition: String, _ resource: String = table) -> String {
        #"{"Effect": "Allow", "Action": \#(actions), \#(resource), "Condition": {\#(condition)}}"#
    }

    static func deny(_ actions: String, _ condition: String) -> String {
        #"{"Effect": "Deny", "Action": \#(actions), "Resource": "*", "Condition": {\#(condition)}}"#
    }

    static let all = allow(#""dynamodb:*Item""#, #""Null": {"dynamodb:LeadingKeys": "false"}"#)
    static let good = #""ForAllValues:StringLike": {\#(own)}, \#(there)"#

    static let traps: [Trap] = [
        Trap(
            "a condition with all that it needs", .proved,
            allow(#"["dynamodb:GetItem", "dynamodb:Scan", "dynamodb:BatchGetItem"]"#, good)),
        Trap(
            "a scan under ForAllValues", .broken,
            allow(#""dynamodb:Scan""#, #""ForAllValues:StringLike": {\#(own)}"#)),
        Trap(
            "a statement's scan under ForAllValues", .broken,
            allow(#""dynamodb:PartiQLSelect""#, #""ForAllValues:StringLike": {\#(own)}"#)),
        Trap("a plain operator", .proved, allow(#""dynamodb:BatchGetItem""#, #""StringLike": {\#(own)}"#)),
        Trap(
            "ForAnyValue in a batch", .broken,
            allow(#""dynamodb:BatchGetItem""#, #""ForAnyValue:StringLike": {\#(own)}"#)),
        Trap(
            "ForAnyValue of one key", .proved,
            allow(#""dynamodb:GetItem""#, #""ForAnyValue:StringLike": {\#(own)}"#)),
        Trap(
            "no delimiter before the tag's end", .brokenByNobodysKey,
            allow(
                #""dynamodb:GetItem""#,
                #""StringLike": {"dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/school_id}*"}"#)),
        Trap(
            "the wrong tag", .brokenByNobodysKey,
            allow(
                #""dynamodb:GetItem""#,
                #""StringLike": {"dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/tenant_id}#*"}"#)),
        Trap(
            "a tag that no session has", .proved,
            allow(
                #""dynamodb:GetItem""#,
                #""StringLike": {"dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/school}#*"}"#)),
        Trap(
            "a default of a tag that no session has", .broken,
            allow(
                #""dynamodb:GetItem""#,
                #""StringLike": {"dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/school, 's1d8wj5rh6cnpye3'}#*"}"#
            )),
        Trap("a negated operator", .broken, allow(#""dynamodb:GetItem""#, #""StringNotLike": {\#(own)}"#)),
        Trap(
            "a wildcard where the tag should be", .broken,
            allow(#""dynamodb:GetItem""#, #""StringLike": {"dynamodb:LeadingKeys": "TENANT#*"}"#)),
        Trap(
            "StringEquals takes the star literally", .proved,
            allow(#""dynamodb:GetItem""#, #""StringEquals": {\#(own)}"#)),
        Trap(
            "everything, and others' keys denied", .proved,
            all + "," + deny(#""*""#, #""ForAnyValue:StringNotLike": {\#(own)}"#)),
        Trap(
            "everything, and denied where all keys are others'", .broken,
            all + "," + deny(#""*""#, #""ForAllValues:StringNotLike": {\#(own)}"#)),
        Trap(
            "a plain operator denies where one key is another's", .proved,
            all + "," + deny(#""*""#, #""StringNotLike": {\#(own)}"#)),
        Trap(
            "a Deny that wants a second thing", .broken,
            all + ","
                + deny(#""*""#, #""StringNotLike": {\#(own)}, "Bool": {"aws:SecureTransport": "false"}"#)),
        Trap(
            "two Denies that share the ways", .proved,
            all + ","
                + deny(#""*""#, #""StringNotLike": {\#(own)}, "Bool": {"aws:SecureTransport": "false"}"#)
                + ","
                + deny(
                    #""*""#, #""StringNotLike": {\#(own)}, "BoolIfExists": {"aws:SecureTransport": "true"}"#)),
        Trap(
            "two Denies with a hole for a key that is never absent", .proved,
            all + ","
                + deny(#""*""#, #""StringNotLike": {\#(own)}, "Bool": {"aws:SecureTransport": "false"}"#)
                + "," + deny(#""*""#, #""StringNotLike": {\#(own)}, "Bool": {"aws:SecureTransport": "true"}"#)
        ),
        Trap(
            "two Denies with a hole for a key that may be absent", .broken,
            all + ","
                + deny(#""*""#, #""StringNotLike": {\#(own)}, "Bool": {"dynamodb:FullTableScan": "false"}"#)
                + ","
                + deny(#""*""#, #""StringNotLike": {\#(own)}, "Bool": {"dynamodb:FullTableScan": "true"}"#)),
        Trap(
            "open where the time is absent, which it never is", .proved,
            allow(#""dynamodb:*Item""#, #""Null": {"aws:CurrentTime": "true"}"#)),
        Trap(
            "open before a time", .broken,
            allow(#""dynamodb:*Item""#, #""DateLessThan": {"aws:CurrentTime": "2040-01-01T00:00:00Z"}"#)),
        Trap(
            "open where no TLS is said to be", .proved,
            allow(
                #""dynamodb:*Item""#,
                #""BoolIfExists": {"aws:SecureTransport": "true"}, "Null": {"aws:SecureTransport": "true"}"#)),
        Trap(
            "open for a service, which no session is", .proved,
            allow(#""dynamodb:*Item""#, #""Bool": {"aws:PrincipalIsAWSService": "true"}"#)),
        Trap(
            "open for who is no service", .broken,
            allow(#""dynamodb:*Item""#, #""Bool": {"aws:ViaAWSService": "false"}"#)),
        Trap(
            "open where nothing is said of a second factor", .proved,
            allow(#""dynamodb:*Item""#, #""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}"#)),
        Trap(
            "open from some addresses", .broken,
            allow(#""dynamodb:*Item""#, #""NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#)),
        Trap("NotAction", .broken, #"{"Effect": "Allow", "NotAction": "dynamodb:Scan", \#(table)}"#),
        Trap(
            "NotResource", .broken,
            #"{"Effect": "Allow", "Action": "dynamodb:GetItem", "NotResource": "arn:aws:dynamodb:*:*:table/school-table"}"#
        ),
        Trap(
            "NotResource of the table", .proved,
            #"{"Effect": "Allow", "Action": "dynamodb:GetItem", "NotResource": "arn:aws:dynamodb:*:*:table/*"}"#
        ),
        Trap(
            "a stream", .broken,
            #"{"Effect": "Allow", "Action": "dynamodb:GetRecords", "Resource": "arn:aws:dynamodb:*:*:table/student-table/stream/*"}"#
        ),
        Trap(
            "a stream of another table", .proved,
            #"{"Effect": "Allow", "Action": "dynamodb:GetRecords", "Resource": "arn:aws:dynamodb:*:*:table/other-table/stream/*"}"#
        ),
        Trap(
            "an export", .broken,
            #"{"Effect": "Allow", "Action": "dynamodb:ExportTableToPointInTime", \#(table)}"#),
        Trap(
            "a backup's restore", .broken,
            #"{"Effect": "Allow", "Action": "dynamodb:RestoreTableFromBackup", "Resource": "arn:aws:dynamodb:*:*:table/student-table/backup/*"}"#
        ),
        Trap(
            "a description", .proved,
            #"{"Effect": "Allow", "Action": "dynamodb:DescribeTable", "Resource": "*"}"#),
        Trap(
            "a Resource named for the tag", .proved,
            #"{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/school_id}"}"#
        ),
        Trap(
            "a Resource that a role's name can be", .broken,
            #"{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/role}-table"}"#
        ),
        Trap(
            "the index of another table's key", .brokenByNobodysKey,
            #"{"Effect": "Allow", "Action": "dynamodb:Query", "Resource": "arn:aws:dynamodb:*:*:table/*/index/*", "Condition": {\#(good)}}"#
        ),
        Trap(
            "a region of one's own", .broken,
            #"{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:eu-*:*:table/student-table"}"#
        ),
        Trap(
            "a short ARN", .proved,
            #"{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:table/student-table"}"#
        ),
        Trap(
            "an address that is denied and one that is allowed", .proved,
            allow(#""dynamodb:GetItem""#, #""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#) + ","
                + deny(#""*""#, #""IpAddress": {"aws:SourceIp": "0.0.0.0/0"}"#)),
        Trap(
            "an address beside the denied ones", .broken,
            allow(#""dynamodb:GetItem""#, #""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#) + ","
                + deny(
                    #""*""#,
                    #""IpAddress": {"aws:SourceIp": ["10.0.0.0/9", "10.128.0.0/10", "10.192.0.0/11"]}"#)),
        Trap(
            "numbers that leave no room", .proved,
            allow(
                #""dynamodb:GetItem""#,
                #""NumericLessThan": {"aws:MultiFactorAuthAge": "5"}, "NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "5"}"#
            )),
        Trap(
            "numbers that leave a little room", .broken,
            allow(
                #""dynamodb:GetItem""#,
                #""NumericLessThanEquals": {"aws:MultiFactorAuthAge": "5"}, "NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "5"}"#
            )),
        Trap(
            "a time that has passed is a time", .broken,
            allow(#""dynamodb:GetItem""#, #""DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}"#)),
        Trap(
            "a malformed value denies", .broken,
            allow(#""dynamodb:GetItem""#, #""StringLike": {"aws:PrincipalTag/role": "cl*"}"#) + ","
                + deny(#""*""#, #""NumericEquals": {"aws:MultiFactorAuthAge": "5"}"#)),
        Trap(
            "a tag that must be two things", .proved,
            allow(
                #""dynamodb:GetItem""#,
                #""StringLike": {"aws:PrincipalTag/role": "cl*"}, "StringEquals": {"aws:PrincipalTag/role": "teacher"}"#
            )),
        Trap(
            "a tag compared with itself", .proved,
            allow(
                #""dynamodb:GetItem""#,
                #""StringNotEquals": {"aws:PrincipalTag/role": "${aws:PrincipalTag/role}"}"#)),
    ]

    static func document(_ statements: String) throws -> PolicyDocument {
        try PolicyDocument(
            parsing: Array(#"{"Version": "2012-10-17", "Statement": [\#(statements)]}"#.utf8), file: "p.json")
    }

    static func prove(_ statements: String, boundary: String? = nil, session: String? = nil) throws
        -> RoleProof
    {
        let set = try CompiledPolicySet(
            role: "r", policies: [document(statements)], boundary: boundary.map(document),
            sessionPolicies: session.map { [try document($0)] })
        return IsolationProver.prove(
            policies: set, resources: ProofResource.resources(of: try ProofFiles.catalog()),
            session: .tokens)
    }

    /// Whether a policy is proved; a counterexample must be allowed by the evaluator, and its key another's.
    static func expect(_ proof: RoleProof, _ expected: Expected, _ name: String) {
        switch (proof.verdict, expected) {
        case (.proved, .proved): break
        case (.counterexample(let story), .broken):
            #expect(story.explanation.decision.isAllowed)
            #expect(
                story.owner.contains("which is not the session's (`")
                    || story.owner.hasPrefix("everybody's: "),
                "\(name): \(story.owner)")
        case (.counterexample(let story), .brokenByNobodysKey):
            #expect(
                story.explanation.decision.isAllowed && story.owner.hasPrefix("nobody's: "), "\(story.owner)")
        default: Issue.record("\(name): \(proof.verdict)")
        }
    }

    @Test(arguments: traps) func findsEachTrapAndProvesItsNeighbour(_ trap: Trap) throws {
        IsolationProverTests.expect(try IsolationProverTests.prove(trap.statements), trap.expected, trap.name)
    }

    @Test func aBoundaryAndASessionsPolicyKeepAnOpenRoleIn() throws {
        let open = #"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#
        let limit = IsolationProverTests.allow(
            #"["dynamodb:GetItem", "dynamodb:BatchGetItem"]"#, IsolationProverTests.good)
        let leaky = IsolationProverTests.allow(
            #""dynamodb:Scan""#, #""ForAllValues:StringLike": {\#(IsolationProverTests.own)}"#)
        IsolationProverTests.expect(
            try IsolationProverTests.prove(open, boundary: limit), .proved, "boundary")
        IsolationProverTests.expect(try IsolationProverTests.prove(open, session: limit), .proved, "session")
        IsolationProverTests.expect(
            try IsolationProverTests.prove(open, boundary: leaky), .broken, "leaky boundary")
        IsolationProverTests.expect(
            try IsolationProverTests.prove(open, boundary: leaky, session: limit), .proved,
            "nothing is in both")
    }

    @Test func aStoryIsWhole() throws {
        let proof = try IsolationProverTests.prove(
            IsolationProverTests.allow(
                #""dynamodb:GetItem""#, #""StringLike": {"dynamodb:LeadingKeys": "TENANT#*"}"#))
        guard case .counterexample(let story) = proof.verdict else {
            Issue.record("\(proof.verdict)")
            return
        }
        #expect(story.owner == "school `s1d8wj5rh6cnpye3`, which is not the session's (`s7q2mfx4k0v9bzta`)")
        #expect(story.key == Array("TENANT#s1d8wj5rh6cnpye3#STUDENT#1".utf8))
        #expect(story.request.action == .getItem)
        #expect(story.request.resource.text == "arn:aws:dynamodb:us-east-1:000000000000:table/student-table")
        #expect(story.tags.map(\.name) == ["role", "school_id", "tenant_id", "tier"])
        #expect(story.resource?.table == "student-table" && story.resource?.partitionKey == "recordKey")
        #expect(story.explanation.description.contains("decided"))
    }
}
