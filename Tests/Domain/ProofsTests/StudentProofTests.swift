import Base
import Policies
import Tenancy
import Testing

@testable import Proofs

/// A second statement about the roles that read one student's record: whatever a school calls its students, none of them reaches a key
/// of another's. Whose a key is comes from here, not from the policies.
@Suite struct StudentProofTests {
    private static let file = "policies/student-record-view.json"

    private func verdict(_ role: String, _ files: [String: [UInt8]]) throws -> IsolationVerdict {
        let found = try #require(try PolicyCatalog.load(files: files).roles[role])
        let resources = ProofResource.resources(of: try ProofFiles.catalog()).map {
            ProofResource(table: $0.table, index: $0.index, partitionKey: $0.partitionKey, owners: [])
        }
        var proof = IsolationProof(
            policies: found.policies, resources: resources, session: .tokens,
            opening: found.definition.trust.conditionsOnTags)
        proof.ownTexts["student-table"] = [
            try #require(
                PolicyPattern.read(
                    "TENANT#${aws:PrincipalTag/school_id}#STUDENT#${aws:PrincipalTag/student_id}",
                    wildcards: true, variables: true))
        ]
        return proof.verdict()
    }

    @Test(arguments: ["student", "parent"]) func noStudentReachesAnothersRecord(role: String) throws {
        guard case .proved = try verdict(role, ProofFiles.policies()) else {
            Issue.record("\(role): \(try verdict(role, ProofFiles.policies()))")
            return
        }
    }

    /// A teacher reads the whole school: what is proved of the others is not true of everybody.
    @Test(arguments: ["teacher", "school-admin", "service"]) func othersReachThem(role: String) throws {
        guard case .counterexample = try verdict(role, ProofFiles.policies()) else {
            Issue.record("\(role) reaches nobody")
            return
        }
    }

    @Test(arguments: [
        ("StringEquals", "StringLike", "STUDENT#${aws:PrincipalTag/student_id}", "STUDENT#*"),
        ("StringEquals", "StringLike", "student_id}", "student_id}*"),
        ("StringEquals", "StringLike", "student_id}", "student_id}?"),
        ("StringEquals", "StringEquals", "student_id}", "student_id, '1'}"),
        ("StringEquals", "StringEqualsIgnoreCase", "", ""),
        ("ForAllValues", "ForAnyValue", "", ""), ("StringEquals", "StringNotEquals", "", ""),
    ])
    func eachSlipIsFound(_ from: String, _ to: String, _ text: String, _ other: String) throws {
        var files = try ProofFiles.policies()
        let shipped = String(decoding: try #require(files[Self.file]), as: UTF8.self)
        let compared = shipped.replacing(from, with: to)
        let changed = text.isEmpty ? compared : compared.replacing(text, with: other)
        #expect(changed != shipped)
        files[Self.file] = Array(changed.utf8)
        guard case .counterexample(let found) = try verdict("student", files) else {
            Issue.record("\(to) \(other) is not found")
            return
        }
        #expect(found.explanation.decision.isAllowed)
    }
}
