import Base
import JSONText
import Policies
import PolicyLint
import Proofs
import Reviews

/// What the gate before an activation found, as the API shows it.
struct PolicyGateDocument {
    let report: PolicyGateReport

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.name("problems")
        json.beginArray()
        for problem in report.problems { PolicyProblemDocument(problem).write(to: &json) }
        json.endArray()
        json.name("lint")
        json.beginArray()
        for finding in report.findings { write(finding, to: &json) }
        json.endArray()
        json.member("cases", report.cases.count)
        json.name("failedCases")
        json.beginArray()
        for result in report.failedCases { write(result, to: &json) }
        json.endArray()
        json.name("roles")
        json.beginArray()
        for entry in report.proofs { write(entry, to: &json) }
        json.endArray()
        json.name("obstacles")
        json.beginArray()
        for line in report.obstacles { json.string(line) }
        json.endArray()
        json.name("milliseconds")
        json.double(report.milliseconds)
        json.endObject()
    }

    private func write(_ finding: LintFinding, to json: inout JSONWriter) {
        json.beginObject()
        json.member("check", finding.check.id)
        json.member("severity", finding.check.severity.rawValue)
        json.member("file", finding.file)
        json.member("line", finding.position.line)
        json.member("column", finding.position.column)
        json.member("message", finding.message)
        json.member("remedy", finding.remedy)
        json.member("page", finding.check.page)
        json.endObject()
    }

    private func write(_ result: DecisionCase.Result, to json: inout JSONWriter) {
        json.beginObject()
        json.member("file", result.decisionCase.file)
        json.member("line", result.decisionCase.position.line)
        json.member("column", result.decisionCase.position.column)
        json.member("name", result.decisionCase.name)
        json.member("failure", result.failure ?? "")
        json.endObject()
    }

    private func write(_ entry: ProofReport.Entry, to json: inout JSONWriter) {
        json.beginObject()
        json.member("role", entry.proof.role)
        json.member("verdict", entry.proof.verdict.name)
        if case .unproven(let reasons) = entry.proof.verdict {
            json.name("reasons")
            json.beginArray()
            for reason in reasons { json.string(reason) }
            json.endArray()
        }
        json.name("milliseconds")
        json.double(entry.milliseconds)
        json.endObject()
    }
}
