import Base
import Registry
import Synchronization

/// When each run under way last got on, by the monotonic clock; and how fast.
///
/// A sign of life is: a step that ends, a change of what the run remembers, shows or commits, and a wait of a second or more
/// that a step has asked for, which then lasts until its end. None is: an error, or a step that wants to be called again at
/// once and has changed nothing.
final class RunWatch: Sendable {
    /// A run that makes no progress.
    struct Overdue {
        let run: RunID
        let sinceMilliseconds: Int64
        /// Why its step gets nowhere, as the step says.
        let standstill: String?
    }

    private struct Sign {
        var nanoseconds: UInt64
        var stuckAfterSeconds: Int
        var stall: RunStall?
        var meter = ProgressMeter()
        var standstill: String?
        /// The last sign of life, and whether it was said to be stuck, when the call under way began.
        var nanosecondsBefore: UInt64
        var stallBefore: RunStall?
    }

    private let clock: any Clock
    private let signs = Mutex<[RunID: Sign]>([:])

    init(clock: any Clock) { self.clock = clock }

    /// A thread calls a step of the run, which may do without a sign of life for so long.
    func begin(_ run: RunID, stuckAfterSeconds: Int) {
        let now = clock.monotonicNanoseconds()
        signs.withLock { signs in
            var sign =
                signs[run] ?? Sign(nanoseconds: now, stuckAfterSeconds: 0, nanosecondsBefore: now)
            sign.stuckAfterSeconds = stuckAfterSeconds
            sign.nanosecondsBefore = sign.nanoseconds
            sign.stallBefore = sign.stall
            signs[run] = sign
        }
    }

    /// The run gets on, or will wait for so long by its own wish.
    func note(_ run: RunID, waitMilliseconds: Int = 0) {
        let now = clock.monotonicNanoseconds()
        let wait = UInt64(max(0, waitMilliseconds)).multipliedReportingOverflow(by: 1_000_000)
        let due = now.addingReportingOverflow(wait.overflow ? .max / 2 : wait.partialValue)
        signs.withLock { signs in
            guard signs[run] != nil else { return }
            signs[run]?.nanoseconds = due.overflow ? .max : due.partialValue
            signs[run]?.stall = nil
        }
    }

    /// The run's step gets nowhere, and why; nil where it does not say so. What the call has shown before is then no sign of life
    /// either.
    func noteStandstill(_ run: RunID, _ reason: String?) {
        signs.withLock { signs in
            guard var sign = signs[run] else { return }
            sign.standstill = reason
            if reason != nil {
                sign.nanoseconds = sign.nanosecondsBefore
                sign.stall = sign.stallBefore
            }
            signs[run] = sign
        }
    }

    /// The progress with rate and time left, as far as they can be told.
    func measured(_ progress: RunProgress, of run: RunID) -> RunProgress {
        let now = clock.monotonicNanoseconds()
        return signs.withLock { signs in
            guard signs[run] != nil else { return progress }
            return signs[run]?.meter.measured(progress, at: now) ?? progress
        }
    }

    /// The run does nothing, or waits for its turn, so it need not get on.
    func end(_ run: RunID) { signs.withLock { $0[run] = nil } }

    /// The runs that have given no sign of life for longer than their steps allow and are not said to be stuck.
    func overdue() -> [Overdue] {
        let now = clock.monotonicNanoseconds()
        return signs.withLock { signs in
            signs.compactMap { run, sign in
                guard sign.stall == nil, sign.nanoseconds < now else { return nil }
                let milliseconds = Int64((now - sign.nanoseconds) / 1_000_000)
                guard milliseconds > Int64(sign.stuckAfterSeconds) * 1000 else { return nil }
                return Overdue(
                    run: run, sinceMilliseconds: milliseconds, standstill: sign.standstill)
            }
        }
    }

    /// The run is said to be stuck.
    func mark(_ run: RunID, _ stall: RunStall) {
        signs.withLock { signs in
            signs[run]?.stall = stall
            signs[run]?.stallBefore = stall
        }
    }

    /// How the run is stuck, or nil.
    func stall(of run: RunID) -> RunStall? { signs.withLock { $0[run]?.stall } }

    /// The runs that are said to be stuck.
    var stuck: [RunID] { signs.withLock { signs in signs.filter { $0.value.stall != nil }.map(\.key) } }
}
