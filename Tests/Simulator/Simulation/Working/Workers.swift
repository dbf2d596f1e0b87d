import Foundation
import Synchronization

/// Processes of this program, one a core, that share a range of seeds: a seed that ends its process, or hangs, costs no other.
public struct Workers: Sendable {
    /// Seeds that one process runs before the next takes over: what a halted simulation leaves behind goes with it.
    private static let seedsOfProcess: UInt64 = 50

    private let executable: URL
    private let environment: [String: String]
    private let secondsOfSeedMax: Double

    /// - Parameter executable: is asked for `range FROM THROUGH`, and says `at SEED` before each and `found SEED …` after what ends badly.
    /// - Parameter secondsOfSeedMax: a process that says nothing for so long hangs.
    public init(
        executable: URL? = nil, environment: [String: String] = [:], secondsOfSeedMax: Double = 120
    ) {
        self.executable = executable ?? Child.itself
        self.environment = environment
        self.secondsOfSeedMax = secondsOfSeedMax
    }

    /// The seeds that end badly, in order.
    public func run(_ seeds: Range<UInt64>, stopsAtFirst: Bool) -> [Found] {
        let next = Shared(seeds.lowerBound)
        let results = Shared<[Found]>([])
        let cores = Core.allowed()
        DispatchQueue.concurrentPerform(iterations: cores.count) { worker in
            while true {
                let (first, mayGoOn) = next.change { next -> (UInt64, Bool) in
                    let first = next
                    next = min(seeds.upperBound, next + Workers.seedsOfProcess)
                    return (first, first < seeds.upperBound)
                }
                if !mayGoOn || (stopsAtFirst && !results.value.isEmpty) { return }
                let end = min(seeds.upperBound, first + Workers.seedsOfProcess) - 1
                let found = process(first...end, cores[worker], stopsAtFirst: stopsAtFirst)
                results.change { $0 += found }
            }
        }
        return results.value.sorted { $0.seed < $1.seed }
    }

    /// The seeds of the range that end badly, by processes of their own: the next goes on behind a seed that ended the one before.
    private func process(_ seeds: ClosedRange<UInt64>, _ core: Int?, stopsAtFirst: Bool) -> [Found] {
        var found: [Found] = []
        var first = seeds.lowerBound
        while first <= seeds.upperBound {
            let ended = once(first...seeds.upperBound, core, stopsAtFirst: stopsAtFirst)
            found += ended.found
            guard let last = ended.brokenAt, !(stopsAtFirst && !found.isEmpty) else { break }
            first = last + 1
        }
        return found
    }

    /// What one process found, and the seed that ended it, where one did.
    private func once(
        _ seeds: ClosedRange<UInt64>, _ core: Int?, stopsAtFirst: Bool
    ) -> (found: [Found], brokenAt: UInt64?) {
        let child: Child
        do {
            child = try Child.run(
                executable,
                ["range", "\(seeds.lowerBound)", "\(seeds.upperBound)"] + (stopsAtFirst ? ["first"] : []),
                environment: environment, core: core, silenceSecondsMax: secondsOfSeedMax)
        } catch {
            return ([Found(seed: seeds.lowerBound, text: "its process cannot be started: \(error)")], nil)
        }
        var found: [Found] = []
        var current = seeds.lowerBound
        for line in child.text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 2)
            if parts.first == "at", let seed = parts.last.flatMap({ UInt64($0) }) {
                current = seed
            } else if parts.first == "found", parts.count == 3, let seed = UInt64(parts[1]) {
                found.append(Found(seed: seed, text: String(parts[2])))
            } else if let last = found.popLast() {
                found.append(Found(seed: last.seed, text: last.text + "\n" + line))
            }
        }
        switch child.ending {
        case .exited: return (found, nil)
        case .hangs:
            found.append(
                Found(seed: current, text: "it says nothing for \(Int(secondsOfSeedMax)) s\n    hangs"))
        case .broken(let status):
            found.append(Found(seed: current, text: "its process ended with \(status)\n    trap"))
        }
        return (found, current)
    }
}

/// A seed that ends badly.
public struct Found: Hashable, Sendable, CustomStringConvertible {
    /// The seed.
    public let seed: UInt64
    /// What was found.
    public let text: String

    /// The kind of the first finding.
    public var kind: String {
        text.split(separator: "\n").dropFirst().first.map { $0.trimmingCharacters(in: .whitespaces) } ?? text
    }
    /// One paragraph for people.
    public var description: String { "seed \(seed): \(text)" }
}

/// A value that threads share.
private final class Shared<Value: Sendable>: Sendable {
    private let stored: Mutex<Value>

    init(_ value: Value) { stored = Mutex(value) }

    var value: Value { stored.withLock { $0 } }

    @discardableResult
    func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        stored.withLock { stored in
            var value = stored
            defer { stored = value }
            return body(&value)
        }
    }
}
