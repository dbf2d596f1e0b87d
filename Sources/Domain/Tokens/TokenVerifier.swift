import Base
import Crypto
import JSONText

/// What a verifier demands of a token.
public struct TokenProfile: Sendable {
    /// The only issuer that is believed; compared exactly.
    public var issuer: String
    /// What a token must be meant for: its `aud` is one of these, or a list that has one.
    public var audiences: Set<String>
    /// The algorithms that are allowed. `none` and the symmetric ones cannot be.
    public var algorithms: Set<TokenAlgorithm> = [.es256]
    /// How far the issuer's clock may be from ours.
    public var leewaySeconds: Int64 = 60

    /// A profile for tokens of one issuer, signed with ES256.
    public init(issuer: String, audience: String) {
        self.init(issuer: issuer, audiences: [audience])
    }

    /// The same for several audiences.
    public init(issuer: String, audiences: Set<String>) {
        self.issuer = issuer
        self.audiences = audiences
    }
}

/// Decides whether a token may be believed. Stricter than the RFCs ask: no member twice, `kid` is required,
/// keys that the token brings along are ignored, no `crit`, no other `typ`.
///
/// Sources: RFC 7515 section 5.2, RFC 7519 section 7.2, RFC 8725.
public struct TokenVerifier: Sendable {
    private let profile: TokenProfile
    private let keys: JSONWebKeySet

    /// What a token may say that it is, where it says so. Sources: RFC 7519 section 5.1, RFC 9068 section 2.1.
    private static let types: Set<String> = ["jwt", "application/jwt", "at+jwt", "application/at+jwt"]

    /// A verifier of tokens that one of `keys` has signed.
    public init(profile: TokenProfile, keys: JSONWebKeySet) {
        self.profile = profile
        self.keys = keys
    }

    /// What `token` claims, all of it checked but for the claims that this target does not know.
    /// - Throws: `TokenError`; of several faults the first in this order: form, header, key, signature,
    ///   payload, claims.
    public func verify(_ token: String, now: Timestamp) throws(TokenError) -> VerifiedToken {
        let compact = try CompactToken(parsing: token)
        let allowed = profile.algorithms.map(\.rawValue).sorted()
        guard let name = try compact.parameter("alg"), let algorithm = TokenAlgorithm(rawValue: name),
            profile.algorithms.contains(algorithm)
        else { throw .algorithm(allowed: allowed) }
        guard compact.header.value("crit") == nil else { throw .criticalExtension }
        // What the same key has signed and says to be something else is no token. Source: RFC 8725 section 3.11.
        if let type = try compact.parameter("typ"), !Self.types.contains(type.lowercased()) {
            throw .header(name: "typ")
        }
        guard let keyID = try compact.parameter("kid"), let key = keys.key(id: keyID) else {
            throw .unknownKey
        }
        guard key.algorithm == algorithm else { throw .algorithm(allowed: allowed) }
        guard key.isValid(compact.signature, for: compact.signingInput) else { throw .signature }
        let claims = try VerifiedToken(
            keyID: keyID, members: try CompactToken.object(compact.payload, .payload))
        try check(claims, now: now)
        return claims
    }

    /// Checks again what was verified before, all but its form and its signature, which do not change: a key that is known no
    /// more has signed nothing, and times come and go.
    /// - Throws: `TokenError.unknownKey`, `claim`, `expired`, `notYetValid`.
    public func recheck(_ token: VerifiedToken, now: Timestamp) throws(TokenError) {
        guard keys.key(id: token.keyID) != nil else { throw .unknownKey }
        try check(token, now: now)
    }

    private func check(_ token: VerifiedToken, now: Timestamp) throws(TokenError) {
        guard token.issuer == profile.issuer else {
            throw .claim(name: "iss", expected: "`\(profile.issuer)`")
        }
        guard token.audiences.contains(where: profile.audiences.contains) else {
            let words = profile.audiences.sorted().map { "`\($0)`" }
            throw .claim(name: "aud", expected: words.joined(separator: " or "))
        }
        let leeway = profile.leewaySeconds
        guard now < token.expires.advanced(bySeconds: leeway) else {
            throw .expired(atSeconds: token.expires.seconds, nowSeconds: now.seconds)
        }
        for (name, start) in [("nbf", token.notBefore), ("iat", token.issuedAt)] {
            guard let start else { continue }
            guard now >= start.advanced(bySeconds: -leeway) else {
                throw .notYetValid(claim: name, atSeconds: start.seconds, nowSeconds: now.seconds)
            }
        }
    }
}
