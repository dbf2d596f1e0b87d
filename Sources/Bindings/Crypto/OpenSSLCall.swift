import COpenSSL

/// Stops the process where a call that cannot fail by the caller's fault did not return 1.
@inline(__always)
func mustSucceed(_ code: Int32, _ call: StaticString) {
    if code != 1 { stop(call) }
}

/// The handle that a call returned; stops the process where it returned none.
@inline(__always)
func mustExist<Handle>(_ handle: Handle?, _ call: StaticString) -> Handle {
    guard let handle else { stop(call) }
    return handle
}

@inline(never)
private func stop(_ call: StaticString) -> Never {
    // The reason holds OpenSSL's own words (library and reason), never data.
    let reason = ERR_reason_error_string(ERR_get_error()).map { String(cString: $0) } ?? "no reason given"
    preconditionFailure("OpenSSL: \(call): \(reason)")
}

/// The algorithms, fetched once: OpenSSL 3 looks them up at each use otherwise, which costs more than a short
/// hash.
enum Algorithms {
    // Safety: fetched algorithms are immutable, counted atomically, and never freed.
    nonisolated(unsafe) static let sha256: OpaquePointer = mustExist(
        EVP_MD_fetch(nil, "SHA256", nil), "EVP_MD_fetch(SHA256)")
    nonisolated(unsafe) static let md5: OpaquePointer = mustExist(
        EVP_MD_fetch(nil, "MD5", nil), "EVP_MD_fetch(MD5)")
    nonisolated(unsafe) static let hmac: OpaquePointer = mustExist(
        EVP_MAC_fetch(nil, "HMAC", nil), "EVP_MAC_fetch(HMAC)")
    nonisolated(unsafe) static let hkdf: OpaquePointer = mustExist(
        EVP_KDF_fetch(nil, "HKDF", nil), "EVP_KDF_fetch(HKDF)")
    nonisolated(unsafe) static let scrypt: OpaquePointer = mustExist(
        EVP_KDF_fetch(nil, "SCRYPT", nil), "EVP_KDF_fetch(SCRYPT)")
    nonisolated(unsafe) static let aes256GCM: OpaquePointer = mustExist(
        EVP_CIPHER_fetch(nil, "AES-256-GCM", nil), "EVP_CIPHER_fetch(AES-256-GCM)")
}
