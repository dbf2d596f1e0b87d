import Base
import Crypto
import Gateway
import Items

/// The `NextToken`s of statements: where a page ended, sealed, and good for the same statement of the same
/// caller alone.
struct PageTokens: Sendable {
    private let sealer: AES256GCM
    private let random: any RandomSource

    /// - Parameter key: 32 secret bytes that outlive the server.
    /// - Throws: `CryptoError` where the key is too short.
    init(key: [UInt8], random: any RandomSource) throws(CryptoError) {
        sealer = try AES256GCM(
            key: HKDF.derive(
                secret: key, info: Array("homeroom next token".utf8), count: AES256GCM.keyBytes))
        self.random = random
    }

    /// The token for the page that begins there.
    func token(_ position: SelectCall.Position, of statement: WireStatement, _ session: GatewaySession)
        -> String
    {
        var json = JSONWriter(reserving: 128)
        json.beginObject()
        json.name("Of")
        json.string(Self.digest(statement, session))
        json.name("Part")
        json.int(position.part)
        if let key = position.startKey {
            json.name("Key")
            json.value { key.append(to: &$0) }
        }
        json.endObject()
        func seal(_ random: some RandomSource) -> [UInt8] { sealer.seal(json.bytes, random: random) }
        return Base64URL.encode(seal(random))
    }

    /// Where the page of a statement's token begins.
    /// - Throws: ValidationException: it is no token of ours, or one of another statement.
    func position(
        _ token: String, of statement: WireStatement, _ session: GatewaySession
    ) throws(WireError) -> SelectCall.Position {
        guard token.utf8.count <= Limits.pageTokenBytesMax, let sealed = Base64URL.decode(token) else {
            throw Self.invalid
        }
        var position = SelectCall.Position(part: 0)
        var digest = ""
        do {
            var reader = JSONReader(try sealer.open(sealed))
            try reader.beginObject()
            while try reader.nextMember() {
                if reader.isMember("Of") {
                    digest = try reader.readString()
                } else if reader.isMember("Part") {
                    position.part = try reader.readInt()
                } else {
                    position.startKey = try Item.read(from: &reader)
                }
            }
        } catch { throw Self.invalid }
        guard digest == Self.digest(statement, session) else {
            throw .validation("NextToken does not match request")
        }
        return position
    }

    private static let invalid = WireError.validation("Invalid NextToken")

    /// What a token is good for.
    private static func digest(_ statement: WireStatement, _ session: GatewaySession) -> String {
        var json = JSONWriter(reserving: 256)
        json.beginArray()
        json.string(session.tenant?.text ?? "")
        statement.append(to: &json)
        json.endArray()
        let digest = SHA256Hasher().hash(json.bytes)
        return digest.withUnsafeBytes { Base64URL.encode(Array($0)) }
    }
}

extension Limits {
    /// The longest `NextToken`: two keys of an item, in JSON and twice in base64.
    static let pageTokenBytesMax = 65_536
}
