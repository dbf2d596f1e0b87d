import COpenSSL

/// Derives keys from a secret with HKDF-SHA256 (RFC 5869).
public enum HKDF {
    /// The most bytes one derivation gives.
    public static let bytesMax = 255 * SHA256Digest.byteCount

    /// `count` bytes that depend on the secret, the salt and the purpose named in `info`.
    /// - Throws: `CryptoError.tooManyBytes` where more than `bytesMax` are asked for, or none.
    public static func derive(
        secret: [UInt8], salt: [UInt8] = [], info: [UInt8], count: Int
    ) throws(CryptoError) -> [UInt8] {
        guard (1...bytesMax).contains(count) else { throw .tooManyBytes(maximum: bytesMax, asked: count) }
        let context = mustExist(EVP_KDF_CTX_new(Algorithms.hkdf), "EVP_KDF_CTX_new")
        defer { EVP_KDF_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: count)
        // OpenSSL refuses an absent secret but takes an empty one that has an address.
        mustSucceed(
            homeroom_hkdf_sha256(
                context, secret.isEmpty ? [0] : secret, secret.count, salt.isEmpty ? [0] : salt, salt.count,
                info.isEmpty ? [0] : info, info.count, &output, count),
            "EVP_KDF_derive")
        return output
    }
}
