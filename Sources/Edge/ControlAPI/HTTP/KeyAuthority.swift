import Accounts
import Base
import Crypto
import Registry

/// Finds out who sends a request by the key or the session in its `Authorization` field.
struct KeyAuthority: Sendable {
    let registry: Registry
    let accounts: AccountDesk?
    let clock: any Clock
    let uses: UseBook

    init(_ services: ControlServices) {
        registry = services.registry
        accounts = services.accounts
        clock = services.clock
        uses = services.keys.uses
    }

    /// The caller; anonymous where there is no such field. The key's record is read at each request, so that one that is revoked
    /// opens nothing from the next request on.
    /// - Throws: `.unauthorized` where the key is malformed, unknown, past its end or disabled: one text for all.
    func caller(_ authorization: String?) throws -> Caller {
        guard let authorization else { return .anonymous }
        let parts = authorization.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer", let key = ControlKey(String(parts[1]))
        else {
            throw KeyAuthority.refused
        }
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
            return .tenant(tenant, key: record.id)
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

    private static let sessionOver = Problem(
        .unauthorized, "the session is not known or is over; sign in again (`homeroom login`)")

    private static let refused = Problem(
        .unauthorized,
        "the key is not known or no longer valid; send `Authorization: Bearer KEY` with a valid one")
}
