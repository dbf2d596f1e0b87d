import Base
import Crypto
import Gateway
import HTTPServer
import Synchronization
import Tokens

/// What a rehearsed request came to, beside the questions that it brought up.
final class RehearsedOutcome: Sendable {
    private let first = Mutex<WireError?>(nil)

    /// The first error, or nil.
    var error: WireError? { first.withLock { $0 } }

    func note(_ error: WireError) { first.withLock { $0 = $0 ?? error } }
}

extension GatewayAPI {
    /// A port without a server, for rehearsals: nobody can open a session on it.
    convenience init(rehearsing gateway: Gateway, clock: any Clock) {
        let (issuer, audience) = ("none", "none")
        let profile = TokenProfile(issuer: issuer, audience: audience)
        let random = SystemRandom()
        do throws(CryptoError) {
            try self.init(
                gateway: gateway,
                configuration: Configuration(
                    issuer: issuer, audience: audience, sessionKey: random.bytes(32)),
                verifier: { TokenVerifier(profile: profile, keys: JSONWebKeySet([])) }, clock: clock,
                random: random)
        } catch { preconditionFailure("32 bytes are enough for a key") }
    }

    /// Carries a request out as far as its questions to the policies go.
    func rehearse(
        _ operation: GatewayOperation, _ body: [UInt8], _ caller: GatewayCaller, _ outcome: RehearsedOutcome
    ) {
        let reply = Reply(
            exchange: nil, requestID: RequestID(high: 0, low: 0), operation: operation,
            startedNanoseconds: clock.monotonicNanoseconds(), isPlainJSON: false, acceptsGZip: false,
            context: context, session: caller.session, rehearsed: outcome)
        do throws(WireError) { try perform(operation, body, caller, reply) } catch { outcome.note(error) }
    }
}
