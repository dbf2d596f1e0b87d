import Base
import Crypto

extension CredentialRecord {
    /// What a digest is compared with where there is none, so that the answer takes as long. Nobody knows a secret with it.
    private static let nothing = [UInt8](repeating: 0, count: SHA256Digest.byteCount)

    /// Whether it is neither revoked nor past its end.
    public func isInForce(at now: Timestamp) -> Bool { !isDisabled && expiresAt.map { now < $0 } ?? true }

    /// Whether it lets somebody in whose secret has this SHA-256 digest: its own, or the former one for as long as that is good.
    ///
    /// Takes the same time whatever the digest is.
    public func admits(secretDigest digest: [UInt8], at now: Timestamp) -> Bool {
        let isOwn = Self.equals(digest, secretDigest)
        let isFormer = Self.equals(digest, former?.digest)
        let isFormerGood = former.map { now < $0.until } ?? false
        return (isOwn || (isFormer && isFormerGood)) && isInForce(at: now)
    }

    /// As `admits` for a key that nobody knows: false, after the same time.
    public static func admitsNobody(secretDigest digest: [UInt8]) -> Bool {
        _ = equals(digest, nil)
        _ = equals(digest, nil)
        return false
    }

    private static func equals(_ digest: [UInt8], _ hex: String?) -> Bool {
        ConstantTime.equals(digest, hex.flatMap { Hex.decode($0) } ?? nothing)
    }
}
