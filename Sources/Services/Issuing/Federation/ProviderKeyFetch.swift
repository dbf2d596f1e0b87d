import Base
import HTTPClient
import JSONText
import Registry
import Tokens

/// Asks a provider for its keys: where they are registered to be, or where it says itself.
///
/// Waits for it, for `Limits.providerTimeoutSeconds` and a document each at the most.
struct ProviderKeyFetch: Sendable {
    /// What a provider has answered.
    struct Answer {
        let keys: JSONWebKeySet
        /// For how long they may be used, as it says; nil where it says nothing.
        let maxAgeSeconds: Int?
    }

    /// Why its keys were not had.
    struct Failure: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    /// A place, and whether whoever runs the server has named it: then it may be anywhere.
    private struct Place {
        let url: String
        let isTrusted: Bool
    }

    private let http = HTTPClient()
    /// For what a provider says: it has no business with what is behind our walls.
    private let wary = HTTPClient(reach: .publicAddresses)

    /// - Parameter traceparent: what the provider is sent with each request (W3C Trace Context); nil where nobody traces.
    func keys(of provider: IdentityProviderRecord, traceparent: String? = nil) throws(Failure) -> Answer {
        let place = try keysPlace(of: provider, traceparent)
        let response = try document(place, traceparent)
        let keys: JSONWebKeySet
        do throws(TokenError) { keys = try JSONWebKeySet(parsing: response.body) } catch {
            throw Failure("`\(place.url)` holds no keys: \(error)")
        }
        return Answer(keys: keys, maxAgeSeconds: CacheControl.maxAgeSeconds(response))
    }

    /// Where the keys are: as registered, or as the issuer says of itself.
    /// Source: OpenID Connect Discovery 1.0 section 4.3, which has the issuer compared exactly.
    private func keysPlace(
        of provider: IdentityProviderRecord, _ traceparent: String?
    ) throws(Failure) -> Place {
        if let url = provider.keysURL { return Place(url: url, isTrusted: true) }
        guard let issuer = ProviderURL(issuer: provider.issuer) else {
            throw Failure("`\(provider.issuer)` is not \(ProviderURL.words)")
        }
        let response = try document(Place(url: issuer.discovery, isTrusted: true), traceparent)
        let text: JSONText
        do throws(JSONTextError) { text = try JSONText(parsing: response.body) } catch {
            throw Failure("`\(issuer.discovery)` holds no JSON: \(error)")
        }
        guard case .object(let members) = text.root.value else {
            throw Failure("`\(issuer.discovery)` holds no JSON object")
        }
        func member(_ name: String) -> String? {
            guard case .string(let text)? = members.first(where: { $0.name == name })?.node.value else {
                return nil
            }
            return text
        }
        guard member("issuer") == provider.issuer else {
            throw Failure("`\(issuer.discovery)` is another issuer's")
        }
        guard let url = member("jwks_uri").flatMap({ ProviderURL($0) }), issuer.isLoopback || !url.isLoopback
        else {
            throw Failure("`\(issuer.discovery)` names no `jwks_uri` that is \(ProviderURL.words)")
        }
        // An issuer that is registered to be on this machine may have its keys beside it.
        return Place(url: url.text, isTrusted: url.isBeside(issuer) || url.isLoopback)
    }

    /// A document, 200 alone: redirects are not followed.
    private func document(_ place: Place, _ traceparent: String?) throws(Failure) -> HTTPClientResponse {
        let url = place.url
        var request = HTTPClientRequest(url: url, headers: [HTTPClientHeader("Accept", "application/json")])
        if let traceparent { request.headers.append(HTTPClientHeader("traceparent", traceparent)) }
        request.connectTimeoutSeconds = Limits.providerTimeoutSeconds
        request.timeoutSeconds = Limits.providerTimeoutSeconds
        request.responseBytesMax = Limits.providerDocumentBytesMax
        let response: HTTPClientResponse
        do throws(HTTPClientError) { response = try (place.isTrusted ? http : wary).send(request) } catch {
            if case .refused = error { throw Failure("nothing answers at `\(url)`") }
            throw Failure(error.description)
        }
        guard response.status == 200 else {
            throw Failure("`\(url)` answers with status \(response.status) where 200 was expected")
        }
        return response
    }
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
