import Base
import Dispatch
import Synchronization

/// Wakes those who wait for the next event.
final class EventBell: Sendable {
    private struct State {
        var waiters: [Int: DispatchSemaphore] = [:]
        var next = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    /// A place among those who wait; what rings from then on wakes it.
    final class Waiter: Sendable {
        fileprivate let semaphore = DispatchSemaphore(value: 0)
        fileprivate let number: Int

        fileprivate init(_ number: Int) { self.number = number }

        /// Waits for a ring, so long at the most; whether there was one.
        func wait(milliseconds: Int) -> Bool {
            semaphore.wait(timeout: .now() + .milliseconds(max(0, milliseconds))) == .success
        }
    }

    /// A place to wait at, to be left again; nil where as many wait as may, or nobody may any more.
    func enter() -> Waiter? {
        state.withLock { state in
            guard !state.isClosed, state.waiters.count < Limits.eventWaitersMax else { return nil }
            state.next += 1
            let waiter = Waiter(state.next)
            state.waiters[waiter.number] = waiter.semaphore
            return waiter
        }
    }

    /// Waits no longer.
    func leave(_ waiter: Waiter) { state.withLock { _ = $0.waiters.removeValue(forKey: waiter.number) } }

    /// Wakes all.
    func ring() {
        for waiter in state.withLock({ Array($0.waiters.values) }) { waiter.signal() }
    }

    /// Wakes all, and lets nobody wait any more.
    func close() {
        state.withLock { $0.isClosed = true }
        ring()
    }

    /// Whether nobody may wait any more.
    var isClosed: Bool { state.withLock { $0.isClosed } }
}
