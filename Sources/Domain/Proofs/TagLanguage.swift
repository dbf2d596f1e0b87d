/// Which values a key of a session can have: what stands at each place, and how long it is.
///
/// A precondition of a proof, which its assumptions spell out; whoever makes sessions must keep to it.
public struct TagLanguage: Hashable, Sendable {
    /// Which characters can stand at one place.
    public enum Characters: Hashable, Sendable {
        /// One of these.
        case oneOf(Set<Unicode.Scalar>)
        /// What AWS allows in tags (`PrincipalAttributes.isTagText`), but none of these.
        case tagText(without: Set<Unicode.Scalar>)
        /// Any at all.
        case any
    }

    /// Values of one shape.
    public struct Form: Hashable, Sendable {
        /// What stands at the first places.
        public let lead: [Characters]
        /// What stands at all places behind them.
        public let rest: Characters
        /// The shortest value, in characters.
        public let lengthMin: Int
        /// The longest value, in characters; nil where there is no longest one.
        public let lengthMax: Int?

        /// A shape.
        public init(lead: [Characters] = [], rest: Characters, lengthMin: Int, lengthMax: Int?) {
            self.lead = lead
            self.rest = rest
            self.lengthMin = lengthMin
            self.lengthMax = lengthMax
        }
    }

    /// A value has one of these shapes.
    public let forms: [Form]

    /// Values of these shapes.
    public init(_ forms: [Form]) { self.forms = forms }

    /// Exactly these values.
    public static func words(_ words: [String]) -> TagLanguage {
        TagLanguage(
            words.map { word in
                let lead = word.unicodeScalars.map { Characters.oneOf([$0]) }
                return Form(lead: lead, rest: .any, lengthMin: lead.count, lengthMax: lead.count)
            })
    }

    /// Texts of these characters, as long as `lengths` says: for proofs over a small alphabet.
    public static func texts(of characters: String, lengths: ClosedRange<Int>) -> TagLanguage {
        TagLanguage([
            Form(
                rest: .oneOf(Set(characters.unicodeScalars)), lengthMin: lengths.lowerBound,
                lengthMax: lengths.upperBound)
        ])
    }

    /// Any text, the empty one too.
    public static let anything = TagLanguage([Form(rest: .any, lengthMin: 0, lengthMax: nil)])

    /// Any text that is not empty: a partition key.
    static let key = TagLanguage([Form(rest: .any, lengthMin: 1, lengthMax: nil)])

    /// Any text that is not empty, of the characters of tags, without `#`. Source: policies.md, "Variables".
    public static let tagText = TagLanguage([
        Form(rest: .tagText(without: ["#"]), lengthMin: 1, lengthMax: nil)
    ])

    /// What Base's `TenantID` takes: `t` and fifteen characters of Crockford's base 32.
    public static let tenantID = identifier(prefix: "t")
    /// What Base's `SchoolID` takes: `s` and fifteen characters of Crockford's base 32.
    public static let schoolID = identifier(prefix: "s")

    /// What Base's `StudentID` takes: 1 to 64 letters, digits and `._-`.
    public static let studentID = texts(
        of: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", lengths: 1...64)

    private static func identifier(prefix: Unicode.Scalar) -> TagLanguage {
        let digits = Set("0123456789abcdefghjkmnpqrstvwxyz".unicodeScalars)
        return TagLanguage([
            Form(lead: [.oneOf([prefix])], rest: .oneOf(digits), lengthMin: 16, lengthMax: 16)
        ])
    }
}
