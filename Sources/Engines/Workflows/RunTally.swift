import Base
import Registry
import Synchronization

/// What the engine's runs have come to since the process started, and how those stand that have not ended: for metrics.
public struct RunFigures: Sendable {
    /// A workflow's kind, and something of it: a state, a step.
    public struct Key: Hashable, Comparable, Sendable {
        /// The workflow's kind.
        public var kind: String
        /// The state, or the step.
        public var name: String

        /// A key.
        public init(kind: String, name: String) {
            self.kind = kind
            self.name = name
        }

        /// By kind, then by name.
        public static func < (left: Key, right: Key) -> Bool {
            (left.kind, left.name) < (right.kind, right.name)
        }
    }

    /// How long runs took from start to end.
    public struct Durations: Hashable, Sendable {
        /// How many.
        public var count = 0
        /// All together, in milliseconds.
        public var milliseconds: Int64 = 0
    }

    /// Runs that have not ended, by kind and state.
    public var open: [Key: Int] = [:]
    /// Runs that have ended since the start of the process, by kind and state, with their durations.
    public var ended: [Key: Durations] = [:]
    /// Errors after which a step was tried again, by kind and step.
    public var retries: [Key: Int] = [:]
    /// Steps that failed for good, by kind and step.
    public var failures: [Key: Int] = [:]
    /// Runs that make no progress, by kind.
    public var stuck: [String: Int] = [:]
    /// Runs that wait for their turn, by kind.
    public var waitingForTurn: [String: Int] = [:]
    /// For how long the run has waited that has waited longest for its turn or a thread, in milliseconds.
    public var oldestWaitingMilliseconds: Int64 = 0
}

/// Counts what becomes of runs, in memory.
final class RunTally: Sendable {
    private struct Open {
        var kind: String
        var state: String
        /// Since when it is due and has no thread, by the monotonic clock.
        var dueSince: UInt64?
    }

    private struct State {
        var open: [RunID: Open] = [:]
        var ended: [RunFigures.Key: RunFigures.Durations] = [:]
        var retries: [RunFigures.Key: Int] = [:]
        var failures: [RunFigures.Key: Int] = [:]
    }

    private let clock: any Clock
    private let state = Mutex(State())

    init(clock: any Clock) { self.clock = clock }

    func noteRetry(kind: String, step: String) {
        state.withLock { $0.retries[RunFigures.Key(kind: kind, name: step), default: 0] += 1 }
    }

    func noteFailure(kind: String, step: String) {
        state.withLock { $0.failures[RunFigures.Key(kind: kind, name: step), default: 0] += 1 }
    }

    /// The run stands so; `isDue` where it waits for a thread or its turn.
    func note(_ record: RunRecord, isDue: Bool) {
        let now = clock.monotonicNanoseconds()
        state.withLock { state in
            if record.state.isFinal {
                guard state.open.removeValue(forKey: record.id) != nil else { return }
                let key = RunFigures.Key(kind: record.kind, name: record.state.name)
                let duration = record.endedAt.map { max(0, $0.milliseconds(since: record.createdAt)) } ?? 0
                state.ended[key, default: RunFigures.Durations()].count += 1
                state.ended[key, default: RunFigures.Durations()].milliseconds += duration
                return
            }
            let since = isDue ? state.open[record.id]?.dueSince ?? now : nil
            state.open[record.id] = Open(kind: record.kind, state: record.state.name, dueSince: since)
        }
    }

    /// What there is to tell, but for what the queue and the watch know.
    func figures(stuck: [RunID]) -> RunFigures {
        let now = clock.monotonicNanoseconds()
        return state.withLock { state in
            var figures = RunFigures()
            for run in state.open.values {
                figures.open[RunFigures.Key(kind: run.kind, name: run.state), default: 0] += 1
                guard let since = run.dueSince, since < now else { continue }
                let waited = Int64((now - since) / 1_000_000)
                figures.oldestWaitingMilliseconds = max(figures.oldestWaitingMilliseconds, waited)
            }
            for run in stuck {
                if let kind = state.open[run]?.kind { figures.stuck[kind, default: 0] += 1 }
            }
            figures.ended = state.ended
            figures.retries = state.retries
            figures.failures = state.failures
            return figures
        }
    }
}
