import Base
import Crypto
import FoundationEssentials
import JSONText
import Policies
import PolicyLint
import Proofs
import Tenancy

@testable import Reviews

/// Audits to look at.
enum AuditSamples {
    static let package: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(5)
        return parts.joined(separator: "/")
    }()

    static func catalog() throws -> Catalog {
        let path = package + "/Templates/catalogs/default.json"
        return try Catalog(parsing: Array(Data(contentsOf: URL(filePath: path))), file: "default.json")
    }

    /// The policies that ship.
    static func shipped() throws -> PolicyFiles {
        var files: [String: [UInt8]] = [:]
        for folder in ["roles", "policies", "cases"] {
            let path = package + "/Policies/" + folder
            for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted() {
                files["\(folder)/\(name)"] = try Array(Data(contentsOf: URL(filePath: path + "/" + name)))
            }
        }
        return PolicyFiles(files: files)
    }

    /// A folder of one role with one policy.
    static func folder(
        statements: String, description: String = "A sample.", boundary: String? = nil, cases: String? = nil
    ) -> PolicyFiles {
        var files = [
            "roles/sample.json": """
            {"name": "sample", "description": "\(description)", "policies": ["sample.json"],
             \(boundary == nil ? "" : #""permissionBoundary": "boundary.json","#)
             "trust": {"issuer": "https://issuer.example", "audience": ["a", "b"],
               "conditions": {"StringEquals": {"homeroom:role": "sample"}}},
             "maxSessionSeconds": 5400}
            """,
            "policies/sample.json": #"{"Version": "2012-10-17", "Statement": [\#(statements)]}"#,
        ]
        if let boundary {
            files["policies/boundary.json"] = #"{"Version": "2012-10-17", "Statement": [\#(boundary)]}"#
        }
        if let cases { files["cases/sample.json"] = cases }
        return PolicyFiles(files: files.mapValues { Array($0.utf8) })
    }

    /// An Allow of reading everything in a table, and of nothing else.
    static let reading =
        #"{"Sid": "Reads", "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:*:table/student-table"}"#

    /// An audit of files whose results are made by hand.
    static func audit(
        _ files: PolicyFiles, verdict: (String) throws -> IsolationVerdict = { _ in .proved },
        findings: [LintFinding] = [], states: (String) -> Int = { _ in 345 }
    ) throws -> PolicyAudit {
        let catalog = try catalog()
        let review = PolicyReview(files: files, catalog: catalog, clock: SystemClock())
        let policies = try review.load()
        let proofs = try policies.roles.keys.sorted().map { role in
            ProofReport.Entry(
                proof: RoleProof(
                    role: role, verdict: try verdict(role), assumptions: ["tags hold no `#`"],
                    questions: 12, states: states(role)), milliseconds: 1.234)
        }
        return PolicyAudit(
            policies: policies, files: files, catalog: catalog, findings: findings,
            results: try review.test(), proofs: ProofReport(entries: proofs),
            time: Timestamp(milliseconds: 1_769_846_709_120),
            source: .init(
                folder: "Policies", catalog: .file("catalog.json"), catalogDigest: SHA256.hash("catalog"),
                productVersion: "1.2.3"))
    }

    static func page(_ audit: PolicyAudit) -> String { String(decoding: audit.page(), as: UTF8.self) }

    /// A request of a session of school `s1` that the policies of a role allow and that reaches school `s2`.
    static func counterexample(_ files: PolicyFiles) throws -> Counterexample {
        let policies = try PolicyCatalog.load(files: files.files)
        let tags = [(name: "school_id", value: "s1")]
        var request = DecisionRequest(
            .getItem,
            on: PolicyResource(table: "student-table", region: "us-east-1", account: "000000000000"),
            by: try PrincipalAttributes(tags: tags))
        let key = "TENANT#s2#STUDENT#1"
        request.context.append(key, to: .leadingKeys)
        guard let role = policies.roles["sample"] else { preconditionFailure("the sample has its role") }
        let explanation = role.policies.explain(request)
        precondition(explanation.decision.isAllowed, "the sample allows what it is to be blamed for")
        return Counterexample(
            role: "sample", tags: tags, request: request, resource: nil, key: Array(key.utf8),
            owner: "school `s2`, which is not the session's", explanation: explanation)
    }

    static func finding(
        _ severity: LintSeverity, message: String = "the statement says `x`",
        file: String = "policies/sample.json"
    ) -> LintFinding {
        LintFinding(
            LintCheck(
                id: "check-\(severity.rawValue)", severity: severity, title: "A check", why: "It matters."),
            file: file, position: TextPosition(line: 1, column: 1), message: message, remedy: "write `y`")
    }
}
