import Crypto
import JSONText

/// The signature algorithms that can be verified. Source: RFC 7518 section 3.1, RFC 8037 section 3.1.
public enum TokenAlgorithm: String, Sendable, CaseIterable {
    /// ECDSA on P-256 with SHA-256.
    case es256 = "ES256"
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = "RS256"
    /// EdDSA, of which the curve Ed25519 alone.
    case edDSA = "EdDSA"
}

/// A public key that verifies tokens, for one algorithm alone.
public enum VerificationKey: Sendable {
    /// For ES256.
    case es256(ES256PublicKey)
    /// For RS256.
    case rs256(RS256PublicKey)
    /// For EdDSA.
    case ed25519(Ed25519PublicKey)

    /// The one algorithm that the key is for.
    public var algorithm: TokenAlgorithm {
        switch self {
        case .es256: .es256
        case .rs256: .rs256
        case .ed25519: .edDSA
        }
    }

    /// Whether `signature` is one of `message` by this key.
    func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        switch self {
        case .es256(let key): key.isValid(signature, for: message)
        case .rs256(let key): key.isValid(signature, for: message)
        case .ed25519(let key): key.isValid(signature, for: message)
        }
    }

    /// The key that the members of a JSON Web Key describe; nil where its type or its algorithm is another.
    init?(_ key: [JSONText.Member]) throws(TokenError) {
        func bytes(_ name: String) -> [UInt8]? { key.value(name)?.string.flatMap { Base64URL.decode($0) } }
        let curve = key.value("crv")?.string
        do throws(CryptoError) {
            switch key.value("kty")?.string {
            case "EC" where curve == "P-256":
                guard let x = bytes("x"), let y = bytes("y") else { throw .invalidPublicKey(kind: "ES256") }
                self = .es256(try ES256PublicKey(x: x, y: y))
            case "OKP" where curve == "Ed25519":
                guard let x = bytes("x") else { throw .invalidPublicKey(kind: "Ed25519") }
                self = .ed25519(try Ed25519PublicKey(x))
            case "RSA":
                guard let modulus = bytes("n"), let exponent = bytes("e") else {
                    throw .invalidPublicKey(kind: "RS256")
                }
                self = .rs256(try RS256PublicKey(modulus: modulus, exponent: exponent))
            default: return nil
            }
        } catch { throw .keys(error.description) }
        if let named = key.value("alg")?.string, named != algorithm.rawValue { return nil }
    }
}
