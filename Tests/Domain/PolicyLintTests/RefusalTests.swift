import JSONText
import Policies
import Testing

@testable import PolicyLint

/// Each refusal says file, line, column, what, and the remedy: where a folder is loaded, and in lint.
@Suite struct RefusalTests {
    struct Refusal: CustomTestStringConvertible, Sendable {
        let name: String
        /// The file that is wrong; the others are right.
        let path: String
        let text: String
        let id: String
        /// `file:line:column: message; remedy`.
        let expected: String

        var testDescription: String { name }
    }

    @Test(arguments: refusals) func isRefusedWithPlaceAndRemedy(refusal: Refusal) throws {
        var files = RefusalTests.sound
        files[refusal.path] = Array(refusal.text.utf8)
        #expect(throws: PolicyProblems.self) { try PolicyCatalog.load(files: files) }
        do throws(PolicyProblems) {
            _ = try PolicyCatalog.load(files: files)
        } catch {
            #expect(error.problems.map(\.description) == [refusal.expected])
            #expect(error.problems.map(\.kind.rawValue) == [refusal.id])
        }
        let found = PolicyLinter(catalog: nil).lint(files: files).filter { $0.check.severity == .error }
        #expect(found.map(\.check.id) == [refusal.id])
        let place = found.map { "\($0.file):\($0.position.line):\($0.position.column): " }
        #expect(place.allSatisfy(refusal.expected.hasPrefix), "\(place)")
        #expect(
            found.map { "\($0.file):\($0.position.line):\($0.position.column): \($0.message)" }
                .allSatisfy(refusal.expected.hasPrefix))
        #expect(found.allSatisfy { !$0.remedy.isEmpty })
    }

    @Test func theSoundNeighbourIsLoaded() throws {
        let catalog = try PolicyCatalog.load(files: RefusalTests.sound)
        #expect(catalog.roles.keys.sorted() == ["teacher"])
        #expect(PolicyLinter(catalog: nil).lint(files: RefusalTests.sound).map(\.line) == [])
    }

    @Test func anEmptyFolderIsRefused() throws {
        do throws(PolicyProblems) {
            _ = try PolicyCatalog.load(files: [:])
            Issue.record("an empty folder was loaded")
        } catch {
            #expect(
                error.problems.map(\.description) == ["roles:1:1: there is no role; add `roles/<name>.json`"])
        }
        let found = PolicyLinter(catalog: nil).lint(files: [:])
        #expect(found.map(\.line) == ["roles:1:1 error no-role: there is no role; add `roles/<name>.json`"])
    }

    @Test func oneFaultyFileKeepsAllFromBeingLoaded() {
        var files = RefusalTests.sound
        files["policies/unused.json"] = Array("{".utf8)
        #expect(throws: PolicyProblems.self) { try PolicyCatalog.load(files: files) }
    }

    static let sound: [String: [UInt8]] = [
        "roles/teacher.json": Array(LintExample.plainRole.utf8),
        "policies/read.json": Array(LintExample.plainPolicy.utf8),
        "cases/teacher.json": Array(LintExample.plainCases.utf8),
    ]

    private static func policy(_ name: String, _ id: String, _ old: String, _ new: String, _ expected: String)
        -> Refusal
    {
        Refusal(
            name: name, path: "policies/read.json",
            text: LintExample.plainPolicy.split(
                separator: old, maxSplits: 1, omittingEmptySubsequences: false
            )
            .joined(separator: new), id: id, expected: "policies/read.json:" + expected)
    }

    private static func role(_ name: String, _ id: String, _ old: String, _ new: String, _ expected: String)
        -> Refusal
    {
        Refusal(
            name: name, path: "roles/teacher.json",
            text: LintExample.plainRole.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
                .joined(separator: new), id: id, expected: "roles/teacher.json:" + expected)
    }

    static let refusals: [Refusal] = [
        policy(
            "not JSON", "json-syntax", "\"Allow\",", "Allow,",
            "6:17: expected a value, found `A`; correct the JSON"),
        policy(
            "a duplicate element", "duplicate-element", "\"Effect\": \"Allow\",",
            "\"Effect\": \"Allow\",\n      \"Effect\": \"Deny\",",
            "7:7: the member `Effect` stands here a second time; keep one of the two"),
        policy(
            "an unknown action", "unknown-action", "dynamodb:GetItem", "dynamodb:GetItems",
            "7:17: `dynamodb:GetItems` is no known action; did you mean `dynamodb:GetItem`?"),
        policy(
            "an unknown key", "unknown-key", "{\"dynamodb:LeadingKeys\"", "{\"dynamodb:LeadingKey\"",
            "13:18: `dynamodb:LeadingKey` is no known condition key; did you mean `dynamodb:LeadingKeys`?"),
        policy(
            "an unknown operator", "unknown-operator", "ForAllValues:StringLike", "ForAllValue:StringLike",
            "10:9: `ForAllValue:StringLike` is no condition operator; did you mean `ForAllValues:StringLike`?"
        ),
        policy(
            "a variable that no token can supply", "unsupplied-variable", "aws:PrincipalTag/school_id",
            "aws:PrincipalTag/district",
            "11:35: no token supplies `${aws:PrincipalTag/district}`; use a tag that tokens have: `tenant_id`, "
                + "`school_id`, `student_id`, `role`, `tier`"),
        policy(
            "a variable of another provider", "unsupplied-variable", "aws:PrincipalTag/school_id",
            "aws:username",
            "11:35: no token supplies `${aws:username}`; use a tag, such as `${aws:PrincipalTag/school_id}`"),
        role(
            "a role that trusts every issuer", "trusts-every-issuer", "\"conditions\": {",
            "\"issuer\": \"*\",\n    \"conditions\": {",
            "5:15: `*` names no single issuer: every one would be trusted; write it in full; it is compared byte by byte"
        ),
        role(
            "a role that trusts one issuer among patterns", "trusts-every-issuer", "\"conditions\": {",
            "\"issuer\": [\"https://a.example\", \"https://*\"],\n    \"conditions\": {",
            "5:37: `https://*` names no single issuer: every one would be trusted; write it in full; it is compared "
                + "byte by byte"),
        role(
            "a role that names no issuer", "trusts-every-issuer", "\"conditions\": {",
            "\"issuer\": [],\n    \"conditions\": {",
            "5:15: `issuer` is an empty list; name one, or leave the element out for the deployment's own"),
        role(
            "a policy that is not there", "missing-policy-file", "read.json", "raed.json",
            "3:16: there is no policy file `policies/raed.json`; did you mean `read.json`?"),
    ]
}
