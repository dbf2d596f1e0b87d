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

/// A family that is to begin, and those of its holder that leave for it.
public struct NewRefreshFamily: Sendable {
    /// The family as it will be.
    public let record: RefreshFamilyRecord
    let leaving: [RefreshFamilyRecord]
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

    /// A new family for a service account or a member of the tenant. Where it has `Limits.refreshFamiliesMax` already, one leaves for it:
    /// one that is over or refused, else the one that nobody has gone on with for longest.
    /// - Parameters:
    ///   - program: the service account by whose program a member asks; nil where it is none's.
    ///   - moment: what the holder was granted before is refused; nil where nothing is.
    /// - Throws: `RegistryError`.
    public func begin(
        _ holder: String, by program: String? = nil, refusedBefore moment: Timestamp? = nil,
        of tenant: TenantID, school: SchoolID?, student: StudentID? = nil
    ) throws(RegistryError) -> NewRefreshFamily {
        let now = clock.now()
        let record = RefreshFamilyRecord(
            id: holder + "/" + Base64URL.encode(random.bytes(12)), client: holder, program: program,
            tenant: tenant, school: school, student: student, createdAt: now,
            expiresAt: now.advanced(bySeconds: Limits.refreshFamilySeconds))
        // More than there may be where several began at the same moment.
        let known = try registry.list(
            RefreshFamilyRecord.self, prefix: holder + "/",
            limit: Limits.refreshFamiliesMax + Limits.refreshFamiliesLeavingMax
        ).records
        guard known.count >= Limits.refreshFamiliesMax else {
            return NewRefreshFamily(record: record, leaving: [])
        }
        func isGood(_ family: RefreshFamilyRecord) -> Bool {
            now < family.endsAt && !family.isRefused(before: moment)
        }
        // Of what an earlier version kept it is not known when somebody went on with it last.
        func usedUntil(_ family: RefreshFamilyRecord) -> Timestamp {
            family.idleUntil ?? family.createdAt.advanced(bySeconds: Limits.refreshTokenSeconds)
        }
        let useless = known.filter { !isGood($0) }
        let idle = known.filter(isGood).sorted {
            (usedUntil($0), $0.createdAt) < (usedUntil($1), $1.createdAt)
        }
        let count = min(known.count - Limits.refreshFamiliesMax + 1, Limits.refreshFamiliesLeavingMax)
        return NewRefreshFamily(record: record, leaving: Array((useless + idle).prefix(count)))
    }

    /// The first token of a family that `begin` gave, committed with the notes.
    /// - Throws: `RegistryError`.
    public func first(
        of family: NewRefreshFamily, audit: [AuditNote], actor: AuditActor
    ) throws(RegistryError) -> String {
        var begun = family.record
        let (text, record) = make(of: &begun)
        let begin: [RegistryChange] = [.insert(begun), .insert(record)]
        let left = family.leaving.map { left in
            AuditNote(
                actor: actor, action: "refresh.displaced", subject: left.id, tenant: left.tenant,
                detail: ["client": left.client], after: ["state": "removed"])
        }
        do throws(RegistryError) {
            try registry.transact(
                RegistryTransaction(
                    begin + family.leaving.map { RegistryChange.delete($0) }, audit: audit + left))
        } catch {
            // One that was to leave was gone on with, or ended, at this moment: the next one that begins makes room for both.
            guard case .conflict = error, !family.leaving.isEmpty else { throw error }
            try registry.transact(RegistryTransaction(begin, audit: audit))
        }
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
        var family = grant.family
        let (text, record) = make(of: &family)
        var used = grant.token
        used.isUsed = true
        do throws(RegistryError) {
            try registry.transact(
                RegistryTransaction(
                    [.replace(used), .insert(record), .replace(family)], audit: audit))
            return text
        } catch {
            guard case .conflict = error else { throw error }
            try reused(grant.family, actor)
            return nil
        }
    }

    /// Ends a family: its refresh tokens and its access tokens. Nothing where it has ended.
    /// - Throws: `RegistryError`.
    public func revoke(
        _ family: RefreshFamilyRecord, action: String = "refresh.revoked", actor: AuditActor
    ) throws(RegistryError) {
        var attempt = 1
        while let known = try registry.read(RefreshFamilyRecord.self, family.id) {
            let note = AuditNote(
                actor: actor, action: action, subject: known.id, tenant: known.tenant,
                detail: ["client": known.client])
            let until = clock.now().advanced(bySeconds: Limits.revocationSeconds)
            do throws(RegistryError) {
                try revocations.revoke(known.id, until: until, with: [.delete(known)], note)
                return
            } catch {
                // Somebody went on with it, or ended it, at this moment: it must not live on for that.
                guard case .conflict = error, attempt < Limits.registryUpdateAttemptsMax else { throw error }
                attempt += 1
            }
        }
    }

    private func reused(_ family: RefreshFamilyRecord, _ actor: AuditActor) throws(RegistryError) {
        try revoke(family, action: "refresh.reused", actor: actor)
    }

    /// Another token of the family, which goes on until that one's end.
    private func make(of family: inout RefreshFamilyRecord) -> (text: String, record: RefreshTokenRecord) {
        let text = Self.prefix + Base64URL.encode(random.bytes(32))
        let end = min(clock.now().advanced(bySeconds: Limits.refreshTokenSeconds), family.expiresAt)
        family.idleUntil = end
        return (text, RefreshTokenRecord(id: SHA256.hash(text).hex, family: family.id, expiresAt: end))
    }
}

extension Limits {
    /// How long a refresh token is good that is not used: fourteen days, in seconds.
    public static let refreshTokenSeconds: Int64 = 14 * 86_400
    /// How long a family can be gone on with: ninety days, in seconds.
    public static let refreshFamilySeconds: Int64 = 90 * 86_400
    /// Families that one service account or member may have at a time.
    public static let refreshFamiliesMax = 100
    /// Families that leave at once where there are more.
    static let refreshFamiliesLeavingMax = 20
    /// The longest refresh token.
    static let refreshTokenBytesMax = 128
    /// For how long behind a token's end it is remembered that it was revoked: the longest session that it may have opened at its
    /// end (twelve hours), and what clocks may differ.
    static let revocationTailSeconds: Int64 = 12 * 3600 + 120
    /// For how long it is remembered that a grant or a service account ended: its newest token, and what is behind that.
    ///
    /// INVARIANT (tokens of grants): they are good for `tokenLifetimeSecondsDefault`; `TokenDesk` sees to it.
    static let revocationSeconds: Int64 = tokenLifetimeSecondsDefault + revocationTailSeconds
}
