import Base
import Crypto
import Registry

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
        new([.admin], random: random)
    }

    /// A new key for these roles.
    static func new(_ roles: [PlatformRole], random: some RandomSource) -> ControlKey {
        let name = roles.count == 1 ? roles[0].rawValue : "platform"
        return ControlKey(
            id: "\(name)-" + Hex.encode(random.bytes(6)), secret: newSecret(random: random))
    }

    /// A new secret: 256 bits.
    static func newSecret(random: some RandomSource) -> String { Base64URL.encode(random.bytes(32)) }

    init(id: String, secret: String) {
        self.id = id
        self.secret = secret
    }

    /// The key as it is sent.
    public var text: String { "\(id).\(secret)" }

    /// What the registry keeps of the secret: SHA-256 in lower case hex.
    public var secretDigest: String { Hex.encode(SHA256.hash(secret).bytes) }
}
