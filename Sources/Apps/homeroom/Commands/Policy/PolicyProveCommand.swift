import Base
import JSONText
import Policies
import Proofs
import Reviews
import Tenancy

/// `homeroom policy prove`.
enum PolicyProveCommand {
    static let command = Command(
        path: ["policy", "prove"], summary: "prove that no role reaches another district's items",
        arguments: [PolicyFolder.argument],
        options: [
            CommandOption(name: "role", value: "ROLE", help: "this role only", isRepeatable: true),
            CommandOption(
                name: "policy", value: "FILE", help: "prove this document alone, whoever it is given to"),
            PolicyCommands.catalogOption,
        ] + ReviewOutput.options + GatewayReplay.options,
        notes: [
            "For every role: proved, or a counterexample, or unproven with the reason. A counterexample has been put to the "
                + "evaluator that the gateway decides with before it is shown.",
            "--replay sends each counterexample to a running gateway, with ids of districts that are there in the place of the "
                + "made-up ones, and tells what the second wall does with it. What writes is aimed at a district that does not "
                + "exist, and what would change a whole table is not sent.",
            "Ends with 0 where every role is proved, with 1 where one is not, with 2 where it could not run.",
        ],
        examples: ["homeroom policy prove Policies", "homeroom policy prove --policy one.json --json"],
        run: ReviewOutput.running { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let output = try ReviewOutput(invocation)
        let catalog = try PolicyCommands.catalog(invocation)
        let (report, folder) = try prove(invocation, catalog)
        let replay = try replay(invocation, catalog, report, output)
        let commands = ProofCommands(catalog: catalog)
        switch output.format {
        case .json: output.json { report.write(to: &$0, command: commands.text) }
        case .sarif:
            let findings = report.reviewFindings { role in
                let file = invocation.value("policy") ?? "roles/\(role).json"
                return (file, TextPosition(line: 1, column: 1))
            }
            output.sarif(findings, rules: ProofReport.rules, in: folder)
        case .people:
            ProofView(folder, commands, output).show(report)
            if let replay { try show(replay, report, output) }
        }
        return report.isProved ? .clean : .findings
    }

    private static func replay(
        _ invocation: Invocation, _ catalog: Catalog, _ report: ProofReport, _ output: ReviewOutput
    ) throws(CommandFailure) -> GatewayReplay? {
        guard let url = invocation.value("replay") else { return nil }
        guard output.format == .people, invocation.value("policy") == nil else {
            throw .usage("--replay tells people, and about roles; leave --json, --sarif and --policy out")
        }
        let replay = try GatewayReplay(url, invocation, catalog: catalog)
        return report.isProved ? nil : replay
    }

    private static func show(_ replay: GatewayReplay, _ report: ProofReport, _ output: ReviewOutput) throws {
        for entry in report.entries {
            guard case .counterexample(let story) = entry.proof.verdict else { continue }
            output.line("\nReplay for \(entry.proof.role)")
            for line in try replay.lines(story) { output.line("  \(line)") }
        }
    }

    private static func prove(_ invocation: Invocation, _ catalog: Catalog) throws -> (
        ProofReport, PolicyFolder
    ) {
        let clock = SystemClock()
        if let file = invocation.value("policy") {
            guard invocation.arguments.isEmpty, invocation.values("role").isEmpty else {
                throw CommandFailure.usage("--policy proves one document; leave the folder and --role out")
            }
            let bytes = try PolicyFolder.contents(of: file)
            let folder = PolicyFolder(path: "", files: PolicyFiles(files: [file: bytes]))
            let review = PolicyReview(files: folder.files, catalog: catalog, clock: clock)
            do throws(PolicyProblems) { return (try review.prove(document: file), folder) } catch {
                throw folder.failure(error)
            }
        }
        let folder = try PolicyFolder.read(invocation)
        let review = PolicyReview(files: folder.files, catalog: catalog, clock: clock)
        let roles = invocation.values("role")
        let missing: ReviewFailure
        do throws(PolicyProblems) {
            let known = try review.load().roles.keys.sorted()
            guard let unknown = roles.first(where: { !known.contains($0) }) else {
                return (try review.prove(roles: roles.isEmpty ? nil : Set(roles)), folder)
            }
            missing = ReviewFailure(
                "there is no role `\(unknown)` in `\(folder.path)`; \(Suggestion.remedy(for: unknown, among: known))"
            )
        } catch { throw folder.failure(error) }
        throw missing
    }
}

/// The AWS CLI commands that make the requests of counterexamples.
struct ProofCommands {
    let catalog: Catalog

    /// The command that makes a request.
    func text(of request: DecisionRequest) -> String { AWSCommandText(catalog: catalog).text(of: request) }
}
