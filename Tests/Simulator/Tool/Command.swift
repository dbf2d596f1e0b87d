import Foundation
import Simulation

/// The commands of the tool. Each answers the exit code: 0 where nothing was found, 1 where something was.
enum Command {
    /// Sets are walked in the order of their hashes, which Swift seeds anew in each process unless it is told not to: begins again
    /// with that, so that a seed does the same in every process. Source: the documentation of `Hashable`.
    static func keepHashesInOrder() {
        guard getenv("SWIFT_DETERMINISTIC_HASHING") == nil else { return }
        setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
        var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        execv("/proc/self/exe", &arguments)
        print("the simulator cannot start itself again")
        exit(2)
    }

    // MARK: Seeds

    /// Of so many seeds one is run twice: what a seed does it must do again.
    private static let repeatedSeeds: UInt64 = 25

    static func range(_ seeds: ClosedRange<UInt64>, stopsAtFirst: Bool) throws -> Int32 {
        var code: Int32 = 0
        for seed in seeds {
            print("at \(seed)")
            fflush(nil)
            let outcome = try Simulation.run(seed: seed)
            if seed % repeatedSeeds == 0, try Simulation.run(seed: seed).summary != outcome.summary {
                print("found \(seed) \(outcome.summary)\n    order: it does not do the same again")
                code = 1
            }
            guard !outcome.isClean else { continue }
            print("found \(seed) \(outcome.summary)")
            code = 1
            if stopsAtFirst { return code }
        }
        return code
    }

    static func seed(_ seed: UInt64) throws -> Int32 { try Replay().tell(seed: seed) { print($0) } ? 0 : 1 }

    static func attempt(_ program: String) throws -> Int32 {
        try Replay.attempt(program)
        return 0
    }

    static func seeds(_ count: UInt64, from first: UInt64) throws -> Int32 {
        let begun = Date()
        let results = Workers().run(first..<first + count, stopsAtFirst: false)
        let seconds = Date().timeIntervalSince(begun)
        let rate = Double(count) / max(seconds, 0.001)
        print(
            "\(count) seeds from \(first) in \(Int(seconds)) s, \(Int(rate)) a second: "
                + (results.isEmpty ? "all clean" : "\(results.count) end badly"))
        for found in results.prefix(20) { print(found) }
        if let worst = results.first { print("see more with: make sim SEED=\(worst.seed)") }
        return results.isEmpty ? 0 : 1
    }

    // MARK: Mutants

    static func mutants(_ count: UInt64) throws -> Int32 {
        let names = Simulation.mutants
        guard !names.isEmpty else {
            print("no deliberate faults are compiled in: make sim-mutants builds them")
            return 2
        }
        var missed = 0
        for name in names {
            let begun = Date()
            let found = Workers(environment: ["HOMEROOM_MUTANT": name])
                .run(1..<count + 1, stopsAtFirst: true).first
            let seconds = String(format: "%.1f", Date().timeIntervalSince(begun))
            let padded = name.padding(toLength: 26, withPad: " ", startingAt: 0)
            if found == nil { missed += 1 }
            print("\(padded) \(found.map { "seed \($0.seed) (\($0.kind))" } ?? "NOT FOUND") in \(seconds) s")
            fflush(nil)
        }
        print("\(names.count - missed) of \(names.count) found within \(count) seeds each")
        return missed == 0 ? 0 : 1
    }
}
