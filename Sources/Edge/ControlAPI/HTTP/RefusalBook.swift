import Base
import Registry
import Synchronization

/// How many refusals of whom have an entry of their own in the audit, and how many are only counted: whoever asks in vain again
/// and again must not fill the record.
///
/// What has no entry of its own is lost by a crash, at most one interval of it.
final class RefusalBook: Sendable {
    private struct State {
        var minute: Int64 = .min
        var entries: [String: Int] = [:]
        var counts: [String: Int] = [:]
    }

    /// Who has shown no valid key.
    static let unauthenticated = "unauthenticated"
    /// Who is beyond those that are counted one by one.
    static let others = "others"

    private let state = Mutex(State())

    /// Whether a refusal of this actor is to be an entry of its own; one that is not is counted.
    func admits(_ actor: AuditActor, at now: Timestamp) -> Bool {
        state.withLock { state in
            let minute = now.seconds / 60
            if minute != state.minute {
                state.minute = minute
                state.entries.removeAll(keepingCapacity: true)
            }
            let isKnown =
                state.entries[actor.text] != nil || state.entries.count < Limits.controlRefusalActorsMax
            if isKnown, state.entries[actor.text, default: 0] < Limits.controlRefusalsPerMinuteMax {
                state.entries[actor.text, default: 0] += 1
                return true
            }
            Self.count(actor.text, 1, in: &state)
            return false
        }
    }

    /// Counts a call of somebody who has shown no valid key.
    func countUnauthenticated() { state.withLock { Self.count(Self.unauthenticated, 1, in: &$0) } }

    /// The counts by actor since the last time; they begin anew.
    func take() -> [String: Int] {
        state.withLock { state in
            defer { state.counts.removeAll() }
            return state.counts
        }
    }

    /// Adds counts again that could not be written.
    func putBack(_ counts: [String: Int]) {
        state.withLock { state in for (name, count) in counts { Self.count(name, count, in: &state) } }
    }

    private static func count(_ name: String, _ count: Int, in state: inout State) {
        let isCounted = state.counts[name] != nil || state.counts.count < Limits.controlRefusalActorsMax
        state.counts[isCounted ? name : others, default: 0] += count
    }
}
