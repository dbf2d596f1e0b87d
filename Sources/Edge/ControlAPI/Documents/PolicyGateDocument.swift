import Base
import JSONText
import Policies
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
        LintReport(findings: report.findings, filesCount: report.files.files.count).write(to: &json)
        json.member("cases", report.cases.count)
        json.name("failedCases")
        json.beginArray()
        for result in report.failedCases { write(result, to: &json) }
        json.endArray()
        json.name("proofs")
        report.proofs.write(to: &json, command: report.review.command(of:))
        json.name("obstacles")
        json.beginArray()
        for line in report.obstacles { json.string(line) }
        json.endArray()
        json.name("milliseconds")
        json.double(report.milliseconds)
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
}
