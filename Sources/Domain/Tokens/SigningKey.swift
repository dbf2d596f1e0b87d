import Base
import Crypto
import JSONText

/// The algorithms that tokens are signed with here. Source: RFC 7518 section 3.1.
public enum SigningAlgorithm: String, Sendable, CaseIterable, Codable {
    /// ECDSA on P-256 with SHA-256: what tokens have unless somebody needs the other.
    case es256 = "ES256"
    /// RSASSA-PKCS1-v1_5 with SHA-256: for clients that know nothing else.
    case rs256 = "RS256"
}

/// The half of a signing key that is kept secret.
public enum SigningPrivateKey: Sendable {
    /// For ES256.
    case es256(ES256PrivateKey)
    /// For RS256.
    case rs256(RS256PrivateKey)

    /// A new one.
    static func generate(_ algorithm: SigningAlgorithm) -> SigningPrivateKey {
        switch algorithm {
        case .es256: .es256(.generate())
        case .rs256: .rs256(.generate())
        }
    }

    /// Reads an unencrypted private key in PEM form.
    init(pem: String, _ algorithm: SigningAlgorithm) throws(CryptoError) {
        switch algorithm {
        case .es256: self = .es256(try ES256PrivateKey(pem: pem))
        case .rs256: self = .rs256(try RS256PrivateKey(pem: pem))
        }
    }

    /// The half that is published.
    var publicKey: SigningPublicKey {
        switch self {
        case .es256(let key): .es256(key.publicKey)
        case .rs256(let key): .rs256(key.publicKey)
        }
    }

    /// The key in PEM form, not encrypted.
    var pem: String {
        switch self {
        case .es256(let key): key.pem
        case .rs256(let key): key.pem
        }
    }

    /// A signature as a JWS has it.
    func sign(_ message: [UInt8]) -> [UInt8] {
        switch self {
        case .es256(let key): key.sign(message)
        case .rs256(let key): key.sign(message)
        }
    }
}

/// The half of a signing key that is published.
public enum SigningPublicKey: Sendable {
    /// For ES256.
    case es256(ES256PublicKey)
    /// For RS256.
    case rs256(RS256PublicKey)

    /// The key's id: the hash of its required members in their fixed order. Source: RFC 7638 section 3.
    public var thumbprint: String {
        let members =
            switch self {
            case .es256(let key):
                #"{"crv":"P-256","kty":"EC","x":"\#(Base64URL.encode(key.x))","y":"\#(Base64URL.encode(key.y))"}"#
            case .rs256(let key):
                #"{"e":"\#(Base64URL.encode(key.exponent))","kty":"RSA","n":"\#(Base64URL.encode(key.modulus))"}"#
            }
        return Base64URL.encode(SHA256.hash(members).bytes)
    }

    /// What verifies with it.
    var verificationKey: VerificationKey {
        switch self {
        case .es256(let key): .es256(key)
        case .rs256(let key): .rs256(key)
        }
    }

    /// The key as a JSON Web Key. Source: RFC 7517 section 4.
    public var webKey: String { String(decoding: JSONDocument.bytes(JSONWebKey(self)), as: UTF8.self) }

    /// Reads what `webKey` gave.
    /// - Throws: `TokenError.keys` where it is another text.
    public init(webKey: String) throws(TokenError) {
        let text: JSONText
        do { text = try JSONText(parsing: Array(webKey.utf8)) } catch {
            throw .keys("expected a JSON Web Key: \(error)")
        }
        guard let members = text.root.value.members, let key = try VerificationKey(members) else {
            throw .keys("expected a JSON Web Key for ES256 or RS256")
        }
        switch key {
        case .es256(let key): self = .es256(key)
        case .rs256(let key): self = .rs256(key)
        case .ed25519: throw .keys("expected a JSON Web Key for ES256 or RS256, found one for EdDSA")
        }
    }
}

/// A key that signs tokens.
public struct SigningKey: Sendable {
    /// The key pair.
    let privateKey: SigningPrivateKey
    /// The half that is published.
    public let publicKey: SigningPublicKey
    /// The `kid`: the public half's thumbprint. Source: RFC 7638.
    public let keyID: String
    /// When it was made.
    public let createdAt: Timestamp

    private init(_ privateKey: SigningPrivateKey, createdAt: Timestamp) {
        self.privateKey = privateKey
        publicKey = privateKey.publicKey
        keyID = publicKey.thumbprint
        self.createdAt = createdAt
    }

    /// What it signs with.
    public var algorithm: SigningAlgorithm {
        switch privateKey {
        case .es256: .es256
        case .rs256: .rs256
        }
    }

    /// The private half in PEM form, not encrypted: whoever keeps it seals it.
    public var pem: String { privateKey.pem }

    /// A new key.
    public static func generate(_ algorithm: SigningAlgorithm = .es256, now: Timestamp) -> SigningKey {
        SigningKey(.generate(algorithm), createdAt: now)
    }

    /// Reads what `pem` gave.
    /// - Throws: `TokenError.keys` where it holds no such key; the message holds nothing of it.
    public init(pem: String, _ algorithm: SigningAlgorithm, createdAt: Timestamp) throws(TokenError) {
        do throws(CryptoError) {
            self.init(try SigningPrivateKey(pem: pem, algorithm), createdAt: createdAt)
        } catch { throw .keys(error.description) }
    }
}
