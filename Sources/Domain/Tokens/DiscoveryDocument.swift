/// What an issuer publishes about itself. Sources: OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2.
public struct DiscoveryDocument: Sendable {
    /// Where the document is published, below the issuer's URL.
    public static let path = "/.well-known/openid-configuration"
    /// Where it is published for clients that know OAuth 2.0 alone. Source: RFC 8414 section 3.
    public static let serverPath = "/.well-known/oauth-authorization-server"

    /// The issuer's URL, exactly as in `iss`, without a slash at the end.
    public let issuer: String
    /// Where the issuer's keys are.
    public var keySetURL: String { issuer + JSONWebKeySet.path }
    private let tokenPath: String
    private let introspectionPath: String
    private let revocationPath: String
    private let grantTypes: [String]

    /// The document of an issuer; the paths of its endpoints are below the issuer's URL.
    public init(
        issuer: String, tokenPath: String, introspectionPath: String, revocationPath: String,
        grantTypes: [String]
    ) {
        self.issuer = issuer
        self.tokenPath = tokenPath
        self.introspectionPath = introspectionPath
        self.revocationPath = revocationPath
        self.grantTypes = grantTypes
    }

    /// The JSON to publish.
    public var bytes: [UInt8] {
        JSONDocument.bytes(
            Content(
                issuer: issuer, jwksUri: keySetURL, tokenEndpoint: issuer + tokenPath,
                introspectionEndpoint: issuer + introspectionPath,
                revocationEndpoint: issuer + revocationPath, grantTypesSupported: grantTypes))
    }

    private struct Content: Encodable {
        let issuer: String
        let jwksUri: String
        let tokenEndpoint: String
        let introspectionEndpoint: String
        let revocationEndpoint: String
        let grantTypesSupported: [String]
        let tokenEndpointAuthMethodsSupported = ["client_secret_basic", "client_secret_post"]
        let responseTypesSupported = ["id_token"]
        let subjectTypesSupported = ["public"]
        let idTokenSigningAlgValuesSupported = SigningAlgorithm.allCases.map(\.rawValue)
        let claimsSupported = [
            "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "tenant_id", "school_id", "custom:school_id",
            "student_id", "tier", "role", SessionTags.claim,
        ]
    }
}
