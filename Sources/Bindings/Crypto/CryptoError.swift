/// What can be wrong with a key, a signature's form or an encrypted text that somebody handed in.
///
/// Failures that only a broken OpenSSL or a lack of memory can cause stop the process instead: nothing
/// sensible can follow a hash that could not be computed.
public enum CryptoError: Error, Equatable, CustomStringConvertible {
    /// The PEM text holds no unencrypted PKCS#8 private key on the curve P-256.
    case unreadablePrivateKey
    /// The PEM text holds no unencrypted PKCS#8 private key for RSA of 2048 bits or more.
    case unreadableRSAKey
    /// The numbers make no public key of the kind: a point off the curve, a modulus that is too small.
    case invalidPublicKey(kind: String)
    /// A symmetric key has the wrong number of bytes.
    case wrongKeyBytes(expected: Int, found: Int)
    /// The sealed bytes were changed, cut, or sealed with another key or other associated data.
    case sealBroken
    /// More bytes were asked for than the derivation gives.
    case tooManyBytes(maximum: Int, asked: Int)

    /// One sentence without a full stop; holds no key material.
    public var description: String {
        switch self {
        case .unreadablePrivateKey:
            "expected an unencrypted PKCS#8 private key on the curve P-256 in PEM form"
        case .unreadableRSAKey:
            "expected an unencrypted PKCS#8 private key for RSA, of 2048 bits or more, in PEM form"
        case .invalidPublicKey(let kind): "expected the numbers of a public key for \(kind); these make none"
        case .wrongKeyBytes(let expected, let found): "expected a key of \(expected) bytes, found \(found)"
        case .sealBroken: "the sealed bytes do not open: changed, cut, or sealed with another key"
        case .tooManyBytes(let maximum, let asked):
            "at most \(maximum) bytes can be derived, \(asked) were asked for"
        }
    }
}
