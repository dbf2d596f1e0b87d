import Base
import HTTPClient
import JSONText
import Registry
import Synchronization
import Tokens

/// The keys of identity providers: asked for where they are needed, kept for as long as they are good.
///
/// Waits for the provider, for `Limits.providerTimeoutSeconds` and a document each at the most: call it on threads that may wait.
/// One thread asks a provider at a time; others go on with the keys from before, or are told to come again.
public final class ProviderKeys: Sendable {
    private let http = HTTPClient()
    private let clock: any Clock
    /// By registration and by where the keys are: where either is another one, the keys from before are nobody's.
    private let states = Mutex<[String: ProviderKeyState]>([:])

    /// Nothing is known yet.
    public init(clock: any Clock) { self.clock = clock }

    /// The provider's keys, that with this id among them.
    /// - Throws: `SubjectTokenRefusal` where the provider has no such key, or does not answer and never has.
    func keys(
        of provider: IdentityProviderRecord, with keyID: String?
    ) throws(SubjectTokenRefusal) -> JSONWebKeySet {
        let step = begin(provider, keyID)
        guard case .fetch = step else { return try taken(step, provider) }
        ask(provider)
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
        case .use(let keys): return keys
        case .unknownKey: throw SubjectTokenRefusal(TokenError.unknownKey)
        case .unavailable(let reason):
            throw SubjectTokenRefusal(
                .provider, "the keys of `\(provider.name)` cannot be had: \(reason); try again later")
        case .wait, .fetch:
            throw SubjectTokenRefusal(
                .provider, "the keys of `\(provider.name)` are being fetched; try again in a second")
        }
    }

    /// What is to be done; whoever is told to ask is the only one until it is done.
    private func begin(_ provider: IdentityProviderRecord, _ keyID: String?) -> ProviderKeyState.Step {
        let now = clock.monotonicNanoseconds()
        return states.withLock { states in
            let state = states[Self.place(of: provider)] ?? ProviderKeyState()
            let step = state.step(keyID: keyID, now: now)
            guard case .fetch = step else { return step }
            Self.makeRoom(in: &states)
            states[Self.place(of: provider), default: state].begin()
            return step
        }
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

    private func ask(_ provider: IdentityProviderRecord) {
        do throws(ProviderFailure) {
            let url = try keysURL(of: provider)
            let response = try document(url, provider)
            let keys: JSONWebKeySet
            do throws(TokenError) { keys = try JSONWebKeySet(parsing: response.body) } catch {
                throw ProviderFailure("`\(url)` holds no keys: \(error)")
            }
            settle(provider) {
                $0.succeed(keys, maxAgeSeconds: CacheControl.maxAgeSeconds(response), now: $1)
            }
        } catch { settle(provider) { $0.fail(error.reason, now: $1) } }
    }

    private func settle(
        _ provider: IdentityProviderRecord, _ body: (inout ProviderKeyState, UInt64) -> Void
    ) {
        let now = clock.monotonicNanoseconds()
        states.withLock { body(&$0[Self.place(of: provider), default: ProviderKeyState()], now) }
    }

    /// Where the keys are: as registered, or as the issuer says of itself.
    /// Source: OpenID Connect Discovery 1.0 section 4.3, which has the issuer compared exactly.
    private func keysURL(of provider: IdentityProviderRecord) throws(ProviderFailure) -> String {
        if let url = provider.keysURL { return url }
        guard let issuer = ProviderURL(issuer: provider.issuer) else {
            throw ProviderFailure("`\(provider.issuer)` is not \(ProviderURL.words)")
        }
        let response = try document(issuer.discovery, provider)
        let text: JSONText
        do throws(JSONTextError) { text = try JSONText(parsing: response.body) } catch {
            throw ProviderFailure("`\(issuer.discovery)` holds no JSON: \(error)")
        }
        guard case .object(let members) = text.root.value else {
            throw ProviderFailure("`\(issuer.discovery)` holds no JSON object")
        }
        func member(_ name: String) -> String? {
            guard case .string(let text)? = members.first(where: { $0.name == name })?.node.value else {
                return nil
            }
            return text
        }
        guard member("issuer") == provider.issuer else {
            throw ProviderFailure("`\(issuer.discovery)` is another issuer's")
        }
        // An issuer elsewhere has no business with what is on this machine.
        guard let url = member("jwks_uri").flatMap({ ProviderURL($0) }), issuer.isLoopback || !url.isLoopback
        else {
            throw ProviderFailure("`\(issuer.discovery)` names no `jwks_uri` that is \(ProviderURL.words)")
        }
        return url.text
    }

    /// A document, 200 alone: redirects are not followed.
    private func document(
        _ url: String, _ provider: IdentityProviderRecord
    ) throws(ProviderFailure) -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url, headers: [HTTPClientHeader("Accept", "application/json")])
        request.connectTimeoutSeconds = Limits.providerTimeoutSeconds
        request.timeoutSeconds = Limits.providerTimeoutSeconds
        request.responseBytesMax = Limits.providerDocumentBytesMax
        let response: HTTPClientResponse
        do throws(HTTPClientError) { response = try http.send(request) } catch {
            if case .refused = error { throw ProviderFailure("nothing answers at `\(url)`") }
            throw ProviderFailure(error.description)
        }
        guard response.status == 200 else {
            throw ProviderFailure("`\(url)` answers with status \(response.status) where 200 was expected")
        }
        return response
    }
}

/// Why a provider's keys were not had.
private struct ProviderFailure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// For how long an answer may be kept, as its field says. Source: RFC 9111 section 5.2.2.
enum CacheControl {
    /// Nil where the answer says nothing of it; 0 where it may not be kept.
    static func maxAgeSeconds(_ response: HTTPClientResponse) -> Int? {
        let directives = (response.header("cache-control") ?? "").lowercased().split(separator: ",").map {
            $0.filter { !$0.isWhitespace }
        }
        if directives.contains("no-store") || directives.contains("no-cache") { return 0 }
        let age = directives.first { $0.hasPrefix("max-age=") }?.dropFirst("max-age=".count)
        return age.flatMap { Int($0) }
    }
}
