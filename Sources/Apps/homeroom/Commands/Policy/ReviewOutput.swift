import Base
import Policies
import Reviews

extension ExitCode {
    /// A review found nothing.
    static let clean = ExitCode.done
    /// A review found something.
    static let findings = ExitCode.failed
    /// A review could not be carried out.
    static let couldNotRun = ExitCode.usage
}

/// Why a review could not be carried out.
struct ReviewFailure: Error, Equatable, CustomStringConvertible {
    /// What was expected, what was found and what to do next.
    let message: String
    /// What is wrong with which file, its path as the reader can open it; empty where it is no file's fault.
    let problems: [PolicyProblem]

    /// Why nothing can be said.
    init(_ message: String, problems: [PolicyProblem] = []) {
        self.message = message
        self.problems = problems
    }

    /// The message, and a line for each problem.
    var description: String {
        problems.isEmpty ? message : ([message + ":"] + problems.map(\.description)).joined(separator: "\n")
    }

    /// The same for `--json`: `{"title", "detail", "problems": [{"file", "line", "column", "message", "remedy"}]}`.
    var json: [UInt8] {
        var json = JSONWriter(reserving: 1024)
        json.beginObject()
        json.member("title", "the review could not be carried out")
        json.member("detail", message)
        json.name("problems")
        json.beginArray()
        for problem in problems { PolicyProblemDocument(problem).write(to: &json) }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}

/// How a review's answer is shown.
struct ReviewOutput {
    /// The forms that there are.
    enum Format {
        /// Text for people.
        case people
        /// One JSON document, the same as REST answers.
        case json
        /// SARIF 2.1.0.
        case sarif
    }

    /// `--json`.
    static let jsonOption = CommandOption(name: "json", help: "print the answer as JSON")
    /// `--sarif`.
    static let sarifOption = CommandOption(
        name: "sarif", help: "print the findings as SARIF 2.1.0, for code hosts and editors")
    /// Both, for commands that have findings.
    static let options = [jsonOption, sarifOption]

    /// What a line's colour says.
    typealias Tint = Terminal.Tint

    /// What was asked for.
    let format: Format
    /// Where it is written.
    let terminal: Terminal

    /// - Throws: `CommandFailure` where both are asked for.
    init(_ invocation: Invocation) throws(CommandFailure) {
        terminal = invocation.terminal
        switch (invocation.isSet("json"), invocation.isSet("sarif")) {
        case (true, true): throw .usage("--json and --sarif exclude each other; choose one")
        case (true, false): format = .json
        case (false, true): format = .sarif
        case (false, false): format = .people
        }
    }

    /// Text for people.
    init(showingTo terminal: Terminal) {
        self.terminal = terminal
        format = .people
    }

    /// Writes a line for people.
    func line(_ text: String = "", _ tint: Tint? = nil) {
        terminal.line(terminal.tinted(TextWidth.harmlessLines(text), tint))
    }

    /// Writes a table whose rows have the colours that `tint` gives.
    func table(_ table: TextTable, tint: (_ row: Int) -> Tint?) {
        terminal.table(table) { terminal.tinted($1, tint($0)) }
    }

    /// Writes text in lines as wide as the terminal, each behind that many spaces.
    func paragraph(_ text: String, indent: Int = 0) {
        terminal.line(
            HelpText.wrapped(TextWidth.harmless(text), indent: indent, width: terminal.columns ?? 100))
    }

    /// Writes an entry of a list, in lines as wide as the terminal.
    func item(_ text: String) {
        let lines = HelpText.wrapped(TextWidth.harmless(text), indent: 4, width: terminal.columns ?? 100)
        terminal.line("  - " + lines.dropFirst(4))
    }

    /// Writes one JSON document.
    func json(_ write: (inout JSONWriter) -> Void) {
        var json = JSONWriter(reserving: 16 * 1024)
        write(&json)
        terminal.line(json.bytes)
    }

    /// Writes SARIF about the files of a folder.
    func sarif(_ findings: [ReviewFinding], rules: [ReviewRule], in folder: PolicyFolder) {
        let log = SARIFLog(
            files: folder.files, folder: folder.path, version: OtherCommands.versionText)
        terminal.line(log.text(findings, rules: rules))
    }

    /// Carries out a review and sees to its exit code: whatever keeps it from an answer ends with 2, told in the form that
    /// was asked for.
    static func running(_ body: @escaping @Sendable (Invocation) throws -> ExitCode)
        -> @Sendable (Invocation) throws -> ExitCode
    {
        { invocation in
            let failure: ReviewFailure
            do { return try body(invocation) } catch let error as ReviewFailure {
                failure = error
            } catch let error as CommandFailure {
                failure = ReviewFailure(error.message)
            }
            if invocation.isSet("sarif"), !invocation.isSet("json") {
                let log = SARIFLog(files: PolicyFiles(files: [:]), version: OtherCommands.versionText)
                invocation.terminal.line(log.text(failure: failure.message, problems: failure.problems))
            }
            throw CommandFailure(
                message: failure.description, exitCode: .couldNotRun, problem: failure.json)
        }
    }
}
