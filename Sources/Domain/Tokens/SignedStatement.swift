import Base
import Crypto
import JSONText

/// Something that the service vouches for: bytes with a type, signed as a JWS in its compact form with the key that signs tokens,
/// so that the published key set verifies it. A token is never taken for one, nor one for a token: the header's `typ` differs.
/// Source: RFC 7515; for `typ`, RFC 8725 section 3.11.
public struct SignedStatement: Hashable, Sendable {
    /// What it is: `homeroom-receipt+jws`.
    public let type: String
    /// What is stated.
    public let payload: [UInt8]
    /// The `kid` of the key that signed.
    public let keyID: String
    /// The compact form.
    public let text: String

    /// Signs `payload` as a statement of `type`.
    public init(_ payload: [UInt8], type: String, key: SigningKey) {
        self.type = type
        self.payload = payload
        keyID = key.keyID
        let header = JSONDocument.bytes(["alg": key.algorithm.rawValue, "kid": key.keyID, "typ": type])
        let input = Base64URL.encode(header) + "." + Base64URL.encode(payload)
        text = input + "." + Base64URL.encode(key.privateKey.sign(Array(input.utf8)))
    }

    /// Reads a compact form and believes it where `keys` holds the key that signed it.
    /// - Throws: `TokenError` where it has not the form, is of another type, or its signature does not fit.
    public init(verifying text: String, type: String, keys: JSONWebKeySet) throws(TokenError) {
        let token = try CompactToken(parsing: text, bytesMax: Limits.statementBytesMax)
        guard token.header.value("crit") == nil else { throw .criticalExtension }
        guard try token.parameter("typ") == type else { throw .header(name: "typ") }
        guard let keyID = try token.parameter("kid"), let key = keys.key(id: keyID) else { throw .unknownKey }
        guard try token.parameter("alg") == key.algorithm.rawValue else {
            throw .algorithm(allowed: [key.algorithm.rawValue])
        }
        guard key.isValid(token.signature, for: token.signingInput) else { throw .signature }
        self.type = type
        payload = token.payload
        self.keyID = keyID
        self.text = text
    }
}

/// Signs a statement of a type with the key that signs now.
public typealias SignStatement = @Sendable (_ type: String, _ payload: [UInt8]) -> SignedStatement

extension SigningKeyRing {
    /// Signs statements with the current key.
    public var signStatement: SignStatement {
        let key = current
        return { SignedStatement($1, type: $0, key: key) }
    }
}
