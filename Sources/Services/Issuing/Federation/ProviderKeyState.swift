import Base
import Tokens

/// The keys of one provider as they are known: decides, without input or output, whether they are used or asked for.
///
/// Moments are of a clock that never goes back, in nanoseconds.
struct ProviderKeyState {
    /// What is to be done for a token that names a key.
    enum Step {
        /// The keys are good, and the token's is among them.
        case use(JSONWebKeySet)
        /// Ask the provider, then look again.
        case fetch
        /// The provider has no such key, and was asked not long ago.
        case unknownKey
        /// Somebody else asks at this moment, and there is nothing to go on with.
        case wait
        /// The provider did not answer as it should, and it is too early to ask again.
        case unavailable(String)
    }

    private static let second: UInt64 = 1_000_000_000

    private(set) var keys: JSONWebKeySet?
    private var freshUntil: UInt64 = 0
    private var graceUntil: UInt64 = 0
    /// When the provider may be asked next.
    private(set) var askFrom: UInt64 = 0
    private var failure: String?
    private(set) var isFetching = false

    func step(keyID: String?, now: UInt64) -> Step {
        let usable = now < graceUntil ? keys : nil
        let isKnown = keyID.flatMap { usable?.key(id: $0) } != nil
        if let usable, isKnown, now < freshUntil { return .use(usable) }
        if !isFetching, now >= askFrom { return .fetch }
        // The provider is down, or somebody asks it at this moment: those from before are still its own.
        if let usable, isKnown { return .use(usable) }
        if isFetching { return .wait }
        if let failure { return .unavailable(failure) }
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
