import Dispatch
import FoundationEssentials
import Glibc
import Synchronization

/// The most memory of its own that this process takes while this watches, beyond what it took before. Pages of files that are mapped
/// belong to the system's cache, and do not count. Source: proc_pid_status(5).
final class MemoryWatch: Sendable {
    private struct State {
        var most = 0
        var isOver = false
    }

    private static let everyMicroseconds: UInt32 = 20_000

    private let before: Int
    private let state = Mutex(State())

    init() {
        before = MemoryWatch.anonymousBytes()
        DispatchQueue(label: "bench.memory").async { [self] in
            while !look() { usleep(MemoryWatch.everyMicroseconds) }
        }
    }

    /// Whether the watch is over.
    private func look() -> Bool {
        let now = MemoryWatch.anonymousBytes()
        return state.withLock { state in
            state.most = max(state.most, now)
            return state.isOver
        }
    }

    /// Ends the watch.
    func grownMegabytes() throws -> Double {
        let most = state.withLock { state in
            state.isOver = true
            return state.most
        }
        guard before > 0, most > 0 else { throw UsageError(text: "`/proc/self/status` cannot be read") }
        return Double(max(0, most - before)) / 1e6
    }

    /// 0 where the system does not say.
    private static func anonymousBytes() -> Int {
        guard let data = FileManager.default.contents(atPath: "/proc/self/status") else { return 0 }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("RssAnon:") }),
            let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
                .flatMap({ Int($0) })
        else { return 0 }
        return kilobytes * 1024
    }
}
