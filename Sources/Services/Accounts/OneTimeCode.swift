import Base
import Crypto

/// Codes that change with the time (TOTP, RFC 6238) as authenticator programs make them: SHA-1, six digits, thirty seconds.
enum OneTimeCode {
    /// How long a code is good.
    static let periodSeconds: Int64 = 30
    /// How many digits it has.
    static let digits = 6
    /// How many bytes a secret has. Source: RFC 4226 section 4, requirement R6.
    static let secretBytes = 20
    /// Periods before and after the current one whose codes are taken too: clocks differ. Source: RFC 6238 section 5.2.
    private static let drift: Int64 = 1

    /// The number of the period that the moment is in.
    static func step(at moment: Timestamp) -> Int64 { moment.seconds / periodSeconds }

    /// The code of a period. Source: RFC 4226 section 5.3.
    static func code(secret: [UInt8], step: Int64, digits: Int = OneTimeCode.digits) -> String {
        let counter = (0..<8).map {
            UInt8(truncatingIfNeeded: UInt64(bitPattern: step) >> UInt64(56 - 8 * $0))
        }
        let mac = HMACSHA1.authenticate(counter, key: secret)
        let offset = Int(mac[HMACSHA1.byteCount - 1] & 15)
        let number =
            UInt32(mac[offset] & 0x7F) << 24 | UInt32(mac[offset + 1]) << 16 | UInt32(mac[offset + 2]) << 8
            | UInt32(mac[offset + 3])
        let text = String(number % (0..<digits).reduce(1) { power, _ in power * 10 })
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// The period whose code this is, where it is one that is good now and behind `last`; nil for any other.
    static func step(of code: String, secret: [UInt8], behind last: Int64, at now: Timestamp) -> Int64? {
        let current = step(at: now)
        var found: Int64?
        for step in (current - drift)...(current + drift) {
            let isRight = ConstantTime.equals(
                Array(self.code(secret: secret, step: step).utf8), Array(code.utf8))
            if isRight, step > last { found = step }
        }
        return found
    }

    /// What an authenticator program reads from a picture. Source: Google Authenticator wiki, "Key Uri Format".
    static func uri(secret: [UInt8], account: String) -> String {
        let label = PercentEncoding.encode(account)
        return "otpauth://totp/Homeroom:\(label)?secret=\(Base32.encode(secret))&issuer=Homeroom"
    }
}
