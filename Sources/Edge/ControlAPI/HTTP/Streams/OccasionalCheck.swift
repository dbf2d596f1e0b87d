import Base
import Synchronization

/// A question that is asked at most so often, its last answer standing in between.
final class OccasionalCheck: Sendable {
    private struct State {
        var answer = true
        var nanoseconds: UInt64
    }

    private let clock: any Clock
    private let everyNanoseconds: UInt64
    private let question: @Sendable () -> Bool
    private let state: Mutex<State>

    /// A question that was answered with yes just now.
    init(clock: any Clock, everyMilliseconds: Int, _ question: @escaping @Sendable () -> Bool) {
        self.clock = clock
        everyNanoseconds = UInt64(everyMilliseconds) * 1_000_000
        self.question = question
        state = Mutex(State(nanoseconds: clock.monotonicNanoseconds()))
    }

    /// The answer.
    func holds() -> Bool {
        let now = clock.monotonicNanoseconds()
        return state.withLock { state in
            if state.answer, now - state.nanoseconds >= everyNanoseconds {
                state = State(answer: question(), nanoseconds: now)
            }
            return state.answer
        }
    }
}
