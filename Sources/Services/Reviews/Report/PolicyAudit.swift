import Base
import Crypto
import Policies
import PolicyLint
import Proofs
import Tenancy

/// Everything that an audit of a folder of policies found, as one page that can be printed and filed.
///
/// The page is one text of HTML without script and without anything that it would load: same values in, same bytes out.
public struct PolicyAudit: Sendable {
    /// Which catalog it was.
    public enum CatalogOrigin: Sendable {
        /// The one in this file, as it was named.
        case file(String)
        /// The one that ships with the product.
        case shipped
        /// The one that the server runs on.
        case server
    }

    /// Where what was looked at came from, as the page tells it.
    public struct Source: Sendable {
        /// The folder, as it was named.
        public let folder: String
        /// Which catalog says whose records are whose.
        public let catalog: CatalogOrigin
        /// The hash of the catalog's file; nil where nobody has its bytes.
        public let catalogDigest: SHA256Digest?
        /// The product's version.
        public let productVersion: String

        /// Where things came from.
        public init(
            folder: String, catalog: CatalogOrigin, catalogDigest: SHA256Digest?, productVersion: String
        ) {
            self.folder = folder
            self.catalog = catalog
            self.catalogDigest = catalogDigest
            self.productVersion = productVersion
        }
    }

    let policies: PolicyCatalog
    let files: PolicyFiles
    let catalog: Catalog
    let findings: [LintFinding]
    let results: [DecisionCase.Result]
    let proofs: ProofReport
    let time: Timestamp
    let source: Source

    /// An audit with these results.
    public init(
        policies: PolicyCatalog, files: PolicyFiles, catalog: Catalog, findings: [LintFinding],
        results: [DecisionCase.Result], proofs: ProofReport, time: Timestamp, source: Source
    ) {
        self.policies = policies
        self.files = files
        self.catalog = catalog
        self.findings = findings.sorted()
        self.results = results
        self.proofs = proofs
        self.time = time
        self.source = source
    }

    /// Whether every role is proved, every case passed and lint found nothing as grave as a warning.
    public var isClean: Bool {
        unsettled.isEmpty && failures.isEmpty
            && LintReport(findings: findings, filesCount: files.files.count).isClean()
    }

    /// The page, in UTF-8.
    public func page() -> [UInt8] { AuditPage(self).bytes }

    /// The files' paths, byte by byte in order.
    var paths: [String] { files.files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// The roles in order.
    var roles: [PolicyCatalog.Role] {
        policies.roles.keys.sorted().compactMap { policies.roles[$0] }
    }

    /// What is known of a role's isolation; a role that nobody tried to prove is not proved.
    func proof(of role: String) -> ProofReport.Entry? { proofs.entries.first { $0.proof.role == role } }

    /// The roles that are not proved.
    var unsettled: [PolicyCatalog.Role] {
        roles.filter { role in
            if case .proved = proof(of: role.definition.name)?.proof.verdict { false } else { true }
        }
    }

    /// The roles of which a request is known that reaches what is not theirs.
    var broken: [PolicyCatalog.Role] {
        roles.filter { role in
            if case .counterexample = proof(of: role.definition.name)?.proof.verdict { true } else { false }
        }
    }

    /// The roles that are proved because no token opens them: nothing is said of what their requests reach.
    var closed: [PolicyCatalog.Role] { roles.filter { isClosed($0) } }

    /// Whether a role's trust wants a claim to be absent that every token has, and the proof found no session to ask about.
    func isClosed(_ role: PolicyCatalog.Role) -> Bool {
        guard let proof = proof(of: role.definition.name)?.proof, proof.states == 0,
            case .proved = proof.verdict
        else { return false }
        let claims: Set<ConditionKey> = [.tokenTenantId, .tokenSchoolId, .tokenRole, .tokenTier]
        return role.definition.trust.conditions.contains { condition in
            claims.contains(condition.key.value.key) && ConditionWords.presence(condition) == .forbidden
        }
    }

    /// The cases that did not pass.
    var failures: [DecisionCase.Result] { results.filter { $0.failure != nil } }
}

extension PolicyReview {
    /// Looks everything over: lint, cases, proofs.
    /// - Throws: `PolicyProblems` where policies or cases cannot be read: there is no page about half of a folder.
    public func audit(at time: Timestamp, source: PolicyAudit.Source) throws(PolicyProblems) -> PolicyAudit {
        PolicyAudit(
            policies: try load(), files: files, catalog: catalog, findings: lint(), results: try test(),
            proofs: try prove(), time: time, source: source)
    }
}
