import Base
import Crypto
import Registry
import Tokens

/// A refresh token that was handed in, and what it stands for.
public struct RefreshGrant: Sendable {
    /// Its family.
    public let family: RefreshFamilyRecord
    let token: RefreshTokenRecord
}

/// Refresh tokens: opaque, good for one use, each use giving the next. A second use of one shows that somebody else has it, and
/// ends the whole family. Source: RFC 9700 section 4.14.2.
public final class RefreshTokens: Sendable {
    private static let prefix = "hrr_"

    private let registry: Registry
    private let revocations: TokenRevocations
    private let clock: any Clock
    private let random: any RandomSource

    /// The refresh tokens of a registry.
    public init(
        registry: Registry, revocations: TokenRevocations, clock: any Clock, random: any RandomSource
    ) {
        self.registry = registry
        self.revocations = revocations
        self.clock = clock
        self.random = random
    }

    /// Whether it looks like a refresh token.
    public static func isOne(_ token: String) -> Bool { token.hasPrefix(prefix) }

    /// A new family for a service account or a member of the tenant; nil where it has `Limits.refreshFamiliesMax` already.
    /// - Parameter program: the service account by whose program a member asks; nil where it is none's.
    /// - Throws: `RegistryError`.
    public func begin(
        _ holder: String, by program: String? = nil, of tenant: TenantID, school: SchoolID?
    ) throws(RegistryError) -> RefreshFamilyRecord? {
        let known = try registry.list(
            RefreshFamilyRecord.self, prefix: holder + "/", limit: Limits.refreshFamiliesMax)
        guard known.records.count < Limits.refreshFamiliesMax else { return nil }
        let now = clock.now()
        return RefreshFamilyRecord(
            id: holder + "/" + Base64URL.encode(random.bytes(12)), client: holder, program: program,
            tenant: tenant, school: school, createdAt: now,
            expiresAt: now.advanced(bySeconds: Limits.refreshFamilySeconds))
    }

    /// The first token of a family that `begin` gave, committed with the notes.
    /// - Throws: `RegistryError`.
    public func first(
        of family: RefreshFamilyRecord, audit: [AuditNote]
    ) throws(RegistryError) -> String {
        let (text, record) = make(of: family)
        try registry.transact(
            RegistryTransaction([.insert(family), .insert(record)], audit: audit))
        return text
    }

    /// What a token stands for; nil where it is none, or over. One that was used before ends its family.
    /// - Throws: `RegistryError`.
    public func find(_ token: String, actor: AuditActor) throws(RegistryError) -> RefreshGrant? {
        guard let grant = try look(token) else { return nil }
        guard !grant.token.isUsed else {
            try reused(grant.family, actor)
            return nil
        }
        return grant
    }

    /// The same without any consequence: also for one that was used.
    /// - Throws: `RegistryError`.
    public func look(_ token: String) throws(RegistryError) -> RefreshGrant? {
        guard Self.isOne(token), token.utf8.count <= Limits.refreshTokenBytesMax,
            let record = try registry.read(RefreshTokenRecord.self, SHA256.hash(token).hex),
            let family = try registry.read(RefreshFamilyRecord.self, record.family)
        else { return nil }
        let now = clock.now()
        guard now < record.expiresAt, now < family.expiresAt else { return nil }
        return RefreshGrant(family: family, token: record)
    }

    /// Whether it can still be used.
    public func isUnused(_ grant: RefreshGrant) -> Bool { !grant.token.isUsed }

    /// The next token of a family, in place of the one that was found; committed with the notes. Nil where somebody else has used
    /// that one meanwhile: the family has ended then.
    /// - Throws: `RegistryError`.
    public func next(
        after grant: RefreshGrant, audit: [AuditNote], actor: AuditActor
    ) throws(RegistryError) -> String? {
        let (text, record) = make(of: grant.family)
        var used = grant.token
        used.isUsed = true
        do throws(RegistryError) {
            try registry.transact(
                RegistryTransaction(
                    [.replace(used), .insert(record), .check(grant.family)], audit: audit))
            return text
        } catch {
            guard case .conflict = error else { throw error }
            try reused(grant.family, actor)
            return nil
        }
    }

    /// Ends a family: its refresh tokens and its access tokens.
    /// - Throws: `RegistryError`.
    public func revoke(
        _ family: RefreshFamilyRecord, action: String = "refresh.revoked", actor: AuditActor
    ) throws(RegistryError) {
        guard let family = try registry.read(RefreshFamilyRecord.self, family.id) else { return }
        let note = AuditNote(
            actor: actor, action: action, subject: family.id, tenant: family.tenant,
            detail: ["client": family.client])
        let until = clock.now().advanced(bySeconds: Limits.revocationSeconds)
        try revocations.revoke(family.id, until: until, with: [.delete(family)], note)
    }

    private func reused(_ family: RefreshFamilyRecord, _ actor: AuditActor) throws(RegistryError) {
        do throws(RegistryError) {
            try revoke(family, action: "refresh.reused", actor: actor)
        } catch {
            // Somebody else ended it at the same moment.
            guard case .conflict = error else { throw error }
        }
    }

    private func make(of family: RefreshFamilyRecord) -> (text: String, record: RefreshTokenRecord) {
        let text = Self.prefix + Base64URL.encode(random.bytes(32))
        let idle = clock.now().advanced(bySeconds: Limits.refreshTokenSeconds)
        return (
            text,
            RefreshTokenRecord(
                id: SHA256.hash(text).hex, family: family.id, expiresAt: min(idle, family.expiresAt))
        )
    }
}

extension Limits {
    /// How long a refresh token is good that is not used: fourteen days, in seconds.
    public static let refreshTokenSeconds: Int64 = 14 * 86_400
    /// How long a family can be gone on with: ninety days, in seconds.
    public static let refreshFamilySeconds: Int64 = 90 * 86_400
    /// Families that one service account or member may have at a time.
    public static let refreshFamiliesMax = 100
    /// The longest refresh token.
    static let refreshTokenBytesMax = 128
    /// For how long it is remembered that a token was revoked: the longest token, the longest session that it may have opened at
    /// its end (twelve hours), and what clocks may differ.
    static let revocationSeconds: Int64 = tokenLifetimeSecondsMax + 12 * 3600 + 120
}
