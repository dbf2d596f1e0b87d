import Base
import Policies
import PolicyLint
import Proofs
import Tenancy

/// What came of the proofs of all roles.
public struct ProofReport: Sendable {
    /// The proof of one role, and how long it took.
    public struct Entry: Sendable {
        /// What came of it.
        public let proof: RoleProof
        /// How long it took.
        public let milliseconds: Double

        /// What came of a role.
        public init(proof: RoleProof, milliseconds: Double) {
            self.proof = proof
            self.milliseconds = milliseconds
        }
    }

    /// By the roles' names.
    public let entries: [Entry]

    /// What came of the roles.
    public init(entries: [Entry]) { self.entries = entries }
}

/// The questions of a reviewer about one folder of policies: each answers with values that a terminal, a page or REST shows.
public struct PolicyReview: Sendable {
    /// What is looked at.
    public let files: PolicyFiles
    /// The tables and whose keys are whose.
    public let catalog: Catalog
    private let clock: any Clock

    /// A review of these files.
    public init(files: PolicyFiles, catalog: Catalog, clock: any Clock) {
        self.files = files
        self.catalog = catalog
        self.clock = clock
    }

    /// The roles and policies, ready to decide.
    /// - Throws: `PolicyProblems` with everything that is wrong.
    public func load() throws(PolicyProblems) -> PolicyCatalog { try PolicyCatalog.load(files: files.files) }

    /// The AWS CLI command that makes a request, on one line.
    public func command(of request: DecisionRequest) -> String {
        AWSCommandText(catalog: catalog).text(of: request)
    }

    /// What lint finds.
    public func lint() -> [LintFinding] { PolicyLinter(catalog: catalog).lint(files: files.files) }

    /// Runs all decision cases of the folder.
    /// - Throws: `PolicyProblems` where policies or cases cannot be read.
    public func test() throws(PolicyProblems) -> [DecisionCase.Result] {
        let policies = try load()
        var results: [DecisionCase.Result] = []
        for (path, bytes) in files.files.sorted(by: { $0.key < $1.key })
        where path.hasPrefix("cases/") && path.hasSuffix(".json") {
            results += try DecisionCase.parse(bytes, file: path).map { $0.run(on: policies) }
        }
        return results
    }

    /// Proves every role, or these only.
    /// - Throws: `PolicyProblems` where the policies cannot be read.
    public func prove(roles wanted: Set<String>? = nil) throws(PolicyProblems) -> ProofReport {
        let policies = try load()
        let prover = IsolationProver(catalog: catalog)
        let entries = policies.roles.keys.sorted().filter { wanted?.contains($0) ?? true }.compactMap {
            name in
            policies.roles[name].map { role in
                let start = clock.monotonicNanoseconds()
                let proof = prover.prove(role)
                return ProofReport.Entry(
                    proof: proof, milliseconds: Double(clock.monotonicNanoseconds() - start) / 1e6)
            }
        }
        return ProofReport(entries: entries)
    }

    /// Proves what can be read of one of the files as a document by itself, whoever it is given to.
    /// - Throws: `PolicyProblems` where it is no JSON, or has no statements.
    public func prove(document file: String) throws(PolicyProblems) -> ProofReport {
        let reading = try PolicyDocument.readPartly(files.files[file] ?? [], file: file)
        let start = clock.monotonicNanoseconds()
        let proof = IsolationProver(catalog: catalog).prove(reading)
        let milliseconds = Double(clock.monotonicNanoseconds() - start) / 1e6
        return ProofReport(entries: [.init(proof: proof, milliseconds: milliseconds)])
    }
}
