import Base
import JSONText
import Policies

/// What came of the decision cases, as terminal, REST and SARIF tell it.
public struct CaseReport: Sendable {
    /// What a case that failed is among findings.
    public static let rule = ReviewRule(
        id: "decision-case-failed", level: .error, title: "A decision case failed",
        why: "The policies no longer decide as their cases say they must.", isSecurity: true)

    /// In the order of the files.
    public let results: [DecisionCase.Result]

    /// What came of these cases.
    public init(results: [DecisionCase.Result]) { self.results = results }

    /// The cases that failed.
    public var failed: [DecisionCase.Result] { results.filter { $0.failure != nil } }

    /// The roles that were asked, in order, with how many of their cases passed and failed.
    public var roles: [(name: String, passed: Int, failed: Int)] {
        var counts: [String: (passed: Int, failed: Int)] = [:]
        for result in results {
            var count = counts[result.decisionCase.role] ?? (0, 0)
            if result.failure == nil { count.passed += 1 } else { count.failed += 1 }
            counts[result.decisionCase.role] = count
        }
        return counts.keys.sorted().map { ($0, counts[$0]?.passed ?? 0, counts[$0]?.failed ?? 0) }
    }

    /// The cases that failed, for SARIF.
    public var reviewFindings: [ReviewFinding] {
        failed.map { result in
            ReviewFinding(
                CaseReport.rule, file: result.decisionCase.file, position: result.decisionCase.position,
                message: "`\(result.decisionCase.name)`: \(result.failure ?? "")")
        }
    }

    /// Writes `{"isClean", "passed", "failed", "roles": […], "cases": […]}`; a case that failed has its explanation.
    public func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("isClean", failed.isEmpty)
        json.member("passed", results.count - failed.count)
        json.member("failed", failed.count)
        json.name("roles")
        json.beginArray()
        for role in roles {
            json.beginObject()
            json.member("role", role.name)
            json.member("passed", role.passed)
            json.member("failed", role.failed)
            json.endObject()
        }
        json.endArray()
        json.name("cases")
        json.beginArray()
        for result in results { CaseReport.write(result, to: &json) }
        json.endArray()
        json.endObject()
    }

    private static func write(_ result: DecisionCase.Result, to json: inout JSONWriter) {
        let asked = result.decisionCase
        json.beginObject()
        json.member("name", asked.name)
        json.member("role", asked.role)
        json.member("file", asked.file)
        json.member("line", asked.position.line)
        json.member("column", asked.position.column)
        json.member("expected", asked.expectation)
        json.member("found", ifPresent: result.explanation?.decision.name)
        json.member("isPassed", result.failure == nil)
        if let failure = result.failure {
            json.member("failure", failure)
            RequestDocument.write(tags: asked.tags, to: &json)
            json.name("request")
            RequestDocument(asked.request).write(to: &json)
            if let explanation = result.explanation {
                json.name("explanation")
                ExplanationDocument(explanation).write(to: &json)
            }
        }
        json.endObject()
    }
}
