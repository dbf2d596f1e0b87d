import Foundation
import Simulation
import Synchronization

/// Processes of this program, one a core, that share a range of seeds: a seed that ends its process, or hangs, costs no other.
struct Workers {
    /// Seeds that one process runs before the next takes over: what a halted simulation leaves behind goes with it.
    private static let seedsOfProcess: UInt64 = 50

    let environment: [String: String]

    func run(_ seeds: Range<UInt64>, stopsAtFirst: Bool) throws -> [Found] {
        let next = Shared(seeds.lowerBound)
        let results = Shared<[Found]>([])
        DispatchQueue.concurrentPerform(iterations: ProcessInfo.processInfo.activeProcessorCount) { _ in
            while true {
                let (first, mayGoOn) = next.change { next -> (UInt64, Bool) in
                    let first = next
                    next = min(seeds.upperBound, next + Workers.seedsOfProcess)
                    return (first, first < seeds.upperBound)
                }
                if !mayGoOn || (stopsAtFirst && !results.value.isEmpty) { return }
                let end = min(seeds.upperBound, first + Workers.seedsOfProcess) - 1
                let found = self.process(first...end, stopsAtFirst: stopsAtFirst)
                results.change { $0 += found }
            }
        }
        return results.value.sorted { $0.seed < $1.seed }
    }

    /// The seeds of the range that end badly, by a process of their own.
    private func process(_ seeds: ClosedRange<UInt64>, stopsAtFirst: Bool) -> [Found] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            ["range", "\(seeds.lowerBound)", "\(seeds.upperBound)"] + (stopsAtFirst ? ["first"] : [])
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        do { try process.run() } catch {
            return [Found(seed: seeds.lowerBound, text: "its process cannot be started: \(error)")]
        }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var found: [Found] = []
        var current = seeds.lowerBound
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 2)
            if parts.first == "at", let seed = parts.last.flatMap({ UInt64($0) }) {
                current = seed
            } else if parts.first == "found", parts.count == 3, let seed = UInt64(parts[1]) {
                found.append(Found(seed: seed, text: String(parts[2])))
            } else if let last = found.popLast() {
                found.append(Found(seed: last.seed, text: last.text + "\n" + line))
            }
        }
        if process.terminationReason == .uncaughtSignal || process.terminationStatus > 1 {
            found.append(
                Found(seed: current, text: "its process ended with \(process.terminationStatus)\n    trap"))
            if current < seeds.upperBound, !stopsAtFirst {
                found += self.process(current + 1...seeds.upperBound, stopsAtFirst: false)
            }
        }
        return found
    }
}

/// A value that threads share.
final class Shared<Value: Sendable>: Sendable {
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
