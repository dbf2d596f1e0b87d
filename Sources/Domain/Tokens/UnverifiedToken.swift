import Crypto
import JSONText

/// What a token says of itself before anybody has looked at its signature: enough to find out whose keys to ask for, and to be
/// believed in nothing.
public struct UnverifiedToken: Sendable {
    /// `alg` of the header; nil where it names none.
    public let algorithm: String?
    /// `kid` of the header; nil where it names none.
    public let keyID: String?
    /// `iss`; nil where it names none.
    public let issuer: String?
    private let members: [JSONText.Member]

    /// Reads a token in the compact form.
    /// - Throws: `TokenError` where it is none: too large, not three segments, no Base64url, no JSON objects.
    public init(parsing token: String) throws(TokenError) {
        let compact = try CompactToken(parsing: token)
        algorithm = try compact.parameter("alg")
        keyID = try compact.parameter("kid")
        members = try CompactToken.object(compact.payload, .payload)
        issuer = members.value("iss")?.string
    }

    /// What a claim says, as `VerifiedToken.texts`.
    public func texts(_ claim: String) -> [String]? { members.value(claim)?.claimTexts }
}

extension VerifiedToken {
    /// What a claim says, as texts: a text, a number and a truth value as one, a list as its elements; nil where the claim is
    /// missing, is null, or holds an object or a list in a list.
    public func texts(_ claim: String) -> [String]? { members.value(claim)?.claimTexts }
}

extension JSONText.Value {
    fileprivate var claimTexts: [String]? {
        guard let elements else { return claimText.map { [$0] } }
        let texts = elements.compactMap(\.value.claimText)
        return texts.count == elements.count ? texts : nil
    }

    private var claimText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .null, .object, .array: nil
        }
    }
}
