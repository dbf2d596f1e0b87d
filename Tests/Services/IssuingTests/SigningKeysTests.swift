import Base
import Crypto
import Registry
import RunTestKit
import TestKit
import Testing

@testable import Issuing
@testable import Tokens

/// Keys that sign tokens: made, replaced in time, revoked.
@Suite struct SigningKeysTests {
    private let world: Vault
    private let tenant = TenantID(random: SeededRandom(seed: 1))

    init() throws { world = try Vault() }

    private func claims(lifetimeSeconds: Int64 = 900) throws -> TokenClaims {
        try TokenClaims(
            issuer: "https://issuer.example", subject: "jane", audience: "sts", tenantID: tenant,
            scope: .district, tier: "basic", role: "teacher", lifetimeSeconds: lifetimeSeconds,
            now: world.clock.now(), random: world.random)
    }

    private func verify(_ token: String, _ ring: SigningKeyRing) throws -> VerifiedToken {
        var profile = TokenProfile(issuer: "https://issuer.example", audience: "sts")
        profile.algorithms = [.es256, .rs256]
        return try TokenVerifier(profile: profile, keys: ring.keySet).verify(token, now: world.clock.now())
    }

    private func states(_ keys: SigningKeys, _ algorithm: SigningAlgorithm = .es256) throws -> [String] {
        try keys.list().filter { $0.algorithm == algorithm.rawValue }.map(\.state.rawValue).sorted()
    }

    @Test func aFirstStartMakesAKeyThatSignsAndOneThatWill() throws {
        let keys = try world.keys(try world.open(Vault.first))
        for algorithm in SigningAlgorithm.allCases {
            #expect(try states(keys, algorithm) == ["current", "next"])
            let signer = try #require(keys.ring.signer(algorithm))
            _ = try verify(signer.sign(try claims()), keys.ring)
        }
        #expect(keys.ring.keySet.keyIDs.count == 4)
        // The same keys at the next start.
        let again = try world.keys(try world.open(Vault.first))
        #expect(again.ring.current.keyID == keys.ring.current.keyID)
        #expect(again.ring.keySet.keyIDs == keys.ring.keySet.keyIDs)
    }

    @Test func noTokenIsRefusedByARotation() throws {
        let keys = try world.keys(try world.open(Vault.first))
        // What a verifier has fetched just before.
        let cached = keys.ring
        let before = keys.ring.signer.sign(try claims(lifetimeSeconds: Limits.tokenLifetimeSecondsMax))
        world.passCachingTime()
        let fetched = keys.ring
        try keys.rotate(actor: .system)
        #expect(keys.ring.current.keyID != cached.current.keyID)
        let after = keys.ring.signer.sign(try claims())
        // The old token with the new keys, the new token with keys that were fetched before the rotation.
        _ = try verify(before, keys.ring)
        _ = try verify(after, fetched)
        _ = try verify(after, cached)
        #expect(try states(keys) == ["current", "former", "next"])
        // Its last token has not expired.
        world.clock.advance(byMilliseconds: Limits.tokenLifetimeSecondsMax * 1000)
        try keys.tend()
        #expect(keys.ring.keySet.keyIDs.contains(cached.current.keyID))
        world.clock.advance(byMilliseconds: 60_000)
        try keys.tend()
        #expect(!keys.ring.keySet.keyIDs.contains(cached.current.keyID))
        #expect(try states(keys) == ["current", "gone", "next"])
    }

    @Test func theNextKeyWaitsForVerifiers() throws {
        let keys = try world.keys(try world.open(Vault.first))
        let from = world.clock.now().advanced(bySeconds: Limits.keySetCacheSeconds + 60)
        #expect(throws: SigningKeyError.tooSoon(from: from)) { try keys.rotate(actor: .system) }
        world.passCachingTime()
        try keys.rotate(actor: .system)
        #expect(throws: SigningKeyError.self) { try keys.rotate(actor: .system) }
    }

    @Test func keysAreNotRotatedWithoutEnd() throws {
        let keys = try world.keys(try world.open(Vault.first))
        for _ in 2..<Limits.signingKeysMax {
            world.passCachingTime()
            try keys.rotate(actor: .system)
        }
        world.passCachingTime()
        #expect(throws: SigningKeyError.tooMany) { try keys.rotate(actor: .system) }
    }

    @Test func aKeyIsReplacedWhenItIsOldEnough() throws {
        let keys = try world.keys(try world.open(Vault.first), days: 2)
        let first = keys.ring.current.keyID
        world.clock.advance(byMilliseconds: 2 * 86_400_000 - 1)
        try keys.tend()
        #expect(keys.ring.current.keyID == first)
        world.clock.advance(byMilliseconds: 1)
        try keys.tend()
        #expect(keys.ring.current.keyID != first)
        #expect(try states(keys, .rs256) == ["current", "former", "next"])
    }

    @Test func aFormerKeysPrivateHalfIsDestroyed() throws {
        let vault = try world.open(Vault.first)
        let keys = try world.keys(vault)
        let first = keys.ring.current.keyID
        #expect(try vault.secret("signing-key/" + first) != nil)
        world.passCachingTime()
        try keys.rotate(actor: .system)
        #expect(try vault.secret("signing-key/" + first) == nil)
        #expect(try vault.secret("signing-key/" + keys.ring.current.keyID) != nil)
    }

    @Test func aRevokedKeysTokensAreRefusedAtOnce() throws {
        let keys = try world.keys(try world.open(Vault.first))
        let token = keys.ring.signer.sign(try claims())
        let verified = try verify(token, keys.ring)
        let trace = TokenTrace(try TokenClaims(verified), keyID: verified.keyID)
        #expect(!world.revoked.refuses(trace))
        let first = keys.ring.current.keyID
        let next = try #require(try keys.list().first { $0.state == .next && $0.algorithm == "ES256" })
        let statement = keys.signStatement("t", [1])
        #expect(try keys.revoke(first, actor: .system).state == .revoked)
        #expect(keys.ring.current.keyID == next.id)
        #expect(throws: TokenError.unknownKey) { try verify(token, keys.ring) }
        #expect(world.revoked.refuses(trace))
        // A session of which nobody knows the key may be its.
        #expect(world.revoked.refuses(TokenTrace(issuedAt: world.clock.now())))
        #expect(!world.revoked.refuses(TokenTrace(issuedAt: world.clock.now().advanced(bySeconds: 1))))
        #expect(throws: TokenError.unknownKey) {
            try SignedStatement(verifying: statement.text, type: "t", keys: keys.ring.statementKeySet)
        }
        #expect(try states(keys) == ["current", "next", "revoked"])
        // Over a restart too.
        let revoked = RevokedTokens()
        let vault = try world.open(Vault.first)
        _ = try SigningKeys(registry: vault.registry, vault: vault, revoked: revoked, clock: world.clock)
        #expect(revoked.refuses(trace))
        #expect(throws: SigningKeyError.unknown("nobody")) { try keys.revoke("nobody", actor: .system) }
    }

    @Test func aReceiptVerifiesLongAfterItsKeyHasGone() throws {
        let keys = try world.keys(try world.open(Vault.first))
        let statement = keys.signStatement("homeroom-receipt+jws", Array("{}".utf8))
        world.passCachingTime()
        try keys.rotate(actor: .system)
        world.clock.advance(byMilliseconds: (Limits.tokenLifetimeSecondsMax + 60) * 1000)
        try keys.tend()
        #expect(keys.ring.keySet.key(id: statement.keyID) == nil)
        _ = try SignedStatement(
            verifying: statement.text, type: "homeroom-receipt+jws", keys: keys.ring.statementKeySet)
    }

    @Test func keysOfAnEarlierVersionGoOn() throws {
        let older = SigningKey.generate(now: world.clock.now().advanced(bySeconds: -200_000))
        let newer = SigningKey.generate(now: world.clock.now().advanced(bySeconds: -1000))
        let token = TokenSigner(key: newer).sign(try claims())
        let old = TokenSigner(key: older).sign(try claims())
        let keys = try world.keys(try world.open(Vault.first), former: [newer, older])
        #expect(keys.ring.current.keyID == newer.keyID)
        _ = try verify(token, keys.ring)
        _ = try verify(old, keys.ring)
        // A start that was cut short before the file was removed does it again.
        let again = try world.keys(try world.open(Vault.first), former: [newer, older])
        #expect(again.ring.keySet.keyIDs == keys.ring.keySet.keyIDs)
        #expect(try states(again) == ["current", "former", "next"])
    }

    @Test func changesAreAuditedAndAnnounced() throws {
        let keys = try world.keys(try world.open(Vault.first))
        world.passCachingTime()
        try keys.rotate(actor: AuditActor("credential:a"))
        let events = try keys.registry.events(after: 0).events.map(\.type)
        #expect(Set(events) == ["signing-key.retired", "signing-key.signs"])
        let entry = try keys.registry.list(AuditEntry.self, limit: 1, isForward: false).records.first
        #expect(entry?.actor.text == "credential:a")
        #expect(entry?.action == "signing-key.created")
    }
}
