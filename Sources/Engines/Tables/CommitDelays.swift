import Base
import Synchronization

/// How long writes to a store waited for their commits of late: the newest `Limits.commitDelaysKept` groups. What slows a copy down
/// before the other tenants of its pool feel it.
///
/// Noted once a group by the store's writer, not once a write.
public final class CommitDelays: Sendable {
    /// What was noted from one look to the next.
    public struct Sample: Hashable, Sendable {
        /// How many groups were noted since the store was opened: where the next look goes on.
        public let through: Int
        /// Microseconds of the groups in between, as far as they are kept, in no order.
        public let microseconds: [UInt32]

        /// A sample.
        public init(through: Int = 0, microseconds: [UInt32] = []) {
            self.through = through
            self.microseconds = microseconds
        }

        /// What 99 in 100 groups did not exceed, in microseconds; nil where there are too few to say.
        public var p99: Int? {
            guard microseconds.count >= Limits.commitDelaysTellingMin else { return nil }
            let sorted = microseconds.sorted()
            return Int(sorted[(sorted.count * 99 + 99) / 100 - 1])
        }
    }

    private struct State {
        var ring: [UInt32] = []
        var count = 0
    }

    private let state = Mutex(State())

    /// None yet.
    public init() {}

    /// A group was committed whose writes waited for so long.
    public func note(nanoseconds: UInt64) {
        let microseconds = UInt32(min(nanoseconds / 1000, UInt64(UInt32.max)))
        state.withLock { state in
            if state.ring.count < Limits.commitDelaysKept {
                state.ring.append(microseconds)
            } else {
                state.ring[state.count % Limits.commitDelaysKept] = microseconds
            }
            state.count += 1
        }
    }

    /// What was noted behind the `through` of an earlier look; all that is kept for 0.
    public func sample(after through: Int) -> Sample {
        state.withLock { state in
            // A store that was opened anew counts from 0 again.
            let fresh = through <= state.count ? state.count - through : state.count
            let kept = min(fresh, state.ring.count)
            let numbers = (state.count - kept)..<state.count
            return Sample(
                through: state.count,
                microseconds: numbers.map { state.ring[$0 % Limits.commitDelaysKept] })
        }
    }
}

extension Limits {
    /// Groups whose delays a store remembers.
    static let commitDelaysKept = 256
    /// The fewest groups by which a p99 is told.
    static let commitDelaysTellingMin = 20
}
