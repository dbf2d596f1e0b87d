import Base
import Crypto
import HTTPServer
import Registry
import Synchronization
import TestKit

@testable import Issuing
@testable import Tokens

/// An OpenID provider that listens on loopback: discovery, keys, and tokens of any content.
final class LoopbackProvider: HTTPHandler {
    /// How it answers.
    struct Manner {
        var isDown = false
        var keys: [SigningKey]
        var cacheControl = "public, max-age=600"
        /// Another issuer in the discovery document.
        var claimedIssuer: String?
        /// Another place for the keys in it.
        var keysURL: String?
        var fetched: [String] = []
    }

    let manner: Mutex<Manner>
    private let late = Mutex<HTTPServer?>(nil)
    let now: Timestamp

    init(now: Timestamp, _ algorithm: SigningAlgorithm = .es256) throws {
        self.now = now
        manner = Mutex(Manner(keys: [.generate(algorithm, now: now)]))
        var configuration = HTTPServer.Configuration()
        configuration.threads = 1
        let server = try HTTPServer(configuration, handler: self)
        late.withLock { $0 = server }
    }

    func stop() { late.withLock { $0 }?.stop(graceSeconds: 1) }

    var issuer: String { "http://127.0.0.1:\(late.withLock { $0 }?.port ?? 0)" }

    /// How often its keys were fetched.
    var fetches: Int { manner.withLock { $0.fetched.count { $0 == "/keys" } } }

    /// Another key signs from now on.
    func rotate() { manner.withLock { $0.keys = [.generate($0.keys[0].algorithm, now: now)] } }

    func handle(_ exchange: HTTPExchange) {
        let path = String(decoding: exchange.target, as: UTF8.self)
        let manner = manner.withLock { manner in
            manner.fetched.append(path)
            return manner
        }
        guard !manner.isDown else { return exchange.respond(status: 503, body: []) }
        let body: [UInt8]
        switch path {
        case "/keys": body = JSONWebKeySet(manner.keys.map(\.publicKey)).document
        case "/.well-known/openid-configuration":
            let keys = manner.keysURL ?? issuer + "/keys"
            body = Array(#"{"issuer":"\#(manner.claimedIssuer ?? issuer)","jwks_uri":"\#(keys)"}"#.utf8)
        default: return exchange.respond(status: 404, body: [])
        }
        exchange.respond(status: 200, body: body) { headers in
            if !manner.cacheControl.isEmpty { headers.add("Cache-Control", manner.cacheControl) }
        }
    }

    /// A token with these claims beside the usual ones; `more` is JSON, and wins nothing: a member twice is refused.
    func token(
        _ more: String = "", at moment: Timestamp? = nil, issuer: String? = nil, keyID: String? = nil
    ) -> String {
        let key = manner.withLock { $0.keys[0] }
        let seconds = (moment ?? now).seconds
        let payload =
            #"{"iss":"\#(issuer ?? self.issuer)","aud":"app","sub":"person","iat":\#(seconds),"exp":\#(seconds + 600)"#
            + (more.isEmpty ? "" : "," + more) + "}"
        let header = #"{"alg":"\#(key.algorithm.rawValue)","kid":"\#(keyID ?? key.keyID)"}"#
        let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
        return input + "." + Base64URL.encode(key.privateKey.sign(Array(input.utf8)))
    }

    func record(
        tenant: TenantID, _ mapping: IdentityProviderRecord.Mapping, keysURL: String? = nil,
        audiences: [String] = ["app"]
    ) -> IdentityProviderRecord {
        IdentityProviderRecord(
            name: "own", tenant: tenant, issuer: issuer, audiences: audiences, keysURL: keysURL,
            sharedBy: nil,
            mapping: mapping, grant: "idp_1", createdAt: now)
    }
}
