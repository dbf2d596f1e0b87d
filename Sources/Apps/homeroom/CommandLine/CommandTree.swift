import Tenancy

/// The commands as words below one another: `tenant`, below it `contact`, below that `add`.
struct CommandTree {
    let commands: [Command]

    /// The words that can follow `path`, in the order of the table of commands, each once.
    func words(below path: [String]) -> [String] {
        var words: [String] = []
        for command in commands where command.path.count > path.count && command.path.starts(with: path) {
            let word = command.path[path.count]
            if !words.contains(word) { words.append(word) }
        }
        return words
    }

    /// The command of exactly that path.
    func command(at path: [String]) -> Command? { commands.first { $0.path == path } }

    /// The command that the words begin with, the one of the longest path.
    func command(in words: [String]) -> Command? {
        commands.filter { words.starts(with: $0.path) }.max { $0.path.count < $1.path.count }
    }

    /// How much of the words leads to a command: `["tenant", "contact"]` of `tenant contact ad`.
    func known(in words: [String]) -> [String] {
        var path: [String] = []
        for word in words {
            guard commands.contains(where: { $0.path.starts(with: path + [word]) }) else { break }
            path.append(word)
        }
        return path
    }

    /// Every path that leads to commands without being one itself: what is above the verbs.
    var groups: [[String]] {
        var groups: [[String]] = []
        for command in commands {
            for count in 1..<max(1, command.path.count) {
                let path = Array(command.path.prefix(count))
                if !groups.contains(path) { groups.append(path) }
            }
        }
        return groups.filter { command(at: $0) == nil }
    }

    /// Why the words are no command, with the nearest one.
    func unknown(_ words: [String]) -> CommandFailure {
        let path = known(in: words)
        let choices = self.words(below: path)
        let place = path.joined(separator: " ")
        guard words.count > path.count, !words[path.count].hasPrefix("-") else {
            return .usage("expected a command behind `\(place)`: \(Suggestion.list(choices))")
        }
        let wrong = words[path.count]
        guard path.isEmpty else {
            return .usage(
                "`\(place) \(wrong)` is no command; \(Suggestion.remedy(for: wrong, among: choices))")
        }
        let remedy = Suggestion.remedy(for: wrong, among: ["help"] + choices)
        // All of them would be a page: that is what help is for.
        return .usage(
            "`\(wrong)` is no command; " + (remedy.hasSuffix("?") ? "\(remedy) See" : "see")
                + " `homeroom --help`")
    }
}
