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
        ] + ReviewOutput.options,
        notes: [
            "For every role: proved, or a counterexample, or unproven with the reason. A counterexample has been put to the "
                + "evaluator that the gateway decides with before it is shown.",
            "Ends with 0 where every role is proved, with 1 where one is not, with 2 where it could not run.",
        ],
        examples: ["homeroom policy prove Policies", "homeroom policy prove --policy one.json --json"],
        run: ReviewOutput.running { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let output = try ReviewOutput(invocation)
        let catalog = try PolicyCommands.catalog(invocation)
        let (report, folder) = try prove(invocation, catalog)
        let commands = ProofCommands(catalog: catalog)
        switch output.format {
        case .json: output.json { report.write(to: &$0, command: commands.text) }
        case .sarif:
            let findings = report.reviewFindings { role in
                let file = invocation.value("policy") ?? "roles/\(role).json"
                return (file, TextPosition(line: 1, column: 1))
            }
            output.sarif(findings, rules: ProofReport.rules, in: folder)
        case .people: ProofView(folder, commands, output).show(report)
        }
        return report.isProved ? .clean : .findings
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
    func text(of request: DecisionRequest) -> String {
        "# \(request.action.name) on \(request.resource.text)"
    }
}
