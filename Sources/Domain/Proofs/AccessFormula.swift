/// A statement in terms of atoms, each of which is true or false of a request.
indirect enum AccessFormula: Hashable, Sendable {
    case constant(Bool)
    case atom(Int)
    case not(AccessFormula)
    case all([AccessFormula])
    case any([AccessFormula])

    /// All of these, with what is plain left out.
    static func both(_ parts: [AccessFormula]) -> AccessFormula {
        var kept: [AccessFormula] = []
        for part in parts where part != .constant(true) {
            if part == .constant(false) { return .constant(false) }
            if case .all(let inner) = part { kept += inner } else { kept.append(part) }
        }
        return kept.isEmpty ? .constant(true) : kept.count == 1 ? kept[0] : .all(kept)
    }

    /// One of these, with what is plain left out.
    static func either(_ parts: [AccessFormula]) -> AccessFormula {
        var kept: [AccessFormula] = []
        for part in parts where part != .constant(false) {
            if part == .constant(true) { return .constant(true) }
            if case .any(let inner) = part { kept += inner } else { kept.append(part) }
        }
        return kept.isEmpty ? .constant(false) : kept.count == 1 ? kept[0] : .any(kept)
    }

    /// The opposite.
    static func negated(_ part: AccessFormula) -> AccessFormula {
        switch part {
        case .constant(let isTrue): .constant(!isTrue)
        case .not(let inner): inner
        case .atom, .all, .any: .not(part)
        }
    }
}

/// Looks for an assignment of the atoms that makes formulas and clauses true: DPLL with unit propagation.
struct AccessSolver {
    /// What came of it.
    enum Answer: Equatable {
        /// No assignment does: what was asked for cannot be.
        case none
        /// This one does; nil where an atom does not matter.
        case found([Bool?])
        /// It took too many steps.
        case tooHard
    }

    /// Literals: `2 × variable`, plus 1 where negated.
    private var clauses: [[Int]] = []
    private var isImpossible = false
    private var variableCount: Int
    private let atomCount: Int
    private var known: [AccessFormula: Int] = [:]

    /// A solver for atoms from 0.
    init(atomCount: Int) {
        self.atomCount = atomCount
        variableCount = atomCount
    }

    /// At least one of these must hold: atoms, and whether they are to be true.
    mutating func demand(oneOf literals: [(atom: Int, isTrue: Bool)]) {
        add(literals.map { 2 * $0.atom + ($0.isTrue ? 0 : 1) })
    }

    /// The formula must hold.
    mutating func demand(_ formula: AccessFormula) {
        switch formula {
        case .constant(let isTrue): if !isTrue { isImpossible = true }
        case .all(let parts): for part in parts { demand(part) }
        default: add([literal(formula)])
        }
    }

    private mutating func add(_ clause: [Int]) {
        if clause.isEmpty { isImpossible = true } else { clauses.append(clause) }
    }

    /// A literal that is true just where the formula is. Source: G. Tseitin's transformation.
    private mutating func literal(_ formula: AccessFormula) -> Int {
        switch formula {
        case .atom(let atom): return 2 * atom
        case .not(let inner): return literal(inner) ^ 1
        default: break
        }
        if let literal = known[formula] { return literal }
        let own = 2 * variableCount
        variableCount += 1
        switch formula {
        case .constant(let isTrue): add([isTrue ? own : own ^ 1])
        case .all(let parts):
            let literals = parts.map { literal($0) }
            for part in literals { add([own ^ 1, part]) }
            add([own] + literals.map { $0 ^ 1 })
        case .any(let parts):
            let literals = parts.map { literal($0) }
            for part in literals { add([own, part ^ 1]) }
            add([own ^ 1] + literals)
        case .atom, .not: break
        }
        known[formula] = own
        return own
    }

    /// Looks for an assignment, in so many decisions at the most.
    func solve(decisionsMax: Int, _ budget: AccessBudget? = nil) -> Answer {
        guard !isImpossible else { return .none }
        var search = Search(clauses: clauses, variableCount: variableCount)
        switch search.run(decisionsMax: decisionsMax, budget) {
        case true?: return .found(Array(search.values.prefix(atomCount)))
        case false?: return .none
        case nil: return .tooHard
        }
    }

    /// The state of a search: values, and in which order they were set.
    private struct Search {
        let clauses: [[Int]]
        let occurrences: [[Int]]
        var values: [Bool?]
        var trail: [Int] = []
        var handled = 0

        init(clauses: [[Int]], variableCount: Int) {
            self.clauses = clauses
            values = Array(repeating: nil, count: variableCount)
            var occurrences: [[Int]] = Array(repeating: [], count: 2 * variableCount)
            for (index, clause) in clauses.enumerated() {
                for literal in clause { occurrences[literal].append(index) }
            }
            self.occurrences = occurrences
        }

        private func value(_ literal: Int) -> Bool? { values[literal >> 1].map { $0 != (literal & 1 == 1) } }

        /// Makes a literal true; false where it is false already.
        private mutating func set(_ literal: Int) -> Bool {
            if let value = value(literal) { return value }
            values[literal >> 1] = literal & 1 == 0
            trail.append(literal)
            return true
        }

        /// Draws conclusions; false at a contradiction.
        private mutating func propagate() -> Bool {
            while handled < trail.count {
                let falsified = trail[handled] ^ 1
                handled += 1
                for index in occurrences[falsified] where !concludes(clauses[index]) { return false }
            }
            return true
        }

        private mutating func concludes(_ clause: [Int]) -> Bool {
            var open = -1
            for literal in clause {
                switch value(literal) {
                case true?: return true
                case false?: continue
                case nil:
                    if open >= 0 { return true }
                    open = literal
                }
            }
            return open >= 0 && set(open)
        }

        /// True where an assignment was found, false where there is none, nil where it took too long.
        mutating func run(decisionsMax: Int, _ budget: AccessBudget?) -> Bool? {
            for clause in clauses where clause.count == 1 && !set(clause[0]) { return false }
            guard propagate() else { return false }
            var decisions: [(trail: Int, literal: Int, isSecond: Bool)] = []
            var count = 0
            while true {
                guard let literal = openLiteral() else { return true }
                count += 1
                budget?.spend(clauses.count)
                if count > decisionsMax || budget?.isSpent == true { return nil }
                decisions.append((trail.count, literal, false))
                var isGood = set(literal) && propagate()
                while !isGood {
                    guard let last = decisions.popLast() else { return false }
                    undo(to: last.trail)
                    guard !last.isSecond else { continue }
                    decisions.append((last.trail, last.literal ^ 1, true))
                    isGood = set(last.literal ^ 1) && propagate()
                }
            }
        }

        /// A literal of a clause that is not satisfied yet; nil where all are.
        private func openLiteral() -> Int? {
            for clause in clauses {
                var open: Int?
                var isSatisfied = false
                for literal in clause {
                    switch value(literal) {
                    case true?: isSatisfied = true
                    case false?: continue
                    case nil: if open == nil { open = literal }
                    }
                    if isSatisfied { break }
                }
                if !isSatisfied, let open { return open }
            }
            return nil
        }

        private mutating func undo(to count: Int) {
            while trail.count > count {
                values[trail.removeLast() >> 1] = nil
            }
            handled = trail.count
        }
    }
}
