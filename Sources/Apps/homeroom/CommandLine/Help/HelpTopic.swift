/// What `homeroom help TOPIC` explains that is no command.
enum HelpTopic: String, CaseIterable {
    /// Every command on a line.
    case commands
    /// How the process ends.
    case exitCodes = "exit-codes"
    /// The variables that commands read.
    case environment

    /// The topic of that one word; nil where it is none.
    init?(_ path: [String]) {
        guard path.count == 1, let topic = HelpTopic(rawValue: path[0]) else { return nil }
        self = topic
    }

    /// What it is about, without a full stop.
    var summary: String {
        switch self {
        case .commands: "every command on a line"
        case .exitCodes: "what the exit codes mean"
        case .environment: "the variables that commands read"
        }
    }

    /// The explanation, for these commands.
    func text(_ commands: [Command]) -> String {
        switch self {
        case .commands:
            "All commands\n\n\(HelpText.list(commands.map { ($0.name, $0.summary) }))\n"
        case .exitCodes:
            "How a command ends\n\n\(HelpText.list(ExitCode.meanings.map { ($0.code, $0.meaning) }))\n"
        case .environment:
            "Variables that commands read; an option is stronger than its variable\n\n"
                + "\(HelpText.list(HelpTopic.variables(commands)))\n"
        }
    }

    /// The variables of options, and those that belong to no option.
    static func variables(_ commands: [Command]) -> [(String, String)] {
        var found: [(String, String)] = []
        for option in commands.flatMap(\.options) {
            guard let variable = option.variable, !found.contains(where: { $0.0 == variable }) else {
                continue
            }
            found.append((variable, "--\(option.name): \(option.help)"))
        }
        return found.sorted { $0.0 < $1.0 } + [
            ("HOMEROOM_CREDENTIALS", "the file that `homeroom login` keeps profiles and sessions in"),
            ("HOMEROOM_KEY", "the key itself, in place of --key-file"),
            ("NO_COLOR", "no colours, where it is set and not empty"),
            ("TERM", "`dumb`: no colours either"),
            ("COLUMNS", "how wide tables may be on a terminal, in place of its own width"),
        ]
    }
}
