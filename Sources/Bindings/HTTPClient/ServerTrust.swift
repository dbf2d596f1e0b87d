/// By what a client knows that a server with TLS is the one it means.
public enum ServerTrust: Hashable, Sendable {
    /// By a certificate of the system's authorities for the name in the URL.
    case system
    /// The same with the authorities in this PEM file, and no others.
    case authorities(file: String)
    /// By its public key alone, whatever its certificate says: SHA-256 of the SubjectPublicKeyInfo as DER, in Base64; with
    /// semicolons between, any of several. Source: CURLOPT_PINNEDPUBLICKEY(3).
    case publicKey(sha256: String)

    /// The value of CURLOPT_PINNEDPUBLICKEY; nil where there is none.
    var pin: String? {
        guard case .publicKey(let digests) = self else { return nil }
        return digests.split(separator: ";").map { "sha256//\($0)" }.joined(separator: ";")
    }
}
