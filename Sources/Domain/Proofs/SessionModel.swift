import Policies

/// What sessions bring: the keys that policies use as variables, whether they are there and which values they
/// have. Values of different keys are independent of each other, but where one is said to be the other's.
public struct SessionModel: Sendable {
    /// Whether a session has a key.
    public enum Presence: Hashable, Sendable {
        case always, maybe, never
    }

    /// A key of a session.
    public struct Attribute: Hashable, Sendable {
        /// Its name, such as `aws:PrincipalTag/school_id`.
        public let name: ConditionKeyName
        /// Whether it is there.
        public let presence: Presence
        /// Which values it has.
        public let language: TagLanguage
        /// Values for stories, tried first: the session's own and another's.
        public let samples: [String]
        /// The key whose value it always has, if any; its own language then does not count.
        public let sameAs: ConditionKeyName?

        /// A key.
        public init(
            name: ConditionKeyName, presence: Presence, language: TagLanguage, samples: [String] = [],
            sameAs: ConditionKeyName? = nil
        ) {
            self.name = name
            self.presence = presence
            self.language = language
            self.samples = samples
            self.sameAs = sameAs
        }
    }

    /// One kind of session, such as a school's or a district's; a proof must hold for each.
    public struct Kind: Sendable {
        /// For people.
        public let name: String
        /// What such a session has.
        public let attributes: [Attribute]

        /// A kind of session.
        public init(name: String, attributes: [Attribute]) {
            self.name = name
            self.attributes = attributes
        }
    }

    /// The kinds of session; none where nobody can open one.
    public let kinds: [Kind]
    /// Whether sessions can have tags that `kinds` do not name.
    public let otherTags: Presence
    /// Which values such tags have.
    public let otherTagLanguage: TagLanguage
    /// Whether a gateway sends the requests: it always brings the time, the address and whether TLS is spoken, and says
    /// `false` of what no service and no second factor did. Source: Policies/README.md, "What a request brings".
    public let isAtGateway: Bool
    /// What this takes for given, each a sentence.
    public let assumptions: [String]

    /// A model of sessions.
    public init(
        kinds: [Kind], otherTags: Presence = .never, otherTagLanguage: TagLanguage = .tagText,
        isAtGateway: Bool = false, assumptions: [String] = []
    ) {
        self.kinds = kinds
        self.otherTags = otherTags
        self.otherTagLanguage = otherTagLanguage
        self.isAtGateway = isAtGateway
        self.assumptions = assumptions
    }
}
