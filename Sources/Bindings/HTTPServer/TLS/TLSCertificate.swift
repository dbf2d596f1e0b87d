import CMicroHTTPD

/// A server's certificate, those between it and its authority, and its private key: read, and found to belong together.
///
/// Sendable, unchecked: nothing of it changes once it is made, and GnuTLS reads credentials from any thread. Source: "Thread
/// safety" in its manual.
public final class TLSCertificate: @unchecked Sendable {
    private static let certificatesMax = 16
    private static let beginning = Array("-----BEGIN CERTIFICATE-----".utf8)

    let credentials: gnutls_certificate_credentials_t
    /// When the first of the chain ends, in seconds since 1970.
    public let endsAtSeconds: Int64
    /// SHA-256 of the server's public key (SubjectPublicKeyInfo as DER), by which a client may know it. Source: RFC 7469
    /// section 2.4.
    public let publicKeySHA256: [UInt8]

    /// Reads both from PEM.
    /// - Throws: `badChain`, `badKey` or `mismatch`.
    public init(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(TLSCertificateError) {
        let chain = try Chain(certificatePEM)
        (endsAtSeconds, publicKeySHA256) = (chain.endsAtSeconds, chain.publicKeySHA256)
        var made: gnutls_certificate_credentials_t?
        guard gnutls_certificate_allocate_credentials(&made) == GNUTLS_E_SUCCESS, let made else {
            throw .badChain(reason: "out of memory")
        }
        let code = TLSCertificate.withDatum(certificatePEM) { certificate in
            TLSCertificate.withDatum(keyPEM) { key in
                gnutls_certificate_set_x509_key_mem2(made, certificate, key, GNUTLS_X509_FMT_PEM, nil, 0)
            }
        }
        guard code >= 0 else {
            gnutls_certificate_free_credentials(made)
            if code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH { throw .mismatch }
            throw .badKey(reason: TLSCertificate.text(of: code))
        }
        credentials = made
    }

    deinit { gnutls_certificate_free_credentials(credentials) }

    /// What is read of the certificates alone.
    private struct Chain {
        let endsAtSeconds: Int64
        let publicKeySHA256: [UInt8]

        init(_ bytes: [UInt8]) throws(TLSCertificateError) {
            var list: UnsafeMutablePointer<gnutls_x509_crt_t?>?
            var count: UInt32 = 0
            let code = TLSCertificate.withDatum(bytes) {
                gnutls_x509_crt_list_import2(
                    &list, &count, $0, GNUTLS_X509_FMT_PEM,
                    UInt32(GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED.rawValue))
            }
            guard code >= 0, let list else { throw .badChain(reason: TLSCertificate.text(of: code)) }
            let chain = (0..<Int(count)).compactMap { list[$0] }
            defer {
                for certificate in chain { gnutls_x509_crt_deinit(certificate) }
                homeroom_tls_free(list)
            }
            // The library leaves out what is cut off behind the first.
            let begun = Chain.count(of: TLSCertificate.beginning, in: bytes)
            guard let first = chain.first, begun == chain.count, begun <= TLSCertificate.certificatesMax
            else {
                throw .badChain(reason: "\(begun) certificates begin in it, \(chain.count) are whole")
            }
            endsAtSeconds = chain.map { Int64(gnutls_x509_crt_get_expiration_time($0)) }.min() ?? 0
            var digest = [UInt8](repeating: 0, count: 32)
            var size = digest.count
            let flags = UInt32(GNUTLS_KEYID_USE_SHA256.rawValue)
            let digested = gnutls_x509_crt_get_key_id(first, flags, &digest, &size)
            guard digested == GNUTLS_E_SUCCESS else {
                throw .badChain(reason: TLSCertificate.text(of: digested))
            }
            publicKeySHA256 = digest
        }

        private static func count(of pattern: [UInt8], in bytes: [UInt8]) -> Int {
            var (found, rest) = (0, bytes[...])
            while let range = rest.firstRange(of: pattern) {
                found += 1
                rest = rest[range.upperBound...]
            }
            return found
        }
    }

    /// Lends the bytes to the library, which only reads them.
    private static func withDatum(
        _ bytes: [UInt8], _ use: (UnsafePointer<gnutls_datum_t>) -> Int32
    ) -> Int32 {
        bytes.withUnsafeBufferPointer { buffer in
            var datum = gnutls_datum_t(
                data: UnsafeMutablePointer(mutating: buffer.baseAddress), size: UInt32(clamping: buffer.count)
            )
            return use(&datum)
        }
    }

    private static func text(of code: Int32) -> String { String(cString: gnutls_strerror(code)) }
}
