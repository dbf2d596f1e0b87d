import Base
import Policies
import Reviews

/// `homeroom policy test`.
enum PolicyTestCommand {
    static let command = Command(
        path: ["policy", "test"], summary: "ask the policies the cases that are kept beside them",
        arguments: [PolicyFolder.argument],
        options: [PolicyCommands.catalogOption] + ReviewOutput.options,
        notes: [
            "Cases are the files in `cases/`: questions with their expected answers. A case that fails is told with the "
                + "statement that decided, and with what kept each other one out.",
            "Ends with 0 where all cases pass, with 1 where one fails, with 2 where there are none or they cannot be read.",
        ],
        examples: ["homeroom policy test Policies"],
        run: ReviewOutput.running { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let output = try ReviewOutput(invocation)
        let folder = try PolicyFolder.read(invocation)
        let review = PolicyReview(
            files: folder.files, catalog: try PolicyCommands.catalog(invocation), clock: SystemClock())
        let results: [DecisionCase.Result]
        do throws(PolicyProblems) { results = try review.test() } catch { throw folder.failure(error) }
        guard !results.isEmpty else {
            throw ReviewFailure(
                "there are no cases in `\(folder.shown("cases"))`; write one for each thing that a role may do, and for each "
                    + "that it may not")
        }
        let report = CaseReport(results: results)
        switch output.format {
        case .json: output.json { report.write(to: &$0) }
        case .sarif: output.sarif(report.reviewFindings, rules: [CaseReport.rule], in: folder)
        case .people: show(report, folder, output)
        }
        return report.failed.isEmpty ? .clean : .findings
    }

    private static func show(_ report: CaseReport, _ folder: PolicyFolder, _ output: ReviewOutput) {
        var table = TextTable([
            .init("ROLE", leastWidth: 12), .init("PASSED", isNumber: true), .init("FAILED", isNumber: true),
        ])
        for role in report.roles {
            table.add([role.name, Figures.count(role.passed), Figures.count(role.failed)])
        }
        output.table(table) { report.roles[$0].failed > 0 ? .bad : nil }
        output.line()
        for result in report.failed {
            let asked = result.decisionCase
            output.line("\(folder.place(asked.file, asked.position))  \(asked.role): \(asked.name)", .bad)
            output.paragraph(result.failure ?? "", indent: 2)
            if let explanation = result.explanation {
                ExplanationView(folder, output).show(explanation, of: asked.request, tags: asked.tags)
            }
            output.line()
        }
        let failed = report.failed.count
        output.line(
            "\(PolicyCommands.counted(report.results.count, "case")): "
                + (failed == 0 ? "all pass" : "\(Figures.count(failed)) failed"), failed == 0 ? .good : .bad)
    }
}
