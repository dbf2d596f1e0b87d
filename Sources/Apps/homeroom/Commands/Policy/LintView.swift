import JSONText
import PolicyLint
import Reviews

/// Shows what lint found to people.
struct LintView {
    private let output: ReviewOutput

    init(_ terminal: Terminal) { output = ReviewOutput(showingTo: terminal) }

    /// Each finding in a paragraph, then how many there are.
    func show(_ report: LintReport) {
        for finding in report.findings {
            let severity = finding.check.severity
            output.line(
                "\(finding.file):\(finding.position.line):\(finding.position.column)  "
                    + "\(LintView.words(severity))  \(finding.check.id)", LintView.tint(severity))
            output.paragraph("\(finding.message); \(finding.remedy).", indent: 2)
            output.paragraph("Why: \(finding.check.why)", indent: 2)
            output.line(
                "  See \(ReviewRule.link(finding.check))"
                    + (finding.fix.isEmpty ? "" : "; --fix puts it right"))
            output.line()
        }
        output.line(summary(report))
    }

    private func summary(_ report: LintReport) -> String {
        let files = PolicyCommands.counted(report.filesCount, "file")
        guard !report.findings.isEmpty else { return "\(files), nothing found" }
        let counts = LintSeverity.allCases.filter { report.count($0) > 0 }.map {
            PolicyCommands.counted(report.count($0), LintView.words($0))
        }
        return "\(files): \(counts.joined(separator: ", "))"
    }

    private static func words(_ severity: LintSeverity) -> String {
        severity == .securityWarning ? "security warning" : severity.rawValue
    }

    private static func tint(_ severity: LintSeverity) -> ReviewOutput.Tint {
        switch severity {
        case .error, .securityWarning: .bad
        case .warning: .doubtful
        case .suggestion: .faint
        }
    }
}
