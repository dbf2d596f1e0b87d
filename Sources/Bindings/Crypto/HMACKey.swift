import COpenSSL
import Synchronization

/// A key for HMAC-SHA256 (RFC 2104) whose state is prepared once, so that each use costs two short hashes.
///
/// Many threads may use one key at a time: none waits for another.
// Safety of @unchecked Sendable: `template` is only read (duplicated) after init; `working` is touched only
// by the holder of `isFree`'s lock.
public final class HMACKey: @unchecked Sendable {
    private let template: OpaquePointer
    private let working: OpaquePointer
    private let isFree = Mutex<Void>(())

    /// Prepares `key`, of any length.
    public init(_ key: [UInt8]) {
        template = mustExist(EVP_MAC_CTX_new(Algorithms.hmac), "EVP_MAC_CTX_new")
        // OpenSSL takes a null key for "the key of before", so an empty key needs an address.
        mustSucceed(homeroom_hmac_sha256_init(template, key.isEmpty ? [0] : key, key.count), "EVP_MAC_init")
        working = mustExist(EVP_MAC_CTX_dup(template), "EVP_MAC_CTX_dup")
    }

    /// Prepares a key that is itself a digest, as in a chain of derivations.
    public convenience init(_ key: SHA256Digest) { self.init(key.bytes) }

    deinit {
        EVP_MAC_CTX_free(template)
        EVP_MAC_CTX_free(working)
    }

    /// The authentication code of `message`.
    public func authenticate(_ message: UnsafeRawBufferPointer) -> SHA256Digest {
        let digest = isFree.withLockIfAvailable { _ in
            mustSucceed(EVP_MAC_init(working, nil, 0, nil), "EVP_MAC_init")
            return HMACKey.finish(working, message)
        }
        if let digest { return digest }
        let copy = mustExist(EVP_MAC_CTX_dup(template), "EVP_MAC_CTX_dup")
        defer { EVP_MAC_CTX_free(copy) }
        return HMACKey.finish(copy, message)
    }

    /// The authentication code of `message`.
    public func authenticate(_ message: [UInt8]) -> SHA256Digest {
        message.withUnsafeBytes { authenticate($0) }
    }

    /// Whether `code` is the authentication code of `message`, compared in constant time.
    public func isValid(_ code: [UInt8], for message: [UInt8]) -> Bool {
        ConstantTime.equals(authenticate(message).bytes, code)
    }

    private static func finish(_ context: OpaquePointer, _ message: UnsafeRawBufferPointer) -> SHA256Digest {
        if message.count > 0 {
            let bytes = message.baseAddress?.assumingMemoryBound(to: UInt8.self)
            mustSucceed(EVP_MAC_update(context, bytes, message.count), "EVP_MAC_update")
        }
        var digest = SHA256Digest()
        digest.withUnsafeMutableBytes {
            mustSucceed(EVP_MAC_final(context, $0, nil, SHA256Digest.byteCount), "EVP_MAC_final")
        }
        return digest
    }
}
