import Accounts
import Base
import Issuing
import Registry
import Tokens

/// What the OAuth endpoints work with.
public struct OAuthDesk: Sendable {
    let accounts: ServiceAccounts
    let refresh: RefreshTokens
    let revocations: TokenRevocations
    /// What is refused though it verifies.
    let revoked: RevokedTokens
    /// What an access token verifies with, as it is now.
    let verifier: @Sendable () -> TokenVerifier
    let throttle: OAuthThrottle
    /// Refused tokens of identity providers that are only counted.
    let refusals = RefusedTokenBook()
    /// Members of districts who have a password of their own; nil where none can be invited.
    public var members: MemberDesk?
    /// The identity providers of districts, and what becomes of their tokens; nil where none can be registered.
    public var federation: Federation?

    /// Tokens of districts' own identity providers.
    public struct Federation: Sendable {
        let providers: IdentityProviders
        let subjects: SubjectTokens
        let refused: RefusedPeople

        /// These.
        public init(providers: IdentityProviders, subjects: SubjectTokens, refused: RefusedPeople) {
            self.providers = providers
            self.subjects = subjects
            self.refused = refused
        }
    }

    /// A desk.
    public init(
        accounts: ServiceAccounts, refresh: RefreshTokens, revocations: TokenRevocations,
        revoked: RevokedTokens, verifier: @escaping @Sendable () -> TokenVerifier, clock: any Clock
    ) {
        self.accounts = accounts
        self.refresh = refresh
        self.revocations = revocations
        self.revoked = revoked
        self.verifier = verifier
        throttle = OAuthThrottle(clock: clock)
    }

    /// The client of a request.
    /// - Throws: `OAuthError` where it is nobody, or asks too often; what the registry throws.
    func client(_ call: ControlCall, _ form: OAuthForm) throws -> ServiceAccountRecord {
        let address = call.request.remoteAddress
        try admit(address)
        let credentials = try OAuthCredentials(call.request.authorization, form)
        let pair = OAuthThrottle.failures(of: credentials.id, from: address)
        if let seconds = throttle.look(pair, .failures) { throw OAuthError.slower(seconds) }
        guard let account = try accounts.authenticate(credentials.id, secret: credentials.secret) else {
            _ = throttle.take(pair, .failures)
            throw OAuthError.client(isBasic: credentials.isBasic)
        }
        if let seconds = throttle.take("c " + account.id, .client) { throw OAuthError.slower(seconds) }
        // What was issued to it now would be taken for what was issued before it was disabled.
        if let from = account.refusedBefore, call.services.clock.now().seconds < from.seconds {
            throw OAuthError.slower(1)
        }
        return account
    }

    /// The client of a request that may come without one: a person's own program is no client. Counts the request in any case.
    /// - Throws: as `client`.
    func clientIfPresent(_ call: ControlCall, _ form: OAuthForm) throws -> ServiceAccountRecord? {
        guard call.request.authorization != nil || form["client_secret"] != nil else {
            try admit(call.request.remoteAddress)
            return nil
        }
        return try client(call, form)
    }

    /// Counts a request from an address.
    /// - Throws: `OAuthError` where there were too many.
    func admit(_ address: String) throws(OAuthError) {
        if let seconds = throttle.take(OAuthThrottle.requests(from: address), .address) {
            throw .slower(seconds)
        }
    }

    /// What an access token says; nil where it is none of ours, over, or refused.
    func claims(_ token: String, now: Timestamp) -> TokenClaims? {
        do throws(TokenError) {
            let verified = try verifier().verify(token, now: now)
            let claims = try TokenClaims(verified)
            return revoked.refuses(TokenTrace(claims, keyID: verified.keyID)) ? nil : claims
        } catch {
            // Whatever is wrong with it, it is not active. Source: RFC 7662 section 2.2.
            return nil
        }
    }
}
