import Base
import JSONText
import PolicyLint
import Reviews
import Tenancy

/// `homeroom policy lint`.
enum PolicyLintCommand {
    static let command = Command(
        path: ["policy", "lint"], summary: "look policies over for what nobody means",
        arguments: [
            CommandArgument(
                name: "PATH", help: "folders of policies, or files (default: \(PolicyFolder.standardPath))",
                isOptional: true, isRepeatable: true)
        ],
        options: [
            CommandOption(
                name: "severity", value: "LEVEL",
                help: "what counts for the exit code: error, security-warning, warning or suggestion",
                standard: "warning"),
            CommandOption(name: "fix", help: "put right in the files what can be put right safely"),
            CommandOption(name: "dry-run", help: "with --fix: show what it would change, and change nothing"),
            PolicyCommands.catalogOption,
        ] + ReviewOutput.options,
        notes: [
            "Each finding says where it is, what was found, why it matters and what to do; `homeroom policy checks ID` "
                + "explains more.",
            "Ends with 0 where nothing is as grave as --severity, with 1 where something is, with 2 where it could not run.",
        ],
        examples: [
            "homeroom policy lint Policies", "homeroom policy lint Policies --sarif > lint.sarif",
            "homeroom policy lint Policies --fix --dry-run",
        ],
        run: ReviewOutput.running { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let output = try ReviewOutput(invocation)
        let threshold = try severity(invocation)
        let catalog = try PolicyCommands.catalog(invocation)
        var subject = try LintSubject(invocation)
        var report = subject.lint(catalog: catalog)
        if invocation.isSet("fix") {
            let fixes = subject.fixes(of: report.findings, catalog: catalog)
            if invocation.isSet("dry-run") {
                guard output.format == .people else {
                    throw CommandFailure.usage(
                        "--dry-run shows its listing to people; leave --json and --sarif out")
                }
                return list(fixes, output)
            }
            for change in fixes.changes { try PolicyFile.replace(change.file, with: change.after) }
            if output.format == .people { tell(fixes, output) }
            subject = try LintSubject(invocation)
            report = subject.lint(catalog: catalog)
        } else if invocation.isSet("dry-run") {
            throw CommandFailure.usage("--dry-run goes with --fix; add it")
        }
        switch output.format {
        case .json: output.json { report.write(to: &$0) }
        case .sarif:
            let folder = PolicyFolder(path: "", files: subject.files)
            output.sarif(report.reviewFindings, rules: PolicyLinter.reviewRules, in: folder)
        case .people: LintView(output.terminal).show(report)
        }
        return report.isClean(from: threshold) ? .clean : .findings
    }

    private static func severity(_ invocation: Invocation) throws(CommandFailure) -> LintSeverity {
        guard let text = invocation.value("severity") else { return .warning }
        guard let severity = LintSeverity(rawValue: text) else {
            throw .usage(
                "--severity: there is no severity `\(text)`; "
                    + Suggestion.remedy(for: text, among: LintSeverity.allCases.map(\.rawValue)))
        }
        return severity
    }

    private static func list(_ fixes: LintFixes, _ output: ReviewOutput) -> ExitCode {
        for change in fixes.changes {
            output.line("--- \(change.file)")
            output.line("+++ \(change.file)")
            for line in change.listing {
                let tint: ReviewOutput.Tint? =
                    switch line.first {
                    case "-": .bad
                    case "+": .good
                    default: .faint
                    }
                output.line(line, tint)
            }
        }
        let count = fixes.count
        output.line(
            count == 0
                ? "nothing that can be put right safely"
                : "would put right \(PolicyCommands.counted(count, "finding")) in "
                    + "\(PolicyCommands.counted(fixes.changes.count, "file")); nothing was changed")
        return count == 0 ? .clean : .findings
    }

    private static func tell(_ fixes: LintFixes, _ output: ReviewOutput) {
        for change in fixes.changes {
            for finding in change.fixed {
                let place = "\(change.file):\(finding.position.line):\(finding.position.column)"
                output.line("fixed  \(place)  \(finding.check.id)", .good)
            }
        }
        let count = fixes.count
        output.line(
            count == 0
                ? "nothing that can be put right safely\n"
                : "put right: \(PolicyCommands.counted(count, "finding")) in "
                    + "\(PolicyCommands.counted(fixes.changes.count, "file"))\n")
    }
}
