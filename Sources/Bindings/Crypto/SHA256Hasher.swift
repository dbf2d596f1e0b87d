import COpenSSL

/// Computes SHA-256 again and again without allocating. One per thread or connection: it is not `Sendable`.
public final class SHA256Hasher {
    private let context: OpaquePointer
    private var isOpen = false

    /// A hasher that has hashed nothing yet.
    public init() { context = mustExist(EVP_MD_CTX_new(), "EVP_MD_CTX_new") }

    deinit { EVP_MD_CTX_free(context) }

    /// The hash of `bytes`, which may be empty. Ends a hash begun with `update` without using it.
    public func hash(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        begin()
        update(bytes)
        return finish()
    }

    /// The hash of `bytes`.
    public func hash(_ bytes: [UInt8]) -> SHA256Digest { bytes.withUnsafeBytes { hash($0) } }

    /// Adds `bytes` to the hash that is under way, beginning one where none is.
    public func update(_ bytes: UnsafeRawBufferPointer) {
        if !isOpen { begin() }
        guard bytes.count > 0 else { return }
        mustSucceed(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count), "EVP_DigestUpdate")
    }

    /// Adds `bytes` to the hash that is under way, beginning one where none is.
    public func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// The hash of what was added since the last one; the next `update` begins a new hash.
    public func finish() -> SHA256Digest {
        if !isOpen { begin() }
        isOpen = false
        var digest = SHA256Digest()
        digest.withUnsafeMutableBytes {
            mustSucceed(EVP_DigestFinal_ex(context, $0, nil), "EVP_DigestFinal_ex")
        }
        return digest
    }

    private func begin() {
        mustSucceed(EVP_DigestInit_ex2(context, Algorithms.sha256, nil), "EVP_DigestInit_ex2")
        isOpen = true
    }
}

/// SHA-256 in one call, where speed does not matter.
public enum SHA256 {
    /// The hash of `bytes`.
    public static func hash(_ bytes: some Sequence<UInt8>) -> SHA256Digest {
        SHA256Hasher().hash(Array(bytes))
    }

    /// The hash of the text's UTF-8 bytes.
    public static func hash(_ text: String) -> SHA256Digest { hash(text.utf8) }
}
