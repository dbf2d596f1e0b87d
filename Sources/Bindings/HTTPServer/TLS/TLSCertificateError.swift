/// Why a certificate and its key cannot be used.
public enum TLSCertificateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file is no chain of certificates in PEM, or one of them is cut off.
    case badChain(reason: String)
    /// The file is no private key in PEM, or one under a password.
    case badKey(reason: String)
    /// The key is another certificate's.
    case mismatch

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .badChain(let reason):
            "the certificate cannot be read (\(reason)): expected PEM, the server's own certificate first, then those between it "
                + "and its authority"
        case .badKey(let reason):
            "the key cannot be read (\(reason)): expected a private key in PEM without a password"
        case .mismatch: "the key is not the certificate's: give the two that belong together"
        }
    }
}
