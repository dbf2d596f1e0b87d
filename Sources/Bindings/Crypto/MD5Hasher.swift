import COpenSSL

/// Computes MD5: a checksum in formats that ask for it, against accidents alone. Never for anything that somebody might forge.
public final class MD5Hasher {
    private let context: OpaquePointer

    /// A hasher that has hashed nothing yet.
    public init() {
        context = mustExist(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        mustSucceed(EVP_DigestInit_ex2(context, Algorithms.md5, nil), "EVP_DigestInit_ex2")
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds `bytes`.
    public func update(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        bytes.withUnsafeBytes {
            mustSucceed(EVP_DigestUpdate(context, $0.baseAddress, $0.count), "EVP_DigestUpdate")
        }
    }

    /// The 16 bytes of the checksum. Nothing may be added afterwards.
    public func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { bytes, count in
            mustSucceed(EVP_DigestFinal_ex(context, bytes.baseAddress, nil), "EVP_DigestFinal_ex")
            count = 16
        }
    }
}
