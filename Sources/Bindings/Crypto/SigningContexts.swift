import COpenSSL
import Synchronization

/// What signing with one key needs, prepared once and lent to one signature at a time: making it costs half as much as a signature.
final class SigningContexts: Sendable {
    private let key: KeyHandle
    private let free = Mutex<[SigningContext]>([])
    /// More are never kept: beyond as many threads they are made and thrown away.
    private static let keptMax = 64

    init(key: KeyHandle) { self.key = key }

    /// What `body` makes of OpenSSL's form of a signature of SHA-256 of `message`.
    func withSignature(
        of message: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) -> [UInt8]
    ) -> [UInt8] {
        let context = free.withLock { $0.popLast() } ?? SigningContext(key: key)
        defer { free.withLock { if $0.count < Self.keptMax { $0.append(context) } } }
        return context.withSignature(of: message, body)
    }
}

/// A context of OpenSSL's that has its key and its digest.
// Safety of @unchecked Sendable: whoever has taken it out of `SigningContexts.free` alone uses it, and that list's lock orders one
// use behind the other.
private final class SigningContext: @unchecked Sendable {
    private let key: KeyHandle
    private let context: OpaquePointer
    private let hasher = SHA256Hasher()
    /// Room for any signature of the key.
    private var room: [UInt8]

    init(key: KeyHandle) {
        self.key = key
        context = mustExist(EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil), "EVP_PKEY_CTX_new_from_pkey")
        mustSucceed(EVP_PKEY_sign_init(context), "EVP_PKEY_sign_init")
        mustSucceed(
            EVP_PKEY_CTX_set_signature_md(context, Algorithms.sha256), "EVP_PKEY_CTX_set_signature_md")
        room = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(key.pointer)))
    }

    deinit { EVP_PKEY_CTX_free(context) }

    func withSignature(
        of message: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) -> [UInt8]
    ) -> [UInt8] {
        let digest = hasher.hash(message)
        return room.withUnsafeMutableBufferPointer { room in
            var count = room.count
            digest.withUnsafeBytes { digest in
                let bytes = digest.bindMemory(to: UInt8.self)
                mustSucceed(
                    EVP_PKEY_sign(context, room.baseAddress, &count, bytes.baseAddress, bytes.count),
                    "EVP_PKEY_sign")
            }
            return body(UnsafeBufferPointer(rebasing: room[..<count]))
        }
    }
}
