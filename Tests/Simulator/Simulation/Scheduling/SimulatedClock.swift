import Base
import Synchronization

/// The time of a simulation: it passes when the scheduler says so.
final class SimulatedClock: Clock {
    private static let start: UInt64 = 1_767_225_600_000_000_000

    private let nanoseconds = Atomic<UInt64>(start)

    private let wallOffsetSeconds = Atomic<Int>(0)

    func now() -> Timestamp {
        Timestamp(milliseconds: Int64(monotonicNanoseconds() / 1_000_000))
            .advanced(bySeconds: Int64(wallOffsetSeconds.load(ordering: .relaxed)))
    }

    /// Sets the wall clock by so many seconds; what is measured goes on as before.
    func setWall(bySeconds seconds: Int) { wallOffsetSeconds.wrappingAdd(seconds, ordering: .relaxed) }

    func monotonicNanoseconds() -> UInt64 { nanoseconds.load(ordering: .relaxed) }

    /// How much has passed since the beginning, in nanoseconds.
    var elapsedNanoseconds: UInt64 { monotonicNanoseconds() - SimulatedClock.start }

    func advance(byNanoseconds count: UInt64) { nanoseconds.wrappingAdd(count, ordering: .relaxed) }

    /// Moves on to `moment`, unless it is past already.
    func advance(to moment: UInt64) {
        if moment > monotonicNanoseconds() { nanoseconds.store(moment, ordering: .relaxed) }
    }
}
