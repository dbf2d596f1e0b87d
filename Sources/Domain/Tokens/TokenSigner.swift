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
            let principalTags: [String: [String]]
            let transitiveTagKeys: [String]
        }

        private enum CodingKeys: String, CodingKey {
            case iss, sub, aud, exp, nbf, iat, jti, tier, role
            case tenantID = "tenant_id"
            case schoolID = "school_id"
            case customSchoolID = "custom:school_id"
            case issuedBy = "homeroom_issued_by"
            case tags = "https://aws.amazon.com/tags"
        }

        private let iss: String
        private let sub: String
        private let aud: String
        private let exp: Int64
        private let nbf: Int64
        private let iat: Int64
        private let jti: String
        private let tenantID: String
        private let schoolID: String
        private let customSchoolID: String
        private let tier: String
        private let role: String
        private let issuedBy: String?
        private let tags: Tags

        init(_ claims: TokenClaims, tags: SessionTags) {
            iss = claims.issuer
            sub = claims.subject
            aud = claims.audience
            exp = claims.expires.seconds
            nbf = claims.issuedAt.seconds
            iat = claims.issuedAt.seconds
            jti = claims.tokenID
            tenantID = claims.tenantID.text
            schoolID = claims.schoolIDText
            customSchoolID = claims.schoolIDText
            tier = claims.tier
            role = claims.role
            issuedBy = claims.isOperators ? TokenClaims.issuedByOperator : nil
            self.tags = Tags(
                principalTags: tags.principalTags.mapValues { [$0] },
                transitiveTagKeys: tags.transitiveTagKeys)
        }
    }
}
