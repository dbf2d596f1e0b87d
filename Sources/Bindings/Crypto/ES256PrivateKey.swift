import COpenSSL

/// A key pair for ES256: ECDSA on the curve P-256 with SHA-256 (RFC 7518 section 3.4).
public struct ES256PrivateKey: Sendable {
    private static let curve = "prime256v1"

    /// The half that may be shown.
    public let publicKey: ES256PublicKey
    private let key: KeyHandle
    private let contexts: SigningContexts

    /// A new key pair from OpenSSL's generator.
    public static func generate() -> ES256PrivateKey {
        let context = mustExist(EVP_PKEY_CTX_new_from_name(nil, "EC", nil), "EVP_PKEY_CTX_new_from_name")
        defer { EVP_PKEY_CTX_free(context) }
        mustSucceed(EVP_PKEY_keygen_init(context), "EVP_PKEY_keygen_init")
        mustSucceed(EVP_PKEY_CTX_set_group_name(context, curve), "EVP_PKEY_CTX_set_group_name")
        var pointer: OpaquePointer?
        mustSucceed(EVP_PKEY_generate(context, &pointer), "EVP_PKEY_generate")
        let handle = KeyHandle(mustExist(pointer, "EVP_PKEY_generate"))
        guard let publicKey = publicKey(of: handle) else {
            preconditionFailure("OpenSSL made a key off its curve")
        }
        return ES256PrivateKey(publicKey: publicKey, key: handle)
    }

    private init(publicKey: ES256PublicKey, key: KeyHandle) {
        self.publicKey = publicKey
        self.key = key
        contexts = SigningContexts(key: key)
    }

    /// Reads an unencrypted private key in PEM form.
    /// - Throws: `CryptoError.unreadablePrivateKey` where the text holds none, or one of another curve or
    ///   kind.
    public init(pem: String) throws(CryptoError) {
        guard let handle = PrivateKeyText.read(pem) else { throw .unreadablePrivateKey }
        guard ES256PrivateKey.isOnCurve(handle), let publicKey = ES256PrivateKey.publicKey(of: handle) else {
            ERR_clear_error()
            throw .unreadablePrivateKey
        }
        self.init(publicKey: publicKey, key: handle)
    }

    /// The private key in PKCS#8 PEM form, not encrypted: whoever keeps it keeps others from reading it.
    public var pem: String { PrivateKeyText.write(key) }

    /// A signature of `message`: r and s side by side, 64 bytes.
    public func sign(_ message: [UInt8]) -> [UInt8] {
        contexts.withSignature(of: message) { ECDSASignature.decode($0) }
    }

    private static func isOnCurve(_ key: KeyHandle) -> Bool {
        guard EVP_PKEY_is_a(key.pointer, "EC") == 1 else { return false }
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard EVP_PKEY_get_group_name(key.pointer, &name, name.count, &count) == 1, count < name.count else {
            return false
        }
        return String(decoding: name[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) == curve
    }

    private static func publicKey(of key: KeyHandle) -> ES256PublicKey? {
        var point = [UInt8](repeating: 0, count: 65)
        var count = 0
        let half = ES256PublicKey.coordinateBytes
        guard
            EVP_PKEY_get_octet_string_param(key.pointer, OSSL_PKEY_PARAM_PUB_KEY, &point, point.count, &count)
                == 1,
            count == point.count, point[0] == 0x04
        else { return nil }
        do {
            return try ES256PublicKey(x: Array(point[1...half]), y: Array(point[(half + 1)...]))
        } catch { return nil }
    }
}
