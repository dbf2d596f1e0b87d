import Base
import Crypto
import JSONText

/// A JWS in its compact form, cut and decoded but not believed. Source: RFC 7515 section 7.1.
struct CompactToken {
    /// The members of the header.
    let header: [JSONText.Member]
    /// The payload's bytes.
    let payload: [UInt8]
    let signature: [UInt8]
    /// What is signed: the first two segments with their dot.
    let signingInput: [UInt8]

    init(parsing token: String, bytesMax: Int = Limits.tokenBytesMax) throws(TokenError) {
        let bytes = Array(token.utf8)
        guard bytes.count <= bytesMax else { throw .tooLarge(bytes: bytes.count, maximum: bytesMax) }
        let segments = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard segments.count == 3 else { throw .segments(found: bytes.isEmpty ? 0 : segments.count) }
        guard let header = Base64URL.decode(Array(segments[0])) else { throw .encoding(.header) }
        guard let payload = Base64URL.decode(Array(segments[1])) else { throw .encoding(.payload) }
        guard let signature = Base64URL.decode(Array(segments[2])) else { throw .encoding(.signature) }
        self.header = try CompactToken.object(header, .header)
        self.payload = payload
        self.signature = signature
        signingInput = Array(bytes[..<segments[1].endIndex])
    }

    /// The header parameter's text; nil where it is absent.
    func parameter(_ name: String) throws(TokenError) -> String? {
        guard let value = header.value(name) else { return nil }
        guard let text = value.string else { throw .header(name: name) }
        return text
    }

    /// The members of a segment that is a JSON object.
    static func object(_ bytes: [UInt8], _ segment: TokenError.Segment) throws(TokenError) -> [JSONText
        .Member]
    {
        let text: JSONText
        do {
            text = try JSONText(parsing: bytes)
        } catch {
            throw .malformedJSON(segment, error)
        }
        guard let members = text.root.value.members else { throw .notAnObject(segment) }
        return members
    }
}
