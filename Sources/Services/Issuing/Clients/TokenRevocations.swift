import Base
import Registry
import Tokens

/// Tokens that are refused before their time: recorded until they would have expired.
public final class TokenRevocations: Sendable {
    private let registry: Registry
    private let revoked: RevokedTokens
    private let clock: any Clock

    /// The revocations of a registry: what is recorded is refused from now on.
    /// - Throws: `RegistryError`.
    public init(registry: Registry, revoked: RevokedTokens, clock: any Clock) throws(RegistryError) {
        self.registry = registry
        self.revoked = revoked
        self.clock = clock
        try registry.forEach(TokenRevocationRecord.self) { revoked.revoke($0.id, until: $0.until) }
    }

    /// Refuses a token from now on, and the sessions that it has opened. Nothing where it is refused already.
    /// - Throws: `RegistryError`.
    public func revoke(_ claims: TokenClaims, actor: AuditActor) throws(RegistryError) {
        guard try registry.read(TokenRevocationRecord.self, claims.tokenID) == nil else { return }
        let note = AuditNote(
            actor: actor, action: "token.revoked", subject: claims.tokenID, tenant: claims.tenantID,
            detail: ["role": claims.role, "expiresAt": claims.expires.iso8601],
            before: ["state": "active"], after: ["state": "revoked"])
        let until = claims.expires.advanced(bySeconds: Limits.revocationTailSeconds)
        try revoke(claims.tokenID, until: until, with: [], note)
    }

    /// Refuses what has this id from now on, in one transaction with changes, their note and what is announced of them.
    @discardableResult
    func revoke(
        _ id: String, until: Timestamp, with changes: [RegistryChange], _ note: AuditNote,
        announcing announcement: Announcement? = nil
    ) throws(RegistryError) -> RegistryCommit {
        let commit = try registry.transact(
            RegistryTransaction(
                changes + [.insert(TokenRevocationRecord(id: id, until: until))], audit: [note],
                events: [announcement ?? Announcement(type: note.action, tenant: note.tenant)]))
        revoked.revoke(id, until: until)
        return commit
    }

    /// Forgets what is over: refresh tokens, families, revocations. A round of a chore.
    /// - Throws: `RegistryError`.
    public func tend(isStopping: () -> Bool) throws(RegistryError) {
        let now = clock.now()
        try remove(RefreshTokenRecord.self, isStopping) { $0.expiresAt <= now }
        try remove(RefreshFamilyRecord.self, isStopping) { $0.endsAt <= now }
        try remove(TokenRevocationRecord.self, isStopping) { $0.until <= now }
        revoked.forget(now: now)
    }

    private func remove<Record: RegistryRecord>(
        _ type: Record.Type, _ isStopping: () -> Bool, where isOver: (Record) -> Bool
    ) throws(RegistryError) {
        var after: String?
        repeat {
            let page = try registry.list(type, after: after, limit: Limits.tokenTrimMax)
            after = page.next
            for record in page.records where isOver(record) {
                do throws(RegistryError) {
                    try registry.transact(RegistryTransaction([.delete(record)]))
                } catch {
                    // It was used or ended at this moment: the next round looks again.
                    guard case .conflict = error else { throw error }
                }
            }
        } while after != nil && !isStopping()
    }
}

extension Limits {
    /// Records that are looked at in one page when what is over is removed.
    static let tokenTrimMax = 200
}
