/// A command with all it was called with.
struct Invocation: Sendable {
    /// What was typed.
    let input: CommandInput
    /// The process's environment.
    let environment: [String: String]
    /// Where it reads and writes.
    let terminal: Terminal

    /// The option's value: as typed, else of its environment variable, else nil. An empty variable counts as none.
    func value(_ name: String) -> String? {
        if let typed = input.values[name]?.last { return typed }
        guard let variable = input.command.options.first(where: { $0.name == name })?.variable else {
            return nil
        }
        return environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// All values of an option that may stand there several times.
    func values(_ name: String) -> [String] { input.values[name] ?? [] }

    /// Whether the switch stands there.
    func isSet(_ name: String) -> Bool { input.values[name] != nil }

    /// The argument at that place; the parser has seen to it that the needed ones are there.
    func argument(_ index: Int) -> String { input.arguments[index] }

    /// All arguments, in order.
    var arguments: [String] { input.arguments }

    /// The option as a whole number.
    /// - Throws: `CommandFailure` where it is none of the range.
    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw CommandFailure.usage(
                "--\(name): expected a whole number from \(range.lowerBound) to \(range.upperBound), found `\(text)`"
            )
        }
        return number
    }
}

/// What was typed after the command's words, checked against the command's table entry.
struct CommandInput: Sendable {
    /// The command.
    let command: Command
    /// What stood without a name, in order.
    let arguments: [String]
    /// What stood with a name: a switch has an empty list.
    let values: [String: [String]]
}
