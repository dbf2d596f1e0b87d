import Foundation

/// Programs that are run again, each by a process of its own: one that ends its process, or hangs, shows its history too.
public struct Replay: Sendable {
    /// What stands before the kinds of findings in the last line that `attempt` prints.
    private static let ended = "ended"
    private static let trap = "trap"
    private static let hangs = "hangs"
    /// How many shorter programs are tried; fewer where each of them may have to be waited for.
    private static let attemptsMax = 600
    private static let hangingAttemptsMax = 60

    private let executable: URL
    private let silenceSecondsMax: Double

    /// - Parameter executable: is asked for `attempt PROGRAM`, and does what `attempt` does.
    /// - Parameter silenceSecondsMax: a program that says nothing for so long hangs.
    public init(executable: URL? = nil, silenceSecondsMax: Double = 60) {
        self.executable = executable ?? Child.itself
        self.silenceSecondsMax = silenceSecondsMax
    }

    /// Runs a program, which is given as JSON, and prints what happens as it does: what `run` starts.
    /// - Throws: where that is no program, or the simulation's own constants are wrong.
    public static func attempt(_ program: String) throws {
        let program = try JSONDecoder().decode(Program.self, from: Data(program.utf8))
        @Sendable func say(_ line: String) {
            print(line)
            fflush(nil)
        }
        let outcome = try World(program, onLine: { say($0) }).run()
        say(outcome.summary)
        say(([ended] + outcome.findings.map(\.kind.rawValue)).joined(separator: " "))
    }

    /// Tells a seed's program and history and, where it ends badly, the shortest history that is found to end the same way.
    /// - Returns: whether it ends well.
    /// - Throws: where a process cannot be started.
    public func tell(seed: UInt64, _ say: (String) -> Void) throws -> Bool {
        let program = Program(seed: seed)
        say("\(program)")
        let first = try run(program)
        say("\(first.history)\nthat was seed \(seed)")
        guard let kind = first.kinds.first else { return true }
        say("\nlooking for a shorter history that ends the same way: \(kind) …")
        let shortest = try shortest(program, kind)
        say("\nthe shortest found:\n\(shortest)\n\n\(try run(shortest).history)")
        say("\nto be kept in Tests/SimulatorTests/KeptPrograms.swift:\n\(shortest.literal)")
        return false
    }

    /// The shortest program found that ends like this one, with a finding of this kind.
    func shortest(_ program: Program, _ kind: String) throws -> Program {
        let runsLeft = kind == Replay.hangs ? Replay.hangingAttemptsMax : Replay.attemptsMax
        var shrinker = Shrinker(runsLeft: runsLeft) { try run($0).kinds.contains(kind) }
        return try shrinker.shrink(program)
    }

    /// What happened as far as it was told, and the kinds of what was found.
    func run(_ program: Program) throws -> (history: String, kinds: [String]) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = String(decoding: try encoder.encode(program), as: UTF8.self)
        let child = try Child.run(
            executable, ["attempt", json], core: Core.allowed().first ?? nil,
            silenceSecondsMax: silenceSecondsMax)
        switch child.ending {
        case .hangs:
            return (child.text + "then it says nothing for \(Int(silenceSecondsMax)) s", [Replay.hangs])
        case .broken(let status):
            return (child.text + "then its process ends with \(status)", [Replay.trap])
        case .exited:
            let lines = child.text.split(separator: "\n")
            let kinds = lines.last?.split(separator: " ").map { String($0) } ?? []
            return (lines.dropLast().joined(separator: "\n"), Array(kinds.dropFirst()))
        }
    }
}
