import Base
import Crypto
import Registry
import RunTestKit
import TestKit
import Testing

@testable import Issuing
@testable import Tokens

/// Service accounts and what they are granted.
@Suite struct ClientTests {
    private let world: Vault
    private let registry: Registry
    private let accounts: ServiceAccounts
    private let revocations: TokenRevocations
    private let refresh: RefreshTokens
    private let tenant = TenantID(random: SeededRandom(seed: 1))

    init() throws {
        world = try Vault()
        registry = try world.folder.open()
        accounts = try ServiceAccounts(
            registry: registry, revoked: world.revoked, clock: world.clock, random: world.random)
        revocations = try TokenRevocations(registry: registry, revoked: world.revoked, clock: world.clock)
        refresh = RefreshTokens(
            registry: registry, revocations: revocations, clock: world.clock, random: world.random)
    }

    private func account(expiresAt: Timestamp? = nil) throws -> (record: ServiceAccountRecord, secret: String)
    {
        try accounts.create(
            tenant, schools: [], role: "service", algorithm: .es256, label: "", expiresAt: expiresAt,
            actor: .system)
    }

    private func claims(client: String, grant: String? = nil) throws -> TokenClaims {
        try TokenClaims(
            issuer: "https://issuer.example", subject: client, audience: "sts", tenantID: tenant,
            scope: .district, tier: "basic", role: "service", clientID: client, grant: grant,
            now: world.clock.now(), random: world.random)
    }

    @Test func onlyItsOwnSecretOpensAnAccount() throws {
        let (own, other) = (try account(), try account())
        #expect(try accounts.authenticate(own.record.id, secret: own.secret)?.id == own.record.id)
        #expect(try accounts.authenticate(own.record.id, secret: other.secret) == nil)
        #expect(try accounts.authenticate(own.record.id, secret: "") == nil)
        #expect(try accounts.authenticate("svc_nobody", secret: own.secret) == nil)
        #expect(try accounts.authenticate("hk_other", secret: own.secret) == nil)
        #expect(try registry.mentions(of: [own.secret], skipping: []).isEmpty)
    }

    @Test func anAccountEndsAtItsTime() throws {
        let made = try account(expiresAt: world.clock.now().advanced(bySeconds: 10))
        world.clock.advance(byMilliseconds: 9999)
        #expect(try accounts.authenticate(made.record.id, secret: made.secret) != nil)
        world.clock.advance(byMilliseconds: 1)
        #expect(try accounts.authenticate(made.record.id, secret: made.secret) == nil)
    }

    @Test func aFormerSecretIsGoodForItsGraceAlone() throws {
        let made = try account()
        let new = try accounts.rotate(made.record.id, graceSeconds: 60, actor: .system)
        #expect(try accounts.authenticate(made.record.id, secret: new.secret) != nil)
        #expect(try accounts.authenticate(made.record.id, secret: made.secret) != nil)
        world.clock.advance(byMilliseconds: 60_000)
        #expect(try accounts.authenticate(made.record.id, secret: made.secret) == nil)
        let newest = try accounts.rotate(made.record.id, graceSeconds: 0, actor: .system)
        #expect(try accounts.authenticate(made.record.id, secret: new.secret) == nil)
        #expect(try accounts.authenticate(made.record.id, secret: newest.secret) != nil)
    }

    @Test func whatADisabledAccountHasIsRefusedForGood() throws {
        let made = try account()
        let trace = TokenTrace(try claims(client: made.record.id), keyID: "k")
        #expect(!world.revoked.refuses(trace))
        _ = try accounts.set(made.record.id, isDisabled: true, actor: .system)
        #expect(world.revoked.refuses(trace))
        #expect(try accounts.authenticate(made.record.id, secret: made.secret) == nil)
        // Over a restart too.
        let revoked = RevokedTokens()
        _ = try ServiceAccounts(
            registry: registry, revoked: revoked, clock: world.clock, random: world.random)
        #expect(revoked.refuses(trace))
        // Within the same second: nobody can tell what is from before by its time.
        let enabled = try accounts.set(made.record.id, isDisabled: false, actor: .system)
        #expect(world.revoked.refuses(trace))
        #expect(try accounts.authenticate(made.record.id, secret: made.secret) != nil)
        world.clock.advance(byMilliseconds: 1000)
        #expect(world.revoked.refuses(trace))
        #expect(!world.revoked.refuses(TokenTrace(try claims(client: made.record.id), keyID: "k")))
        #expect(enabled.refusedBefore == world.clock.now())
    }

    @Test func aTenantsAccountsAreListedWithoutALookAtOthers() throws {
        let other = TenantID(random: SeededRandom(seed: 2))
        var own: Set<String> = []
        for _ in 0..<5 {
            own.insert(try account().record.id)
            _ = try accounts.create(
                other, schools: [], role: "service", algorithm: .es256, label: "", expiresAt: nil,
                actor: .system)
        }
        var found: [String] = []
        var after: String?
        repeat {
            let page = try accounts.list(tenant, after: after, limit: 2)
            #expect(!page.records.isEmpty && page.records.allSatisfy { $0.tenant == tenant })
            found += page.records.map(\.id)
            after = page.next
            #expect(after.map(own.contains) ?? true)
        } while after != nil
        #expect(found.count == 5 && Set(found) == own)
    }

    @Test func accountsOfAnEarlierVersionAreListed() throws {
        let record = ServiceAccountRecord(
            id: "svc_old", tenant: tenant, schools: [], role: "service", algorithm: "ES256", secretDigest: "",
            label: "", createdAt: world.clock.now(), expiresAt: nil)
        try registry.transact(RegistryTransaction([.insert(record)]))
        let new = try account().record
        for _ in 0..<2 {
            let opened = try ServiceAccounts(
                registry: registry, revoked: world.revoked, clock: world.clock, random: world.random)
            let listed = try opened.list(tenant, after: nil, limit: 10).records.map(\.id)
            #expect(Set(listed) == [record.id, new.id])
        }
        #expect(try registry.list(ServiceAccountOwner.self).records.count == 2)
    }

    @Test func aTenantHasSoManyAccountsAtTheMost() throws {
        var last = try account().record
        for _ in 1..<Limits.serviceAccountsMax { last = try account().record }
        #expect(throws: ServiceAccountError.tooMany(max: 500)) { try account() }
        // Another tenant's are its own.
        _ = try accounts.create(
            TenantID(random: SeededRandom(seed: 2)), schools: [], role: "service", algorithm: .es256,
            label: "", expiresAt: nil, actor: .system)
        _ = try accounts.set(last.id, isDisabled: true, actor: .system)
        #expect(throws: ServiceAccountError.self) { try account() }
        _ = try accounts.remove(last.id, actor: .system)
        _ = try account()
    }

    @Test func whatARemovedAccountHasIsRefused() throws {
        let made = try account()
        let trace = TokenTrace(try claims(client: made.record.id), keyID: "k")
        #expect(try accounts.remove(made.record.id, actor: .system).id == made.record.id)
        #expect(world.revoked.refuses(trace))
        #expect(try accounts.authenticate(made.record.id, secret: made.secret) == nil)
        #expect(try accounts.account(made.record.id) == nil)
        #expect(try accounts.list(tenant, after: nil, limit: 10).records.isEmpty)
        #expect(throws: RegistryError.self) { try accounts.remove(made.record.id, actor: .system) }
        // Over a restart too, and for as long as it could be good.
        let later = RevokedTokens()
        _ = try TokenRevocations(registry: registry, revoked: later, clock: world.clock)
        #expect(later.refuses(trace))
        world.clock.advance(byMilliseconds: (900 + 12 * 3600 + 120) * 1000)
        try revocations.tend { false }
        #expect(try registry.list(TokenRevocationRecord.self).records.isEmpty)
    }

    @Test func aRefreshTokenIsGoodOnce() throws {
        let made = try account()
        let family = try refresh.begin(made.record.id, of: tenant, school: nil)
        let first = try refresh.first(of: family, audit: [], actor: .system)
        let grant = try #require(try refresh.find(first, actor: .system))
        let second = try #require(try refresh.next(after: grant, audit: [], actor: .system))
        #expect(second != first)
        let trace = TokenTrace(try claims(client: made.record.id, grant: family.record.id), keyID: "k")
        #expect(try refresh.find(second, actor: .system) != nil)
        #expect(!world.revoked.refuses(trace))
        // The first one again: somebody else has it, so both end, with the access tokens.
        #expect(try refresh.find(first, actor: .system) == nil)
        #expect(try refresh.find(second, actor: .system) == nil)
        #expect(world.revoked.refuses(trace))
        #expect(
            try registry.list(AuditEntry.self, limit: 1, isForward: false).records.first?.action
                == "refresh.reused")
        #expect(try registry.mentions(of: [first, second], skipping: []).isEmpty)
    }

    @Test func ofTwoWhoUseATokenAtOnceNeitherGoesOn() throws {
        let made = try account()
        let family = try refresh.begin(made.record.id, of: tenant, school: nil)
        let token = try refresh.first(of: family, audit: [], actor: .system)
        let (one, two) = (
            try #require(try refresh.find(token, actor: .system)),
            try #require(try refresh.find(token, actor: .system))
        )
        let next = try #require(try refresh.next(after: one, audit: [], actor: .system))
        #expect(try refresh.next(after: two, audit: [], actor: .system) == nil)
        #expect(try refresh.find(next, actor: .system) == nil)
    }

    @Test func whatWasGrantedBeforeAMomentIsKnownByWholeSeconds() throws {
        let made = try account()
        let granted = world.clock.now()
        let family = try refresh.begin(made.record.id, of: tenant, school: nil)
        #expect(!family.record.isRefused(before: nil))
        #expect(!family.record.isRefused(before: granted))
        #expect(!family.record.isRefused(before: Timestamp(milliseconds: granted.seconds * 1000 + 999)))
        #expect(family.record.isRefused(before: granted.advanced(bySeconds: 1)))
    }

    @Test func refreshTokensEndAndAreForgotten() throws {
        let made = try account()
        let family = try refresh.begin(made.record.id, of: tenant, school: nil)
        let token = try refresh.first(of: family, audit: [], actor: .system)
        world.clock.advance(byMilliseconds: Limits.refreshTokenSeconds * 1000 - 1)
        #expect(try refresh.find(token, actor: .system) != nil)
        world.clock.advance(byMilliseconds: 1)
        #expect(try refresh.find(token, actor: .system) == nil)
        try revocations.tend { false }
        #expect(try registry.list(RefreshTokenRecord.self).records.isEmpty)
    }

    @Test func aFamilyIsOverWhenNobodyGoesOnWithIt() throws {
        let made = try account()
        let family = try refresh.begin(made.record.id, of: tenant, school: nil)
        let first = try refresh.first(of: family, audit: [], actor: .system)
        let days: (Int64) -> Void = { world.clock.advance(byMilliseconds: $0 * 86_400_000) }
        days(13)
        let grant = try #require(try refresh.find(first, actor: .system))
        let second = try #require(try refresh.next(after: grant, audit: [], actor: .system))
        days(13)
        try revocations.tend { false }
        #expect(try refresh.find(second, actor: .system) != nil)
        days(1)
        try revocations.tend { false }
        #expect(try registry.list(RefreshFamilyRecord.self).records.isEmpty)
    }

    /// Families of a holder that has as many as it may have, the oldest first.
    private func fill(_ holder: String) throws -> [(id: String, token: String)] {
        try (0..<Limits.refreshFamiliesMax).map { _ in
            world.clock.advance(byMilliseconds: 1000)
            let family = try refresh.begin(holder, of: tenant, school: nil)
            return (family.record.id, try refresh.first(of: family, audit: [], actor: .system))
        }
    }

    private func families(_ holder: String) throws -> Set<String> {
        Set(try registry.list(RefreshFamilyRecord.self, prefix: holder + "/", limit: 1000).records.map(\.id))
    }

    private func begin(_ holder: String, refusedBefore moment: Timestamp? = nil) throws -> String {
        let family = try refresh.begin(holder, refusedBefore: moment, of: tenant, school: nil)
        _ = try refresh.first(of: family, audit: [], actor: .system)
        return family.record.id
    }

    @Test func whoHasSoManyFamiliesLosesTheOneThatNobodyGoesOnWith() throws {
        let holder = try account().record.id
        let old = try fill(holder)
        // The oldest is gone on with, so the second leaves.
        world.clock.advance(byMilliseconds: 1000)
        let grant = try #require(try refresh.find(old[0].token, actor: .system))
        _ = try refresh.next(after: grant, audit: [], actor: .system)
        let new = try begin(holder)
        #expect(try families(holder) == Set(old.map { $0.id }).subtracting([old[1].id]).union([new]))
        #expect(try refresh.find(old[1].token, actor: .system) == nil)
        let note = try registry.list(AuditEntry.self, limit: 1, isForward: false).records.first
        #expect(note?.action == "refresh.displaced" && note?.subject == old[1].id)
        // What is refused leaves before what is good.
        let moment = world.clock.now().advanced(bySeconds: 1)
        world.clock.advance(byMilliseconds: 1000)
        let good = [try begin(holder, refusedBefore: moment), try begin(holder, refusedBefore: moment)]
        let kept = try families(holder)
        #expect(kept.count == Limits.refreshFamiliesMax && kept.isSuperset(of: good))
    }

    @Test func ofWhatAnEarlierVersionKeptTheOldestLeaves() throws {
        let holder = try account().record.id
        let old = try (0..<Limits.refreshFamiliesMax).map { number in
            let begun = world.clock.now().advanced(bySeconds: Int64(number - 86_400))
            let record = RefreshFamilyRecord(
                id: "\(holder)/\(number)", client: holder, tenant: tenant, school: nil, createdAt: begun,
                expiresAt: begun.advanced(bySeconds: Limits.refreshFamilySeconds))
            try registry.transact(RegistryTransaction([.insert(record)]))
            return record.id
        }
        let new = [try begin(holder), try begin(holder)]
        #expect(try families(holder) == Set(old.dropFirst(2)).union(new))
    }

    @Test func aFamilyThatIsGoneOnWithAtTheMomentOfItsRevocationEnds() throws {
        let made = try account()
        let begun = try refresh.begin(made.record.id, of: tenant, school: nil)
        let token = try refresh.first(of: begun, audit: [], actor: .system)
        let grant = try #require(try refresh.find(token, actor: .system))
        let next = try #require(try refresh.next(after: grant, audit: [], actor: .system))
        // With what was known of it before.
        try refresh.revoke(grant.family, actor: .system)
        #expect(try refresh.find(next, actor: .system) == nil)
        try refresh.revoke(grant.family, actor: .system)
    }

    @Test func aRevokedTokenIsRememberedUntilItsSessionsAreOver() throws {
        let claims = try claims(client: "svc_a")
        let trace = TokenTrace(claims, keyID: "k")
        try revocations.revoke(claims, actor: .system)
        try revocations.revoke(claims, actor: .system)
        #expect(world.revoked.refuses(trace))
        let later = RevokedTokens()
        _ = try TokenRevocations(registry: registry, revoked: later, clock: world.clock)
        #expect(later.refuses(trace))
        // Its last session may have begun a moment before its end, and be as long as sessions get.
        world.clock.advance(byMilliseconds: (900 + 12 * 3600) * 1000)
        try revocations.tend { false }
        #expect(world.revoked.refuses(trace))
        world.clock.advance(byMilliseconds: 120_000)
        try revocations.tend { false }
        #expect(!world.revoked.refuses(trace))
        #expect(try registry.list(TokenRevocationRecord.self).records.isEmpty)
    }
}
