import Base
import JSONText

/// The tags that a token asks STS to put on the session.
/// Source: IAM User Guide, "Passing session tags using AssumeRoleWithWebIdentity".
public struct SessionTags: Sendable, Equatable {
    /// The claim's name.
    public static let claim = "https://aws.amazon.com/tags"

    /// `aws:PrincipalTag/…`: name to value.
    public let principalTags: [String: String]
    /// The tags that stay with the session when it assumes another role.
    public let transitiveTagKeys: [String]

    /// These tags; each transitive key must be the name of one.
    /// - Throws: `TokenError.claim` where a name or value is of another form, or there are too many.
    public init(principalTags: [String: String], transitiveTagKeys: [String] = []) throws(TokenError) {
        guard principalTags.count <= Limits.sessionTagsMax else {
            throw .claim(name: SessionTags.claim, expected: "at most \(Limits.sessionTagsMax) tags")
        }
        for (name, value) in principalTags {
            guard ClaimText.isValid(name), name.utf8.count <= Limits.tagNameBytesMax else {
                throw .claim(name: SessionTags.claim, expected: "tag names of \(ClaimText.words)")
            }
            guard ClaimText.isValid(value) else {
                throw .claim(name: SessionTags.claim, expected: "tag values of \(ClaimText.words)")
            }
        }
        guard transitiveTagKeys.allSatisfy({ principalTags[$0] != nil }),
            Set(transitiveTagKeys).count == transitiveTagKeys.count
        else {
            throw .claim(name: SessionTags.claim, expected: "transitive tag keys that name tags, each once")
        }
        self.principalTags = principalTags
        self.transitiveTagKeys = transitiveTagKeys
    }

    /// The tags of a verified token; none where it has no such claim.
    /// - Throws: `TokenError.claim` where the claim is of another form.
    public init(_ token: VerifiedToken) throws(TokenError) {
        guard let claim = token.members.value(SessionTags.claim) else {
            try self.init(principalTags: [:])
            return
        }
        guard let members = claim.members, let tags = members.value("principal_tags")?.members else {
            throw .claim(name: SessionTags.claim, expected: "an object with `principal_tags`")
        }
        var principalTags: [String: String] = [:]
        for tag in tags {
            // AWS takes a list of exactly one value.
            guard let values = tag.node.value.strings, values.count == 1, let value = values.first else {
                throw .claim(name: SessionTags.claim, expected: "a list of one text for each tag")
            }
            principalTags[tag.name] = value
        }
        var transitive: [String] = []
        if let value = members.value("transitive_tag_keys") {
            guard let texts = value.strings else {
                throw .claim(name: SessionTags.claim, expected: "a list of texts as `transitive_tag_keys`")
            }
            transitive = texts
        }
        try self.init(principalTags: principalTags, transitiveTagKeys: transitive)
    }
}

/// The characters that claims of ours and session tags may have.
enum ClaimText {
    static let words = "1 to \(Limits.claimBytesMax) letters, digits, spaces and `_.:/=+-@`"

    /// Whether the text has none but letters and digits of ASCII, space and `_.:/=+-@`, and a length that AWS
    /// takes.
    static func isValid(_ text: String) -> Bool {
        (1...Limits.claimBytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case 0x20, 0x5F, 0x2E, 0x3A, 0x2F, 0x3D, 0x2B, 0x2D, 0x40: true
                default: false
                }
            }
    }
}
