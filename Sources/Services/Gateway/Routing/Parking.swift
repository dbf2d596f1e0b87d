import Base
import Synchronization

/// Where writes wait for the end of a move's fence: no thread waits with them.
///
/// They are tried again when the tenant's placement is announced to have changed, and one a tenant every
/// `Limits.parkedRetryMilliseconds` besides: a fence can be lifted without any change of the placement.
final class Parking: Sendable {
    /// A write that waits.
    protocol Waiter: AnyObject, Sendable {
        /// When it gives up, by the monotonic clock.
        var deadlineNanoseconds: UInt64 { get }
        /// Tries again.
        func retry()
        /// Has waited too long.
        func giveUp()
    }

    private struct State {
        var waiting: [TenantID: [any Waiter]] = [:]
        var isTicking = false
    }

    private let state = Mutex(State())
    private let queue = TaskQueue(label: "homeroom.gateway.parking")
    private let clock: any Clock
    private let metrics: GatewayMetrics

    init(clock: any Clock, metrics: GatewayMetrics) {
        self.clock = clock
        self.metrics = metrics
    }

    /// Keeps the write until the tenant is released; false where too many wait already.
    func park(_ waiter: any Waiter, of tenant: TenantID) -> Bool {
        let outcome = state.withLock { state -> (isParked: Bool, startsTicking: Bool) in
            guard state.waiting[tenant, default: []].count < Limits.parkedWritesPerTenantMax else {
                return (false, false)
            }
            state.waiting[tenant, default: []].append(waiter)
            defer { state.isTicking = true }
            return (true, !state.isTicking)
        }
        if outcome.isParked { metrics.parkedNow.add() }
        if outcome.startsTicking { scheduleTick() }
        return outcome.isParked
    }

    /// Tries all of the tenant's writes again, in the order they came; not on the caller's thread.
    func release(_ tenant: TenantID) {
        guard let waiters = state.withLock({ $0.waiting.removeValue(forKey: tenant) }) else { return }
        resume(waiters)
    }

    private func resume(_ waiters: [any Waiter]) {
        guard !waiters.isEmpty else { return }
        metrics.parkedNow.add(-waiters.count)
        #if MUTANTS
            let waiters = Mutant.isOn(.parkedWriteDropped) ? waiters.dropLast() : waiters
        #endif
        queue.async { for waiter in waiters { waiter.retry() } }
    }

    private func scheduleTick() {
        queue.async(afterMilliseconds: Limits.parkedRetryMilliseconds) { [weak self] in self?.tick() }
    }

    private func tick() {
        let now = clock.monotonicNanoseconds()
        var expired: [any Waiter] = []
        var probes: [any Waiter] = []
        let goesOn = state.withLock { state in
            for (tenant, waiters) in state.waiting {
                var rest = waiters.filter { $0.deadlineNanoseconds > now }
                expired += waiters.filter { $0.deadlineNanoseconds <= now }
                if !rest.isEmpty { probes.append(rest.removeFirst()) }
                state.waiting[tenant] = rest.isEmpty ? nil : rest
            }
            // The probes may come back, so the clock goes on as long as there was anybody.
            state.isTicking = !probes.isEmpty || !state.waiting.isEmpty
            return state.isTicking
        }
        metrics.parkedNow.add(-(expired.count + probes.count))
        for waiter in expired { waiter.giveUp() }
        for waiter in probes { waiter.retry() }
        if goesOn { scheduleTick() }
    }
}
