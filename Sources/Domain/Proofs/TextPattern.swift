import Policies

/// A pattern as the automata read it, a character at a time; the values of a session's keys are unknown texts
/// with a number.
struct TextPattern: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        /// This character.
        case scalar(Unicode.Scalar)
        /// This letter of ASCII in either case; in lower case here.
        case folded(Unicode.Scalar)
        /// Any character.
        case one
        /// Any text.
        case any
        /// Any character but `:`.
        case oneInSegment
        /// Any text without `:`.
        case anyInSegment
        /// A character outside ASCII.
        case foreign
        /// The value of an unknown text.
        case unknown(Int)
    }

    private(set) var parts: [Part] = []
    /// Whether a match is a match. Where it is none, the pattern stands for more texts than it means: a text
    /// that it matches may match or not.
    private(set) var isExact = true

    init() {}

    init(_ parts: [Part], isExact: Bool = true) {
        self.parts = parts
        self.isExact = isExact
    }

    /// What a variable stands for in one question.
    enum Substitute {
        /// It has no value: the pattern matches nothing.
        case missing
        case literal(String)
        case unknown(Int)
        /// Not followed: any text, and a match is only perhaps one.
        case anything
    }

    typealias Substitution = (PolicyVariable) -> Substitute

    /// The forms of a pattern; none where it matches nothing.
    static func reading(
        _ pattern: PolicyPattern, ignoringCase: Bool, _ substitution: Substitution
    ) -> [TextPattern] {
        guard !ignoringCase else { return readingIgnoringCase(pattern, substitution) }
        var made = TextPattern()
        guard made.append(pattern, inSegment: false, substitution) else { return [] }
        return [made.alignedOnly()]
    }

    /// The forms of a pattern of ARNs; none where it matches nothing.
    static func reading(_ pattern: ARNPattern, _ substitution: Substitution) -> [TextPattern] {
        switch pattern {
        case .everything: return [TextPattern([.any])]
        case .incomplete: return []
        case .segments(let segments):
            var made = TextPattern()
            for (index, segment) in segments.enumerated() {
                if index > 0 { made.parts.append(.scalar(":")) }
                guard made.append(segment, inSegment: index < segments.count - 1, substitution) else {
                    return []
                }
            }
            return [made.alignedOnly()]
        }
    }

    /// Letters outside ASCII are folded by Unicode's rules, which are not followed here: a text that has one may
    /// match or not.
    private static func readingIgnoringCase(
        _ pattern: PolicyPattern, _ substitution: Substitution
    ) -> [TextPattern] {
        var made = TextPattern()
        guard made.append(pattern, inSegment: false, substitution) else { return [] }
        let isPlain = made.parts.allSatisfy { part in
            if case .scalar(let scalar) = part { return scalar.isASCII }
            return false
        }
        guard isPlain else { return [TextPattern([.any], isExact: false)] }
        let folded = made.parts.map { part -> Part in
            guard case .scalar(let scalar) = part, scalar.properties.isAlphabetic else { return part }
            return .folded(Unicode.Scalar(UInt8(scalar.value) | 0x20))
        }
        return [TextPattern(folded), TextPattern([.any, .foreign, .any], isExact: false)]
    }

    /// False where a variable has no value.
    private mutating func append(
        _ pattern: PolicyPattern, inSegment: Bool, _ substitution: Substitution
    ) -> Bool {
        for token in pattern.tokens {
            switch token {
            case .literal(let bytes): append(String(decoding: bytes, as: UTF8.self))
            case .any: parts.append(inSegment ? .anyInSegment : .any)
            case .one: parts.append(inSegment ? .oneInSegment : .one)
            case .variable(let variable):
                switch substitution(variable) {
                case .missing: return false
                case .literal(let text):
                    // A value with a colon fills no segment of a text that has been cut at its colons.
                    if inSegment, text.contains(":") { return false }
                    append(text)
                case .unknown(let index):
                    parts.append(inSegment ? .anyInSegment : .unknown(index))
                    if inSegment { isExact = false }
                case .anything:
                    parts.append(inSegment ? .anyInSegment : .any)
                    isExact = false
                }
            }
        }
        return true
    }

    private mutating func append(_ text: String) { parts += text.unicodeScalars.map { .scalar($0) } }

    /// The pattern with unknown texts only where nothing of any length stands before them; others are taken for
    /// any text.
    private func alignedOnly() -> TextPattern {
        var made = TextPattern([], isExact: isExact)
        var isAligned = true
        for part in parts {
            switch part {
            case .unknown where !isAligned:
                made.parts.append(.any)
                made.isExact = false
            case .any, .anyInSegment:
                isAligned = false
                made.parts.append(part)
            case .scalar, .folded, .one, .oneInSegment, .foreign, .unknown: made.parts.append(part)
            }
        }
        return made
    }

    /// The characters it names.
    var scalars: [Unicode.Scalar] {
        parts.flatMap { part -> [Unicode.Scalar] in
            switch part {
            case .scalar(let scalar): [scalar]
            case .folded(let scalar): [scalar, Unicode.Scalar(UInt8(scalar.value) & 0xDF)]
            case .oneInSegment, .anyInSegment: [":"]
            case .one, .any, .foreign, .unknown: []
            }
        }
    }

    /// The unknown texts in it.
    var unknowns: [Int] { parts.compactMap { if case .unknown(let index) = $0 { index } else { nil } } }
}

/// Patterns of which a text must match one, or none.
struct TextGroup: Hashable, Sendable {
    let patterns: [TextPattern]
    /// Whether one is to match.
    let isMatchWanted: Bool
}

/// A text of a session that nobody knows: what it can be.
struct UnknownText: Hashable, Sendable {
    let language: TagLanguage
    /// What policies say of it; patterns without unknown texts.
    var groups: [TextGroup] = []
}

/// Is there a text, and texts for the unknown ones, so that all groups are as wanted?
struct TextQuestion: Hashable, Sendable {
    /// What the text itself can be.
    var language = TagLanguage.anything
    var groups: [TextGroup]
    var unknowns: [UnknownText] = []
}

extension TextQuestion {
    /// The same question with no pattern that perhaps matches: what answers it, answers this one for certain.
    var certain: TextQuestion {
        guard groups.contains(where: { $0.patterns.contains { !$0.isExact } }) else { return self }
        var question = self
        question.groups = groups.map { group in
            let patterns =
                group.isMatchWanted
                ? group.patterns.filter(\.isExact) : group.patterns.map { TextPattern($0.parts) }
            return TextGroup(patterns: patterns, isMatchWanted: group.isMatchWanted)
        }
        return question
    }
}

/// What came of a question.
enum TextAnswer: Sendable {
    case none
    /// This text, with these values of unknown ones that it depends on; where it is not exact it may be none.
    case found(text: String, unknowns: [Int: String], isExact: Bool)
    case tooManyStates
}
