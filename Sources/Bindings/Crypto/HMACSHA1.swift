import COpenSSL

/// HMAC with SHA-1 (RFC 2104), which one-time codes are made with: RFC 4226 names no other hash. For nothing else.
public enum HMACSHA1 {
    /// How many bytes a code has.
    public static let byteCount = 20

    /// The authentication code of `message`.
    public static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        let context = mustExist(EVP_MAC_CTX_new(Algorithms.hmac), "EVP_MAC_CTX_new")
        defer { EVP_MAC_CTX_free(context) }
        // OpenSSL takes a null key for "the key of before", so an empty key needs an address.
        mustSucceed(
            homeroom_hmac_sha1_init(context, key.isEmpty ? [0] : key, key.count), "EVP_MAC_init")
        if !message.isEmpty { mustSucceed(EVP_MAC_update(context, message, message.count), "EVP_MAC_update") }
        var code = [UInt8](repeating: 0, count: byteCount)
        mustSucceed(EVP_MAC_final(context, &code, nil, byteCount), "EVP_MAC_final")
        return code
    }
}
