import Base
import Crypto

/// Makes tokens: JWTs signed with ES256, whose `kid` is the key's thumbprint.
public struct TokenSigner: Sendable {
    private let key: SigningKey
    private let header: String

    /// A signer with this key.
    public init(key: SigningKey) {
        self.key = key
        header = Base64URL.encode(JSONDocument.bytes(["alg": "ES256", "kid": key.keyID, "typ": "JWT"]))
    }

    /// The token of these claims, in its compact form.
    /// - Throws: `TokenError.claim` where the claims make no session tags.
    public func sign(_ claims: TokenClaims) throws(TokenError) -> String {
        let payload = JSONDocument.bytes(Payload(claims, tags: try claims.sessionTags))
        let input = header + "." + Base64URL.encode(payload)
        return input + "." + Base64URL.encode(key.privateKey.sign(Array(input.utf8)))
    }

    /// The claims as JSON.
    private struct Payload: Encodable {
        private struct Tags: Encodable {
            let principal_tags: [String: [String]]
            let transitive_tag_keys: [String]
        }

        private enum CodingKeys: String, CodingKey {
            case iss, sub, aud, exp, nbf, iat, jti, tenant_id, school_id, tier, role
            case custom_school_id = "custom:school_id"
            case tags = "https://aws.amazon.com/tags"
        }

        private let iss: String
        private let sub: String
        private let aud: String
        private let exp: Int64
        private let nbf: Int64
        private let iat: Int64
        private let jti: String
        private let tenant_id: String
        private let school_id: String
        private let custom_school_id: String
        private let tier: String
        private let role: String
        private let tags: Tags

        init(_ claims: TokenClaims, tags: SessionTags) {
            iss = claims.issuer
            sub = claims.subject
            aud = claims.audience
            exp = claims.expires.seconds
            nbf = claims.issuedAt.seconds
            iat = claims.issuedAt.seconds
            jti = claims.tokenID
            tenant_id = claims.tenantID.text
            school_id = claims.schoolIDText
            custom_school_id = claims.schoolIDText
            tier = claims.tier
            role = claims.role
            self.tags = Tags(
                principal_tags: tags.principalTags.mapValues { [$0] },
                transitive_tag_keys: tags.transitiveTagKeys)
        }
    }
}
