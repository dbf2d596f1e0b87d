import Base
import Crypto

/// The issuer's keys at one moment: one that signs for each algorithm, and those whose tokens verify. Replaced whole when a key
/// comes or goes.
public struct SigningKeyRing: Sendable {
    private let signers: [SigningAlgorithm: TokenSigner]
    /// The key that signs statements, and tokens unless another algorithm is asked for.
    public let current: SigningKey
    /// The public halves that tokens verify with: to publish, the keys that will sign next included.
    public let keySet: JSONWebKeySet
    /// The public halves that statements verify with: also of keys whose tokens have all expired, since a receipt is looked at
    /// years later.
    public let statementKeySet: JSONWebKeySet

    /// A ring of one key.
    public init(_ key: SigningKey) { self.init(current: key) }

    /// A ring of these keys.
    /// - Parameters:
    ///   - current: what signs unless another algorithm is asked for.
    ///   - others: what signs for other algorithms.
    ///   - verifying: keys that sign no more, or not yet, and verify tokens.
    ///   - vouching: keys that verify statements alone.
    public init(
        current: SigningKey, others: [SigningKey] = [], verifying: [SigningPublicKey] = [],
        vouching: [SigningPublicKey] = []
    ) {
        self.current = current
        let signing = [current] + others
        signers = Dictionary(
            signing.map { ($0.algorithm, TokenSigner(key: $0)) }, uniquingKeysWith: { first, _ in first })
        keySet = JSONWebKeySet(signing.map(\.publicKey) + verifying)
        statementKeySet = JSONWebKeySet(signing.map(\.publicKey) + verifying + vouching)
    }

    /// A signer with the current key.
    public var signer: TokenSigner { signer(.es256) ?? TokenSigner(key: current) }

    /// A signer for the algorithm; nil where no key is for it.
    public func signer(_ algorithm: SigningAlgorithm) -> TokenSigner? { signers[algorithm] }
}
