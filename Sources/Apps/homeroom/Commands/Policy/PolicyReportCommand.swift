import Base
import Crypto
import FoundationEssentials
import Policies
import Reviews
import Tenancy

/// `homeroom policy report`.
enum PolicyReportCommand {
    static let command = Command(
        path: ["policy", "report"], summary: "write an audit of the policies as one HTML page",
        arguments: [PolicyFolder.argument],
        options: [
            PolicyCommands.catalogOption,
            CommandOption(
                name: "out", value: "FILE",
                help: "where the page goes, in place of what is there; `-` is standard output",
                standard: standardPath),
        ],
        notes: [
            "The page says who may take on each role, what it may do in plain words, what is proved of it, how its test cases "
                + "went, what lint found, and the hash of every file. It loads nothing and runs nothing: open it in a browser, "
                + "print it, file it.",
            PolicyCommands.exitCodes + " The page is written where something was found, too.",
        ],
        examples: ["homeroom policy report Policies --out audit.html"],
        run: ReviewOutput.running { try run($0) })

    private static let standardPath = "report.html"

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let folder = try PolicyFolder.read(invocation)
        let path = try ServeOptions.existing(
            invocation.value("catalog"), "catalog", shipped: "Templates/catalogs/default.json")
        let catalog = try Loading.catalog(path)
        let clock = SystemClock()
        let source = PolicyAudit.Source(
            folder: folder.path, catalog: invocation.value("catalog").map { .file($0) } ?? .shipped,
            catalogDigest: SHA256.hash(try PolicyFolder.contents(of: path)),
            productVersion: OtherCommands.versionText)
        let audit: PolicyAudit
        do throws(PolicyProblems) {
            audit = try PolicyReview(files: folder.files, catalog: catalog, clock: clock)
                .audit(at: clock.now(), source: source)
        } catch { throw folder.failure(error) }
        let out = invocation.value("out") ?? standardPath
        if out == "-" {
            invocation.terminal.line(Array(audit.page().dropLast()))
        } else {
            try replace(out, with: audit.page())
            invocation.terminal.line("\(audit.verdict)\nreport  \(TextWidth.harmless(out))")
        }
        return audit.isClean ? .clean : .findings
    }

    /// Puts a page where another one may stand, in one step: a reader sees the old page or the new one.
    private static func replace(_ path: String, with page: [UInt8]) throws(ReviewFailure) {
        do { try Data(page).write(to: URL(filePath: path), options: .atomic) } catch {
            throw ReviewFailure(
                "cannot write `\(path)`; name a file in a folder that can be written to with --out")
        }
    }
}
