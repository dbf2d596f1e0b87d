/// The manual page, as roff. Source: man(7).
struct ManualPage {
    let commands: [Command]

    /// The page, without an end of line at its end.
    var text: String {
        var lines = [
            ".TH HOMEROOM 1 \"\" \"homeroom \(OtherCommands.versionText)\" \"Homeroom\"",
            // Nothing is hyphenated or stretched: what is shown can be typed.
            ".nh", ".ad l", ".SH NAME",
            "homeroom \\- districts onboarded, served, kept apart, and moved while in use", ".SH SYNOPSIS",
            ".B homeroom", ".I COMMAND", "[options]", ".SH DESCRIPTION",
            "A server that gives each school district its own tables behind the API of DynamoDB, and the commands that look after it.",
            "Begin with \\fBhomeroom serve\\fR; \\fBhomeroom env\\fR prints what an application needs, \\fBhomeroom doctor\\fR says "
                + "what is wrong.",
            ".SH COMMANDS",
        ]
        for command in commands { lines += section(command) }
        lines.append(".SH EXIT STATUS")
        for (code, meaning) in ExitCode.meanings { lines += entry(code, meaning) }
        lines.append(".SH ENVIRONMENT")
        for (name, meaning) in HelpTopic.variables(commands) { lines += entry(name, meaning) }
        lines += [
            ".SH SEE ALSO", "\\fBhomeroom COMMAND \\-\\-help\\fR explains a command with an example.",
        ]
        return lines.joined(separator: "\n")
    }

    private func section(_ command: Command) -> [String] {
        let usage = "homeroom \(command.name)\(HelpText.usage(command))"
        var lines = [
            ".SS \"\(ManualPage.escaped(command.name))\"",
            ManualPage.line(HelpText.sentence(command.summary)),
            ".PP", ".B \(ManualPage.escaped(usage))",
        ]
        for argument in command.arguments { lines += entry(argument.name, argument.help) }
        for option in command.options { lines += entry(option.usage, HelpText.help(of: option)) }
        for note in command.notes { lines += [".PP", ManualPage.line(note)] }
        lines += [".PP", "Example:", ".nf", ".RS"] + command.examples.map(ManualPage.line) + [".RE", ".fi"]
        return lines
    }

    private func entry(_ name: String, _ text: String) -> [String] {
        [".TP", ".B \(ManualPage.escaped(name))", ManualPage.line(text)]
    }

    /// A line of text: what would be taken for a request at its beginning is not.
    private static func line(_ text: String) -> String {
        let escaped = escaped(text)
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }

    /// Text whose signs stand for themselves: a hyphen that can be copied, no escapes, and what is not ASCII by its number.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "\"": result += "\\(dq"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case _ where scalar.isASCII: result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "\\[u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)]"
            }
        }
    }
}
