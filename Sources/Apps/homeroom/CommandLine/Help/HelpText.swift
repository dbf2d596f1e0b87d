import Base

/// What `--help` shows, from the table of commands, in 80 columns.
struct HelpText {
    private static let width = 80
    let commands: [Command]

    private var tree: CommandTree { CommandTree(commands: commands) }

    /// The nouns, a topic, the commands of a group, or one command.
    func text(for path: [String]) -> String {
        if let command = tree.command(at: path) { return text(for: command) }
        if let topic = HelpTopic(path) { return topic.text(commands) }
        return path.isEmpty ? overview : groupText(path)
    }

    private var overview: String {
        let topics = HelpTopic.allCases.map { ("help \($0.rawValue)", $0.summary) }
        return """
            homeroom: districts onboarded, served, kept apart, and moved while in use

            Usage: homeroom COMMAND [options]

            \(HelpText.list(rows(below: [])))

            More:
            \(HelpText.list(topics))

            `homeroom COMMAND --help` explains a command, with an example.

            Examples:
              homeroom serve
              homeroom help tenant onboard

            """
    }

    /// What can stand behind `path`: commands with their summary, groups with theirs.
    private func rows(below path: [String]) -> [(String, String)] {
        tree.words(below: path).map { word in
            let words = path + [word]
            let summary = tree.command(at: words)?.summary ?? CommandGroups.summary(of: words, in: tree)
            return (words.joined(separator: " "), summary)
        }
    }

    private func groupText(_ path: [String]) -> String {
        let name = path.joined(separator: " ")
        let rows = commands.filter { $0.path.starts(with: path) }.map { ($0.name, $0.summary) }
        let examples = commands.first { $0.path.starts(with: path) }?.examples ?? []
        return """
            Usage: homeroom \(name) COMMAND [options]

            \(HelpText.wrapped(HelpText.sentence(CommandGroups.summary(of: path, in: tree)), indent: 0))

            \(HelpText.list(rows))

            \(HelpText.examples(examples))

            """
    }

    private func text(for command: Command) -> String {
        var parts = [
            HelpText.wrapped("Usage: homeroom \(command.name)\(HelpText.usage(command))", indent: 0)
        ]
        parts.append(HelpText.wrapped(HelpText.sentence(command.summary), indent: 0))
        if !command.arguments.isEmpty {
            parts.append(HelpText.list(command.arguments.map { ($0.name, $0.help) }))
        }
        let options = command.options.map { ($0.usage, HelpText.help(of: $0)) } + [("--help", "show this")]
        parts.append("Options:\n" + HelpText.list(options))
        parts += command.notes.map { HelpText.wrapped($0, indent: 0) }
        parts.append(HelpText.examples(command.examples))
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func examples(_ lines: [String]) -> String {
        "Example:\n" + lines.map { "  \($0)" }.joined(separator: "\n")
    }

    /// What stands behind the command's words: arguments, options that are needed, and that there are more.
    static func usage(_ command: Command) -> String {
        command.arguments.map(usage).joined()
            + command.options.filter(\.isRequired).map { " \($0.usage)" }.joined() + " [options]"
    }

    static func sentence(_ summary: String) -> String {
        summary.prefix(1).uppercased() + summary.dropFirst() + "."
    }

    private static func usage(_ argument: CommandArgument) -> String {
        let name = argument.name + (argument.isRepeatable ? "…" : "")
        return argument.isOptional ? " [\(name)]" : " \(name)"
    }

    static func help(of option: CommandOption) -> String {
        var more: [String] = []
        if option.isRequired { more.append("needed") }
        if option.isRepeatable { more.append("may be repeated") }
        if let variable = option.variable { more.append("or \(variable)") }
        if let standard = option.standard { more.append("default: \(standard)") }
        return option.help + (more.isEmpty ? "" : " (\(more.joined(separator: "; ")))")
    }

    /// Two columns; the second one is wrapped.
    static func list(_ rows: [(String, String)]) -> String {
        let left = min(26, (rows.map { $0.0.count }.max() ?? 0) + 2)
        return rows.map { name, help in
            let lines = wrapped(help, indent: left + 2)
            guard name.count + 2 <= left else { return "  \(name)\n\(lines)" }
            let head = "  " + name + String(repeating: " ", count: left - name.count)
            return head + lines.dropFirst(left + 2)
        }.joined(separator: "\n")
    }

    /// The text in lines of at most so many columns, each behind that many spaces.
    static func wrapped(_ text: String, indent: Int, width: Int = HelpText.width) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > width {
                lines.append(margin + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        lines.append(margin + line)
        return lines.joined(separator: "\n")
    }
}
