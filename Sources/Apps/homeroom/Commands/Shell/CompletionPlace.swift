/// A shell that completions are written for.
enum CompletionShell: String, CaseIterable {
    case bash, zsh, fish
}

/// A place on the command line, and what can stand there.
struct CompletionPlace {
    /// The words up to there: `["tenant", "contact"]`.
    let path: [String]
    /// What can follow, each with a line about it.
    let words: [(String, String)]
    /// The options of the command that is called there.
    let options: [CommandOption]
    /// Whether its arguments are names of files.
    let takesFiles: Bool

    /// The words as they are typed.
    var name: String { path.joined(separator: " ") }

    /// Every place of the tree, the beginning first.
    static func all(of commands: [Command]) -> [CompletionPlace] {
        let tree = CommandTree(commands: commands)
        let groups = ([[]] + tree.groups).map { path in
            var words = tree.words(below: path).map { word in
                let place = path + [word]
                return (word, tree.command(at: place)?.summary ?? CommandGroups.summary(of: place, in: tree))
            }
            if path.isEmpty { words.append(("help", "explain a command or a topic")) }
            return CompletionPlace(path: path, words: words, options: [help], takesFiles: false)
        }
        let topics = HelpTopic.allCases.map { ($0.rawValue, $0.summary) }
        let words = tree.words(below: []).map { ($0, "") } + topics
        return groups + [CompletionPlace(path: ["help"], words: words, options: [], takesFiles: false)]
            + commands.map { command in
                CompletionPlace(
                    path: command.path, words: shells(command), options: command.options + [help],
                    takesFiles: command.arguments.contains { isFile($0.name) })
            }
    }

    private static let help = CommandOption(name: "help", help: "show this")

    /// The one argument that has a few known values.
    private static func shells(_ command: Command) -> [(String, String)] {
        command.path == ["completion"] ? CompletionShell.allCases.map { ($0.rawValue, "") } : []
    }

    /// Whether a value of that name is a file or a folder.
    static func isFile(_ name: String) -> Bool { ["FILE", "DIR", "FOLDER", "PATH"].contains(name) }
}
