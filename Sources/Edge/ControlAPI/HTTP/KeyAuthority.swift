import Base
import Crypto
import Registry

/// Finds out who sends a request by the key in its `Authorization` field.
struct KeyAuthority: Sendable {
    /// What a digest is compared with where the key's id is unknown, so that the answer takes as long.
    private static let nobody = SHA256.hash("no key has this digest").bytes

    let registry: Registry

    /// The caller; anonymous where there is no such field.
    /// - Throws: `.unauthorized` where the key is malformed, unknown or disabled: one text for all three.
    func caller(_ authorization: String?) throws -> Caller {
        guard let authorization else { return .anonymous }
        let parts = authorization.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer", let key = ControlKey(String(parts[1]))
        else {
            throw KeyAuthority.refused
        }
        let record = try registry.read(CredentialRecord.self, key.id)
        let expected = record.flatMap { Hex.decode($0.secretDigest) } ?? KeyAuthority.nobody
        let isRight = ConstantTime.equals(SHA256.hash(key.secret).bytes, expected)
        guard let record, isRight, !record.isDisabled else { throw KeyAuthority.refused }
        switch record.kind {
        case .admin: return .admin(key: record.id)
        case .tenant(let tenant): return .tenant(tenant, key: record.id)
        case .reviewer: return .reviewer(key: record.id)
        case .operators: throw KeyAuthority.refused
        }
    }

    private static let refused = Problem(
        .unauthorized,
        "the key is not known or no longer valid; send `Authorization: Bearer KEY` with a valid one")
}

/// A key for the control API as its holder has it: a public id and a secret, with a dot between.
public struct ControlKey: Sendable {
    /// The public half.
    public let id: String
    /// The secret half.
    public let secret: String

    /// Nil unless `text` is two parts of 1 to 128 printable bytes.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let isPart = { (part: Substring) in
            (1...128).contains(part.utf8.count) && part.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        }
        guard parts.count == 2, parts.allSatisfy(isPart) else { return nil }
        id = String(parts[0])
        secret = String(parts[1])
    }

    /// What the ids of administrators' keys begin with that are made here.
    public static let adminIDPrefix = "admin-"

    /// A new key for an administrator.
    public static func newAdmin(random: some RandomSource) -> ControlKey {
        ControlKey(
            id: adminIDPrefix + Hex.encode(random.bytes(6)), secret: Base64URL.encode(random.bytes(32)))
    }

    /// A new key for a reviewer of the policies.
    static func newReviewer(random: some RandomSource) -> ControlKey {
        ControlKey(id: "reviewer-" + Hex.encode(random.bytes(6)), secret: Base64URL.encode(random.bytes(32)))
    }

    init(id: String, secret: String) {
        self.id = id
        self.secret = secret
    }

    /// The key as it is sent.
    public var text: String { "\(id).\(secret)" }

    /// What the registry keeps of the secret: SHA-256 in lower case hex.
    public var secretDigest: String { Hex.encode(SHA256.hash(secret).bytes) }
}
