import Base
import JSONText
import Testing

@testable import Policies

@Suite struct RoleTests {
    static let policy = """
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}}
        """

    private static func role(
        _ more: String = "", trust: String = #"{"conditions": {"StringEquals": {"homeroom:role": "r"}}}"#
    )
        -> String
    { "{\"name\": \"r\", \"policies\": [\"p.json\"], \"trust\": \(trust)\(more)}" }

    private static func load(_ role: String, more: [String: String] = [:]) throws(PolicyProblems)
        -> PolicyCatalog
    {
        var files = ["roles/r.json": Array(role.utf8), "policies/p.json": Array(policy.utf8)]
        for (path, text) in more { files[path] = Array(text.utf8) }
        return try PolicyCatalog.load(files: files)
    }

    private static func problems(_ role: String, more: [String: String] = [:]) -> [String] {
        do throws(PolicyProblems) {
            _ = try load(role, more: more)
            return []
        } catch { return error.problems.map(\.description) }
    }

    @Test func readsARole() throws {
        let catalog = try RoleTests.load(
            RoleTests.role(
                ", \"description\": \"d\", \"permissionBoundary\": \"p.json\", \"maxSessionSeconds\": 900"))
        let role = try #require(catalog.roles["r"])
        #expect(role.definition.maxSessionSeconds == 900 && role.definition.description == "d")
        #expect(role.policies.boundary?.file == "policies/p.json")
        #expect(try RoleTests.load(RoleTests.role()).roles["r"]?.definition.maxSessionSeconds == 3600)
    }

    @Test(arguments: [
        ("[]", "roles/r.json:1:1: expected a role, found a list; write an object: `{…}`"),
        (
            role().replacing("\"r\", \"policies\"", with: "\"x\", \"policies\""),
            "roles/r.json:1:10: the role `x` stands in a file named for `r`; rename one of them"
        ),
        (
            role().replacing("p.json", with: "q.json"),
            "roles/r.json:1:28: there is no policy file `policies/q.json`; did you mean `p.json`?"
        ),
        (
            role().replacing("[\"p.json\"]", with: "[]"),
            "roles/r.json:1:27: the role has no policy and could do nothing; name a policy file"
        ),
        (
            role(", \"maxSessionSeconds\": 899"),
            "roles/r.json:1:127: `maxSessionSeconds` is the number 899; write a whole number from 900 to 43200"
        ),
        (
            role(", \"maxSessionSeconds\": 43201"),
            "roles/r.json:1:127: `maxSessionSeconds` is the number 43201; write a whole number from 900 to 43200"
        ),
        (
            role(", \"polices\": 1"),
            "roles/r.json:1:106: `polices` is no element of a role; did you mean `policies`?"
        ),
        (
            role(trust: "{}"),
            "roles/r.json:1:48: the role trusts every token, whatever its claims; "
                + "add `\"conditions\": {\"StringEquals\": {\"homeroom:role\": \"r\"}}`"
        ),
        (
            role(trust: "{\"conditions\": {}}"),
            "roles/r.json:1:63: the role trusts every token, whatever its claims; "
                + "write `{\"StringEquals\": {\"homeroom:role\": \"r\"}}`"
        ),
        (
            role(
                trust: "{\"issuer\": \"*\", \"conditions\": {\"StringEquals\": {\"homeroom:role\": \"r\"}}}"),
            "roles/r.json:1:59: `*` names no single issuer: every one would be trusted; "
                + "write it in full; it is compared byte by byte"
        ),
        (
            role(trust: "{\"conditions\": {\"StringEquals\": {\"homeroom:rol\": \"r\"}}}"),
            "roles/r.json:1:81: `homeroom:rol` is no known condition key; did you mean `homeroom:role`?"
        ),
    ]) func refusesRoles(role: String, problem: String) { #expect(RoleTests.problems(role) == [problem]) }

    @Test func reportsTheProblemsOfAllFilesAtOnce() {
        let found = RoleTests.problems(
            RoleTests.role(", \"x1234567\": 1"),
            more: [
                "policies/a.json": "{", "policies/p.json": "{}", "roles/s.json": "1",
                "cases/c.json": "no case", "README.md": "",
            ])
        #expect(
            found.map { $0.split(separator: ":")[0] } == [
                "policies/a.json", "policies/p.json", "roles/r.json", "roles/s.json",
            ])
    }

    @Test func refusesAFolderWithoutRoles() {
        #expect {
            try PolicyCatalog.load(files: ["policies/p.json": Array(RoleTests.policy.utf8)])
        } throws: { "\($0)" == "roles:1:1: there is no role; add `roles/<name>.json`" }
    }

    @Test func refusesARoleWithTooManyStatements() {
        let one = "{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}"
        let half = Array(repeating: one, count: Limits.policyStatementsMax / 2 + 1).joined(separator: ",")
        let text = "{\"Statement\": [\(half)]}"
        let role = RoleTests.role().replacing("[\"p.json\"]", with: "[\"p.json\", \"q.json\"]")
        let found = RoleTests.problems(role, more: ["policies/p.json": text, "policies/q.json": text])
        #expect(
            found == [
                "roles/r.json:1:28: the policies of role `r` have 2002 statements together, at most 2000 are allowed; "
                    + "merge statements that differ in one element only"
            ])
    }

    private static let now = Timestamp(milliseconds: 1_767_225_600_000)

    private func assertion(_ issuer: String, _ audiences: [String], _ claims: [(String, String)]) throws
        -> RoleAssertion
    {
        var context = ContextValues()
        for (name, value) in claims { context.append(value, to: try #require(ConditionKeyName(named: name))) }
        return RoleAssertion(issuer: issuer, audiences: audiences, context: context)
    }

    @Test(
        arguments: [
            ("own", ["homeroom"], "r", TrustDecision.admitted), ("own", ["x", "homeroom"], "r", .admitted),
            ("other", ["homeroom"], "r", .wrongIssuer), ("own/", ["homeroom"], "r", .wrongIssuer),
            ("own", ["x"], "r", .wrongAudience), ("own", [], "r", .wrongAudience),
            (
                "own", ["homeroom"], "teacher",
                .refused("line 1: StringEquals on homeroom:role wants `r`, found `teacher`")
            ),
        ] as [(String, [String], String, TrustDecision)])
    func trustsItsOwnIssuerByDefault(
        issuer: String, audiences: [String], role: String, decision: TrustDecision
    ) throws {
        let trust = try #require(try RoleTests.load(RoleTests.role()).roles["r"]).definition.trust
        let shown = try assertion(issuer, audiences, [("homeroom:role", role)])
        #expect(trust.decide(shown, ownIssuer: "own", ownAudience: "homeroom", at: RoleTests.now) == decision)
    }

    @Test func trustsTheIssuersAndTagsItNames() throws {
        let text = RoleTests.role(
            trust: """
                {"issuer": ["https://a", "https://b"], "audience": "x", "conditions":
                 {"StringEquals": {"homeroom:tier": ["basic", "premium"]}, "StringLike": {"aws:RequestTag/team": "a*"}}}
                """)
        let trust = try #require(try RoleTests.load(text).roles["r"]).definition.trust
        let claims = [("homeroom:tier", "premium"), ("aws:RequestTag/Team", "ab")]
        func decide(_ issuer: String, _ claims: [(String, String)]) throws -> TrustDecision {
            trust.decide(
                try assertion(issuer, ["x"], claims), ownIssuer: "own", ownAudience: "homeroom",
                at: RoleTests.now)
        }
        #expect(try decide("https://b", claims) == .admitted)
        #expect(try decide("own", claims) == .wrongIssuer)
        #expect(
            try decide("https://b", [claims[0]])
                == .refused("line 2: StringLike on aws:RequestTag/team wants `a*`, found no value"))
    }

    @Test func shippedRolesTrustTheRoleOfTheirName() throws {
        for (name, role) in try ShippedPolicyTests.catalog().roles where name != "operator" {
            let claims = [("homeroom:role", name), ("homeroom:tenant_id", "t"), ("homeroom:school_id", "s")]
            let decide = { (claims: [(String, String)]) in
                role.definition.trust.decide(
                    try self.assertion("own", ["a"], claims), ownIssuer: "own", ownAudience: "a",
                    at: RoleTests.now)
            }
            #expect(try decide(claims) == .admitted)
            for index in claims.indices {
                var fewer = claims
                fewer.remove(at: index)
                #expect(try decide(fewer) != .admitted)
            }
        }
    }

    @Test func noTokenOpensTheOperatorsRole() throws {
        let role = try #require(try ShippedPolicyTests.catalog().roles["operator"])
        let claims = [
            ("homeroom:role", "operator"), ("homeroom:tenant_id", "t"), ("homeroom:school_id", "s"),
        ]
        for count in 1...claims.count {
            for start in 0...(claims.count - count) {
                let decision = role.definition.trust.decide(
                    try assertion("own", ["a"], Array(claims[start..<start + count])), ownIssuer: "own",
                    ownAudience: "a", at: RoleTests.now)
                #expect(decision != .admitted)
            }
        }
    }
}
