/// A command of the executable: what its help says and what the parser takes come from this one table entry.
struct Command: Sendable {
    /// The words that call it, such as `tenant onboard`.
    let path: [String]
    /// One sentence without a full stop.
    let summary: String
    /// What stands without a name, in order; optional ones last.
    var arguments: [CommandArgument] = []
    /// What stands with a name; `--help` comes by itself.
    var options: [CommandOption] = []
    /// More for `--help`, in paragraphs.
    var notes: [String] = []
    /// Lines that can be typed as they stand.
    let examples: [String]
    /// Carries it out.
    let run: @Sendable (Invocation) throws -> ExitCode

    /// The words as they are typed.
    var name: String { path.joined(separator: " ") }
}

/// A value that stands without a name.
struct CommandArgument: Sendable {
    /// In capitals, as the help shows it.
    let name: String
    /// What it is, without a full stop.
    let help: String
    /// Whether it may be left out.
    var isOptional = false
    /// Whether it may stand there several times; the last one only.
    var isRepeatable = false
}

/// A value or a switch that stands with a name.
struct CommandOption: Sendable {
    /// Without the dashes.
    let name: String
    /// What the value is, in capitals; nil for a switch.
    var value: String?
    /// What it is for, without a full stop.
    let help: String
    /// Whether it must be given.
    var isRequired = false
    /// Whether it may stand there several times.
    var isRepeatable = false
    /// The environment variable that stands in for it, or nil.
    var variable: String?
    /// What it is where nobody says, as the help shows it; nil where there is nothing.
    var standard: String?
    /// The values that it takes, where there are a few that are known beforehand.
    var choices: [String] = []

    /// With the dashes and the value, as it is typed.
    var usage: String { "--\(name)" + (value.map { " \($0)" } ?? "") }
}

/// Why a command ends without having done what it was asked.
struct CommandFailure: Error, Equatable {
    /// What was expected, what was found and what to do next.
    let message: String
    /// How the process ends.
    var exitCode = ExitCode.failed
    /// The server's own problem document, for `--json`.
    var problem: [UInt8]?

    /// It could not.
    static func failed(_ message: String) -> CommandFailure { CommandFailure(message: message) }

    /// It was asked wrongly.
    static func usage(_ message: String) -> CommandFailure {
        CommandFailure(message: message, exitCode: .usage)
    }
}
