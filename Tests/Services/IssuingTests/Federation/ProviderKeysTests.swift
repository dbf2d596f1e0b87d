import Base
import Registry
import Synchronization
import TestKit
import Testing
import Tokens

@testable import Issuing

/// When keys are asked for, and how long they are used: over a provider that listens, on a clock that is set by hand.
@Suite final class ProviderKeysTests {
    private let clock = ManualClock()
    private let provider: LoopbackProvider
    private let keys: ProviderKeys
    private let background = Background()
    private let tenant = TenantID(random: SeededRandom(seed: 1))

    init() throws {
        provider = try LoopbackProvider(now: clock.now())
        keys = ProviderKeys(clock: clock) { [background] _, job in background.jobs.withLock { $0.append(job) }
        }
    }

    deinit { provider.stop() }

    /// What waits to be done in the background.
    private final class Background: Sendable {
        let jobs = Mutex<[@Sendable () -> Void]>([])

        var count: Int { jobs.withLock { $0.count } }

        func run() {
            let waiting = jobs.withLock { jobs in
                defer { jobs = [] }
                return jobs
            }
            for job in waiting { job() }
        }
    }

    private func find(_ keyID: String? = nil) throws(SubjectTokenRefusal) {
        let own = provider.manner.withLock { $0.keys[0].keyID }
        let found = try keys.keys(of: provider.record(tenant: tenant, .init()), with: keyID ?? own)
        #expect(found.key(id: keyID ?? own) != nil)
    }

    private func pass(seconds: Int64) { clock.advance(byMilliseconds: seconds * 1000) }

    private func unavailable(_ body: () throws(SubjectTokenRefusal) -> Void) -> Bool {
        do throws(SubjectTokenRefusal) {
            try body()
            return false
        } catch { return error.kind == .provider }
    }

    private static let unknown = SubjectTokenRefusal(TokenError.unknownKey)

    @Test func keysAreKeptForAsLongAsTheProviderSays() throws {
        for _ in 0..<100 { try find() }
        pass(seconds: 449)
        try find()
        #expect(provider.fetches == 1 && background.count == 0)
        // Nobody has needed them for as long as they are good: they may have been withdrawn since.
        pass(seconds: 151)
        try find()
        #expect(provider.fetches == 2 && background.count == 0)
    }

    @Test func keysThatAreUsedAreAskedForAnewWhileNobodyWaits() throws {
        try find()
        pass(seconds: 450)
        for _ in 0..<100 { try find() }
        #expect(provider.fetches == 1 && background.count == 1)
        background.run()
        #expect(provider.fetches == 2)
        pass(seconds: 449)
        try find()
        #expect(provider.fetches == 2 && background.count == 0)
    }

    @Test func aProviderThatFailsKeepsNobodyWaiting() throws {
        try find()
        provider.manner.withLock { $0.isDown = true }
        let asked = { self.provider.manner.withLock { $0.fetched.count } }
        pass(seconds: 450)
        try find()
        background.run()
        // Fresh, then stale, and for a key that is not known: all of it by what is known.
        for seconds: Int64 in [30, 300, 3600] {
            let before = asked()
            pass(seconds: seconds)
            #expect(unavailable { () throws(SubjectTokenRefusal) in try find("new") })
            try find()
            #expect(asked() == before && background.count == 1)
            background.run()
            #expect(asked() == before + 1)
        }
    }

    @Test(arguments: [
        ("no-store", 60), ("max-age=0", 60), ("public, max-age=999999999", 86_400), ("", 3600),
        ("max-age=nonsense", 3600),
    ]) func theTimeHasBounds(said: String, seconds: Int) throws {
        provider.manner.withLock { $0.cacheControl = said }
        try find()
        pass(seconds: Int64(seconds) / 4 * 3 - 1)
        try find()
        #expect(background.count == 0)
        pass(seconds: Int64(seconds) / 4 + 1)
        try find()
        #expect(provider.fetches == 2 && background.count == 0)
    }

    @Test func aStormOfUnknownKeysAsksOnceEachTenSeconds() throws {
        try find()
        for number in 0..<500 {
            #expect(throws: Self.unknown) { try find("unknown-\(number)") }
            pass(seconds: number.isMultiple(of: 50) ? 1 : 0)
        }
        // Ten seconds have passed: once at the beginning, and once more at most.
        #expect(provider.fetches <= 2)
        pass(seconds: 10)
        provider.rotate()
        try find()
        #expect(provider.fetches <= 3)
    }

    @Test func aNewKeyIsFoundAndOneThatIsWithdrawnIsNot() throws {
        let old = provider.manner.withLock { $0.keys[0].keyID }
        try find()
        pass(seconds: 10)
        provider.rotate()
        try find()
        #expect(throws: Self.unknown) { try find(old) }
    }

    @Test func keysFromBeforeAreUsedWhileTheProviderIsDownAndNotForEver() throws {
        try find()
        provider.manner.withLock { $0.isDown = true }
        pass(seconds: 601)
        try find()
        #expect(provider.fetches == 1, "discovery did not answer")
        let asked = provider.manner.withLock { $0.fetched.count }
        for _ in 0..<50 { try find() }
        #expect(provider.manner.withLock { $0.fetched.count } == asked, "it is left alone for half a minute")
        #expect(unavailable { () throws(SubjectTokenRefusal) in try find("new") })
        pass(seconds: 4 * 3600)
        #expect(unavailable { () throws(SubjectTokenRefusal) in try find() })
        background.run()
        provider.manner.withLock { $0.isDown = false }
        #expect(unavailable { () throws(SubjectTokenRefusal) in try find() })
        #expect(background.count == 0, "too early to ask again")
        pass(seconds: 30)
        #expect(unavailable { () throws(SubjectTokenRefusal) in try find() })
        background.run()
        try find()
    }

    @Test func whatAProviderSaysOfItsKeysPlaceIsFollowedToTheInternetAlone() throws {
        // An issuer that somebody has registered may be anywhere; where it sends us may not.
        for host in ["127.0.0.2", "[::ffff:127.0.0.1]", "10.255.255.1", "169.254.169.254"] {
            let keys = ProviderKeys(clock: clock)
            provider.manner.withLock { $0.keysURL = "https://\(host):1/keys" }
            let record = provider.record(tenant: tenant, .init())
            let refusal = #expect(throws: SubjectTokenRefusal.self) { try keys.keys(of: record, with: "k") }
            #expect(refusal?.kind == .provider)
            #expect(refusal?.particulars?.contains("none of the internet's") == true, "\(host)")
            // Whoever sends a token learns nothing of what is behind our walls.
            #expect(refusal?.description == "the keys of `own` cannot be had now; try again later")
        }
        provider.manner.withLock { $0.keysURL = nil }
        let typed = provider.record(tenant: tenant, .init(), keysURL: "https://127.0.0.2:1/keys")
        let refusal = #expect(throws: SubjectTokenRefusal.self) {
            try ProviderKeys(clock: clock).keys(of: typed, with: "k")
        }
        #expect(refusal?.particulars == "nothing answers at `https://127.0.0.2:1/keys`")
    }

    @Test func keysFromBeforeAreNotThoseOfAnotherPlace() throws {
        try find()
        let moved = provider.record(tenant: tenant, .init(), keysURL: provider.issuer + "/elsewhere")
        let own = provider.manner.withLock { $0.keys[0].keyID }
        #expect(unavailable { () throws(SubjectTokenRefusal) in _ = try keys.keys(of: moved, with: own) })
        try find()
        #expect(provider.fetches == 1)
    }

    @Test(arguments: ["http://127.0.0.1:1", ""]) func anotherIssuersDocumentIsNotBelieved(claimed: String) {
        provider.manner.withLock { $0.claimedIssuer = claimed }
        #expect(unavailable { () throws(SubjectTokenRefusal) in try find() })
        #expect(provider.fetches == 0)
    }

    @Test(arguments: ["http://keys.example/", "file:///etc/passwd", "gopher://127.0.0.1/", "//keys"])
    func keysAreNotFetchedFromAnywhere(url: String) {
        provider.manner.withLock { $0.keysURL = url }
        #expect(unavailable { () throws(SubjectTokenRefusal) in try find() })
        #expect(provider.fetches == 0)
    }

    @Test(arguments: [
        ("https://idp.example", true), ("https://idp.example:8443/a/b", true), ("HTTPS://IDP.example", true),
        ("http://127.0.0.1:9/x", true), ("http://[::1]:9", true), ("http://localhost", true),
        ("http://idp.example", false), ("http://127.0.0.1.idp.example", false),
        ("http://127.0.0.1:80@idp.example", false), ("https://user:pass@idp.example", false),
        ("https://", false), ("https:///path", false), ("https://idp.example#a", false),
        ("https://idp.example\\@127.0.0.1", false), ("https://idp example", false), ("idp.example", false),
        ("", false),
    ]) func urlsOfProviders(text: String, isOne: Bool) {
        #expect((ProviderURL(text) != nil) == isOne)
    }
}
