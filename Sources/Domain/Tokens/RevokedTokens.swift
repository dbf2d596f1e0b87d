import Base
import Synchronization

/// Where something that acts for somebody comes from: the token, the key that signed it, whom it was issued to. What a session keeps
/// of its token, so that it ends with it.
public struct TokenTrace: Hashable, Sendable {
    /// The token's `jti`; nil where nobody has kept it.
    public var tokenID: String?
    /// The key that signed the token; nil where nobody has kept it.
    public var keyID: String?
    /// The service account or the member; nil for others.
    public var clientID: String?
    /// The family of refresh tokens, or that of a `PersonGrant`; nil where there is none.
    public var grant: String?
    /// When the token was issued; of what does not say so, when the session was.
    public var issuedAt: Timestamp

    /// A trace of which nothing is known but its time.
    public init(issuedAt: Timestamp) { self.issuedAt = issuedAt }

    /// The trace of a verified token.
    public init(_ claims: TokenClaims, keyID: String) {
        tokenID = claims.tokenID
        self.keyID = keyID
        clientID = claims.clientID
        grant = claims.grant
        issuedAt = claims.issuedAt
    }
}

/// What is not believed any more though its signature is right and its time has not come: in memory, asked on the hot path.
public final class RevokedTokens: Sendable {
    /// What of a holder's is refused, as one version of its record has it.
    private struct Refusal {
        let before: Timestamp
        let version: Int64
    }

    private struct State {
        /// Tokens, grants, and holders that are gone, with the moment from which on they need not be remembered.
        var ids: [String: Timestamp] = [:]
        /// Service accounts, members and people of identity providers: what was issued before is refused.
        var clients: [String: Refusal] = [:]
        var keys: Set<String> = []
        /// When the last key was revoked.
        var keysRevokedAt: Timestamp?
    }

    private let state = Mutex(State())
    private let changes = Atomic<Int>(1)

    /// Nothing is revoked.
    public init() {}

    /// Another number after each change: who was believed at this number still is. Never 0.
    public var generation: Int { changes.load(ordering: .acquiring) }

    /// Whether it is refused, whatever its signature says.
    public func refuses(_ trace: TokenTrace) -> Bool {
        let grant = PersonGrant(trace.grant)
        return state.withLock { state in
            if let id = trace.tokenID, state.ids[id] != nil { return true }
            if let grant = grant?.provider ?? trace.grant, state.ids[grant] != nil { return true }
            if let client = trace.clientID, state.ids[client] != nil { return true }
            for holder in [trace.clientID, grant?.person] {
                // Tokens tell their time in whole seconds.
                if let holder, let refusal = state.clients[holder],
                    trace.issuedAt.seconds < refusal.before.seconds
                {
                    return true
                }
            }
            if let key = trace.keyID { return state.keys.contains(key) }
            // Which key has signed is not known: it may be the one that leaked.
            return state.keysRevokedAt.map { trace.issuedAt <= $0 } ?? false
        }
    }

    /// Refuses a token, a grant or all of a holder, which need not be remembered from `until` on.
    public func revoke(_ id: String, until: Timestamp) {
        change { $0.ids[id] = max(until, $0.ids[id] ?? until) }
    }

    /// Refuses what was issued to the service account, the member or the person before a moment; everything where it is nil. Of several the one of
    /// the newest version of its record holds, in whatever order they come.
    public func refuse(client: String, issuedBefore moment: Timestamp?, version: Int64) {
        change { state in
            guard state.clients[client].map({ $0.version < version }) ?? true else { return }
            state.clients[client] = Refusal(before: moment ?? Timestamp(milliseconds: .max), version: version)
        }
    }

    /// Refuses what the key has signed.
    public func revoke(key: String, at moment: Timestamp) {
        change { state in
            guard state.keys.insert(key).inserted else { return }
            state.keysRevokedAt = max(moment, state.keysRevokedAt ?? moment)
        }
    }

    /// Forgets tokens and grants that have expired by now.
    public func forget(now: Timestamp) {
        state.withLock { state in state.ids = state.ids.filter { $0.value > now } }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        // Behind the change: who sees the new number sees what it stands for.
        changes.add(1, ordering: .releasing)
    }
}
