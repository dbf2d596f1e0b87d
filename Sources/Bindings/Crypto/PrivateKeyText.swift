import COpenSSL

/// Private keys as unencrypted PKCS#8 in PEM form.
enum PrivateKeyText {
    private static let bytesMax = 16_384

    /// The key that the text holds, of whatever kind; nil where it holds none.
    static func read(_ pem: String) -> KeyHandle? {
        let text = Array(pem.utf8)
        guard text.count <= bytesMax else { return nil }
        // OpenSSL reads the bytes where they lie, so they have to stay there until it has read them.
        return text.withUnsafeBytes { bytes in
            guard let file = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(file) }
            // Without a callback OpenSSL would ask the terminal for an encrypted key's password.
            guard let pointer = PEM_read_bio_PrivateKey(file, nil, { _, _, _, _ in -1 }, nil) else {
                ERR_clear_error()
                return nil
            }
            return KeyHandle(pointer)
        }
    }

    /// The key as text.
    static func write(_ key: KeyHandle) -> String {
        let file = mustExist(BIO_new(BIO_s_mem()), "BIO_new")
        defer { BIO_free(file) }
        mustSucceed(
            PEM_write_bio_PKCS8PrivateKey(file, key.pointer, nil, nil, 0, nil, nil),
            "PEM_write_bio_PKCS8PrivateKey")
        var text = [UInt8](repeating: 0, count: bytesMax)
        let count = BIO_read(file, &text, Int32(text.count))
        precondition(count > 0 && Int(count) < text.count, "OpenSSL: BIO_read")
        defer { text.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        return String(decoding: text[..<Int(count)], as: UTF8.self)
    }
}
