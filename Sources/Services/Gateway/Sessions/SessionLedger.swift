import Base
import Registry
import Synchronization

/// Which sessions were opened since the audit was last told: each that an operator's token has opened, and by school and
/// role how many the tenants' own people have opened.
///
/// Handing one out costs a short lock and no commit, and goes on while the registry cannot be written. A crash loses what was
/// not written yet, one interval of it at the most; the tokens behind the sessions are in the audit already.
public final class SessionLedger: Sendable {
    private struct State {
        var single: [IssuedSession] = []
        var singleByToken: [String: Int] = [:]
        var counts: [SessionCount.Group: SessionCount] = [:]
    }

    private let state = Mutex(State())

    /// A ledger of nothing.
    public init() {}

    /// Notes a session. Of one token's, or of all, only so many have entries of their own: whoever opens one again and again must
    /// not fill the record.
    public func add(_ session: IssuedSession) {
        state.withLock { state in
            if session.isOperators, state.single.count < Limits.sessionEntriesMax,
                state.singleByToken[session.token, default: 0] < Limits.sessionEntriesPerTokenMax
            {
                state.single.append(session)
                state.singleByToken[session.token, default: 0] += 1
                return
            }
            Self.count(
                SessionCount(
                    group: .init(tenant: session.tenant, school: session.school, role: session.role),
                    count: 1, samples: [session.id], from: session.issuedAt, until: session.expiresAt),
                in: &state)
        }
    }

    /// All since the last time, in a fixed order; it begins anew.
    public func take() -> [SessionEntry] {
        let taken = state.withLock { state in
            defer { state = State() }
            return state
        }
        let counts = taken.counts.values.sorted {
            ($0.group.tenant?.text ?? "", $0.group.school, $0.group.role)
                < ($1.group.tenant?.text ?? "", $1.group.school, $1.group.role)
        }
        return taken.single.map { .one($0) } + counts.map { .several($0) }
    }

    /// Adds what could not be written again.
    public func putBack(_ entries: [SessionEntry]) {
        for entry in entries {
            switch entry {
            case .one(let session): add(session)
            case .several(let count): state.withLock { Self.count(count, in: &$0) }
            }
        }
    }

    private static func count(_ more: SessionCount, in state: inout State) {
        var more = more
        if state.counts[more.group] == nil, state.counts.count >= Limits.sessionGroupsMax {
            more.group = .init(tenant: nil, school: "others", role: "others")
        }
        state.counts[more.group]?.add(more)
        if state.counts[more.group] == nil { state.counts[more.group] = more }
    }
}

extension Limits {
    /// Sessions of one operator's token that have entries of their own in the audit, in one interval.
    static let sessionEntriesPerTokenMax = 60
    /// Sessions that have entries of their own, in one interval.
    static let sessionEntriesMax = 1000
    /// Schools and roles whose sessions are counted by themselves; those beyond are counted together.
    static let sessionGroupsMax = 10_000
    /// Ids of sessions that a count of them names.
    static let sessionSamplesMax = 5
}
