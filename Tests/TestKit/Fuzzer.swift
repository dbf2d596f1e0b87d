import Base
import FoundationEssentials

/// The driver of every fuzz and model test: runs a body with one seed after another until one fails or the budget is
/// spent.
///
///     try Fuzzer("number arithmetic", rounds: 2000).run { random in
///         let text = randomText(random)
///         try #require(Number(parsing: text).text == oracle(text))
///     }
///
/// A round gets a generator of its own and must depend on nothing else, so that its seed alone repeats it. What the body
/// throws ends the run, and becomes a `FuzzFailure` that names the seed. The environment sets the budget:
///
/// | variable | meaning |
/// |---|---|
/// | none | `rounds` rounds with the same seeds every time |
/// | `HOMEROOM_FUZZ_SECONDS` | new seeds for so many seconds; prints rounds a second. `make fuzz` sets it |
/// | `HOMEROOM_SEED` | this one seed only |
public struct Fuzzer {
    /// What became of a round's input, for fuzzers of parsers.
    public enum Outcome {
        /// It was read to its end.
        case accepted
        /// It was refused, with an error of ours.
        case refused
    }

    private let name: StaticString
    private let rounds: Int
    private let kept: [UInt64]
    private let accepting: ClosedRange<Double>?
    private let budget: FuzzBudget

    /// A fuzzer.
    /// - Parameters:
    ///   - name: what is fuzzed, for the report.
    ///   - rounds: how many rounds a brief run has: about a second's worth at the most.
    ///   - kept: seeds that have found something once; they come first in every run.
    ///   - accepting: the share of rounds that are to be `.accepted`; a run outside it fails, as a fuzzer whose input is
    ///     always refused (or never) tests little.
    ///   - budget: how long to run, by default what the environment says.
    public init(
        _ name: StaticString, rounds: Int, kept: [UInt64] = [], accepting: ClosedRange<Double>? = nil,
        budget: FuzzBudget = .ofEnvironment
    ) {
        self.name = name
        self.rounds = rounds
        self.kept = kept
        self.accepting = accepting
        self.budget = budget
    }

    /// Runs the fuzzer of a parser: its body says what became of the input.
    /// - Throws: `FuzzFailure` with the seed of the first round that threw, or where the share accepted is not as it is to be.
    public func runParser(_ body: (SeededRandom) throws -> Outcome) throws(FuzzFailure) {
        var tally = Tally()
        switch budget {
        case .seed(let seed):
            try round(seed, &tally, body)
            print("fuzz \(name): seed \(seed) passes")
            return
        case .brief:
            for seed in kept + (0..<UInt64(rounds)) { try round(seed, &tally, body) }
        case .seconds(let seconds):
            for seed in kept { try round(seed, &tally, body) }
            var generator = SystemRandomNumberGenerator()
            // Short enough to be typed.
            let first = UInt64.random(in: 0..<1 << 40, using: &generator)
            let clock = ContinuousClock()
            let start = clock.now
            var seed = first
            while start.duration(to: clock.now) < .seconds(seconds) {
                try round(seed, &tally, body)
                seed += 1
            }
            print(tally.report(name, elapsed: start.duration(to: clock.now), first: first))
        }
        try checkShare(tally)
    }

    /// Runs a body whose rounds all count alike.
    /// - Throws: `FuzzFailure` with the seed of the first round that threw.
    public func run(_ body: (SeededRandom) throws -> Void) throws(FuzzFailure) {
        try runParser { random in
            try body(random)
            return .accepted
        }
    }

    private func round(
        _ seed: UInt64, _ tally: inout Tally, _ body: (SeededRandom) throws -> Outcome
    ) throws(FuzzFailure) {
        let outcome: Outcome
        do {
            outcome = try CrashNote.noting(name, seed: seed, isReplay: budget.isReplay) {
                try body(SeededRandom(seed: seed))
            }
        } catch {
            throw FuzzFailure(fuzzer: "\(name)", seed: seed, reason: "\(error)")
        }
        tally.rounds += 1
        if case .accepted = outcome { tally.accepted += 1 }
    }

    private func checkShare(_ tally: Tally) throws(FuzzFailure) {
        guard let accepting, tally.rounds > 0, !accepting.contains(tally.share) else { return }
        throw FuzzFailure(
            fuzzer: "\(name)", seed: nil,
            reason:
                "\(tally.accepted) of \(tally.rounds) rounds were accepted; the share is to be in \(accepting)"
        )
    }

    private struct Tally {
        var rounds = 0
        var accepted = 0

        var share: Double { Double(accepted) / Double(rounds) }

        func report(_ name: StaticString, elapsed: Duration, first: UInt64) -> String {
            let seconds = elapsed / .seconds(1)
            return
                "fuzz \(name): \(rounds) runs in \(Int(seconds)) s, \(Int(Double(rounds) / seconds)) runs/s, "
                + "\(Int(share * 100)) % accepted, seeds from \(first)"
        }
    }
}

/// How long fuzzers run.
public enum FuzzBudget: Sendable {
    /// Each its own number of rounds, with fixed seeds.
    case brief
    /// Each for so many seconds, with new seeds.
    case seconds(Int)
    /// One round, with this seed.
    case seed(UInt64)

    /// What `HOMEROOM_SEED` and `HOMEROOM_FUZZ_SECONDS` ask for.
    public static let ofEnvironment: FuzzBudget = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["HOMEROOM_SEED"] {
            guard let seed = UInt64(seed) else {
                preconditionFailure("HOMEROOM_SEED is to be a whole number")
            }
            return .seed(seed)
        }
        guard let seconds = environment["HOMEROOM_FUZZ_SECONDS"] else { return .brief }
        guard let seconds = Int(seconds), seconds > 0 else {
            preconditionFailure("HOMEROOM_FUZZ_SECONDS is to be a positive whole number")
        }
        return .seconds(seconds)
    }()

    /// Whether one seed is repeated.
    var isReplay: Bool { if case .seed = self { true } else { false } }
}

/// A fuzzer's finding.
public struct FuzzFailure: Error, CustomStringConvertible {
    /// Which fuzzer.
    public let fuzzer: String
    /// The seed that repeats it; nil where no single round is at fault.
    public let seed: UInt64?
    /// What the body threw.
    public let reason: String

    /// What happened and how to see it again.
    public var description: String {
        guard let seed else { return "fuzz \(fuzzer): \(reason)" }
        return "fuzz \(fuzzer): seed \(seed): \(reason)\n"
            + "Again: HOMEROOM_SEED=\(seed) swift test --filter <this test>; keep the seed in `kept:` once it is mended."
    }
}
