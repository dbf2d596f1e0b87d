import Base
import Crypto
import Gateway
import HTTPServer
import SigV4
import Tokens

/// Finds out whose request it is: the signature, the session token, the session's time; or the token that it brings by itself.
struct Authenticator: Sendable {
    let vault: SessionVault
    let bearers: BearerSessions
    let operators: OperatorVault
    /// What ended before its time.
    let revoked: RevokedTokens
    let clock: any Clock
    /// Whether requests without a session token are an operator's, whatever they are signed with.
    let acceptsAnyStaticKey: Bool
    /// Whether clients come over TLS.
    let isSecure: Bool
    /// The region of requests that name none.
    let region: [UInt8]
    /// Who keeps what is decided of callers' requests.
    let decisions: DecisionRecorder?

    /// The session that signed the request, or that its token opens; the connection's caller stands ready for it.
    /// - Throws: the protocol's error where the signature, the token or the time is wrong.
    func authenticate(
        _ exchange: HTTPExchange, _ scratch: ConnectionScratch, _ requestID: RequestID, service: SigV4Service
    ) throws(WireError) -> GatewayCaller {
        Self.fill(&scratch.request, from: exchange)
        let authorization: SigV4Authorization
        do throws(SigV4Error) {
            authorization = try SigV4Authorization(parsing: &scratch.request)
        } catch {
            // Only here, so that what is signed pays nothing for it.
            if let credential = try BearerCredential(exchange) {
                return try bearer(credential, exchange, scratch, requestID, service)
            }
            if acceptsAnyStaticKey, error != .missingAuthenticationToken {
                return try developer("developer", region: region[...], exchange, scratch)
            }
            throw WireError(error)
        }
        if acceptsAnyStaticKey, authorization.hasSessionToken(nil, in: scratch.request) {
            return try developer(
                authorization.accessKeyID.description, region: authorization.region(in: scratch.request),
                exchange, scratch)
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
        let caller = caller(found.session, exchange, scratch)
        caller.begin(found.session, region: authorization.region(in: scratch.request))
        return caller
    }

    private func bearer(
        _ credential: BearerCredential, _ exchange: HTTPExchange, _ scratch: ConnectionScratch,
        _ requestID: RequestID, _ service: SigV4Service
    ) throws(WireError) -> GatewayCaller {
        guard service == .dynamodb else {
            throw WireError(
                .incompleteSignature(
                    "STS takes no bearer token: sign the request, or hand the token to "
                        + "AssumeRoleWithWebIdentity as WebIdentityToken."))
        }
        let now = clock.now()
        scratch.now = now
        let session = try bearers.session(
            credential, remoteAddress: exchange.remoteAddress, requestID: requestID, now: now)
        let caller = caller(session, exchange, scratch)
        caller.begin(session, region: region[...])
        return caller
    }

    private func developer(
        _ name: String, region: ArraySlice<UInt8>, _ exchange: HTTPExchange, _ scratch: ConnectionScratch
    ) throws(WireError) -> GatewayCaller {
        let session: GatewaySession
        if let known = scratch.developer, known.name == name {
            session = known
        } else {
            guard let made = operators.unverifiedSession(name) else { throw .unrecognizedClient }
            session = made
            scratch.developer = made
        }
        let caller = caller(session, exchange, scratch)
        caller.begin(session, region: region)
        return caller
    }

    private func caller(
        _ session: GatewaySession, _ exchange: HTTPExchange, _ scratch: ConnectionScratch
    ) -> GatewayCaller {
        // On a proxy's connection the next request may be somebody else's.
        if let known = scratch.caller, known.remoteAddress == exchange.remoteAddress { return known }
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
