import Base
import Testing

@testable import ControlAPI

/// How often clients may ask.
@Suite struct OAuthThrottleTests {
    private let clock = ManualClock()

    @Test func aBurstIsFollowedByTheRate() {
        let throttle = OAuthThrottle(clock: clock)
        let rate = OAuthThrottle.Rate(burst: 3, perSecond: 0.5)
        for _ in 0..<3 { #expect(throttle.take("a", rate) == nil) }
        #expect(throttle.take("a", rate) == 2)
        #expect(throttle.take("b", rate) == nil)
        clock.advance(byMilliseconds: 1999)
        #expect(throttle.take("a", rate) == 1)
        clock.advance(byMilliseconds: 1)
        #expect(throttle.take("a", rate) == nil)
        #expect(throttle.take("a", rate) == 2)
        // However long nobody asks, no more than a burst.
        clock.advance(byMilliseconds: 3_600_000)
        for _ in 0..<3 { #expect(throttle.take("a", rate) == nil) }
        #expect(throttle.take("a", rate) != nil)
    }

    @Test func lookingTakesNothing() {
        let throttle = OAuthThrottle(clock: clock)
        let rate = OAuthThrottle.Rate(burst: 1, perSecond: 1)
        for _ in 0..<5 { #expect(throttle.look("a", rate) == nil) }
        #expect(throttle.count == 0)
        #expect(throttle.take("a", rate) == nil)
        #expect(throttle.look("a", rate) == 1)
    }

    @Test func whatCannotBeAClientCountsAsOne() {
        let name = { OAuthThrottle.failures(of: $0, from: $1) }
        #expect(name("svc_a", "192.0.2.7") != name("svc_b", "192.0.2.7"))
        #expect(name("svc_a", "192.0.2.7") != name("svc_a", "192.0.2.8"))
        // One character and 60,001 bytes.
        let marks = "a" + String(repeating: "\u{301}", count: 30_000)
        for id in ["", "nobody", "svc_" + marks, marks, "svc_A", "svc_" + String(repeating: "a", count: 61)] {
            #expect(name(id, "192.0.2.7") == name("other", "192.0.2.7"))
            #expect(name(id, "192.0.2.7").utf8.count < 100)
        }
    }

    @Test func anAddressCountsByItsNetwork() {
        let (one, two, far) = ("2001:db8:0:1::1", "2001:db8::1:ffff:0:0:9", "2001:db8:0:2::1")
        let names: [(String) -> String] = [
            OAuthThrottle.requests(from:), { OAuthThrottle.failures(of: "svc_a", from: $0) },
            CallerRates.name(ofAddress:),
        ]
        for name in names {
            #expect(name(one) == name(two))
            #expect(name(one) != name(far))
            #expect(name("192.0.2.7") != name("192.0.2.8"))
        }
    }

    @Test func namesWithoutEndTakeNoRoomWithoutEnd() {
        let throttle = OAuthThrottle(clock: clock)
        let rate = OAuthThrottle.Rate(burst: 1, perSecond: 0.001)
        for number in 0..<20_000 {
            clock.advance(byMilliseconds: 1)
            _ = throttle.take("\(number)", rate)
        }
        clock.advance(byMilliseconds: 1)
        #expect(throttle.take("one more", rate) == nil)
        // Half of them went: those from long ago may ask again, those of just now may not.
        #expect(throttle.look("0", rate) == nil)
        #expect(throttle.look("19999", rate) != nil)
    }

    /// Source: RFC 6749 section 5.2.
    @Test func errorsHoldOnlyTheCharactersOfTheProtocol() {
        let error = OAuthError(.invalidRequest, "a \"b\" \\ `c` – d")
        #expect(error.description == "a b  `c`  d")
        #expect(error.response.status == 400)
        let client = OAuthError.client(isBasic: true)
        #expect(client.response.status == 401)
        #expect(client.response.fields.contains { "\($0.name)" == "WWW-Authenticate" })
        #expect(
            !OAuthError.client(isBasic: false).response.fields.contains { "\($0.name)" == "WWW-Authenticate" }
        )
        #expect(OAuthError.slower(3).response.status == 429)
    }
}
