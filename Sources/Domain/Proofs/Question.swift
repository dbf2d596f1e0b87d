import Policies

/// What is asked of the policies at once: an action on a resource, by a kind of session, with some keys there and some not.
struct Question: Sendable {
    /// What of `dynamodb:LeadingKeys` the request brings.
    enum LeadingKeys: Hashable, Sendable {
        case absent, one, several
    }

    let action: PolicyAction
    let resource: PolicyResource
    let leadingKeys: LeadingKeys
    /// Keys that a request of this kind has or has not, whatever else.
    var fixedTexts: [ConditionKeyName: [String]] = [:]
    let kind: SessionModel.Kind
    let session: SessionModel
    /// Which of the keys that stand in variables are there; others are not decided.
    var presence: [ConditionKeyName: Bool] = [:]
    /// The patterns of which the touched key must match none; nil where every request that is allowed counts.
    var goal: Goal?
}

/// What a key is that must not be reached.
struct Goal: Sendable {
    /// It has none of these forms, with the session's own values.
    let forms: [KeyOwnership]
    /// And it matches none of these texts.
    var texts: [PolicyPattern] = []

    /// As a group of patterns.
    func group(_ substitution: (ConditionKeyName) -> TextPattern.Substitute) -> TextGroup {
        var patterns: [TextPattern] = []
        for form in forms {
            var parts = Goal.parts(form.prefix)
            var isExact = true
            switch substitution(form.variable) {
            case .missing: continue
            case .literal(let text): parts += text.unicodeScalars.map { .scalar($0) }
            case .unknown(let index): parts.append(.unknown(index))
            case .anything:
                parts.append(.any)
                isExact = false
            }
            parts += Goal.parts(form.suffix)
            if form.isOpen { parts.append(.any) }
            patterns.append(TextPattern(parts, isExact: isExact))
        }
        for text in texts {
            patterns += TextPattern.reading(text, ignoringCase: false) { substitution($0.key) }
        }
        return TextGroup(patterns: patterns, isMatchWanted: false)
    }

    private static func parts(_ bytes: [UInt8]) -> [TextPattern.Part] {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.map { .scalar($0) }
    }
}

extension Question {
    /// What a session of this kind has of a key; a key that no attribute names can be anything.
    func attribute(_ name: ConditionKeyName) -> SessionModel.Attribute {
        if let known = kind.attributes.first(where: { $0.name == name }) { return known }
        if name.key == .principalTag {
            return .init(name: name, presence: session.otherTags, language: session.otherTagLanguage)
        }
        if name.key == .principalType {
            return .init(name: name, presence: .always, language: .words(["AssumedRole"]))
        }
        if session.isAtGateway, name.isAlwaysBrought {
            return .init(name: name, presence: .always, language: .anything)
        }
        if name.key == .leadingKeys {
            return .init(name: name, presence: .maybe, language: .key)
        }
        return .init(name: name, presence: .maybe, language: .anything)
    }

    /// The key whose value `name` has.
    func canonical(_ name: ConditionKeyName) -> ConditionKeyName { attribute(name).sameAs ?? name }

    /// Whether a key is there; nil where it is not decided.
    func isPresent(_ name: ConditionKeyName) -> Bool? {
        switch attribute(name).presence {
        case .always: true
        case .never: false
        case .maybe: presence[name]
        }
    }
}

extension ConditionKeyName {
    /// Whether every request at a gateway has a value for it, though nobody knows which.
    fileprivate var isAlwaysBrought: Bool {
        switch key {
        case .currentTime, .epochTime, .sourceIp, .secureTransport: true
        default: false
        }
    }
}
