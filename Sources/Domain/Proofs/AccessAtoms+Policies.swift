import Policies

extension AccessAtoms {
    /// What must be true for a role's policies to allow the action.
    ///
    /// The same steps as `CompiledPolicySet.decide` takes: no Deny applies or cannot be told; then in each layer an Allow
    /// applies before one that cannot be told.
    mutating func allows(_ policies: CompiledPolicySet) -> AccessFormula {
        let boundary = policies.boundary.map { [$0] } ?? []
        var parts: [AccessFormula] = []
        for statement in concerned(policies.policies + boundary, .deny) {
            let (applies, faults) = formulas(statement)
            parts.append(.negated(applies))
            parts.append(.negated(faults))
        }
        parts.append(layer(policies.policies))
        if !boundary.isEmpty { parts.append(layer(boundary)) }
        return .both(parts)
    }

    private func concerned(_ documents: [PolicyDocument], _ effect: PolicyStatement.Effect)
        -> [PolicyStatement]
    {
        documents.flatMap(\.statements).filter { $0.effect == effect && $0.actions.set.contains(action) }
    }

    private mutating func layer(_ documents: [PolicyDocument]) -> AccessFormula {
        var ways: [AccessFormula] = []
        var clear: [AccessFormula] = []
        for statement in concerned(documents, .allow) {
            let (applies, faults) = formulas(statement)
            ways.append(.both([applies] + clear))
            clear.append(.negated(faults))
        }
        return .either(ways)
    }

    /// When a statement applies, and when it cannot be told.
    private mutating func formulas(_ statement: PolicyStatement) -> (
        applies: AccessFormula, faults: AccessFormula
    ) {
        let reaches = reaches(statement)
        var before = [reaches]
        var faults: [AccessFormula] = []
        for condition in statement.conditions {
            let (holds, fault) = formulas(condition, statement.effect)
            faults.append(.both(before + [fault]))
            before.append(holds)
        }
        return (.both(before), .either(faults))
    }

    private mutating func reaches(_ statement: PolicyStatement) -> AccessFormula {
        let patterns = statement.resources.patterns.compactMap { AccessPattern($0) }
        let matches = AccessFormula.either(patterns.map { formula(.resource($0)) })
        guard statement.resources.isNegated else { return matches }
        guard statement.effect == .allow else { return .negated(matches) }
        // A variable without a value in the NotResource of an Allow keeps it from applying.
        let variables = patterns.flatMap(\.variables).filter { $0.defaultValue == nil }
        return .both([.negated(matches)] + variables.map { presence(of: $0.key) })
    }

    private mutating func formulas(
        _ condition: PolicyCondition, _ effect: PolicyStatement.Effect
    ) -> (holds: AccessFormula, faults: AccessFormula) {
        let comparison = condition.comparison.value
        let key = condition.key.value
        let present = presence(of: key)
        if comparison.comparison == .null { return (null(condition, present), .constant(false)) }
        let isTrueWhereAbsent =
            switch comparison.qualifier {
            case _ where comparison.isIfExists: true
            case .forAllValues: true
            case .forAnyValue: false
            case .plain: comparison.comparison.isNegated
            }
        let (holds, faults) = ofPresentKey(condition, effect)
        return (
            .either([.both([present, holds]), .both([.negated(present), .constant(isTrueWhereAbsent)])]),
            .both([present, faults])
        )
    }

    private func null(_ condition: PolicyCondition, _ present: AccessFormula) -> AccessFormula {
        let wantsAbsence = condition.values.contains(.bool(true))
        let isTrueWhereAbsent =
            switch condition.comparison.value.qualifier {
            case .forAllValues: true
            case .forAnyValue: false
            case .plain: wantsAbsence
            }
        return .either([
            .both([present, .constant(condition.values.contains(.bool(false)))]),
            .both([.negated(present), .constant(isTrueWhereAbsent)]),
        ])
    }

    /// When a condition holds on a key that is there, and when it cannot be told.
    private mutating func ofPresentKey(
        _ condition: PolicyCondition, _ effect: PolicyStatement.Effect
    ) -> (holds: AccessFormula, faults: AccessFormula) {
        let comparison = condition.comparison.value
        let key = condition.key.value
        let tests = condition.values.compactMap { AccessTest.of($0, comparison.comparison) }
        let kind = AccessAtoms.kind(comparison.comparison)
        let isTime = key.key == .currentTime || key.key == .epochTime
        let isReadable = kind.map { AccessAtoms.isAlways($0, key.key) } ?? true
        let isNegated = comparison.comparison.isNegated
        // The time is kept as a number: operators on text cannot tell.
        guard !isTime || kind == .number || kind == .date, isReadable || isSingle(key) else {
            let opaque = OpaqueCondition(
                comparison: comparison, key: key, tests: Set(tests), isDeny: effect == .deny)
            return (formula(.holds(opaque)), formula(.faults(opaque)))
        }
        if isSingle(key) {
            let matches = AccessFormula.either(tests.map { formula(.value(key, $0)) })
            let holds = isNegated ? AccessFormula.negated(matches) : matches
            guard !isReadable, let kind else { return (holds, .constant(false)) }
            let malformed = formula(.malformed(key, kind))
            return (.both([.negated(malformed), holds]), malformed)
        }
        let wantsOne =
            comparison.qualifier == .forAnyValue || (comparison.qualifier == .plain && effect == .deny)
        let some = AccessFormula.either(tests.map { formula(.some(key, $0)) })
        let every = formula(.every(key, Set(tests)))
        if isNegated { return (wantsOne ? .negated(every) : .negated(some), .constant(false)) }
        return (wantsOne ? some : every, .constant(false))
    }

    private static func kind(_ comparison: Comparison) -> ValueKind? {
        switch comparison {
        case .numericEquals, .numericNotEquals, .numericLessThan, .numericLessThanEquals,
            .numericGreaterThan, .numericGreaterThanEquals:
            .number
        case .dateEquals, .dateNotEquals, .dateLessThan, .dateLessThanEquals, .dateGreaterThan,
            .dateGreaterThanEquals:
            .date
        case .bool: .bool
        case .ipAddress, .notIPAddress: .address
        case .stringEquals, .stringNotEquals, .stringEqualsIgnoreCase, .stringNotEqualsIgnoreCase,
            .stringLike, .stringNotLike, .binaryEquals, .arnEquals, .arnLike, .arnNotEquals, .arnNotLike,
            .null:
            nil
        }
    }

    /// Whether a gateway fills the key with nothing but values of that kind.
    private static func isAlways(_ kind: ValueKind, _ key: ConditionKey) -> Bool {
        switch kind {
        case .number: key.types == [.numeric] || key == .epochTime || key == .currentTime
        case .date: key.types == [.date] || key == .epochTime
        case .bool: key.types == [.bool]
        case .address: key.types == [.ipAddress]
        }
    }
}
