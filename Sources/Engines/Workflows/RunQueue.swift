import Base
import Dispatch
import Synchronization

/// Which runs are due, and when the others are. A run is with one thread at a time.
final class RunQueue: Sendable {
    private let state = Mutex(RunSchedule())
    private let semaphore = DispatchSemaphore(value: 0)

    /// The run is due now, whatever it waited for.
    func enqueue(_ run: RunID) {
        state.withLock { $0.enqueue(run) }
        semaphore.signal()
    }

    /// The run is due then, unless it is enqueued earlier.
    func enqueue(_ run: RunID, at due: Timestamp) {
        state.withLock { $0.enqueue(run, at: due) }
        semaphore.signal()
    }

    /// What to do now.
    func next(at now: Timestamp) -> RunSchedule.Next {
        state.withLock { $0.next(at: now) }
    }

    /// The run's thread is done with it.
    func release(_ run: RunID) {
        if state.withLock({ $0.release(run) }) { semaphore.signal() }
    }

    /// Whether the run is due, will be, or is with a thread.
    func holds(_ run: RunID) -> Bool { state.withLock { $0.holds(run) } }

    /// Waits until something is enqueued, or for so long.
    func sleep(milliseconds: Int64?) {
        guard let milliseconds else {
            semaphore.wait()
            return
        }
        _ = semaphore.wait(timeout: .now() + .milliseconds(Int(min(max(0, milliseconds), 3_600_000))))
    }

    /// Hands out no more runs; wakes that many threads.
    func stop(threads: Int) {
        state.withLock { $0.isStopped = true }
        for _ in 0..<threads { semaphore.signal() }
    }

    /// Whether `stop` was called.
    var isStopped: Bool { state.withLock { $0.isStopped } }
}
