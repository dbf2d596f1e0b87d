import Base

/// How the secret half of a key for the control API comes about, and what is kept of it.
///
/// The secret is derived from the key's id and a secret of the service, so that the same request answers the
/// same secret and nothing secret is stored.
public struct KeySecrets: Sendable {
    /// The secret of the key with this id.
    let derive: @Sendable (String) -> String
    /// What is stored of a secret: SHA-256, in lower case hex.
    let digest: @Sendable (String) -> String

    /// Secrets made by these functions, which always answer the same to the same.
    public init(
        derive: @escaping @Sendable (_ id: String) -> String,
        digest: @escaping @Sendable (_ secret: String) -> String
    ) {
        self.derive = derive
        self.digest = digest
    }

    /// A new key's id, `hk_` and 20 characters: 100 bits from `random`.
    static func makeID(random: any RandomSource) -> String {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
        return "hk_" + String(random.bytes(20).map { alphabet[Int($0 & 31)] })
    }
}
