import Base
import Policies
import PolicyLint
import Reviews
import Tenancy

/// `homeroom policy lint`.
enum PolicyLintCommand {
    static let command = Command(
        path: ["policy", "lint"], summary: "look policies over for what nobody means",
        arguments: [PolicyFolder.argument],
        options: [PolicyCommands.catalogOption] + ReviewOutput.options, notes: [PolicyCommands.exitCodes],
        examples: ["homeroom policy lint Policies"],
        run: ReviewOutput.running { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let output = try ReviewOutput(invocation)
        let folder = try PolicyFolder.read(invocation)
        let findings = PolicyLinter(catalog: try PolicyCommands.catalog(invocation)).lint(
            files: folder.files.files)
        switch output.format {
        case .json: output.json { $0.raw("[]".utf8) }
        case .sarif: output.sarif(findings.map(ReviewFinding.init), rules: [], in: folder)
        case .people: invocation.terminal.line("\(findings.count) findings")
        }
        return findings.isEmpty ? .clean : .findings
    }
}
