import Base

/// What `--help` shows, from the table of commands, in 80 columns.
struct HelpText {
    private static let width = 80
    let commands: [Command]

    /// All commands, those of a group, or one.
    func text(for path: [String]) -> String {
        if let command = commands.first(where: { $0.path == path }) { return text(for: command) }
        return path.isEmpty ? overview : groupText(path)
    }

    private var overview: String {
        let rows = commands.map { ($0.name, $0.summary) }
        return """
            homeroom: districts onboarded, served, kept apart, and moved while in use

            Usage: homeroom COMMAND [options]

            \(HelpText.list(rows))

            `homeroom COMMAND --help` explains a command, with an example.
            Begin with `homeroom serve`.

            """
    }

    private func groupText(_ path: [String]) -> String {
        let rows = commands.filter { $0.path.starts(with: path) }.map { ($0.name, $0.summary) }
        return "Usage: homeroom \(path.joined(separator: " ")) COMMAND [options]\n\n\(HelpText.list(rows))\n"
    }

    private func text(for command: Command) -> String {
        var parts = [
            "Usage: homeroom \(command.name)" + command.arguments.map(HelpText.usage).joined() + " [options]"
        ]
        parts.append(HelpText.wrapped(HelpText.sentence(command.summary), indent: 0))
        if !command.arguments.isEmpty {
            parts.append(HelpText.list(command.arguments.map { ($0.name, $0.help) }))
        }
        let options = command.options.map { ($0.usage, HelpText.help(of: $0)) } + [("--help", "show this")]
        parts.append("Options:\n" + HelpText.list(options))
        parts += command.notes.map { HelpText.wrapped($0, indent: 0) }
        let examples = command.examples.map { "  \($0)" }.joined(separator: "\n")
        parts.append("Example:\n" + examples)
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func sentence(_ summary: String) -> String {
        summary.prefix(1).uppercased() + summary.dropFirst() + "."
    }

    private static func usage(_ argument: CommandArgument) -> String {
        let name = argument.name + (argument.isRepeatable ? "…" : "")
        return argument.isOptional ? " [\(name)]" : " \(name)"
    }

    private static func help(of option: CommandOption) -> String {
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
