import Base
import Crypto
import JSONText

/// A key that signs tokens.
public struct SigningKey: Sendable {
    /// The key pair.
    let privateKey: ES256PrivateKey
    /// When it was made.
    public let createdAt: Timestamp

    /// The half that is published.
    public var publicKey: ES256PublicKey { privateKey.publicKey }
    /// The `kid`: the public half's thumbprint. Source: RFC 7638.
    public var keyID: String { publicKey.thumbprint }

    /// A new key.
    public static func generate(now: Timestamp) -> SigningKey {
        SigningKey(privateKey: .generate(), createdAt: now)
    }
}

/// The issuer's keys: the current one, which signs, and older ones, whose tokens still verify.
public struct SigningKeyRing: Sendable {
    /// The newest first; never empty.
    private let keys: [SigningKey]

    /// A ring of one key.
    public init(_ key: SigningKey) { keys = [key] }

    private init(keys: [SigningKey]) { self.keys = keys }

    /// The key that signs.
    public var current: SigningKey { keys[0] }
    /// The keys that do not sign any more, the newest first.
    public var older: [SigningKey] { Array(keys.dropFirst()) }
    /// The public halves of all keys, to verify with and to publish. Made anew at each call: keep it.
    public var keySet: JSONWebKeySet { JSONWebKeySet(keys.map(\.publicKey)) }
    /// A signer with the current key.
    public var signer: TokenSigner { TokenSigner(key: current) }

    /// The ring with a new current key; beyond `Limits.signingKeysMax` keys the oldest is dropped.
    public func adding(_ key: SigningKey) -> SigningKeyRing {
        SigningKeyRing(keys: Array(([key] + keys).prefix(Limits.signingKeysMax)))
    }

    /// The ring without the keys that stopped signing before `moment`: their last tokens should have expired.
    public func removing(retiredBefore moment: Timestamp) -> SigningKeyRing {
        let kept = zip(keys, older).filter { successor, _ in successor.createdAt >= moment }.map(\.1)
        return SigningKeyRing(keys: [current] + kept)
    }

    // MARK: The file

    private struct File: Encodable {
        struct Key: Encodable {
            let createdAt: Int64
            let privateKey: String
        }
        let version: Int
        let keys: [Key]
    }

    /// The ring as the bytes of a file. Private keys are not encrypted in it: keep it with mode 0600.
    public var bytes: [UInt8] {
        JSONDocument.bytes(
            File(
                version: 1,
                keys: keys.map {
                    File.Key(createdAt: $0.createdAt.milliseconds, privateKey: $0.privateKey.pem)
                }))
            + [UInt8(ascii: "\n")]
    }

    /// Reads the bytes that `bytes` gave.
    /// - Throws: `TokenError.keys` where they are of another form; the message holds nothing of the keys.
    public init(parsing bytes: [UInt8]) throws(TokenError) {
        let text: JSONText
        do {
            text = try JSONText(parsing: bytes)
        } catch {
            // The parser's message may repeat a character of a key, so only its position is told.
            throw .keys(
                "expected a file of signing keys in JSON; fault at \(error.position.line):\(error.position.column)"
            )
        }
        guard let members = text.root.value.members, case .number("1") = members.value("version"),
            let list = members.value("keys")?.elements, (1...Limits.signingKeysMax).contains(list.count)
        else {
            throw .keys(
                "expected a file of signing keys: `version` 1 and 1 to \(Limits.signingKeysMax) `keys`")
        }
        var keys: [SigningKey] = []
        for node in list {
            guard let members = node.value.members, let pem = members.value("private_key")?.string,
                case .number(let digits) = members.value("created_at"), let milliseconds = Int64(digits)
            else {
                throw .keys(
                    "expected `private_key` and `created_at` for each signing key, at line \(node.position.line)"
                )
            }
            do throws(CryptoError) {
                keys.append(
                    SigningKey(
                        privateKey: try ES256PrivateKey(pem: pem),
                        createdAt: Timestamp(milliseconds: milliseconds)))
            } catch { throw .keys(error.description) }
        }
        self.init(keys: keys)
    }
}
