import Base
import Registry
import Synchronization
import Testing

@testable import Accounts

@Suite struct SignInGuardTests {
    private let clock = ManualClock()
    private let guardian: SignInGuard
    private let ada: AccountID

    init() throws {
        guardian = SignInGuard(clock: clock)
        ada = try #require(AccountID("ada@vendor.example"))
    }

    private func subjects(_ address: String, isKnown: Bool = false) -> [SignInGuard.Subject] {
        SignInGuard.subjects(ada.text, from: address, isKnown: isKnown)
    }

    @Test func holdsBackLongerAfterEachFailureAndNeverForLongerThanAQuarterOfAnHour() throws {
        let subjects = subjects("192.0.2.1", isKnown: true)
        for _ in 0..<4 { #expect(guardian.fail(subjects) == 0) }
        try guardian.check(subjects)
        var held: [Int] = []
        for _ in 0..<14 {
            held.append(guardian.fail(subjects))
            #expect(throws: AccountError.heldBack(seconds: held.last ?? 0)) { try guardian.check(subjects) }
            clock.advance(byMilliseconds: Int64(held.last ?? 0) * 1000)
            try guardian.check(subjects)
        }
        #expect(held == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900])
    }

    @Test func whatIsAskedWhileHeldBackMakesItNoLonger() throws {
        let subjects = subjects("192.0.2.1", isKnown: true)
        for _ in 0..<5 { _ = guardian.fail(subjects) }
        for _ in 0..<100 {
            #expect(throws: AccountError.heldBack(seconds: 1)) { try guardian.check(subjects) }
        }
        clock.advance(byMilliseconds: 1000)
        try guardian.check(subjects)
    }

    @Test func strangersLockNobodyOutWhereTheyWork() throws {
        for number in 0..<200 { _ = guardian.fail(subjects("198.51.100.\(number)")) }
        // Somebody who was never seen there has to wait, at most five minutes.
        #expect(throws: AccountError.heldBack(seconds: 300)) { try guardian.check(subjects("192.0.2.1")) }
        try guardian.check(subjects("192.0.2.1", isKnown: true))
    }

    @Test func anAddressThatTriesManyAccountsIsHeldBackForAllButThoseWhoWorkThere() throws {
        let unknown = SignInGuard.subjects(nil, from: "192.0.2.1", isKnown: false)
        for _ in 0..<49 { #expect(guardian.fail(unknown) == 0) }
        #expect(guardian.fail(unknown) == 1)
        #expect(throws: AccountError.heldBack(seconds: 1)) { try guardian.check(subjects("192.0.2.1")) }
        try guardian.check(subjects("192.0.2.1", isKnown: true))
        try guardian.check(subjects("192.0.2.2"))
    }

    @Test func successForgetsTheAccountsFailuresThereAloneAndADayForgetsAll() throws {
        let here = subjects("192.0.2.1", isKnown: true)
        for _ in 0..<9 { _ = guardian.fail(here) }
        guardian.succeed(subjects("192.0.2.2"), ada.text, from: "192.0.2.2")
        #expect(throws: AccountError.heldBack(seconds: 16)) { try guardian.check(here) }
        guardian.succeed(here, ada.text, from: "192.0.2.1")
        try guardian.check(here)
        for _ in 0..<9 { _ = guardian.fail(here) }
        clock.advance(byMilliseconds: 86_400_000)
        #expect(guardian.fail(here) == 0)
    }

    /// As where one thread has looked at the clock, and another is first to count.
    @Test func aFailureThatWasEarlierThanTheLastOneCounts() {
        let guardian = SignInGuard(clock: BackwardClock())
        for number in 0..<60 {
            _ = guardian.fail(SignInGuard.subjects(nil, from: "192.0.2.1", isKnown: false))
            guardian.succeed([], ada.text, from: "192.0.2.\(number)")
        }
        #expect(guardian.count == 1)
    }

    private final class BackwardClock: Clock {
        private let nanoseconds = Atomic<UInt64>(1_000_000)

        func now() -> Timestamp { Timestamp(milliseconds: 0) }
        func monotonicNanoseconds() -> UInt64 { nanoseconds.subtract(1, ordering: .relaxed).newValue }
    }

    @Test func whoSignsInOverAndOverHasToWaitThereAlone() throws {
        for _ in 0..<20 {
            try guardian.check(signInsOf: ada.text, from: "192.0.2.1")
            guardian.succeed([], ada.text, from: "192.0.2.1")
        }
        #expect(throws: AccountError.tooOften(seconds: 6)) {
            try guardian.check(signInsOf: ada.text, from: "192.0.2.1")
        }
        try guardian.check(signInsOf: ada.text, from: "192.0.2.2")
        try guardian.check(signInsOf: "bo@vendor.example", from: "192.0.2.1")
        clock.advance(byMilliseconds: 6000)
        try guardian.check(signInsOf: ada.text, from: "192.0.2.1")
        guardian.succeed([], ada.text, from: "192.0.2.1")
        #expect(throws: AccountError.tooOften(seconds: 6)) {
            try guardian.check(signInsOf: ada.text, from: "192.0.2.1")
        }
    }

    @Test func anAdministratorsResetForgetsAll() throws {
        for number in 0..<60 { _ = guardian.fail(subjects("198.51.100.\(number)")) }
        guardian.forget(ada.text)
        try guardian.check(subjects("192.0.2.1"))
    }

    @Test func whatIsRememberedHasALimit() {
        for number in 0..<(Limits.heldBackMax + 50) {
            clock.advance(byMilliseconds: 1)
            _ = guardian.fail(SignInGuard.subjects(nil, from: "10.\(number)", isKnown: false))
        }
        #expect(guardian.count <= Limits.heldBackMax)
    }

    @Test func manyOthersDoNotMakeItForgetWhoIsHeldBack() throws {
        let held = subjects("192.0.2.1", isKnown: true)
        for _ in 0..<14 { _ = guardian.fail(held) }
        for number in 0..<(Limits.heldBackMax + 50) {
            _ = guardian.fail(SignInGuard.subjects(nil, from: "10.\(number)", isKnown: false))
        }
        #expect(throws: AccountError.heldBack(seconds: 512)) { try guardian.check(held) }
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::1", "::/64"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8::5", "2001:db8::/64"), ("::ffff:192.0.2.1", "192.0.2.1"), ("", ""),
    ]) func ofAnIPv6AddressItsNetworkCounts(address: String, expected: String) {
        #expect(SignInGuard.network(of: address) == expected)
    }
}
