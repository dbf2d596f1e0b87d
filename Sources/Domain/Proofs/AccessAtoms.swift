import Policies

/// What a condition asks of one value of a key.
enum AccessTest: Hashable, Sendable {
    enum Scale: Hashable, Sendable { case number, date }

    /// It matches.
    case pattern(AccessPattern)
    /// It matches without regard to the case of letters.
    case folded(AccessPattern)
    /// It lies in between, both ends counted.
    case within(Scale, Int128, Int128)
    case bool(Bool)
    case address(AddressRange)

    /// Whether every value that passes this test passes the other. A yes is certain.
    func implies(_ other: AccessTest) -> Bool {
        switch (self, other) {
        case (_, .pattern(let wanted)) where wanted.elements == [.any(isInSegment: false)]: true
        case (.pattern(let own), .pattern(let wanted)): own.isWithin(wanted)
        case (.within(let own, let low, let high), .within(let scale, let least, let most)):
            own == scale && least <= low && high <= most
        case (.address(let own), .address(let wanted)): wanted.contains(own)
        default: self == other
        }
    }

    /// Whether no value passes both. A yes is certain.
    func excludes(_ other: AccessTest) -> Bool {
        switch (self, other) {
        case (.pattern(let own), .pattern(let wanted)): own.isApart(from: wanted)
        case (.within(let own, let low, let high), .within(let scale, let least, let most)):
            own == scale && (high < least || most < low)
        case (.address(let own), .address(let wanted)): !wanted.contains(own) && !own.contains(wanted)
        case (.bool(let own), .bool(let wanted)): own != wanted
        default: false
        }
    }

    /// Whether every value that can be read passes one of the two.
    func completes(_ other: AccessTest) -> Bool {
        switch (self, other) {
        case (.within(let own, let low, let high), .within(let scale, let least, let most)):
            own == scale && min(low, least) == .min && max(high, most) == .max
                && (high == .max ? low - 1 <= most : least - 1 <= high)
        case (.bool(let own), .bool(let wanted)): own != wanted
        default: false
        }
    }

    /// The variables that must have a value for anything to pass.
    var neededVariables: [PolicyVariable] {
        switch self {
        case .pattern(let pattern), .folded(let pattern): pattern.variables.filter { $0.defaultValue == nil }
        case .within, .bool, .address: []
        }
    }

    /// What a condition's value asks for; nil where nothing passes.
    static func of(_ value: PolicyCondition.Value, _ comparison: Comparison) -> AccessTest? {
        switch value {
        case .text(let pattern):
            switch comparison {
            case .stringEqualsIgnoreCase, .stringNotEqualsIgnoreCase: return .folded(AccessPattern(pattern))
            default: return .pattern(AccessPattern(pattern))
            }
        case .arn(let pattern): return AccessPattern(pattern).map { .pattern($0) }
        case .bool(let bool): return .bool(bool)
        case .address(let range): return .address(range)
        case .number(let number): return within(.number, number, comparison)
        case .date(let date): return within(.date, Int128(date), comparison)
        }
    }

    private static func within(_ scale: Scale, _ value: Int128, _ comparison: Comparison) -> AccessTest {
        switch comparison {
        case .numericLessThan, .dateLessThan: .within(scale, .min, value - 1)
        case .numericLessThanEquals, .dateLessThanEquals: .within(scale, .min, value)
        case .numericGreaterThan, .dateGreaterThan: .within(scale, value + 1, .max)
        case .numericGreaterThanEquals, .dateGreaterThanEquals: .within(scale, value, .max)
        default: .within(scale, value, value)
        }
    }
}

/// What is true or false of a request, numbered, and what is known of how these hang together.
///
/// Nothing that is demanded here keeps a request out that a gateway can be asked: so what is impossible here is impossible.
struct AccessAtoms {
    enum Atom: Hashable {
        /// The resource matches.
        case resource(AccessPattern)
        /// The request has a value for the key.
        case present(ConditionKeyName)
        /// The key's one value passes.
        case value(ConditionKeyName, AccessTest)
        /// Each of the key's several values passes one of the tests.
        case every(ConditionKeyName, Set<AccessTest>)
        /// One of the key's several values passes.
        case some(ConditionKeyName, AccessTest)
        /// The key's one value cannot be read as the operator wants.
        case malformed(ConditionKeyName, ValueKind)
        /// A condition on several values that may not be readable: it holds, or it cannot be told.
        case holds(OpaqueCondition)
        case faults(OpaqueCondition)
    }

    enum ValueKind: Hashable { case number, date, bool, address }

    struct OpaqueCondition: Hashable {
        let comparison: ConditionOperator
        let key: ConditionKeyName
        let tests: Set<AccessTest>
        let isDeny: Bool
    }

    let action: PolicyAction
    private(set) var atoms: [Atom] = []
    private var places: [Atom: Int] = [:]

    init(action: PolicyAction) { self.action = action }

    private mutating func number(_ atom: Atom) -> Int {
        if let place = places[atom] { return place }
        atoms.append(atom)
        places[atom] = atoms.count - 1
        return atoms.count - 1
    }

    mutating func formula(_ atom: Atom) -> AccessFormula { .atom(number(atom)) }

    /// Whether the request has the key. A keyed action brings leading keys, any other none: without them the evaluator denies.
    mutating func presence(of key: ConditionKeyName) -> AccessFormula {
        if key.key == .leadingKeys {
            if !action.isKeyed { return .constant(false) }
            if action != .partiQLSelect { return .constant(true) }
        }
        return formula(.present(key))
    }

    /// Whether a request of the action brings one value of the key at the most.
    func isSingle(_ key: ConditionKeyName) -> Bool {
        if key.key == .leadingKeys { return AccessAtoms.bringsOneKey(action) }
        return !key.key.isMultivalued
    }

    /// Whether the action reaches the items of one partition key. Batches reach several; a statement's select can name several.
    static func bringsOneKey(_ action: PolicyAction) -> Bool {
        action.isKeyed && ![.batchGetItem, .batchWriteItem, .partiQLSelect].contains(action)
    }

    /// What hangs together: handed to the solver beside what is asked.
    mutating func demandConsistency(of solver: inout AccessSolver) {
        for (left, atom) in atoms.enumerated() {
            for right in atoms.indices.dropFirst(left + 1) {
                relate(left, atom, right, atoms[right], &solver)
            }
            relateToItself(left, atom, &solver)
        }
    }

    /// Makes the atoms that consistency is about, before the solver is made.
    mutating func complete() {
        for atom in atoms {
            for variable in AccessAtoms.neededVariables(atom) { _ = presence(of: variable.key) }
        }
        if action == .partiQLSelect, let scan = ConditionKeyName(.fullTableScan),
            let keys = ConditionKeyName(.leadingKeys)
        {
            _ = presence(of: keys)
            _ = formula(.value(scan, .bool(true)))
            _ = presence(of: scan)
        }
    }

    private static func neededVariables(_ atom: Atom) -> [PolicyVariable] {
        switch atom {
        case .resource(let pattern): pattern.variables.filter { $0.defaultValue == nil }
        case .value(_, let test), .some(_, let test): test.neededVariables
        case .present, .every, .malformed, .holds, .faults: []
        }
    }

    private func relateToItself(_ place: Int, _ atom: Atom, _ solver: inout AccessSolver) {
        for variable in AccessAtoms.neededVariables(atom) {
            // Its key is absent: nothing matches.
            if let present = places[.present(variable.key)] {
                solver.demand(oneOf: [(place, false), (present, true)])
            }
        }
        let everything = AccessTest.pattern(AccessPattern(elements: [.any(isInSegment: false)]))
        switch atom {
        case .resource(let pattern) where pattern.elements == [.any(isInSegment: false)]:
            solver.demand(oneOf: [(place, true)])
        case .value(_, let test) where test == everything: solver.demand(oneOf: [(place, true)])
        case .every(let key, let tests):
            if tests.contains(everything) { solver.demand(oneOf: [(place, true)]) }
            // There is a value, and it passes one of them.
            let some = tests.compactMap { places[.some(key, $0)] }
            guard some.count == tests.count else { return }
            solver.demand(oneOf: [(place, false)] + absence(of: key) + some.map { ($0, true) })
        case .present(let key) where action == .partiQLSelect && key.key == .leadingKeys:
            // Without leading keys it is a scan of the whole table, or denied.
            guard let scan = ConditionKeyName(.fullTableScan), let isTrue = places[.value(scan, .bool(true))],
                let isPresent = places[.present(scan)]
            else { return }
            solver.demand(oneOf: [(place, true), (isTrue, true)])
            solver.demand(oneOf: [(place, true), (isPresent, true)])
        default: return
        }
    }

    /// The literal that lets a clause hold where the key is absent.
    private func absence(of key: ConditionKeyName) -> [(atom: Int, isTrue: Bool)] {
        places[.present(key)].map { [($0, false)] } ?? []
    }

    private func relate(_ left: Int, _ own: Atom, _ right: Int, _ other: Atom, _ solver: inout AccessSolver) {
        switch (own, other) {
        case (.resource(let mine), .resource(let theirs)):
            if mine.isWithin(theirs) { solver.demand(oneOf: [(left, false), (right, true)]) }
            if theirs.isWithin(mine) { solver.demand(oneOf: [(right, false), (left, true)]) }
            if mine.isApart(from: theirs) { solver.demand(oneOf: [(left, false), (right, false)]) }
        case (.value(let key, let mine), .value(let sameKey, let theirs)) where key == sameKey:
            if mine.implies(theirs) { solver.demand(oneOf: [(left, false), (right, true)]) }
            if theirs.implies(mine) { solver.demand(oneOf: [(right, false), (left, true)]) }
            if mine.excludes(theirs) { solver.demand(oneOf: [(left, false), (right, false)]) }
            if mine.completes(theirs), !canBeMalformed(key, mine) {
                solver.demand(oneOf: [(left, true), (right, true)])
            }
        case (.some(let key, let mine), .some(let sameKey, let theirs)) where key == sameKey:
            if mine.implies(theirs) { solver.demand(oneOf: [(left, false), (right, true)]) }
            if theirs.implies(mine) { solver.demand(oneOf: [(right, false), (left, true)]) }
        case (.every(let key, let mine), .every(let sameKey, let theirs)) where key == sameKey:
            if AccessAtoms.cover(theirs, mine) { solver.demand(oneOf: [(left, false), (right, true)]) }
            if AccessAtoms.cover(mine, theirs) { solver.demand(oneOf: [(right, false), (left, true)]) }
        case (.every(let key, let tests), .some(let sameKey, let test)) where key == sameKey:
            relate(left, tests, right, test, key, &solver)
        case (.some(let key, let test), .every(let sameKey, let tests)) where key == sameKey:
            relate(right, tests, left, test, key, &solver)
        case (.holds(let mine), .faults(let theirs)), (.faults(let mine), .holds(let theirs)):
            if mine == theirs { solver.demand(oneOf: [(left, false), (right, false)]) }
        default: return
        }
    }

    private func relate(
        _ every: Int, _ tests: Set<AccessTest>, _ some: Int, _ test: AccessTest, _ key: ConditionKeyName,
        _ solver: inout AccessSolver
    ) {
        if tests.allSatisfy({ $0.excludes(test) }) {
            solver.demand(oneOf: [(every, false), (some, false)] + absence(of: key))
        }
        if tests.allSatisfy({ $0.implies(test) }) {
            solver.demand(oneOf: [(every, false), (some, true)] + absence(of: key))
        }
    }

    private static func cover(_ wide: Set<AccessTest>, _ narrow: Set<AccessTest>) -> Bool {
        narrow.allSatisfy { test in wide.contains { test.implies($0) } }
    }

    private func canBeMalformed(_ key: ConditionKeyName, _ test: AccessTest) -> Bool {
        let kind: ValueKind? =
            switch test {
            case .within(.number, _, _): .number
            case .within(.date, _, _): .date
            case .bool: .bool
            case .address: .address
            case .pattern, .folded: nil
            }
        return kind.map { places[.malformed(key, $0)] != nil } ?? false
    }
}
