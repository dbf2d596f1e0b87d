import Base
import Dispatch
import Synchronization

/// Which runs are due, whose turn it is, and when the others are due. A run is with one thread at a time.
final class RunQueue: Sendable {
    private let state: Mutex<RunSchedule>
    private let semaphore = DispatchSemaphore(value: 0)
    private let clock: any Clock

    init(slots: RunSlots, clock: any Clock) {
        state = Mutex(RunSchedule(slots: slots))
        self.clock = clock
    }

    /// The run is due now, whatever it waited for.
    func enqueue(_ run: RunID, _ claim: RunClaim) {
        state.withLock { $0.enqueue(run, claim) }
        semaphore.signal()
    }

    /// The run is due in so many milliseconds, unless it is enqueued earlier.
    func enqueue(_ run: RunID, _ claim: RunClaim, afterMilliseconds delay: Int64) {
        let nanoseconds = UInt64(max(0, delay)).multipliedReportingOverflow(by: 1_000_000)
        let due = clock.monotonicNanoseconds().addingReportingOverflow(nanoseconds.partialValue)
        let isFar = nanoseconds.overflow || due.overflow
        state.withLock { $0.enqueue(run, claim, at: isFar ? .max : due.partialValue) }
        semaphore.signal()
    }

    /// The run is looked at again in so many milliseconds, as it then stands.
    func retake(_ run: RunID, afterMilliseconds delay: Int64) {
        guard let claim = state.withLock({ $0.claim(of: run) }) else { return }
        enqueue(run, claim, afterMilliseconds: delay)
    }

    /// What to do now.
    func next() -> RunSchedule.Next {
        let now = clock.monotonicNanoseconds()
        return state.withLock { $0.next(at: now) }
    }

    /// The run's thread is done with it.
    func release(_ run: RunID) {
        if state.withLock({ $0.release(run) }) { semaphore.signal() }
    }

    /// Whether the run is due, will be, or is with a thread.
    func holds(_ run: RunID) -> Bool { state.withLock { $0.holds(run) } }

    /// The run has nothing more to do unless somebody asks.
    func forget(_ run: RunID) {
        for _ in 0..<state.withLock({ $0.forget(run) }) { semaphore.signal() }
    }

    /// The run had a slot when the process ended.
    func holdSlot(_ run: RunID, _ claim: RunClaim) { state.withLock { $0.holdSlot(run, claim) } }

    /// The run goes on, if at all, without a slot.
    func giveUpSlot(of run: RunID) {
        for _ in 0..<state.withLock({ $0.giveUpSlot(of: run) }) { semaphore.signal() }
    }

    /// Whether the run has a slot.
    func hasSlot(_ run: RunID) -> Bool { state.withLock { $0.slots.isHeld(by: run) } }

    /// Whether the run is with a thread.
    func isExecuting(_ run: RunID) -> Bool { state.withLock { $0.isExecuting(run) } }

    /// How the run waits for its turn, or nil where it does not.
    func turn(of run: RunID) -> RunTurn? { state.withLock { $0.turn(of: run) } }

    /// How many runs wait for their turn, by kind.
    var waitingCounts: [String: Int] { state.withLock { $0.slots.waitingCounts } }

    /// Waits until something is enqueued, or until that moment of the monotonic clock.
    func sleep(until due: UInt64?) {
        guard let due else {
            semaphore.wait()
            return
        }
        let now = clock.monotonicNanoseconds()
        let hour: UInt64 = 3_600_000_000_000
        let nanoseconds = due > now ? min(due - now, hour) : 0
        _ = semaphore.wait(timeout: .now() + .nanoseconds(Int(nanoseconds)))
    }

    /// Hands out no more runs; wakes that many threads.
    func stop(threads: Int) {
        state.withLock { $0.isStopped = true }
        for _ in 0..<threads { semaphore.signal() }
    }

    /// Whether `stop` was called.
    var isStopped: Bool { state.withLock { $0.isStopped } }
}
