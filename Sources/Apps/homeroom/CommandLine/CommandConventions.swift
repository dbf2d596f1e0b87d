extension CommandOption {
    /// The form in which every command that has `--json` can show its answer.
    static let output = CommandOption(
        name: "output", value: "FORMAT", help: "how the answer is shown: table, json or csv",
        standard: "table", choices: OutputFormat.allCases.map(\.rawValue))

    /// The way to follow a run, the same on each command that starts one.
    static let wait = CommandOption(
        name: "wait", help: "follow the run to its end; a move, until the tenant is in its new place")

    /// The opposite of `wait`.
    static let noWait = CommandOption(name: "no-wait", help: "start the run and do not follow it")

    /// What agrees beforehand to something that cannot be undone.
    static let yes = CommandOption(
        name: "yes", help: "do not ask; needed where nobody can be asked, as in a script")
}

/// The forms in which a command shows its answer.
enum OutputFormat: String, CaseIterable, Sendable {
    /// For people.
    case table
    /// What the server answered.
    case json
    /// The table's columns. Source: RFC 4180.
    case csv
}

extension Command {
    /// The command with the options that come with others: `--output` with `--json`, `--no-wait` with `--wait`. So no
    /// declaration repeats them, and none lacks them.
    var completed: Command {
        var command = self
        // What a server says at its start is one line for programs, no answer.
        if path != ["serve"] { command.place(.output, behind: "json") }
        command.place(.noWait, behind: "wait")
        return command
    }

    private mutating func place(_ option: CommandOption, behind name: String) {
        guard let index = options.firstIndex(where: { $0.name == name && $0.value == nil }),
            !options.contains(where: { $0.name == option.name })
        else { return }
        options.insert(option, at: index + 1)
    }
}

extension CommandInput {
    /// The input with what stands for the same thing said in one way, `--output json` as `--json`.
    /// - Throws: `CommandFailure` where options contradict each other, or the form is none.
    func settled() throws(CommandFailure) -> CommandInput {
        if values["wait"] != nil, values["no-wait"] != nil {
            throw .usage("--wait and --no-wait exclude each other; choose one")
        }
        guard
            command.options.contains(where: { $0.name == CommandOption.output.name && $0.choices.count > 1 }),
            let text = values["output"]?.last
        else { return self }
        guard let format = OutputFormat(rawValue: text) else {
            throw .usage("--output: expected table, json or csv, found `\(text)`")
        }
        if values["json"] != nil, format != .json {
            throw .usage("--json and --output \(text) exclude each other; choose one")
        }
        var settled = values
        if format == .json { settled["json"] = [] }
        return CommandInput(command: command, arguments: arguments, values: settled)
    }

    /// The form that is asked for.
    var format: OutputFormat {
        if values["json"] != nil { return .json }
        return values["output"]?.last.flatMap(OutputFormat.init) ?? .table
    }
}
