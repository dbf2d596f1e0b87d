import JSONText

/// Why a token, a claim or a set of keys was refused. No message holds the token or a key.
public enum TokenError: Error, Equatable, CustomStringConvertible {
    /// One of a token's three parts.
    public enum Segment: String, Sendable {
        /// The first: how the token is signed.
        case header
        /// The second: the claims.
        case payload
        /// The third.
        case signature
    }

    /// The token is longer than `Limits.tokenBytesMax`.
    case tooLarge(bytes: Int, maximum: Int)
    /// The token has not three segments.
    case segments(found: Int)
    /// A segment is not exact Base64url: padding, another alphabet, white space, or unused bits that are set.
    case encoding(Segment)
    /// A segment is no JSON text, or an object in it has a member twice; the position is one in the decoded
    /// segment.
    case malformedJSON(Segment, JSONTextError)
    /// A segment is JSON but no object.
    case notAnObject(Segment)
    /// A header parameter is of another type than RFC 7515 says.
    case header(name: String)
    /// The algorithm is missing, is not among those allowed, or is not the key's; `none` never is.
    case algorithm(allowed: [String])
    /// The header names extensions that must be understood; none is.
    case criticalExtension
    /// The header names no key, or none of the known ones.
    case unknownKey
    /// The signature is not the key's over this header and payload.
    case signature
    /// A claim is missing or not what was expected.
    case claim(name: String, expected: String)
    /// The token's time is over.
    case expired(atSeconds: Int64, nowSeconds: Int64)
    /// The token's time has not begun, or it claims to come from the future.
    case notYetValid(claim: String, atSeconds: Int64, nowSeconds: Int64)
    /// A set of keys, or a file of signing keys, is not of its form.
    case keys(String)

    /// Whether the token was signed by the key that it names, and what it says is the fault.
    public var isBehindSignature: Bool {
        switch self {
        case .claim, .expired, .notYetValid: true
        case .tooLarge, .segments, .encoding, .malformedJSON, .notAnObject, .header, .algorithm,
            .criticalExtension, .unknownKey, .signature, .keys:
            false
        }
    }

    /// One sentence without a full stop: what was expected and what was found.
    public var description: String {
        switch self {
        case .tooLarge(let bytes, let maximum): "expected a token of at most \(maximum) bytes, found \(bytes)"
        case .segments(let found): "expected three segments with dots between them, found \(found)"
        case .encoding(let segment): "expected Base64url without padding in the token's \(segment.rawValue)"
        case .malformedJSON(let segment, let error):
            "expected JSON in the token's \(segment.rawValue): \(error)"
        case .notAnObject(let segment): "expected a JSON object in the token's \(segment.rawValue)"
        case .header(let name): "expected a text as the header parameter `\(name)`"
        case .algorithm(let allowed):
            "expected a token signed with \(allowed.joined(separator: " or ")) by a key for that algorithm"
        case .criticalExtension: "expected no header parameter `crit`: no extension is supported"
        case .unknownKey: "expected the id of a known key as `kid`; the issuer's keys may have been replaced"
        case .signature: "the signature does not fit the token and its key"
        case .claim(let name, let expected): "expected \(expected) as the claim `\(name)`"
        case .expired(let end, let now):
            "the token expired at \(end) and it is \(now) (seconds since 1970); get a new one"
        case .notYetValid(let claim, let start, let now):
            "the token's `\(claim)` is \(start) and it is \(now) (seconds since 1970); check the issuer's clock"
        case .keys(let message): message
        }
    }
}
