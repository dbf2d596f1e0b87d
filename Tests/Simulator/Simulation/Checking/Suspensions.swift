import Synchronization

/// When operators closed districts and opened them again, by the moments of the history.
///
/// INVARIANT (closed is closed): what begins after a suspension was acknowledged and ends before anybody asks for its end writes nothing.
final class Suspensions: Sendable {
    private struct Span {
        let begun: Int
        /// Nil while nobody was answered.
        var ended: Int?
    }

    private struct State {
        var closed: [Int: [Span]] = [:]
        var opened: [Int: [Span]] = [:]
    }

    private let state = Mutex(State())

    func noteClosed(_ tenant: Int, begun: Int, ended: Int) {
        state.withLock { $0.closed[tenant, default: []].append(Span(begun: begun, ended: ended)) }
    }

    /// Somebody asks for a district's opening: from here on it may be open again.
    func beginOpening(_ tenant: Int, begun: Int) {
        state.withLock { $0.opened[tenant, default: []].append(Span(begun: begun)) }
    }

    /// Whoever began that then was answered.
    func endOpening(_ tenant: Int, begun: Int, ended: Int) {
        state.withLock { state in
            guard let index = state.opened[tenant]?.firstIndex(where: { $0.begun == begun }) else { return }
            state.opened[tenant]?[index].ended = ended
        }
    }

    /// Whether the district was closed all the time in which this was carried out.
    func forbids(_ entry: History.Entry) -> Bool {
        guard entry.isCertain, entry.effects.values.contains(where: \.isWrite) else { return false }
        return state.withLock { state in
            (state.closed[entry.tenant] ?? []).contains { closing in
                closing.ended ?? .max < entry.begun
                    && !(state.opened[entry.tenant] ?? []).contains {
                        $0.ended ?? .max > closing.begun && $0.begun < entry.ended
                    }
            }
        }
    }
}

extension Effect {
    fileprivate var isWrite: Bool {
        switch self {
        case .put, .count, .delete, .replace: true
        case .refuse, .see, .end: false
        }
    }
}
