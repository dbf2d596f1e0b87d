import Base
import JSONText
import PolicyLint

/// What lint found, as terminal, REST and SARIF tell it.
public struct LintReport: Sendable {
    /// By file and place.
    public let findings: [LintFinding]
    /// How many files were looked at.
    public let filesCount: Int

    /// What lint found in so many files.
    public init(findings: [LintFinding], filesCount: Int) {
        self.findings = findings
        self.filesCount = filesCount
    }

    /// How many findings there are of a severity.
    public func count(_ severity: LintSeverity) -> Int { findings.count { $0.check.severity == severity } }

    /// Whether nothing is as grave as `severity` or graver.
    public func isClean(from severity: LintSeverity = .warning) -> Bool {
        findings.allSatisfy { $0.check.severity > severity }
    }

    /// The same for SARIF.
    public var reviewFindings: [ReviewFinding] { findings.map(ReviewFinding.init) }

    /// Writes `{"isClean", "files", "counts": {…}, "findings": […]}`.
    public func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("isClean", isClean())
        json.member("files", filesCount)
        json.name("counts")
        json.beginObject()
        for severity in LintSeverity.allCases {
            json.name(text: severity.rawValue)
            json.int(count(severity))
        }
        json.endObject()
        json.name("findings")
        json.beginArray()
        for finding in findings { LintReport.write(finding, to: &json) }
        json.endArray()
        json.endObject()
    }

    private static func write(_ finding: LintFinding, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", finding.check.id)
        json.member("severity", finding.check.severity.rawValue)
        json.member("title", finding.check.title)
        json.member("file", finding.file)
        json.member("line", finding.position.line)
        json.member("column", finding.position.column)
        json.member("message", finding.message)
        json.member("why", finding.check.why)
        json.member("remedy", finding.remedy)
        json.member("link", ReviewRule.link(finding.check))
        json.name("fix")
        json.beginArray()
        for edit in finding.fix {
            json.beginObject()
            json.member("start", edit.range.lowerBound)
            json.member("end", edit.range.upperBound)
            json.member("replacement", edit.replacement)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}
