import Base
import JSONText
import Registry
import Tokens

/// The end of a chain, and the signature of the service under it: who keeps one outside can tell for ever that nothing before it
/// was changed, whatever happens to the registry and to who may write to it.
public struct SealedHead: Hashable, Sendable {
    /// The statement's type.
    public static let type = "homeroom-audit-head+jws"

    /// The chain's end.
    public let head: AuditHead
    /// When it was signed.
    public let signedAt: Timestamp
    /// The `kid` of the key that signed.
    public let keyID: String
    /// The statement in its compact form.
    public let statement: String

    /// Signs the end of a chain.
    public init(_ head: AuditHead, at now: Timestamp, sign: SignStatement) {
        let signed = sign(Self.type, Self.payload(head, now))
        self.head = head
        signedAt = now
        keyID = signed.keyID
        statement = signed.text
    }

    /// Reads a statement and believes it where `keys` has the key that signed it.
    /// - Throws: `TokenError` where it is none, or its signature does not fit.
    public init(verifying text: String, keys: JSONWebKeySet) throws(TokenError) {
        let signed = try SignedStatement(verifying: text, type: Self.type, keys: keys)
        guard let (head, time) = Self.parse(signed.payload) else {
            throw .claim(name: "number", expected: "the end of a chain")
        }
        self.head = head
        signedAt = time
        keyID = signed.keyID
        statement = text
    }

    /// `{"kind":K,"number":N,"digest":D,"time":T,"signedAt":S}`: times in milliseconds since 1970.
    private static func payload(_ head: AuditHead, _ now: Timestamp) -> [UInt8] {
        var json = JSONWriter(reserving: 200)
        json.beginObject()
        json.name("kind")
        json.string(head.kind.rawValue)
        json.name("number")
        json.int(Int(head.number))
        json.name("digest")
        json.string(head.digest)
        json.name("time")
        json.int(Int(head.time.milliseconds))
        json.name("signedAt")
        json.int(Int(now.milliseconds))
        json.endObject()
        return json.bytes
    }

    private static func parse(_ payload: [UInt8]) -> (AuditHead, Timestamp)? {
        let text: JSONText
        do throws(JSONTextError) { text = try JSONText(parsing: payload) } catch { return nil }
        guard case .object(let members) = text.root.value else { return nil }
        func value(_ name: String) -> JSONText.Value? { members.first { $0.name == name }?.node.value }
        func number(_ name: String) -> Int64? {
            guard case .number(let text) = value(name) else { return nil }
            return Int64(text)
        }
        guard case .string(let name) = value("kind"), let kind = AuditKind(rawValue: name),
            case .string(let digest) = value("digest"), let place = number("number"), place > 0,
            let time = number("time"), let signed = number("signedAt")
        else { return nil }
        let head = AuditHead(
            kind: kind, number: place, digest: digest, time: Timestamp(milliseconds: time))
        return (head, Timestamp(milliseconds: signed))
    }
}
