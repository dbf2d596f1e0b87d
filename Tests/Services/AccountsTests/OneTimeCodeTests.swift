import Base
import Testing

@testable import Accounts

@Suite struct OneTimeCodeTests {
    /// Source: RFC 6238 appendix B, the rows of SHA-1; eight digits.
    @Test(arguments: [
        (Int64(59), "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"), (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
    ]) func codesAreThoseOfTheRFC(seconds: Int64, expected: String) {
        let step = OneTimeCode.step(at: Timestamp(milliseconds: seconds * 1000))
        #expect(OneTimeCode.code(secret: Self.secret, step: step, digits: 8) == expected)
        #expect(OneTimeCode.code(secret: Self.secret, step: step) == expected.suffix(6))
    }

    /// Source: RFC 4226 appendix D.
    @Test func codesOfCountersAreThoseOfTheRFC() {
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ]
        for (counter, code) in expected.enumerated() {
            #expect(OneTimeCode.code(secret: Self.secret, step: Int64(counter)) == code)
        }
    }

    private static let secret = Array("12345678901234567890".utf8)
    private let now = Timestamp(milliseconds: 1_111_111_111_000)

    @Test func aCodeIsGoodInItsPeriodAndTheOnesBesideAndNeverTwice() {
        let current = OneTimeCode.step(at: now)
        for offset in Int64(-3)...3 {
            let code = OneTimeCode.code(secret: Self.secret, step: current + offset)
            let step = OneTimeCode.step(of: code, secret: Self.secret, behind: 0, at: now)
            #expect(step == (abs(offset) <= 1 ? current + offset : nil))
        }
        let code = OneTimeCode.code(secret: Self.secret, step: current)
        #expect(OneTimeCode.step(of: code, secret: Self.secret, behind: current, at: now) == nil)
        #expect(OneTimeCode.step(of: code, secret: Self.secret, behind: current - 1, at: now) == current)
        for wrong in ["", "05047", "0504711", "14050471", "०५०४७१"] {
            #expect(OneTimeCode.step(of: wrong, secret: Self.secret, behind: 0, at: now) == nil)
        }
    }

    @Test func anAuthenticatorReadsTheAddress() {
        #expect(
            OneTimeCode.uri(secret: Array("12345678901234567890".utf8), account: "a+b@c.example")
                == "otpauth://totp/Homeroom:a%2Bb%40c.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Homeroom"
        )
    }
}
