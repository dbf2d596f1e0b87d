import Accounts
import Base
import Crypto
import Registry
import Tokens

/// Finds out who sends a request by the key, the session or the token in its `Authorization` field.
struct KeyAuthority: Sendable {
    let registry: Registry
    let accounts: AccountDesk?
    let oauth: OAuthDesk?
    let clock: any Clock
    let uses: UseBook

    init(_ services: ControlServices) {
        registry = services.registry
        accounts = services.accounts
        oauth = services.oauth
        clock = services.clock
        uses = services.keys.uses
    }

    /// The caller; anonymous where there is no such field. The key's record is read at each request, so that one that is revoked
    /// opens nothing from the next request on.
    /// - Throws: `.unauthorized` where the key is malformed, unknown, past its end or disabled: one text for all. `.forbidden` where it
    ///   is a token that opens the gateway alone.
    func caller(_ authorization: String?) throws -> Caller {
        guard let authorization else { return .anonymous }
        let parts = authorization.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw KeyAuthority.refused }
        if AdministratorToken.isToken(parts[1]) { return try caller(token: String(parts[1])) }
        guard let key = ControlKey(String(parts[1])) else { throw KeyAuthority.refused }
        return try caller(key)
    }

    private func caller(_ key: ControlKey) throws -> Caller {
        let now = clock.now()
        let digest = SHA256.hash(key.secret).bytes
        if key.id.hasPrefix(SessionRecord.idPrefix) { return try caller(session: key.id, digest) }
        guard let record = try registry.read(CredentialRecord.self, key.id) else {
            _ = CredentialRecord.admitsNobody(secretDigest: digest)
            throw KeyAuthority.refused
        }
        guard record.admits(secretDigest: digest, at: now) else { throw KeyAuthority.refused }
        switch record.kind {
        case .admin, .reviewer, .platform:
            uses.note(record.id, recorded: record.lastUsedAt, at: now)
            return .staff(Caller.Staff(roles: Set(record.kind.roles), identity: .key(record.id)))
        case .tenant(let tenant):
            uses.note(record.id, recorded: record.lastUsedAt, at: now)
            return .tenant(
                tenant, Caller.Own(identity: .key(record.id), knownTo: record.operatorBehind(at: now)))
        case .operators: throw KeyAuthority.refused
        }
    }

    private func caller(session id: String, _ digest: [UInt8]) throws -> Caller {
        guard let (session, account) = try accounts?.session(id, secretDigest: digest) else {
            throw KeyAuthority.sessionOver
        }
        return .staff(
            Caller.Staff(roles: Set(account.roles), identity: .session(session.id, of: account.id)))
    }

    /// One of a district's administrators. Whether what they have is still good is asked at each request, as of a key.
    private func caller(token: String) throws -> Caller {
        let now = clock.now()
        guard let oauth, let claims = oauth.claims(token, now: now), now < claims.expires else {
            throw KeyAuthority.tokenOver
        }
        let administrator = try AdministratorToken(claims)
        var own = Caller.Own(identity: administrator.identity)
        if case .member(let id) = administrator.identity {
            guard let holder = try oauth.holder(id) else { throw KeyAuthority.tokenOver }
            own.knownTo = holder.operatorBehind(at: now)
        }
        return .tenant(claims.tenantID, own)
    }

    private static let tokenOver = Problem(
        .unauthorized, "the token is none of this server's, is over or is refused; sign in again")

    private static let sessionOver = Problem(
        .unauthorized, "the session is not known or is over; sign in again (`homeroom login`)")

    private static let refused = Problem(
        .unauthorized,
        "the key is not known or no longer valid; send `Authorization: Bearer KEY` with a valid one")
}
