import Base
import JSONText

/// What a token says whose signature, issuer, audience and time have been checked.
public struct VerifiedToken: Sendable {
    /// The id of the key that signed.
    public let keyID: String
    /// `iss`.
    public let issuer: String
    /// `sub`.
    public let subject: String
    /// `aud`, always as a list.
    public let audiences: [String]
    /// `exp`.
    public let expires: Timestamp
    /// `nbf`, where the token has it.
    public let notBefore: Timestamp?
    /// `iat`, where the token has it.
    public let issuedAt: Timestamp?
    /// `jti`, where the token has it.
    public let tokenID: String?
    /// All claims, in their order.
    let members: [JSONText.Member]

    /// The text of another claim; nil where it is absent or no text.
    public func text(_ claim: String) -> String? { members.value(claim)?.string }

    /// Whether it has this claim, whatever it says.
    func has(_ claim: String) -> Bool { members.value(claim) != nil }

    /// Reads the registered claims of RFC 7519 section 4.1; `iss`, `sub`, `aud` and `exp` are required.
    init(keyID: String, members: [JSONText.Member]) throws(TokenError) {
        self.keyID = keyID
        self.members = members
        issuer = try VerifiedToken.required(members, "iss")
        subject = try VerifiedToken.required(members, "sub")
        switch members.value("aud") {
        case .string(let audience): audiences = [audience]
        case .array(let nodes):
            let texts = nodes.compactMap(\.value.string)
            guard texts.count == nodes.count else {
                throw .claim(name: "aud", expected: "a text or a list of texts")
            }
            audiences = texts
        default: throw .claim(name: "aud", expected: "a text or a list of texts")
        }
        guard let expires = try VerifiedToken.date(members, "exp") else {
            throw .claim(name: "exp", expected: VerifiedToken.dateWords)
        }
        self.expires = expires
        notBefore = try VerifiedToken.date(members, "nbf")
        issuedAt = try VerifiedToken.date(members, "iat")
        tokenID = members.value("jti") == nil ? nil : try VerifiedToken.required(members, "jti")
    }

    private static let dateWords = "a number of seconds since 1970"
    /// The end of the year 9999.
    private static let secondsMax = 253_402_300_799.0

    private static func required(_ members: [JSONText.Member], _ name: String) throws(TokenError) -> String {
        guard let text = members.value(name)?.string, !text.isEmpty else {
            throw .claim(name: name, expected: "a text")
        }
        return text
    }

    /// A NumericDate, which may have a fraction.
    private static func date(_ members: [JSONText.Member], _ name: String) throws(TokenError) -> Timestamp? {
        guard let value = members.value(name) else { return nil }
        guard case .number(let text) = value, let seconds = Double(text), (0...secondsMax).contains(seconds)
        else {
            throw .claim(name: name, expected: dateWords)
        }
        return Timestamp(milliseconds: Int64((seconds * 1000).rounded(.down)))
    }
}
