import Base
import Crypto

/// The key that everything secret in the registry is sealed under, by way of data keys. It is never stored with what it seals.
public struct MasterKey: Sendable {
    /// How many bytes it has.
    public static let byteCount = AES256GCM.keyBytes

    /// What it is told apart by from others: sixteen hexadecimal digits that say nothing of the key.
    public let id: String
    private let sealer: AES256GCM

    /// Reads a key.
    /// - Parameter text: 64 hexadecimal digits; white space around them does not count.
    /// - Throws: `SecretError.malformedMasterKey` where it is another text.
    public init(_ text: String) throws(SecretError) {
        let digits = text.filter { !$0.isWhitespace }
        guard let bytes = Hex.decode(digits), bytes.count == Self.byteCount else { throw .malformedMasterKey }
        do throws(CryptoError) {
            let name = try HKDF.derive(secret: bytes, info: Array("homeroom master key id".utf8), count: 8)
            let key = try HKDF.derive(
                secret: bytes, info: Array("homeroom data keys".utf8), count: AES256GCM.keyBytes)
            id = Hex.encode(name)
            sealer = try AES256GCM(key: key)
        } catch { throw .malformedMasterKey }
    }

    /// A new key as text: what `init` reads.
    public static func makeText(random: some RandomSource) -> String { Hex.encode(random.bytes(byteCount)) }

    /// A data key, sealed.
    func wrap(_ key: [UInt8], of id: String, random: some RandomSource) -> String {
        Base64.encode(sealer.seal(key, associated: Self.associated(id), random: random))
    }

    /// The data key that was sealed.
    /// - Throws: `SecretError.damaged`.
    func unwrap(_ text: String, of id: String) throws(SecretError) -> [UInt8] {
        guard let sealed = Base64.decode(text) else { throw .damaged(name: "data key \(id)") }
        do throws(CryptoError) { return try sealer.open(sealed, associated: Self.associated(id)) } catch {
            throw .damaged(name: "data key \(id)")
        }
    }

    private static func associated(_ id: String) -> [UInt8] { Array("homeroom data-key \(id)".utf8) }
}

/// Why a secret cannot be sealed or opened.
public enum SecretError: Error, Equatable, CustomStringConvertible {
    /// A master key is not of its form.
    case malformedMasterKey
    /// The folder's secrets are sealed under other master keys, of these ids, than the one at hand.
    case wrongMasterKey(needed: [String], found: [String])
    /// What is stored was changed, or is sealed with a key that nobody has.
    case damaged(name: String)

    /// One sentence without a full stop; holds no key.
    public var description: String {
        switch self {
        case .malformedMasterKey:
            "expected a master key of \(MasterKey.byteCount * 2) hexadecimal digits; `openssl rand -hex 32` makes one"
        case .wrongMasterKey(let needed, let found):
            "the master key is \(found.isEmpty ? "missing" : "the wrong one (key \(found.joined(separator: ", ")))"): the "
                + "secrets in this folder are sealed under key \(needed.joined(separator: " or "))"
        case .damaged(let name):
            "the sealed secret `\(name)` does not open: it was changed; restore the registry from a backup"
        }
    }
}
