import COpenSSL

/// A key pair for RS256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
public struct RS256PrivateKey: Sendable {
    /// How long the modulus of a new key is. Source: RFC 7518 section 3.3 asks for 2048 or more.
    public static let modulusBits = 2048

    /// The half that may be shown.
    public let publicKey: RS256PublicKey
    private let key: KeyHandle
    private let contexts: SigningContexts

    /// A new key pair from OpenSSL's generator. Takes about a tenth of a second.
    public static func generate() -> RS256PrivateKey {
        let context = mustExist(EVP_PKEY_CTX_new_from_name(nil, "RSA", nil), "EVP_PKEY_CTX_new_from_name")
        defer { EVP_PKEY_CTX_free(context) }
        mustSucceed(EVP_PKEY_keygen_init(context), "EVP_PKEY_keygen_init")
        mustSucceed(
            EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(modulusBits)), "EVP_PKEY_CTX_set_rsa_keygen_bits")
        var pointer: OpaquePointer?
        mustSucceed(EVP_PKEY_generate(context, &pointer), "EVP_PKEY_generate")
        let handle = KeyHandle(mustExist(pointer, "EVP_PKEY_generate"))
        guard let publicKey = publicKey(of: handle) else { preconditionFailure("OpenSSL made a weak key") }
        return RS256PrivateKey(publicKey: publicKey, key: handle)
    }

    private init(publicKey: RS256PublicKey, key: KeyHandle) {
        self.publicKey = publicKey
        self.key = key
        contexts = SigningContexts(key: key)
    }

    /// Reads an unencrypted private key in PEM form.
    /// - Throws: `CryptoError.unreadableRSAKey` where the text holds none, or one of another kind or too short.
    public init(pem: String) throws(CryptoError) {
        guard let handle = PrivateKeyText.read(pem), EVP_PKEY_is_a(handle.pointer, "RSA") == 1,
            let publicKey = RS256PrivateKey.publicKey(of: handle)
        else { throw .unreadableRSAKey }
        self.init(publicKey: publicKey, key: handle)
    }

    /// The private key in PKCS#8 PEM form, not encrypted: whoever keeps it keeps others from reading it.
    public var pem: String { PrivateKeyText.write(key) }

    /// A signature of `message`, as long as the modulus.
    public func sign(_ message: [UInt8]) -> [UInt8] {
        contexts.withSignature(of: message) { Array($0) }
    }

    private static func publicKey(of key: KeyHandle) -> RS256PublicKey? {
        do {
            return try RS256PublicKey(
                modulus: number(OSSL_PKEY_PARAM_RSA_N, of: key),
                exponent: number(OSSL_PKEY_PARAM_RSA_E, of: key))
        } catch { return nil }
    }

    /// A number of the key, the most significant byte first.
    private static func number(_ name: String, of key: KeyHandle) -> [UInt8] {
        var number: OpaquePointer?
        mustSucceed(EVP_PKEY_get_bn_param(key.pointer, name, &number), "EVP_PKEY_get_bn_param")
        defer { BN_free(number) }
        let count = (Int(BN_num_bits(number)) + 7) / 8
        var bytes = [UInt8](repeating: 0, count: count)
        precondition(BN_bn2bin(number, &bytes) == Int32(count), "OpenSSL: BN_bn2bin")
        return bytes
    }
}
