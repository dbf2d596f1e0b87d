import Base
import Dispatch
import Policies
import Registry
import Synchronization
import Tables

/// Keeps what was decided and why: denials, as many as fit into a second, and a sample of the allows.
///
/// Whoever decides hands over a finished entry and goes on; a thread of its own writes entries to the store and to the log,
/// several at a time. An allow that is not sampled costs the hot path one subtraction.
public final class DecisionRecorder: Sendable {
    /// What a deployment can decide of it.
    public struct Configuration: Sendable {
        /// Of so many allows on one connection one is kept.
        public var sampleEvery = Limits.decisionSampleEvery
        /// Denials of one tenant kept each second.
        public var deniedPerTenantPerSecond = Limits.decisionsDeniedPerTenantPerSecondMax
        /// Denials kept each second.
        public var deniedPerSecond = Limits.decisionsDeniedPerSecondMax
        /// Allows kept each second.
        public var allowedPerSecond = Limits.decisionsAllowedPerSecondMax

        /// With the limits of `Limits`.
        public init() {}
    }

    private struct State {
        var budget: DecisionBudget
        var ledger = DenialLedger()
        var waiting: [DecisionEntry] = []
        var isWriterAsked = false
    }

    /// Of so many allows on one connection one is kept.
    let sampleEvery: Int
    private let store: DecisionStore
    private let clock: any Clock
    private let log: @Sendable (DecisionEntry) -> Void
    private let onFailure: @Sendable (any Error) -> Void
    private let state: Mutex<State>
    private let callers = Atomic<Int>(0)
    private let queue = DispatchQueue(label: "homeroom.decisions", qos: .utility)

    /// A recorder.
    /// - Parameters:
    ///   - log: given each denial that is kept, on the recorder's thread.
    ///   - onFailure: told where the store did not take some; they are lost.
    public init(
        store: DecisionStore, clock: any Clock, configuration: Configuration = Configuration(),
        log: @escaping @Sendable (DecisionEntry) -> Void = { _ in },
        onFailure: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        self.store = store
        self.clock = clock
        self.log = log
        self.onFailure = onFailure
        sampleEvery = max(1, configuration.sampleEvery)
        let rates = DecisionBudget.Rates(
            deniedPerTenant: configuration.deniedPerTenantPerSecond, denied: configuration.deniedPerSecond,
            allowed: configuration.allowedPerSecond)
        state = Mutex(State(budget: DecisionBudget(rates)))
    }

    /// After how many allows a new connection's first sample is due: spread, so that short connections are sampled as well.
    func firstSample() -> Int {
        // The golden ratio's multiples are spread over any interval.
        let number = UInt64(bitPattern: Int64(callers.wrappingAdd(1, ordering: .relaxed).newValue))
        return Int((number &* 0x9E37_79B9_7F4A_7C15) >> 32) % sampleEvery + 1
    }

    /// Counts a denial, and keeps it where the second has room for it: only then `entry` is made.
    public func recordDenial(
        of tenant: TenantID?, for reason: DenialReason, _ entry: () -> DecisionEntry
    ) {
        let now = clock.now()
        let isAdmitted = state.withLock { state in
            state.ledger.add(tenant, reason)
            let isAdmitted = state.budget.admitsDenial(of: tenant, at: now)
            // Also to tell how many were left out.
            askWriter(&state)
            return isAdmitted
        }
        guard isAdmitted else { return }
        let kept = entry()
        state.withLock { $0.ledger.add(tenant, reason, count: 0, samples: [kept.requestID]) }
        add(kept)
    }

    /// Counts a refusal of which nothing else is kept: of somebody whom nobody knows.
    public func countDenial(of tenant: TenantID?, for reason: DenialReason) {
        state.withLock { $0.ledger.add(tenant, reason) }
    }

    /// The denials since the last time, by tenant and reason; they begin anew.
    public func takeDenials() -> [DenialCount] { state.withLock { $0.ledger.take() } }

    /// Adds denials again that could not be written.
    public func putBack(_ denials: [DenialCount]) {
        state.withLock { state in
            for denial in denials {
                state.ledger.add(denial.tenant, denial.reason, count: denial.count, samples: denial.samples)
            }
        }
    }

    /// Keeps an allow that the sampling has picked, where the second has room for it.
    func recordSample(_ entry: () -> DecisionEntry) {
        let now = clock.now()
        guard state.withLock({ $0.budget.admitsAllow(at: now) }) else { return }
        add(entry())
    }

    private func add(_ entry: DecisionEntry) {
        state.withLock { state in
            if state.waiting.count < Limits.decisionsWaitingMax {
                state.waiting.append(entry)
            } else if entry.outcome == .denied {
                state.budget.leaveOut(entry.tenant)
            }
            askWriter(&state)
        }
    }

    private func askWriter(_ state: inout State) {
        guard !state.isWriterAsked else { return }
        state.isWriterAsked = true
        queue.asyncAfter(deadline: .now() + .milliseconds(Limits.decisionDelayMilliseconds)) { [self] in
            write(isLast: false)
        }
    }

    /// Writes what waits and returns when it is stored. The counts of those left out come too.
    public func flush() { queue.sync { write(isLast: true) } }

    private func write(isLast: Bool) {
        let now = clock.now()
        let entries = state.withLock { state in
            state.isWriterAsked = false
            let counts = state.budget.takeLeftOut(at: now, isLast: isLast)
            var entries = state.waiting
            state.waiting.removeAll(keepingCapacity: true)
            entries += counts.map { DecisionEntry(leftOut: $0.count, of: $0.tenant, at: now) }
            if !state.budget.leftOut.isEmpty { askWriter(&state) }
            return entries
        }
        guard !entries.isEmpty else { return }
        for entry in entries where entry.outcome != .allowed { log(entry) }
        do throws(TableError) { try store.append(entries) } catch { onFailure(error) }
    }
}
