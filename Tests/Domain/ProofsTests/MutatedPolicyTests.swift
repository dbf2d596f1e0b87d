import FoundationEssentials
import Policies
import Proofs
import Tenancy
import Testing

/// The shipped policies with one thing wrong in each: every one is shown to be broken by a request that is allowed.
@Suite struct MutatedPolicyTests {
    struct Mutation: Sendable, CustomStringConvertible {
        let name: String
        let file: String
        let from: String
        let to: String
        let action: PolicyAction
        let owner: String
        var description: String { name }

        init(
            _ name: String, _ file: String, _ from: String, _ to: String, _ action: PolicyAction,
            _ owner: String
        ) {
            self.name = name
            self.file = "policies/\(file).json"
            self.from = from
            self.to = to
            self.action = action
            self.owner = owner
        }
    }

    static let notItsOwn = "school `s1d8wj5rh6cnpye3`, which is not the session's (`s7q2mfx4k0v9bzta`)"

    static let mutations = [
        Mutation(
            "the delimiter is missing", "student-table-read", "school_id}#*", "school_id}*", .getItem,
            "nobody's: `s7q2mfx4k0v9bzta3` is no school's id; the session's is `s7q2mfx4k0v9bzta`"),
        Mutation(
            "the tag is another", "student-table-read", "school_id}", "tenant_id}", .getItem,
            "nobody's: `t4vhm3k9q2wxr7ab` is no school's id; the session's is `s7q2mfx4k0v9bzta`"),
        Mutation(
            "any key will do", "student-table-read", "TENANT#${aws:PrincipalTag/school_id}#*", "*", .getItem,
            notItsOwn),
        Mutation(
            "one key will do", "student-table-read", "ForAllValues:", "ForAnyValue:", .batchGetItem, notItsOwn
        ),
        Mutation(
            "the condition is turned round", "student-table-read", "ForAllValues:StringLike", "StringNotLike",
            .getItem, notItsOwn),
        Mutation(
            "the condition is about something else", "student-table-write",
            "\"ForAllValues:StringLike\": {\n          \"dynamodb:LeadingKeys\"",
            "\"ForAllValues:StringLike\": {\n          \"dynamodb:Attributes\"", .putItem, notItsOwn),
        Mutation(
            "Null is gone and a scan comes in", "student-table-read",
            "\"dynamodb:GetItem\",", "\"dynamodb:GetItem\", \"dynamodb:Scan\",", .scan,
            "everybody's: dynamodb:Scan reads all items of `student-table`"),
        Mutation(
            "an index of another kind of owner", "school-table-read",
            "table/school-table/index/entity-type-index",
            "table/*/index/*", .query,
            "nobody's: `t4vhm3k9q2wxr7ab` has none of the forms of keys that belong to somebody"),
        Mutation(
            "the table is any", "school-table-read", "table/school-table\"", "table/*\"", .getItem,
            "nobody's: `t4vhm3k9q2wxr7ab` has none of the forms of keys that belong to somebody"),
        Mutation(
            "a stream comes along", "tables-describe", "\"dynamodb:ListTables\"", "\"dynamodb:GetRecords\"",
            .getRecords,
            "everybody's: dynamodb:GetRecords reads the changes of all items of `school-table`, unless a gateway narrows the stream to one tenant's"
        ),
    ]

    @Test(arguments: mutations) func aBrokenPolicyIsShownToBe(_ mutation: Mutation) throws {
        var files = try ProofFiles.policies()
        var text = String(decoding: try #require(files[mutation.file]), as: UTF8.self)
        #expect(text.contains(mutation.from), "the policy has changed")
        text = text.replacing(mutation.from, with: mutation.to)
        if mutation.action == .scan {
            // Without the Null, and without the Deny that stands behind it.
            text = text.replacing(
                "\"Null\": {\n          \"dynamodb:LeadingKeys\": \"false\"",
                with: "\"Null\": {\n          \"aws:PrincipalTag/role\": \"false\"")
            let protection = String(
                decoding: try #require(files["policies/tables-protect.json"]), as: UTF8.self)
            files["policies/tables-protect.json"] = Array(
                protection.replacing("\"dynamodb:Scan\"", with: "\"dynamodb:ListTables\"").utf8)
        }
        files[mutation.file] = Array(text.utf8)
        let role = try #require(try PolicyCatalog.load(files: files).roles["teacher"])
        let proof = IsolationProver(catalog: try ProofFiles.catalog()).prove(role)
        guard case .counterexample(let story) = proof.verdict else {
            Issue.record("\(proof.verdict)")
            return
        }
        #expect(story.explanation.decision.isAllowed)
        #expect(role.policies.decide(story.request).isAllowed)
        #expect(story.request.action == mutation.action)
        #expect(story.owner == mutation.owner)
        #expect(story.tags.contains { $0.name == "role" && $0.value == "teacher" })
    }

    @Test func aRoleThatTenantsTokensOpenIsLookedAt() throws {
        var files = try ProofFiles.policies()
        let path = "roles/operator.json"
        let text = String(decoding: try #require(files[path]), as: UTF8.self)
        let opened = text.replacing(
            "\"Null\": {", with: "\"StringEquals\": {\"homeroom:role\": \"clerk\"}, \"NullX\": {")
        files[path] = Array(
            opened.prefix { $0 != "\u{0}" }.replacing(#/, "NullX": \{[^}]*\}/#, with: "").utf8)
        let role = try #require(try PolicyCatalog.load(files: files).roles["operator"])
        guard
            case .counterexample(let story) = IsolationProver(catalog: try ProofFiles.catalog()).prove(role)
                .verdict
        else {
            Issue.record("a token opens it")
            return
        }
        #expect(story.tags.contains { $0.name == "role" && $0.value == "clerk" })
    }
}
