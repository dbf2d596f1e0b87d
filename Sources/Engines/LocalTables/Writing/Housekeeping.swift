import Base
import Dispatch
import Synchronization
import Tables

/// The thread on which a store does what can wait, a chunk at a time; there is one while there is work, at the most.
final class Housekeeping: Sendable {
    private struct State {
        var isRunning = false
        var isWanted = false
        var isClosed = false
    }

    private let queue: TaskQueue
    private let isAutomatic: Bool
    private let state = Mutex(State())

    init(id: StoreID, isAutomatic: Bool) {
        self.isAutomatic = isAutomatic
        queue = TaskQueue(label: "homeroom.store.\(id).housekeeping", qos: .utility)
    }

    /// Calls `step` until it says that there is no more to do, and again after a pause where it says that it failed.
    func wake(_ step: @escaping @Sendable () -> Step) {
        guard isAutomatic else { return }
        let mustStart = state.withLock { state -> Bool in
            state.isWanted = true
            defer { state.isRunning = true }
            return !state.isRunning && !state.isClosed
        }
        if mustStart { queue.async { self.run(step) } }
    }

    /// What became of a step.
    enum Step {
        case done
        case more
        case failed
    }

    private func run(_ step: @escaping @Sendable () -> Step) {
        while state.withLock({ state in
            state.isRunning = state.isWanted && !state.isClosed
            state.isWanted = false
            return state.isRunning
        }) {
            var last = Step.more
            while last == .more, !state.withLock({ $0.isClosed }) { last = step() }
            if last == .failed {
                state.withLock { $0.isWanted = true }
                queue.async(afterMilliseconds: Limits.housekeepingRetrySeconds * 1000) { self.run(step) }
                return
            }
        }
    }

    /// Does something else that can wait, between the steps.
    func later(_ body: @escaping @Sendable () -> Void) {
        queue.async { if !self.state.withLock({ $0.isClosed }) { body() } }
    }

    /// No step begins from here on.
    func close() { state.withLock { $0.isClosed = true } }
}

extension LocalStore {
    /// Does a chunk of the work that can wait: false where there is none. For a store that is opened with `.byHand`.
    /// - Throws: `.storage`.
    public func keepHouse() throws(TableError) -> Bool {
        try change { session throws(TableError) in try session.keepHouse() }
    }

    /// Lets the thread begin, if it is not at work.
    func wakeHousekeeping() {
        housekeeping.wake { [weak self] in
            guard let self else { return .done }
            do throws(TableError) { return try keepHouse() ? .more : .done } catch {
                // The writer says what failed to whoever writes; here nobody waits for the answer.
                if case .noSuchStore = error { return .done }
                return .failed
            }
        }
    }
}
