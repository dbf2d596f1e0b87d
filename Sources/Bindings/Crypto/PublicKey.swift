import COpenSSL

/// Owns one OpenSSL key.
// Safety of @unchecked Sendable: the key is never changed after init, and OpenSSL counts and reads such keys
// from many threads at a time, each with a context of its own.
final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }

    /// Whether `signature`, in OpenSSL's form, is one of `message` by this key.
    func isValid(_ signature: [UInt8], for message: [UInt8], digest: OpaquePointer?) -> Bool {
        let context = mustExist(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        defer { EVP_MD_CTX_free(context) }
        mustSucceed(EVP_DigestVerifyInit(context, nil, digest, nil, pointer), "EVP_DigestVerifyInit")
        let verdict = EVP_DigestVerify(context, signature, signature.count, message, message.count)
        // Anything but 1 is a refusal: 0 for a wrong signature, less for one of no valid form.
        if verdict != 1 { ERR_clear_error() }
        return verdict == 1
    }
}

/// A public key for RS256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
public struct RS256PublicKey: Sendable {
    /// The shortest modulus taken. Source: RFC 7518 section 3.3.
    public static let modulusBitsMin = 2048
    private static let modulusBitsMax = 8192

    /// The modulus, the most significant byte first.
    public let modulus: [UInt8]
    /// The public exponent, the most significant byte first.
    public let exponent: [UInt8]
    private let key: KeyHandle

    /// The key with this modulus and exponent, the most significant byte first.
    /// - Throws: `CryptoError.invalidPublicKey` where the modulus has fewer than 2048 or more than 8192 bits,
    ///   or the exponent is even, 1, or longer than eight bytes.
    public init(modulus: [UInt8], exponent: [UInt8]) throws(CryptoError) {
        let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        guard (RS256PublicKey.modulusBitsMin...RS256PublicKey.modulusBitsMax).contains(bits),
            (1...8).contains(exponent.count), let last = exponent.last, last % 2 == 1, exponent != [1],
            let pointer = homeroom_rsa_public_key(
                modulus, Int32(modulus.count), exponent, Int32(exponent.count))
        else {
            ERR_clear_error()
            throw .invalidPublicKey(kind: "RS256")
        }
        key = KeyHandle(pointer)
        self.modulus = modulus
        self.exponent = exponent
    }

    /// Whether `signature` is one of `message` by this key.
    public func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        key.isValid(signature, for: message, digest: Algorithms.sha256)
    }
}

/// A public key for EdDSA on the curve Ed25519 (RFC 8037).
public struct Ed25519PublicKey: Sendable {
    private static let signatureBytes = 64
    private let key: KeyHandle

    /// The key with these 32 bytes.
    /// - Throws: `CryptoError.invalidPublicKey` where there are not 32.
    public init(_ bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count == 32,
            let pointer = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
        else {
            ERR_clear_error()
            throw .invalidPublicKey(kind: "Ed25519")
        }
        key = KeyHandle(pointer)
    }

    /// Whether `signature` is one of `message` by this key.
    public func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        signature.count == Ed25519PublicKey.signatureBytes
            && key.isValid(signature, for: message, digest: nil)
    }
}
