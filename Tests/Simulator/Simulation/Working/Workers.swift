import Foundation
import Glibc
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
        executable: URL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath(),
        environment: [String: String] = [:], secondsOfSeedMax: Double = 120
    ) {
        self.executable = executable
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
        let process = Process()
        process.executableURL = executable
        process.arguments =
            ["range", "\(seeds.lowerBound)", "\(seeds.upperBound)"] + (stopsAtFirst ? ["first"] : [])
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        Core.keep(process, to: core)
        let pipe = Pipe()
        process.standardOutput = pipe
        do { try process.run() } catch {
            return ([Found(seed: seeds.lowerBound, text: "its process cannot be started: \(error)")], nil)
        }
        let (text, isHanging) = output(of: process, from: pipe.fileHandleForReading)
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
        if isHanging {
            found.append(
                Found(seed: current, text: "it says nothing for \(Int(secondsOfSeedMax)) s\n    hangs"))
        } else if process.terminationReason == .uncaughtSignal || process.terminationStatus > 1 {
            found.append(
                Found(seed: current, text: "its process ended with \(process.terminationStatus)\n    trap"))
        } else {
            return (found, nil)
        }
        return (found, current)
    }

    /// What the process says until it ends, or is ended since it hangs.
    private func output(of process: Process, from file: FileHandle) -> (text: String, isHanging: Bool) {
        var bytes: [UInt8] = []
        var waiting = pollfd(fd: file.fileDescriptor, events: Int16(POLLIN), revents: 0)
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let ready = poll(&waiting, 1, Int32(secondsOfSeedMax * 1000))
            if ready < 0, errno == EINTR { continue }
            if ready == 0 {
                kill(process.processIdentifier, SIGKILL)
                return (String(decoding: bytes, as: UTF8.self), true)
            }
            let count = read(file.fileDescriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard ready > 0, count > 0 else { return (String(decoding: bytes, as: UTF8.self), false) }
            bytes += buffer[..<count]
        }
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
