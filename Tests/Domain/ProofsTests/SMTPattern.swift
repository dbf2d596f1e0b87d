import Policies

/// A pattern as the solver understands it, written for itself: a second reading of what patterns mean.
struct SMTPattern {
    /// A part of fixed length between two `*`.
    private enum Piece {
        case term(String)
        case one
    }

    /// The text is to have no colon, as in the first five segments of an ARN.
    private let isSegment: Bool
    private let tokens: [PolicyPattern.Token]
    private let names: SMTNames

    init(_ pattern: PolicyPattern, _ names: SMTNames, isSegment: Bool = false) {
        tokens = pattern.tokens
        self.names = names
        self.isSegment = isSegment
    }

    /// That `subject` has the pattern, and that its variables have values.
    func matches(_ subject: String, ignoringCase: Bool = false) -> String {
        let variables = tokens.compactMap { if case .variable(let variable) = $0 { variable } else { nil } }
        if ignoringCase {
            return SMTText.and(
                variables.map(names.isPresent)
                    + ["(= (str.to_lower \(subject)) (str.to_lower \(SMTText.concatenation(terms(tokens)))))"]
            )
        }
        if variables.isEmpty { return "(str.in_re \(subject) \(expression))" }
        return SMTText.and(variables.map(names.isPresent) + [positions(subject)])
    }

    /// A regular expression, where there are no variables.
    var expression: String {
        let character = isSegment ? "(re.diff re.allchar (str.to_re \":\"))" : "re.allchar"
        let parts = tokens.map { token in
            switch token {
            case .literal(let bytes): "(str.to_re \(SMTText.literal(bytes)))"
            case .any: "(re.* \(character))"
            case .one: character
            case .variable: preconditionFailure("a pattern with variables is no regular expression")
            }
        }
        if parts.isEmpty { return "(str.to_re \"\")" }
        return parts.count == 1 ? parts[0] : "(re.++ \(parts.joined(separator: " ")))"
    }

    private func terms(_ tokens: [PolicyPattern.Token]) -> [String] {
        tokens.map { token in
            switch token {
            case .literal(let bytes): SMTText.literal(bytes)
            case .variable(let variable): names.value(variable)
            case .any, .one: preconditionFailure("operators that take no wildcards have none")
            }
        }
    }

    /// The parts between the stars: the first at the beginning, the last at the end, each other at the first place where it
    /// stands behind the one before. That place is as good as any: it leaves the most room.
    private func positions(_ subject: String) -> String {
        let parts = tokens.split(separator: .any, omittingEmptySubsequences: false).map { part in
            part.map { token in if case .one = token { Piece.one } else { Piece.term(terms([token])[0]) } }
        }
        let whole = "(str.len \(subject))"
        guard parts.count > 1 else {
            return SMTText.and(["(= \(whole) \(length(parts[0])))"] + fixed(parts[0], subject, from: "0"))
        }
        let last = parts[parts.count - 1]
        var found =
            fixed(parts[0], subject, from: "0") + fixed(last, subject, from: "(- \(whole) \(length(last)))")
        var end = length(parts[0])
        for part in parts.dropFirst().dropLast() {
            guard let text = plain(part) else { return sliding(subject, part, parts) }
            let place = "(str.indexof \(subject) \(text) \(end))"
            found.append("(>= \(place) 0)")
            end = "(+ \(place) \(length(part)))"
        }
        found.append("(<= (+ \(end) \(length(last))) \(whole))")
        return SMTText.and(found)
    }

    /// A part with `?` between two stars has no function that finds it: one such part alone, by every place in a short text.
    private func sliding(_ subject: String, _ part: [Piece], _ parts: [[Piece]]) -> String {
        preconditionFailure("no policy of the hunt has a part with a variable and `?` between two stars")
    }

    private func plain(_ pieces: [Piece]) -> String? {
        var terms: [String] = []
        for case let piece in pieces {
            guard case .term(let term) = piece else { return nil }
            terms.append(term)
        }
        return SMTText.concatenation(terms)
    }

    private func length(_ pieces: [Piece]) -> String {
        SMTText.sum(
            pieces.map { piece in
                switch piece {
                case .one: "1"
                case .term(let term): "(str.len \(term))"
                }
            })
    }

    /// That the pieces stand in `subject` from a place on.
    private func fixed(_ pieces: [Piece], _ subject: String, from start: String) -> [String] {
        var found = ["(<= 0 \(start))", "(<= (+ \(start) \(length(pieces))) (str.len \(subject)))"]
        for (index, piece) in pieces.enumerated() {
            guard case .term(let term) = piece else { continue }
            let place = SMTText.sum([start, length(Array(pieces[..<index]))])
            found.append("(= (str.substr \(subject) \(place) (str.len \(term))) \(term))")
        }
        return found
    }
}

/// What tags are called in the solver's question.
struct SMTNames {
    /// That a variable has a value.
    func isPresent(_ variable: PolicyVariable) -> String {
        variable.defaultValue == nil ? isPresent(variable.key) : "true"
    }

    /// Its value, where it has one.
    func value(_ variable: PolicyVariable) -> String {
        guard let text = variable.defaultValue else { return value(variable.key) }
        return "(ite \(isPresent(variable.key)) \(value(variable.key)) \(SMTText.literal(Array(text.utf8))))"
    }

    func isPresent(_ key: ConditionKeyName) -> String {
        isKnown(key) ? "has_\(name(key))" : "false"
    }

    func value(_ key: ConditionKeyName) -> String { isKnown(key) ? name(key) : "\"\"" }

    /// Sessions of the small world have no other tags.
    private func isKnown(_ key: ConditionKeyName) -> Bool {
        key.key != .principalTag || SmallWorld.tagValues.contains { $0.name == key.tag }
    }

    func name(_ key: ConditionKeyName) -> String {
        key.tag.map { "tag_\($0)" } ?? "key_\(key.text.replacing(":", with: "_"))"
    }
}
