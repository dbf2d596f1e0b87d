import Policies
import Tenancy
import Testing

@testable import Proofs

/// The policies that ship, against themselves and against each way in which one of their files can be changed for the worse.
@Suite struct AccessShippedTests {
    /// A text of a file, what stands in its place after the change, and which roles have the file.
    struct Change: Sendable, CustomTestStringConvertible {
        let file: String
        let text: String
        let replacement: String
        let gaining: Set<String>
        var testDescription: String { "\(file): \(text)" }
    }

    static let changes: [Change] = [
        Change(
            file: "policies/student-record-view.json", text: "ForAllValues:StringEquals",
            replacement: "ForAnyValue:StringEquals", gaining: ["parent", "student"]),
        Change(
            file: "policies/student-record-view.json", text: "/student_id}", replacement: "/role}",
            gaining: ["parent", "student"]),
        Change(
            file: "policies/student-table-delete.json", text: "school_id}#*",
            replacement: "school_id, 'none'}#*", gaining: ["school-admin", "service"]),
        Change(
            file: "policies/school-table-write.json", text: "ForAllValues:StringEquals",
            replacement: "ForAllValues:StringLikeIfExists", gaining: []),
        Change(
            file: "policies/school-table-write.json", text: "${aws:PrincipalTag/tenant_id}",
            replacement: "t*",
            gaining: ["district-admin"]),
        Change(
            file: "policies/student-table-write.json", text: "\"Action\": [", replacement: "\"NotAction\": [",
            // The other two had all actions on items before.
            gaining: ["teacher"]),
        Change(
            file: "policies/tables-describe.json", text: "\"dynamodb:ListTables\"",
            replacement: "[\"dynamodb:ListTables\", \"dynamodb:Scan\"]", gaining: []),
        Change(
            file: "policies/tables-describe.json", text: "\"dynamodb:ListTables\"",
            replacement: "[\"dynamodb:ListTables\", \"dynamodb:ListStreams\"]",
            gaining: ["district-admin", "parent", "school-admin", "service", "student", "teacher"]),
        Change(
            file: "policies/operator-tables.json", text: "\"dynamodb:*\"", replacement: "\"*\"",
            gaining: ["operator"]),
    ]

    @Test func areProvenToBeAsTheyAre() throws {
        let catalog = try PolicyCatalog.load(files: ProofFiles.policies())
        let diffs = AccessComparison(catalog: try ProofFiles.catalog()).compare(old: catalog, new: catalog)
        #expect(diffs.map(\.role) == ShippedProofTests.roles)
        for diff in diffs { #expect(diff.isUnchanged, "\(diff.role)") }
    }

    @Test(arguments: changes) func everyRoleThatGainsIsNamed(_ change: Change) throws {
        var files = try ProofFiles.policies()
        let old = try PolicyCatalog.load(files: files)
        let text = String(decoding: try #require(files[change.file]), as: UTF8.self)
        #expect(text.contains(change.text))
        files[change.file] = Array(text.replacing(change.text, with: change.replacement).utf8)
        let new = try PolicyCatalog.load(files: files)
        let diffs = AccessComparison(catalog: try ProofFiles.catalog()).compare(old: old, new: new)
        let gaining = diffs.filter { if case .some = $0.gained { true } else { false } }.map(\.role)
        #expect(Set(gaining) == change.gaining)
        #expect(diffs.filter(\.isGainUnknown).isEmpty)
    }
}
