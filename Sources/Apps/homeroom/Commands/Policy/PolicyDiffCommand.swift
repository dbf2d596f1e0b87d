import Base
import Policies
import Reviews
import Tenancy

/// `homeroom policy diff`.
enum PolicyDiffCommand {
    static let command = Command(
        path: ["policy", "diff"], summary: "show what new policies allow that old ones did not",
        arguments: [
            CommandArgument(
                name: "OLD",
                help: "a folder of policies, a revision of git, or two of them: main.., main..feature"),
            CommandArgument(
                name: "NEW", help: "the same; or the folder that OLD is a revision of", isOptional: true),
        ],
        options: [
            CommandOption(
                name: "folder", value: "FOLDER", help: "the folder of a revision that is meant",
                standard: PolicyFolder.standardPath),
            CommandOption(name: "role", value: "ROLE", help: "this role only", isRepeatable: true),
            PolicyCommands.catalogOption,
        ] + ReviewOutput.options,
        notes: [
            "A word that names a folder is that folder, any other one a revision. `A..B` compares the folder at A with the "
                + "folder at B; `A..` and `A` alone compare it at A with the files on disk; `..B` begins at HEAD.",
            "What is gained or lost comes with a request that shows it, which the evaluator of the gateway has been asked. That "
                + "nothing is gained is proven, or said to be unknown. Who may assume a role counts as well.",
            "Ends with 0 where nothing is gained, though something may be lost; with 1 where something is gained or where it is "
                + "unknown; with 2 where it could not run.",
        ],
        examples: [
            "homeroom policy diff main..", "homeroom policy diff HEAD~3 Policies",
            "homeroom policy diff old/Policies Policies --json",
        ],
        run: ReviewOutput.running { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let output = try ReviewOutput(invocation)
        let sides = try DiffSides(
            invocation.input.arguments, folder: invocation.value("folder"), isFolder: DiffSides.isFolder)
        let old = try sides.old.read(environment: invocation.environment)
        let new = try sides.new.read(environment: invocation.environment)
        let report = DiffReport(
            old: try load(old), new: try load(new), catalog: try PolicyCommands.catalog(invocation),
            clock: SystemClock(), roles: try roles(invocation, old, new))
        switch output.format {
        case .json: output.json { report.write(to: &$0) }
        case .sarif: output.sarif(report.reviewFindings, rules: DiffReport.rules, in: new)
        case .people: DiffView(old, new, output).show(report)
        }
        return report.isWithoutGain ? .clean : .findings
    }

    private static func load(_ folder: PolicyFolder) throws(ReviewFailure) -> PolicyCatalog {
        do throws(PolicyProblems) { return try PolicyCatalog.load(files: folder.files.files) } catch {
            throw folder.failure(error)
        }
    }

    private static func roles(
        _ invocation: Invocation, _ old: PolicyFolder, _ new: PolicyFolder
    ) throws(ReviewFailure) -> Set<String>? {
        let wanted = invocation.values("role")
        let known = Set(try load(old).roles.keys).union(try load(new).roles.keys).sorted()
        if let unknown = wanted.first(where: { !known.contains($0) }) {
            throw ReviewFailure(
                "neither side has a role `\(unknown)`; \(Suggestion.remedy(for: unknown, among: known))")
        }
        return wanted.isEmpty ? nil : Set(wanted)
    }
}
