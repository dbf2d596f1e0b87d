import Base
import JSONText
import Policies
import PolicyLint
import Proofs
import Registry
import Tenancy

/// What stands between a set of files and its being in force: they are read, linted, tested and proved.
public struct PolicyGate: Sendable {
    private let catalog: Catalog
    private let clock: any Clock

    /// A gate for policies over the tables of a catalog.
    public init(catalog: Catalog, clock: any Clock) {
        self.catalog = catalog
        self.clock = clock
    }

    /// Looks at files. Where they cannot be read nothing is tested or proved.
    public func look(at files: PolicyFiles) -> PolicyGateReport {
        let start = clock.monotonicNanoseconds()
        let review = PolicyReview(files: files, catalog: catalog, clock: clock)
        let findings = review.lint()
        var problems: [PolicyProblem] = []
        var policies: PolicyCatalog?
        var cases: [DecisionCase.Result] = []
        var proofs = ProofReport(entries: [])
        if let fault = files.fault {
            problems = [
                PolicyProblem(
                    file: "policies", position: TextPosition(line: 1, column: 1), message: fault,
                    remedy: "take away or rename what does not belong there")
            ]
        } else {
            do throws(PolicyProblems) {
                policies = try review.load()
                cases = try review.test()
                proofs = try review.prove()
            } catch { problems = error.problems }
        }
        return PolicyGateReport(
            review: review, policies: problems.isEmpty ? policies : nil, problems: problems,
            findings: findings,
            cases: cases, proofs: proofs, milliseconds: Double(clock.monotonicNanoseconds() - start) / 1e6)
    }
}

/// What a gate found.
public struct PolicyGateReport: Sendable {
    /// What it comes to.
    public enum Verdict: Hashable, Sendable {
        /// Nothing is in the way.
        case passed
        /// Roles are not proved: a reviewer must accept that.
        case risky
        /// Files cannot be read, lint found errors, or cases failed: nobody can accept that.
        case refused
    }

    /// What looked at it.
    public let review: PolicyReview
    /// The roles, ready to decide; nil where the files cannot be read.
    let policies: PolicyCatalog?
    /// Why the files cannot be read; empty where they can.
    public let problems: [PolicyProblem]
    /// What lint found, also where it is in nobody's way.
    public let findings: [LintFinding]
    /// The decision cases.
    public let cases: [DecisionCase.Result]
    /// The roles' proofs.
    public let proofs: ProofReport
    /// How long it took.
    public let milliseconds: Double

    /// The findings that are in the way.
    public var errors: [LintFinding] { findings.filter { $0.check.severity == .error } }

    /// The cases that are in the way.
    public var failedCases: [DecisionCase.Result] { cases.filter { $0.failure != nil } }

    /// The proofs that are in the way unless somebody accepts it.
    public var risks: [ProofReport.Entry] {
        proofs.entries.filter { entry in
            switch entry.proof.verdict {
            case .proved: false
            case .counterexample, .unproven: true
            }
        }
    }

    /// What was looked at.
    public var files: PolicyFiles { review.files }

    /// What it comes to.
    public var verdict: Verdict {
        guard policies != nil, errors.isEmpty, failedCases.isEmpty else { return .refused }
        return risks.isEmpty ? .passed : .risky
    }

    /// The same as the registry keeps it.
    public var record: PolicyGateRecord {
        var counts: [String: Int] = [:]
        for finding in findings { counts[finding.check.severity.rawValue, default: 0] += 1 }
        return PolicyGateRecord(
            findings: counts, cases: cases.count,
            roles: proofs.entries.map {
                .init(name: $0.proof.role, verdict: $0.proof.verdict.name, milliseconds: $0.milliseconds)
            },
            milliseconds: milliseconds)
    }

    /// What is in the way, each a line for people: problems, errors, failed cases, then the roles that are not proved.
    public var obstacles: [String] {
        // What cannot be read is an error of lint as well.
        let places = Set(problems.map { "\($0.file):\($0.position.line):\($0.position.column)" })
        return problems.map(\.description)
            + errors.filter { !places.contains("\($0.file):\($0.position.line):\($0.position.column)") }.map {
                "\($0.file):\($0.position.line):\($0.position.column): \($0.message); \($0.remedy)"
            }
            + failedCases.map {
                "\($0.decisionCase.file):\($0.decisionCase.position.line): case `\($0.decisionCase.name)`: \($0.failure ?? "")"
            }
            + risks.map { $0.proof.obstacle(command: review.command(of:)) }
    }
}

extension IsolationVerdict {
    /// The case's name: `proved`, `counterexample`, `unproven`.
    public var name: String {
        switch self {
        case .proved: "proved"
        case .counterexample: "counterexample"
        case .unproven: "unproven"
        }
    }
}

extension RoleProof {
    /// Why the role is not proved, for people: a line, and a counterexample's story below it.
    /// - Parameter command: the AWS CLI command that makes a request.
    fileprivate func obstacle(command: (DecisionRequest) -> String) -> String {
        switch verdict {
        case .proved: return "role `\(role)` is proved"
        case .unproven(let reasons): return "role `\(role)`: unproven: \(reasons.joined(separator: "; "))"
        case .counterexample(let story):
            let decided = story.explanation.findings.first { $0.outcome == .decided }
            let lines = [
                "role `\(role)`: counterexample: \(story.story)", "  request  \(command(story.request))",
                decided.map { finding in
                    "  let by   \(finding.file):\(finding.position.line):\(finding.position.column)"
                        + (finding.sid.map { " `\($0)`" } ?? "")
                },
            ]
            return lines.compactMap { $0 }.joined(separator: "\n")
        }
    }
}
