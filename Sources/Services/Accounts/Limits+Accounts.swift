import Base
import Tokens

extension Limits {
    /// The shortest password, in characters. Source: NIST SP 800-63B-4 section 3.1.1.2, for one that stands alone.
    public static let passwordCharactersMin = 15
    /// The longest password, in bytes.
    public static let passwordBytesMax = 256
    /// The longest name of a person, in bytes.
    public static let accountNameBytesMax = 200
    /// How long an invitation is good, in seconds: three days.
    public static let invitationSeconds: Int64 = 3 * 86_400
    /// Sessions that one account may have; the oldest ends where there is another one.
    public static let accountSessionsMax = 16
    /// Addresses that are remembered of each account.
    static let knownAddressesMax = 8
    /// For how long they are, in milliseconds: 90 days.
    static let knownAddressMilliseconds: Int64 = 90 * 86_400_000
    /// Recovery codes of a second factor.
    static let recoveryCodes = 10
    /// Whom failed attempts are remembered of: accounts, addresses, and pairs of both.
    static let heldBackMax = 20_000
    /// Sign-ins of one account from one network that may follow each other at once, and in how many seconds there is another one.
    static let signInsAtOnce = 20
    static let signInSeconds: UInt64 = 6
}

extension Limits {
    /// The longest id of a member of a district, in bytes.
    static let memberIDBytesMax = 64
    /// For how long it is remembered that a member was removed: the longest token, the longest session that it may have opened at
    /// its end (twelve hours), and what clocks may differ.
    static let memberRemovalSeconds: Int64 = tokenLifetimeSecondsMax + 12 * 3600 + 120
    /// How exact it is when a member last signed in from an address, in milliseconds: a day.
    static let memberAddressMilliseconds: Int64 = 86_400_000
}
