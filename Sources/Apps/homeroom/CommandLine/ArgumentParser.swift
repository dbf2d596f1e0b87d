import Tenancy

/// Reads the words of a command line by the table of commands.
struct ArgumentParser {
    /// What a command line asks for.
    enum Request {
        /// Carry out a command.
        case run(CommandInput)
        /// Explain: all commands, those of a group, or one.
        case help(path: [String])
        /// Say which version this is.
        case version
    }

    let commands: [Command]

    /// Reads the words behind the executable's name.
    /// - Throws: `CommandFailure` with exit code 2: an unknown command or option (with the nearest known one), a missing or a
    ///   superfluous value.
    func parse(_ words: [String]) throws(CommandFailure) -> Request {
        guard let first = words.first else { return .help(path: []) }
        if ["--help", "-h"].contains(first) { return .help(path: []) }
        if ["--version", "-v"].contains(first) { return .version }
        if first == "help" { return try help(Array(words.dropFirst().filter { !$0.hasPrefix("-") })) }
        guard !first.hasPrefix("-") else {
            throw .usage("expected a command first, found `\(first)`; see `homeroom --help`")
        }
        let tree = CommandTree(commands: commands)
        guard let command = tree.command(in: words) else {
            let known = tree.known(in: words)
            if words.contains("--help") || words.contains("-h"), !known.isEmpty { return .help(path: known) }
            throw tree.unknown(words)
        }
        return try parse(Array(words.dropFirst(command.path.count)), for: command)
    }

    private func help(_ path: [String]) throws(CommandFailure) -> Request {
        let tree = CommandTree(commands: commands)
        guard tree.known(in: path) == path || HelpTopic(path) != nil else { throw tree.unknown(path) }
        return .help(path: path)
    }

    private func parse(_ words: [String], for command: Command) throws(CommandFailure) -> Request {
        var reader = WordReader(words: words[...], command: command)
        if try reader.readAll() { return .help(path: command.path) }
        return .run(try reader.checked())
    }
}

/// Takes the words behind a command's own one by one.
private struct WordReader {
    var words: ArraySlice<String>
    let command: Command
    var arguments: [String] = []
    var values: [String: [String]] = [:]

    /// Reads all words; true where help is wanted, at which it stops.
    mutating func readAll() throws(CommandFailure) -> Bool {
        while let word = words.popFirst() {
            if word == "--" {
                arguments += words
                return false
            }
            if word == "--help" || word == "-h" { return true }
            if word.hasPrefix("-"), word.utf8.count > 1 {
                try readOption(word)
            } else {
                arguments.append(word)
            }
        }
        return false
    }

    private mutating func readOption(_ word: String) throws(CommandFailure) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0].drop { $0 == "-" })
        guard word.hasPrefix("--"), let option = command.options.first(where: { $0.name == name }) else {
            let known = command.options.map { "--\($0.name)" } + ["--help"]
            throw .usage(
                "`\(parts[0])` is no option of `\(command.name)`; "
                    + Suggestion.remedy(for: String(parts[0]), among: known))
        }
        if values[name] != nil, !option.isRepeatable {
            throw .usage("`--\(name)` stands there twice; give it once")
        }
        guard let value = option.value else {
            guard parts.count == 1 else { throw .usage("`--\(name)` takes no value; write it without `=`") }
            values[name] = []
            return
        }
        let given = parts.count > 1 ? String(parts[1]) : words.popFirst()
        guard let given else { throw .usage("`--\(name)` needs a value: --\(name) \(value)") }
        values[name, default: []].append(given)
    }

    /// What was read, where nothing is missing and nothing is too much.
    func checked() throws(CommandFailure) -> CommandInput {
        let needed = command.arguments.filter { !$0.isOptional }
        if arguments.count < needed.count {
            let missing = command.arguments[arguments.count]
            throw .usage("\(missing.name) is missing: \(missing.help); \(hint)")
        }
        if arguments.count > command.arguments.count, command.arguments.last?.isRepeatable != true {
            throw .usage(
                "`\(arguments[command.arguments.count])` is one word too many; quote names with spaces; \(hint)"
            )
        }
        for option in command.options where option.isRequired && values[option.name] == nil {
            throw .usage("`\(option.usage)` is missing: \(option.help); \(hint)")
        }
        return try CommandInput(command: command, arguments: arguments, values: values).settled()
    }

    private var hint: String { "see `homeroom \(command.name) --help`" }
}
