import Base
import Policies

/// An ARN that requests name, and whose items lie behind it.
struct ProofTarget {
    let resource: PolicyResource
    let table: ProofResource
    let kind: PolicyAction.ResourceKind
}

/// Regions, accounts, and names of streams and backups: enough of them that every way in which the resources of some statements can
/// match is met by one.
struct ResourceNames {
    private let patterns: [[PolicyPattern]]
    private let kinds: [Question]
    private(set) var solver = KeySolver { _, _, _ in .fault }
    /// Whether some ways were left out.
    private(set) var isComplete = true

    /// - Parameter spent: what the same proof has looked at already; it counts for this too.
    init(_ statements: [PolicyStatement], _ kinds: [Question], spent: KeySolver) {
        self.kinds = kinds
        solver.count(states: spent.states, steps: spent.steps)
        var seen: Set<ARNPattern> = []
        var patterns: [[PolicyPattern]] = []
        for case .segments(let segments) in statements.flatMap(\.resources.patterns)
        where seen.insert(.segments(segments)).inserted {
            patterns.append(segments)
        }
        self.patterns = patterns
    }

    /// Texts of one segment, the usual one first, that no pattern tells from others.
    mutating func texts(ofSegment segment: Int, usual: String, prefix: String = "") -> [String] {
        let before = prefix.unicodeScalars.map { TextPattern.Part.scalar($0) }
        let frame = TextPattern(before + [segment == 5 ? .any : .anyInSegment])
        var readings: [TextPattern] = []
        for pattern in patterns.map({ $0[segment] }) {
            guard pattern.variables.isEmpty else {
                // A name that holds a value of the session's is not tried.
                if mayMeet(pattern, frame, usual) { isComplete = false }
                continue
            }
            let made = TextPattern.reading(pattern, ignoringCase: false) { _ in .anything }
            for reading in made where reading.parts != [.any] && !readings.contains(reading) {
                let both = TextQuestion(groups: [
                    TextGroup(patterns: [frame], isMatchWanted: true),
                    TextGroup(patterns: [reading], isMatchWanted: true),
                ])
                if case .none = solver.solve(both) { continue }
                readings.append(reading)
            }
        }
        var found = [usual]
        var vectors: Set<[Bool]> = [readings.map { $0.matches(Array(usual.unicodeScalars)) }]
        guard readings.count <= Limits.proofPatternsOfNamesMax else {
            isComplete = false
            return found
        }
        for bits in 0..<(1 << readings.count) {
            let vector = readings.indices.map { bits >> $0 & 1 == 1 }
            guard vectors.insert(vector).inserted else { continue }
            var groups = [TextGroup(patterns: [frame], isMatchWanted: true)]
            for (reading, isWanted) in zip(readings, vector) {
                groups.append(TextGroup(patterns: [TextPattern(reading.parts)], isMatchWanted: isWanted))
            }
            switch solver.solve(TextQuestion(groups: groups)) {
            case .none: continue
            case .found(let text, _, _): found.append(text)
            case .tooManyStates: isComplete = false
            }
        }
        return found
    }

    /// Whether a pattern with variables can match a text of the frame.
    private mutating func mayMeet(_ pattern: PolicyPattern, _ frame: TextPattern, _ usual: String) -> Bool {
        // A table's or an index's own name is the same in all requests; its reach is told exactly.
        guard frame.parts.last == .any else { return true }
        if pattern.variables.count > 1, pattern.variables.contains(where: { $0.defaultValue != nil }) {
            return true
        }
        for kind in kinds {
            for isDefault in [false, true] {
                var names: [ConditionKeyName] = []
                let made = TextPattern.reading(pattern, ignoringCase: false) { variable in
                    if isDefault || kind.attribute(variable.key).presence == .never {
                        return variable.defaultValue.map { .literal($0) } ?? .missing
                    }
                    let name = kind.canonical(variable.key)
                    if !names.contains(name) { names.append(name) }
                    return .unknown(names.firstIndex(of: name) ?? 0)
                }
                var asked = TextQuestion(groups: [
                    TextGroup(patterns: [frame], isMatchWanted: true),
                    TextGroup(patterns: made, isMatchWanted: true),
                ])
                asked.unknowns = names.map { UnknownText(language: kind.attribute($0).language) }
                if case .none = solver.solve(asked) { continue }
                return true
            }
        }
        return false
    }
}
