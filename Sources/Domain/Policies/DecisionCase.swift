import Base
import JSONText

/// A question with its expected answer, as a file under `cases/` keeps it beside the policies.
public struct DecisionCase: Sendable {
    /// The file's name as the caller gave it.
    public let file: String
    /// Where the case stands in it.
    public let position: TextPosition
    /// What the case shows.
    public let name: String
    /// The role that is asked.
    public let role: String
    /// The session's tags.
    public let tags: [(name: String, value: String)]
    /// What is asked, by a principal with those tags.
    public let request: DecisionRequest
    /// `Allow`, `Deny(explicit)`, `Deny(implicit)` or `Deny(error)`.
    public let expectation: String
    /// The Sid of the statement that must decide, where the case names one.
    public let statement: String?

    /// What came of a case.
    public struct Result: Sendable {
        /// The case.
        public let decisionCase: DecisionCase
        /// Why it was decided so; nil where there is no such role.
        public let explanation: DecisionExplanation?
        /// Nil where the case passed; else one sentence.
        public let failure: String?
    }

    /// Reads a file of cases: `{"role": …, "tags": {…}, "cases": [{"name", "action", "table", "index",
    /// "resource", "context", "tags", "expect", "statement"}]}`. Tags of a case replace those of the file.
    /// - Throws: `PolicyProblems` with everything that is wrong with it.
    public static func parse(_ bytes: [UInt8], file: String) throws(PolicyProblems) -> [DecisionCase] {
        var reader = PolicyReader(file: file)
        let cases = reader.readCases(bytes)
        guard reader.problems.isEmpty else { throw reader.collected }
        return cases
    }

    /// Asks the catalog.
    public func run(on catalog: PolicyCatalog) -> Result {
        guard let policies = catalog.roles[role]?.policies else {
            return Result(decisionCase: self, explanation: nil, failure: "there is no role `\(role)`")
        }
        let explanation = policies.explain(request)
        let found = explanation.decision.name
        let sid = explanation.findings.first { $0.outcome == .decided }?.sid
        var failure: String?
        if found != expectation {
            failure = "expected \(expectation), found \(found)"
        } else if let statement, statement != sid {
            failure = "expected statement `\(statement)` to decide, found \(sid.map { "`\($0)`" } ?? "none")"
        }
        return Result(decisionCase: self, explanation: explanation, failure: failure)
    }
}
