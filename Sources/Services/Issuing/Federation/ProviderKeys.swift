import Base
import Dispatch
import Registry
import Synchronization
import Tokens

/// The keys of identity providers: asked for where they are needed, kept for as long as they are good, asked for anew before that is
/// over.
///
/// Waits where a provider is asked for the first time, for a key that is not known, or after a while in which nobody needed it: call
/// it on threads that may wait. One thread asks a provider at a time; others go on with the keys from before, or are told to come
/// again. A provider that fails keeps nobody waiting: it is asked again in the background.
public final class ProviderKeys: Sendable {
    private let fetch = ProviderKeyFetch()
    private let clock: any Clock
    /// Does something in the background, one thing after the other of what has the same name.
    private let later: Later
    /// By registration and by where the keys are: where either is another one, the keys from before are nobody's.
    private let states = Mutex<[String: ProviderKeyState]>([:])

    typealias Later = @Sendable (_ name: String, _ job: @escaping @Sendable () -> Void) -> Void

    /// Nothing is known yet.
    public convenience init(clock: any Clock) {
        // A serial queue is a thread of its own for as long as its block runs.
        let queues = (0..<Limits.providerRefreshThreads).map { DispatchQueue(label: "provider-keys-\($0)") }
        self.init(clock: clock) { name, job in
            queues[Int(UInt(bitPattern: name.hashValue) % UInt(queues.count))].async(execute: job)
        }
    }

    /// The same with another way to do things in the background.
    init(clock: any Clock, later: @escaping Later) {
        self.clock = clock
        self.later = later
    }

    /// The provider's keys, that with this id among them.
    /// - Parameter traceparent: what the provider is sent where it is asked.
    /// - Throws: `SubjectTokenRefusal` where the provider has no such key, or does not answer and never has.
    func keys(
        of provider: IdentityProviderRecord, with keyID: String?, traceparent: String? = nil
    ) throws(SubjectTokenRefusal) -> JSONWebKeySet {
        let step = begin(provider, keyID, traceparent)
        guard case .fetch = step else { return try taken(step, provider) }
        ask(provider, traceparent)
        // Looked at alone: whoever is told to ask must do so, and this is the end of asking.
        let now = clock.monotonicNanoseconds()
        let state = states.withLock { $0[Self.place(of: provider)] ?? ProviderKeyState() }
        return try taken(state.step(keyID: keyID, now: now), provider)
    }

    private static func place(of provider: IdentityProviderRecord) -> String {
        "\(provider.grant) \(provider.keysURL ?? "")"
    }

    private func taken(
        _ step: ProviderKeyState.Step, _ provider: IdentityProviderRecord
    ) throws(SubjectTokenRefusal) -> JSONWebKeySet {
        switch step {
        case .use(let keys, _): return keys
        case .unknownKey: throw SubjectTokenRefusal(TokenError.unknownKey)
        case .unavailable(let reason, _):
            throw SubjectTokenRefusal(
                .provider, "the keys of `\(provider.name)` cannot be had now; try again later",
                particulars: reason)
        case .wait, .fetch:
            throw SubjectTokenRefusal(
                .provider, "the keys of `\(provider.name)` are being fetched; try again in a second")
        }
    }

    /// What is to be done; whoever is told to ask is the only one until it is done.
    private func begin(
        _ provider: IdentityProviderRecord, _ keyID: String?, _ traceparent: String?
    ) -> ProviderKeyState.Step {
        let now = clock.monotonicNanoseconds()
        let step = states.withLock { states in
            let state = states[Self.place(of: provider)] ?? ProviderKeyState()
            let step = state.step(keyID: keyID, now: now)
            guard step.asks else { return step }
            Self.makeRoom(in: &states)
            states[Self.place(of: provider), default: state].begin()
            return step
        }
        if step.refreshes { later(provider.grant) { [self] in ask(provider, traceparent) } }
        return step
    }

    /// Forgets the one that was not asked for longest.
    private static func makeRoom(in states: inout [String: ProviderKeyState]) {
        guard states.count >= Limits.providersKnownMax,
            let oldest = states.filter({ !$0.value.isFetching }).min(by: {
                $0.value.askFrom < $1.value.askFrom
            })
        else { return }
        states[oldest.key] = nil
    }

    private func ask(_ provider: IdentityProviderRecord, _ traceparent: String?) {
        do throws(ProviderKeyFetch.Failure) {
            let answer = try fetch.keys(of: provider, traceparent: traceparent)
            settle(provider) { $0.succeed(answer.keys, maxAgeSeconds: answer.maxAgeSeconds, now: $1) }
        } catch { settle(provider) { $0.fail(error.reason, now: $1) } }
    }

    private func settle(
        _ provider: IdentityProviderRecord, _ body: (inout ProviderKeyState, UInt64) -> Void
    ) {
        let now = clock.monotonicNanoseconds()
        states.withLock { body(&$0[Self.place(of: provider), default: ProviderKeyState()], now) }
    }
}

extension ProviderKeyState.Step {
    /// Whether the provider is asked, by whoever waits or in the background.
    fileprivate var asks: Bool {
        if case .fetch = self { return true }
        return refreshes
    }

    fileprivate var refreshes: Bool {
        switch self {
        case .use(_, let refreshing), .unavailable(_, let refreshing): refreshing
        case .fetch, .unknownKey, .wait: false
        }
    }
}
