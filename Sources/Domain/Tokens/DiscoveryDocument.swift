/// What an issuer publishes about itself. Source: OpenID Connect Discovery 1.0 section 3.
public struct DiscoveryDocument: Sendable {
    /// Where the document is published, below the issuer's URL.
    public static let path = "/.well-known/openid-configuration"

    /// The issuer's URL, exactly as in `iss`, without a slash at the end.
    public let issuer: String
    /// Where the issuer's keys are.
    public var keySetURL: String { issuer + JSONWebKeySet.path }
    /// Where tokens are issued.
    public let tokenEndpoint: String

    /// The document of an issuer; `tokenPath` is where tokens are issued, below the issuer's URL.
    public init(issuer: String, tokenPath: String = "/v1/tokens") {
        self.issuer = issuer
        tokenEndpoint = issuer + tokenPath
    }

    /// The JSON to publish.
    public var bytes: [UInt8] {
        JSONDocument.bytes(Content(issuer: issuer, jwksUri: keySetURL, tokenEndpoint: tokenEndpoint))
    }

    private struct Content: Encodable {
        let issuer: String
        let jwksUri: String
        let tokenEndpoint: String
        let responseTypesSupported = ["id_token"]
        let subjectTypesSupported = ["public"]
        let idTokenSigningAlgValuesSupported = [TokenAlgorithm.es256.rawValue]
        let claimsSupported = [
            "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "tenant_id", "school_id", "custom:school_id",
            "tier",
            "role", SessionTags.claim,
        ]
    }
}
