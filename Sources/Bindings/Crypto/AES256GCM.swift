import Base
import COpenSSL

/// Encryption that also shows every change, with AES-256 in Galois/Counter Mode (NIST SP 800-38D).
///
/// A sealed text is the nonce (12 bytes), the encrypted bytes and the tag (16 bytes), one after the other.
/// Nonces are random: do not seal more than 2^32 texts with one key.
public struct AES256GCM: Sendable {
    /// How many bytes a key has.
    public static let keyBytes = 32
    /// How many bytes a sealed text has more than the plain one.
    public static let overheadBytes = nonceBytes + tagBytes
    private static let nonceBytes = 12
    private static let tagBytes = 16

    private let key: [UInt8]

    /// Encryption with this key.
    /// - Throws: `CryptoError.wrongKeyBytes` unless the key has 32 bytes.
    public init(key: [UInt8]) throws(CryptoError) {
        guard key.count == AES256GCM.keyBytes else {
            throw .wrongKeyBytes(expected: AES256GCM.keyBytes, found: key.count)
        }
        self.key = key
    }

    /// The sealed text of `plain`; `associated` is protected with it but not part of it.
    public func seal(_ plain: [UInt8], associated: [UInt8] = [], random: some RandomSource) -> [UInt8] {
        precondition(
            plain.count <= Limits.bodyBytesMax, "at most \(Limits.bodyBytesMax) bytes are sealed at once")
        let nonce = random.bytes(AES256GCM.nonceBytes)
        let context = mustExist(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")
        defer { EVP_CIPHER_CTX_free(context) }
        mustSucceed(
            EVP_EncryptInit_ex2(context, Algorithms.aes256GCM, key, nonce, nil), "EVP_EncryptInit_ex2")
        var written: Int32 = 0
        if !associated.isEmpty {
            mustSucceed(
                EVP_EncryptUpdate(context, nil, &written, associated, Int32(associated.count)),
                "EVP_EncryptUpdate")
        }
        var sealed = [UInt8](repeating: 0, count: plain.count)
        if !plain.isEmpty {
            mustSucceed(
                EVP_EncryptUpdate(context, &sealed, &written, plain, Int32(plain.count)), "EVP_EncryptUpdate")
        }
        var tag = [UInt8](repeating: 0, count: AES256GCM.tagBytes)
        mustSucceed(EVP_EncryptFinal_ex(context, &tag, &written), "EVP_EncryptFinal_ex")
        mustSucceed(
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag),
            "EVP_CTRL_AEAD_GET_TAG")
        return nonce + sealed + tag
    }

    /// The plain text of `sealed`.
    /// - Throws: `CryptoError.sealBroken` unless it was sealed with this key and this `associated` and not
    ///   changed.
    public func open(_ sealed: [UInt8], associated: [UInt8] = []) throws(CryptoError) -> [UInt8] {
        guard sealed.count >= AES256GCM.overheadBytes,
            sealed.count <= Limits.bodyBytesMax + AES256GCM.overheadBytes,
            associated.count <= Limits.bodyBytesMax
        else { throw .sealBroken }
        let nonce = Array(sealed.prefix(AES256GCM.nonceBytes))
        let encrypted = Array(sealed.dropFirst(AES256GCM.nonceBytes).dropLast(AES256GCM.tagBytes))
        var tag = Array(sealed.suffix(AES256GCM.tagBytes))
        let context = mustExist(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")
        defer { EVP_CIPHER_CTX_free(context) }
        mustSucceed(
            EVP_DecryptInit_ex2(context, Algorithms.aes256GCM, key, nonce, nil), "EVP_DecryptInit_ex2")
        var written: Int32 = 0
        if !associated.isEmpty {
            mustSucceed(
                EVP_DecryptUpdate(context, nil, &written, associated, Int32(associated.count)),
                "EVP_DecryptUpdate")
        }
        var plain = [UInt8](repeating: 0, count: encrypted.count)
        if !encrypted.isEmpty {
            mustSucceed(
                EVP_DecryptUpdate(context, &plain, &written, encrypted, Int32(encrypted.count)),
                "EVP_DecryptUpdate")
        }
        mustSucceed(
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag),
            "EVP_CTRL_AEAD_SET_TAG")
        var rest = [UInt8](repeating: 0, count: 16)
        guard EVP_DecryptFinal_ex(context, &rest, &written) == 1 else {
            ERR_clear_error()
            throw .sealBroken
        }
        return plain
    }
}
