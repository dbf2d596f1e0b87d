import Base

/// Who calls: what policies can ask about a session. Made once for each session.
public struct PrincipalAttributes: Sendable {
    /// The keys and their values.
    let values: ContextValues
    /// As messages name the caller; empty where there is none.
    public let arn: String

    /// What is wrong with the tags of a session.
    public enum TagFault: Error, Equatable, Sendable {
        /// More than `Limits.tagsMax`.
        case tooMany(Int)
        /// An empty name, one that is too long, or one with a character that is not allowed.
        case name(String)
        /// A value that is too long or has a character that is not allowed.
        case value(ofTag: String)
        /// A name that stands twice, letters' case not counted.
        case duplicate(String)
    }

    /// What a caller calls with. Source of the keys and when each is there: IAM User Guide, "Global condition context keys".
    public enum Origin: Sendable {
        /// A session that a token has opened: `aws:TokenIssueTime`, and `aws:FederatedProvider` where the provider is known.
        case token(issuedAt: Timestamp, provider: String?)
        /// A static key of a user of this name: `aws:username`, and none of a session's keys.
        case staticKey(user: String)

        fileprivate func append(to values: inout ContextValues, account: String?) {
            switch self {
            case .token(let issuedAt, let provider):
                values.append("AssumedRole", to: .principalType)
                values.append(String(issuedAt.seconds), to: .tokenIssueTime)
                if let provider { values.append(provider, to: .federatedProvider) }
                // Temporary credentials always say so; no token here speaks of a second factor.
                values.append(false, to: .multiFactorAuthPresent)
            case .staticKey(let user):
                values.append("User", to: .principalType)
                values.append(user, to: .username)
            }
            // Every request comes from its caller itself, to a resource of the one account that there is.
            values.append(false, to: .principalIsAWSService)
            values.append(false, to: .viaAWSService)
            if let account { values.append(account, to: .resourceAccount) }
        }
    }

    /// A session with these tags.
    /// - Parameters:
    ///   - tags: names and values of `aws:PrincipalTag/…`.
    ///   - arn: `aws:PrincipalArn`, such as `arn:aws:sts::000000000000:assumed-role/teacher/session`.
    ///   - account: `aws:PrincipalAccount`.
    ///   - userID: `aws:userid`.
    ///   - origin: what it calls with, and the keys that follow from that; nil where only tags matter.
    /// - Throws: `TagFault`. Source of the characters and lengths: AWS STS API, `Tag`; letters, digits and
    ///   spaces of any script, and `_ . : / = + - @`.
    public init(
        tags: [(name: String, value: String)], arn: String? = nil, account: String? = nil,
        userID: String? = nil, origin: Origin? = nil
    ) throws(TagFault) {
        guard tags.count <= Limits.tagsMax else { throw .tooMany(tags.count) }
        var names: Set<String> = []
        for tag in tags {
            guard (1...Limits.tagNameCharactersMax).contains(tag.name.count),
                PrincipalAttributes.isTagText(tag.name)
            else { throw .name(tag.name) }
            guard tag.value.count <= Limits.tagValueCharactersMax, PrincipalAttributes.isTagText(tag.value)
            else {
                throw .value(ofTag: tag.name)
            }
            guard names.insert(tag.name.lowercased()).inserted else { throw .duplicate(tag.name) }
        }
        self.init(unchecked: tags, arn: arn, account: account, userID: userID, origin: origin)
    }

    /// A session whose tags nobody has checked: to show that a bad one does no harm.
    init(
        unchecked tags: [(name: String, value: String)], arn: String? = nil, account: String? = nil,
        userID: String? = nil, origin: Origin? = nil
    ) {
        var values = ContextValues()
        for tag in tags {
            guard let name = ConditionKeyName(.principalTag, tag: tag.name) else { continue }
            values.append(tag.value, to: name)
        }
        if let arn { values.append(arn, to: .principalArn) }
        if let account { values.append(account, to: .principalAccount) }
        if let userID { values.append(userID, to: .userid) }
        if let origin {
            origin.append(to: &values, account: account)
        } else {
            values.append("AssumedRole", to: .principalType)
        }
        self.values = values
        self.arn = arn ?? ""
    }

    /// Nobody: a caller of whom nothing is known.
    public static let unknown = PrincipalAttributes(values: ContextValues())

    private init(values: ContextValues) {
        self.values = values
        arn = ""
    }

    /// Whether every character may stand in a tag's name or value.
    static func isTagText(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
                .decimalNumber,
                .letterNumber, .otherNumber, .spaceSeparator, .lineSeparator, .paragraphSeparator:
                true
            default: "_.:/=+-@".unicodeScalars.contains(scalar)
            }
        }
    }
}
