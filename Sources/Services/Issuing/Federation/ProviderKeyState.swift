import Base
import Tokens

/// The keys of one provider as they are known: decides, without input or output, whether they are used or asked for.
///
/// Keys are asked for anew in the background when three quarters of their time are over, so that nobody waits for that, and likewise
/// while the provider fails. Somebody waits where a key is needed and the provider's last answer was good.
///
/// Moments are of a clock that never goes back, in nanoseconds.
struct ProviderKeyState {
    /// What is to be done for a token that names a key; where `refreshing`, the provider is to be asked in the background.
    enum Step {
        /// The keys are good, and the token's is among them.
        case use(JSONWebKeySet, refreshing: Bool)
        /// Ask the provider, then look again.
        case fetch
        /// The provider has no such key, and was asked not long ago.
        case unknownKey
        /// Somebody else asks at this moment, and there is nothing to go on with.
        case wait
        /// The provider did not answer as it should.
        case unavailable(String, refreshing: Bool)
    }

    private static let second: UInt64 = 1_000_000_000

    private(set) var keys: JSONWebKeySet?
    private var refreshFrom: UInt64 = 0
    private var freshUntil: UInt64 = 0
    private var graceUntil: UInt64 = 0
    /// When the provider may be asked next.
    private(set) var askFrom: UInt64 = 0
    private var failure: String?
    private(set) var isFetching = false

    func step(keyID: String?, now: UInt64) -> Step {
        let mayAsk = !isFetching && now >= askFrom
        let usable = now < graceUntil ? keys : nil
        if let usable, keyID.flatMap({ usable.key(id: $0) }) != nil {
            guard mayAsk, now >= refreshFrom else { return .use(usable, refreshing: false) }
            // While the provider is down those from before are still its own.
            return now < freshUntil || failure != nil ? .use(usable, refreshing: true) : .fetch
        }
        if isFetching { return .wait }
        if let failure { return .unavailable(failure, refreshing: mayAsk) }
        if mayAsk { return .fetch }
        return usable == nil ? .wait : .unknownKey
    }

    mutating func begin() { isFetching = true }

    /// The provider has answered.
    /// - Parameter seconds: for how long the answer may be used, as it says; nil where it says nothing.
    mutating func succeed(_ keys: JSONWebKeySet, maxAgeSeconds seconds: Int?, now: UInt64) {
        let bounds = Limits.providerKeysSeconds
        let age = min(
            max(seconds ?? Limits.providerKeysSecondsStandard, bounds.lowerBound), bounds.upperBound)
        self.keys = keys
        refreshFrom = now + UInt64(age) * Self.second / 4 * 3
        freshUntil = now + UInt64(age) * Self.second
        graceUntil = freshUntil + UInt64(Limits.providerKeysGraceSeconds) * Self.second
        askFrom = now + UInt64(Limits.providerAskSeconds) * Self.second
        failure = nil
        isFetching = false
    }

    /// The provider has not, or with something that is no set of keys.
    mutating func fail(_ reason: String, now: UInt64) {
        askFrom = now + UInt64(Limits.providerFailureSeconds) * Self.second
        failure = reason
        isFetching = false
    }
}
