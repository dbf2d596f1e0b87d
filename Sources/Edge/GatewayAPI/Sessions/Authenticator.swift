import Base
import Crypto
import Gateway
import HTTPServer
import SigV4
import Tokens

/// Finds out whose request it is: the signature, the session token, the session's time.
struct Authenticator: Sendable {
    let vault: SessionVault
    let operators: OperatorVault
    /// What ended before its time.
    let revoked: RevokedTokens
    let clock: any Clock
    /// Whether requests without a session token are an operator's, whatever they are signed with.
    let acceptsAnyStaticKey: Bool
    /// Who keeps what is decided of callers' requests.
    let decisions: DecisionRecorder?

    /// The session that signed the request; the connection's caller stands ready for it.
    /// - Throws: the protocol's error where the signature, the token or the time is wrong.
    func authenticate(
        _ exchange: HTTPExchange, _ scratch: ConnectionScratch, service: SigV4Service, isSecure: Bool
    ) throws(WireError) -> GatewayCaller {
        Self.fill(&scratch.request, from: exchange)
        let authorization: SigV4Authorization
        do throws(SigV4Error) {
            authorization = try SigV4Authorization(parsing: &scratch.request)
        } catch {
            if acceptsAnyStaticKey, error != .missingAuthenticationToken {
                return try developer("developer", region: Self.anyRegion, exchange, scratch, isSecure)
            }
            throw WireError(error)
        }
        if acceptsAnyStaticKey, authorization.hasSessionToken(nil, in: scratch.request) {
            return try developer(
                authorization.accessKeyID.description, region: authorization.region(in: scratch.request),
                exchange, scratch, isSecure)
        }
        let found = session(authorization, scratch)
        guard let found else { throw .unrecognizedClient }
        let now = clock.now()
        scratch.now = now
        scratch.request.bodyDigest = scratch.verifier.hasher.hash(exchange.body)
        do throws(SigV4Error) {
            try scratch.verifier.verify(
                scratch.request, authorization, secret: found.secret, service: service, now: now)
        } catch { throw WireError(error) }
        // Only who has signed learns that the session is over.
        guard now < found.session.expiresAt else { throw .expiredToken }
        guard found.isBelieved(revoked) else { throw .unrecognizedClient }
        scratch.lastSession = found
        let caller = caller(found.session, exchange, scratch, isSecure)
        caller.begin(found.session, region: authorization.region(in: scratch.request))
        return caller
    }

    private static let anyRegion = Array("us-east-1".utf8)[...]

    private func developer(
        _ name: String, region: ArraySlice<UInt8>, _ exchange: HTTPExchange, _ scratch: ConnectionScratch,
        _ isSecure: Bool
    ) throws(WireError) -> GatewayCaller {
        let session: GatewaySession
        if let known = scratch.developer, known.name == name {
            session = known
        } else {
            guard let made = operators.unverifiedSession(name) else { throw .unrecognizedClient }
            session = made
            scratch.developer = made
        }
        let caller = caller(session, exchange, scratch, isSecure)
        caller.begin(session, region: region)
        return caller
    }

    private func caller(
        _ session: GatewaySession, _ exchange: HTTPExchange, _ scratch: ConnectionScratch, _ isSecure: Bool
    ) -> GatewayCaller {
        if let known = scratch.caller { return known }
        let made = GatewayCaller(
            session: session, remoteAddress: exchange.remoteAddress, isSecure: isSecure,
            decisions: decisions)
        scratch.caller = made
        return made
    }

    private func session(_ authorization: SigV4Authorization, _ scratch: ConnectionScratch) -> VaultSession? {
        // Without a token it is an operator's static key, which may have been revoked since the last request.
        if authorization.hasSessionToken(nil, in: scratch.request) {
            scratch.lastAccessKeyID = nil
            return operators.session(authorization.accessKeyID)
        }
        // The token is sealed together with its access key id, so the same token is the same session.
        if let last = scratch.lastSession, authorization.hasSessionToken(last.token, in: scratch.request),
            scratch.lastAccessKeyID == authorization.accessKeyID
        {
            return last
        }
        guard let found = vault.session(authorization, of: scratch.request) else { return nil }
        scratch.lastAccessKeyID = authorization.accessKeyID
        scratch.lastSession = found
        return found
    }

    private static func fill(_ request: inout SignedRequest, from exchange: HTTPExchange) {
        let name = exchange.method.rawValue
        exchange.target.withUnsafeBytes { target in
            var name = name
            name.withUTF8 { request.reset(method: UnsafeRawBufferPointer($0), target: target) }
        }
        let fields = exchange.fields
        fields.bytes.withUnsafeBytes { bytes in
            let bytes = UnsafeRawBufferPointer(rebasing: bytes[..<fields.byteCount])
            request.append(head: bytes, count: fields.count) { (fields.name(at: $0), fields.value(at: $0)) }
        }
    }
}
