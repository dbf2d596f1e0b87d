import Policies

/// All facts that some sets of policies, and a session, are about.
///
/// The sets stand side by side: a proof of isolation has one, a comparison two.
struct PolicyFacts {
    /// Whether a statement's Resource or NotResource covers a resource.
    enum Reach: Hashable {
        case always, never
        /// Where this comes out so.
        case demand(Demand)
        /// Where values of several keys agree; that is not followed.
        case undecided
    }

    let sets: [CompiledPolicySet]
    let views: [[CompiledPolicySet.StatementView]]
    private(set) var facts: [Fact] = []
    /// By set and statement.
    private(set) var ofStatements: [[[Int]]] = []
    /// What holds for every session, by what it was opened with.
    private(set) var ofSession: [Demand] = []
    /// Whether Allows of resources that are named by a variable are left out: an assumption of whoever sets it.
    var areNamedTablesOwn = false
    private var words: [WordKey: Int] = [:]

    private struct WordKey: Hashable {
        let key: ConditionKeyName
        let words: [String]
    }

    init(sets: [CompiledPolicySet], session: [(key: ConditionKeyName, condition: PolicyCondition)] = []) {
        self.sets = sets
        views = sets.map(\.statementViews)
        for (set, views) in views.enumerated() {
            var numbers: [[Int]] = []
            for (statement, view) in views.enumerated() {
                numbers.append(
                    view.statement.conditions.enumerated().map { condition, read in
                        facts.append(
                            Fact(
                                key: read.key.value.asOneTime, test: .condition(read, view.statement.effect),
                                place: FactPlace(set: set, statement: statement, condition: condition)))
                        return facts.count - 1
                    })
            }
            ofStatements.append(numbers)
        }
        for (key, condition) in session {
            ofSession.append(Demand(fact: facts.count, isYes: true))
            facts.append(Fact(key: key, test: .condition(condition, .allow), place: nil))
        }
    }

    /// The fact that a key has one of these values.
    mutating func fact(_ key: ConditionKeyName, isOneOf values: [String]) -> Int {
        let wanted = WordKey(key: key, words: values)
        if let known = words[wanted] { return known }
        words[wanted] = facts.count
        facts.append(Fact(key: key, test: .isOne(of: values), place: nil))
        return facts.count - 1
    }

    /// Whether a statement covers the resource of a question.
    mutating func reach(_ set: Int, _ statement: Int, _ question: Question) -> Reach {
        let read = views[set][statement].statement
        let isNegated = read.resources.isNegated
        var demanded: [ConditionKeyName: [String]] = [:]
        var isUndecided = false
        for pattern in read.resources.patterns {
            if areNamedTablesOwn, read.effect == .allow, !isNegated, !pattern.variables.isEmpty { continue }
            switch covers(pattern, question) {
            case .always: return isNegated ? .never : .always
            case .never: continue
            case .undecided: isUndecided = true
            case .words(let key, let values): demanded[key, default: []] += values
            }
        }
        if isNegated, read.effect == .allow, hasMissing(read.resources.patterns, question) { return .never }
        if isUndecided || demanded.count > 1 { return .undecided }
        guard let (key, values) = demanded.first else { return isNegated ? .always : .never }
        return .demand(Demand(fact: fact(key, isOneOf: values.sorted()), isYes: !isNegated))
    }

    private enum Cover {
        case always, never, undecided
        case words(ConditionKeyName, [String])
    }

    private func covers(_ pattern: ARNPattern, _ question: Question) -> Cover {
        var keys: [ConditionKeyName] = []
        var isUndecided = false
        let made = TextPattern.reading(pattern) { variable in
            let canonical = question.canonical(variable.key)
            switch question.isPresent(variable.key) {
            case nil:
                isUndecided = true
                return .anything
            case false: return variable.defaultValue.map { .literal($0) } ?? .missing
            case true:
                keys.append(canonical)
                return .anything
            }
        }
        let text = Array(question.resource.text.unicodeScalars)
        guard let made = made.first, made.matches(text) else { return .never }
        if keys.isEmpty, !isUndecided { return .always }
        guard !isUndecided, keys.count == 1 else { return .undecided }
        return .words(keys[0], values(for: keys[0], pattern, text, question))
    }

    /// The values of a key with which a pattern covers a text: pieces of the text, as the value stands in it.
    private func values(
        for key: ConditionKeyName, _ pattern: ARNPattern, _ text: [Unicode.Scalar], _ question: Question
    ) -> [String] {
        guard case .segments(let segments) = pattern, let last = segments.last else { return [] }
        let place = last.tokens.firstIndex { token in
            if case .variable(let variable) = token { return question.canonical(variable.key) == key }
            return false
        }
        guard let place else { return [] }
        // What stands before the value, and behind it, each read by itself; a second place where it stands is left to
        // the last check.
        func reading(_ tokens: ArraySlice<PolicyPattern.Token>) -> TextPattern? {
            var piece = PolicyPattern.empty
            for token in tokens { piece.append(proving: token) }
            return TextPattern.reading(piece, ignoringCase: false) { variable in
                question.isPresent(variable.key) == true
                    ? .anything : variable.defaultValue.map { .literal($0) } ?? .missing
            }.first
        }
        guard let before = reading(last.tokens[..<place]), let behind = reading(last.tokens[(place + 1)...])
        else { return [] }
        let colons = text.indices.filter { text[$0] == ":" }
        let start = colons.count > 4 ? colons[4] + 1 : text.count
        let ends = (start...text.count).filter { behind.matches(Array(text[$0...])) }
        var found: Set<String> = []
        for from in start...text.count where before.matches(Array(text[start..<from])) {
            for end in ends where end >= from {
                var piece = String.UnicodeScalarView()
                piece.append(contentsOf: text[from..<end])
                found.insert(String(piece))
            }
        }
        let isOnce = last.variables.count == 1
        found = found.filter { piece in
            isOnce
                || TextPattern.reading(pattern) { variable in
                    question.isPresent(variable.key) == true
                        ? .literal(piece) : variable.defaultValue.map { .literal($0) } ?? .missing
                }.contains { $0.matches(text) }
        }
        return found.sorted()
    }

    private func hasMissing(_ patterns: [ARNPattern], _ question: Question) -> Bool {
        patterns.contains { pattern in
            pattern.variables.contains {
                question.isPresent($0.key) == false && $0.defaultValue == nil
            }
        }
    }
}

extension TextPattern {
    /// Whether a text matches; the pattern has no unknown texts.
    func matches(_ text: [Unicode.Scalar]) -> Bool {
        var places: Set<Int> = [0]
        func close() {
            for place in places.sorted() {
                var place = place
                while place < parts.count, parts[place] == .any || parts[place] == .anyInSegment {
                    place += 1
                    places.insert(place)
                }
            }
        }
        close()
        for scalar in text {
            var next: Set<Int> = []
            for place in places where place < parts.count {
                switch parts[place] {
                case .scalar(let wanted): if wanted == scalar { next.insert(place + 1) }
                case .folded(let wanted):
                    if scalar.isASCII, scalar.properties.isAlphabetic, scalar.value | 0x20 == wanted.value {
                        next.insert(place + 1)
                    }
                case .one: next.insert(place + 1)
                case .any: next.insert(place)
                case .oneInSegment: if scalar != ":" { next.insert(place + 1) }
                case .anyInSegment: if scalar != ":" { next.insert(place) }
                case .foreign: if !scalar.isASCII { next.insert(place + 1) }
                case .unknown: continue
                }
            }
            places = next
            close()
        }
        return places.contains(parts.count)
    }
}

extension ConditionKeyName {
    /// The one key for the time, which has two names.
    var asOneTime: ConditionKeyName {
        key == .epochTime ? ConditionKeyName(.currentTime) ?? self : self
    }
}
