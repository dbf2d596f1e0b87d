import Base
import Crypto

/// Makes tokens: JWTs whose `kid` is the key's thumbprint.
public struct TokenSigner: Sendable {
    private let key: SigningKey
    /// The first segment and its dot: the same for all tokens of a key.
    private let header: [UInt8]

    /// A signer with this key.
    public init(key: SigningKey) {
        self.key = key
        let header = JSONDocument.bytes(["alg": key.algorithm.rawValue, "kid": key.keyID, "typ": "JWT"])
        self.header = Array((Base64URL.encode(header) + ".").utf8)
    }

    /// The id of the key.
    public var keyID: String { key.keyID }

    /// The token of these claims, in its compact form. Costs little more than the signature.
    public func sign(_ claims: TokenClaims) -> String {
        var token = header
        token.reserveCapacity(Self.bytesUsual)
        Base64URL.append(Self.payload(claims), to: &token)
        let signature = key.privateKey.sign(token)
        token.append(UInt8(ascii: "."))
        Base64URL.append(signature, to: &token)
        return String(decoding: token, as: UTF8.self)
    }

    /// How long most tokens are at the most.
    private static let bytesUsual = 1536

    private static let schoolTags = Array(#"["role","school_id","tenant_id","tier"]"#.utf8)
    private static let studentTags = Array(#"["role","school_id","student_id","tenant_id","tier"]"#.utf8)

    /// The claims as JSON, in the order of their names.
    private static func payload(_ claims: TokenClaims) -> [UInt8] {
        let (tenant, school) = (claims.tenantID.text, claims.schoolIDText)
        var json = JSONWriter(reserving: 768)
        json.beginObject()
        json.claim("aud", claims.audience)
        if let client = claims.clientID { json.claim("client_id", client) }
        json.claim("custom:school_id", school)
        json.claim("exp", claims.expires)
        if let grant = claims.grant { json.claim("homeroom_grant", grant) }
        if claims.isOperators { json.claim("homeroom_issued_by", TokenClaims.issuedByOperator) }
        json.name("https://aws.amazon.com/tags")
        json.beginObject()
        json.name("principal_tags")
        json.beginObject()
        json.tag("role", claims.role)
        json.tag("school_id", school)
        if let student = claims.student { json.tag("student_id", student.text) }
        json.tag("tenant_id", tenant)
        json.tag("tier", claims.tier)
        json.endObject()
        json.name("transitive_tag_keys")
        json.raw(claims.student == nil ? schoolTags : studentTags)
        json.endObject()
        json.claim("iat", claims.issuedAt)
        json.claim("iss", claims.issuer)
        json.claim("jti", claims.tokenID)
        json.claim("nbf", claims.issuedAt)
        json.claim("role", claims.role)
        json.claim("school_id", school)
        if let student = claims.student { json.claim("student_id", student.text) }
        json.claim("sub", claims.subject)
        json.claim("tenant_id", tenant)
        json.claim("tier", claims.tier)
        json.endObject()
        return json.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func claim(_ name: StaticString, _ text: String) {
        self.name(name)
        string(text)
    }

    fileprivate mutating func claim(_ name: StaticString, _ moment: Timestamp) {
        self.name(name)
        int(Int(moment.seconds))
    }

    /// AWS takes a list of exactly one value.
    fileprivate mutating func tag(_ name: StaticString, _ text: String) {
        self.name(name)
        beginArray()
        string(text)
        endArray()
    }
}
