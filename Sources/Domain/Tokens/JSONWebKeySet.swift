import Base
import Crypto
import JSONText

/// The public keys of an issuer by their ids. Source: RFC 7517 section 5.
public struct JSONWebKeySet: Sendable {
    /// Where the document is published, below the issuer's URL.
    public static let path = "/.well-known/jwks.json"
    /// Where the keys are published that statements verify with, below the issuer's URL.
    public static let statementsPath = "/.well-known/statement-keys.json"

    private let keys: [String: VerificationKey]
    /// The document to publish; of keys that were read, what was read.
    public let document: [UInt8]

    /// The key with this id.
    public func key(id: String) -> VerificationKey? { keys[id] }

    /// The ids of all keys, sorted.
    public var keyIDs: [String] { keys.keys.sorted() }

    /// The set of these keys, each by its thumbprint; a key that stands there twice is published once.
    public init(_ publicKeys: [SigningPublicKey]) {
        var keys: [String: VerificationKey] = [:]
        var published: [JSONWebKey] = []
        for key in publicKeys {
            let webKey = JSONWebKey(key)
            guard keys.updateValue(key.verificationKey, forKey: webKey.kid) == nil else { continue }
            published.append(webKey)
        }
        self.keys = keys
        document = JSONDocument.bytes(["keys": published])
    }

    /// Reads a published set. Keys of a kind that is not supported, without id, or for encryption are passed
    /// over.
    /// - Throws: `TokenError.keys` where the document is no set of keys, has an id twice, holds a private
    ///   key, more than `Limits.webKeysMax` keys, or a key of a supported kind whose numbers make none.
    public init(parsing document: [UInt8]) throws(TokenError) {
        let text: JSONText
        do {
            text = try JSONText(parsing: document)
        } catch {
            throw .keys("expected a JSON Web Key Set: \(error)")
        }
        guard let list = text.root.value.members?.value("keys")?.elements else {
            throw .keys("expected a JSON Web Key Set: an object with a list `keys`")
        }
        guard list.count <= Limits.webKeysMax else {
            throw .keys("expected at most \(Limits.webKeysMax) keys, found \(list.count)")
        }
        var keys: [String: VerificationKey] = [:]
        for node in list {
            guard let members = node.value.members else { throw .keys("expected an object for each key") }
            guard members.value("d") == nil else { throw .keys("expected public keys, found a private one") }
            guard let id = members.value("kid")?.string, members.value("use")?.string ?? "sig" == "sig",
                let key = try VerificationKey(members)
            else { continue }
            guard keys.updateValue(key, forKey: id) == nil else { throw .keys("expected each `kid` once") }
        }
        self.keys = keys
        self.document = document
    }
}

/// A public key in the form of RFC 7517.
struct JSONWebKey: Encodable {
    private let kty: String
    private let crv: String?
    private let alg: String
    private let use = "sig"
    private let x: String?
    private let y: String?
    private let n: String?
    private let e: String?
    let kid: String

    private enum CodingKeys: String, CodingKey { case kty, crv, alg, use, x, y, n, e, kid }

    init(_ key: SigningPublicKey) {
        kid = key.thumbprint
        switch key {
        case .es256(let key):
            (kty, crv, alg) = ("EC", "P-256", SigningAlgorithm.es256.rawValue)
            (x, y) = (Base64URL.encode(key.x), Base64URL.encode(key.y))
            (n, e) = (nil, nil)
        case .rs256(let key):
            (kty, crv, alg) = ("RSA", nil, SigningAlgorithm.rs256.rawValue)
            (x, y) = (nil, nil)
            (n, e) = (Base64URL.encode(key.modulus), Base64URL.encode(key.exponent))
        }
    }
}
