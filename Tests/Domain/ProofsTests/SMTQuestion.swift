import Base

@testable import Policies

/// One question of a policy in SMT-LIB: whether a session of the small world reaches what is not its own by one action on
/// one place.
struct SMTQuestion {
    let policies: CompiledPolicySet
    let concern: ActionConcern
    let place: SmallWorld.Place
    /// Whether it is asked without leading keys, as scans are.
    let isScan: Bool
    let names = SMTNames()
    var declarations: [ConditionKeyName: [String]] = [:]
    var texts: Set<ConditionKeyName> = []
    var choices: Set<ConditionKeyName> = []

    init(_ policies: CompiledPolicySet, _ concern: ActionConcern, at place: SmallWorld.Place, isScan: Bool) {
        self.policies = policies
        self.concern = concern
        self.place = place
        self.isScan = isScan
    }

    static let keyNames = [["has_k1", "k1"], ["has_k2", "k2"], ["has_k3", "k3"]]

    /// The question, without `check-sat`: first what is declared, then what is to hold.
    mutating func text() -> String {
        var holds = [allowed(in: .role)]
        if policies.hasBoundary { holds.append(allowed(in: .boundary)) }
        for statement in concern.statements where policies.statements[statement].effect == .deny {
            holds.append(SMTText.not(applies(statement)))
        }
        if !isScan { holds.append(SMTText.not(owned("k1"))) }
        if concern.action == .partiQLSelect, let name = ConditionKeyName(.fullTableScan) {
            declareChoice(name)
            let isFull = "(= choice_\(names.name(name)) \(fullScanChoice))"
            holds.append(isScan ? isFull : SMTText.not(isFull))
        }
        let declared = declarations.sorted { $0.key.text < $1.key.text }.flatMap(\.value)
        return
            (SMTQuestion.commonDeclarations(several: concern.takesSeveralKeys && !isScan) + declared
            + holds.map { "(assert \($0))" }).joined(separator: "\n")
    }

    private static func commonDeclarations(several: Bool) -> [String] {
        var lines: [String] = []
        for tag in SmallWorld.tagValues {
            lines.append("(declare-const has_tag_\(tag.name) Bool)(declare-const tag_\(tag.name) String)")
            let words = tag.values.map { "(= tag_\(tag.name) \(SMTText.literal(Array($0.utf8))))" }
            lines.append("(assert \(SMTText.or(words)))")
        }
        for (index, key) in keyNames.enumerated() {
            lines.append("(declare-const \(key[0]) Bool)(declare-const \(key[1]) String)")
            // DynamoDB takes no empty partition key.
            lines.append("(assert (> (str.len \(key[1])) 0))")
            if index == 0 { lines.append("(assert has_k1)") }
            if index > 0, !several { lines.append("(assert (not \(key[0])))") }
        }
        return lines
    }

    private func owned(_ key: String) -> String {
        let tag = "tag_\(place.ownerTag)"
        let form =
            place.isOwnedByTenant ? "(= \(key) \(tag))" : "(str.prefixof (str.++ \"T#\" \(tag) \"#\") \(key))"
        return "(and has_\(tag) \(form))"
    }

    private mutating func allowed(in layer: PolicyLayer) -> String {
        var found: [String] = []
        for statement in concern.statements {
            let known = policies.statements[statement]
            if known.layer == layer, known.effect == .allow { found.append(applies(statement)) }
        }
        return SMTText.or(found)
    }

    private mutating func applies(_ index: Int) -> String {
        let statement = policies.sources[index].statement
        var found = [reaches(statement)]
        for (place, condition) in zip(policies.statements[index].conditions, statement.conditions) {
            found.append(holds(condition, at: place, statement.effect))
        }
        return SMTText.and(found)
    }

    private func reaches(_ statement: PolicyStatement) -> String {
        let path = place.path
        let parts = ["arn", "aws", "dynamodb", "us-east-1", "000000000000", path]
        var variables: [PolicyVariable] = []
        let matched = SMTText.or(
            statement.resources.patterns.map { pattern in
                switch pattern {
                case .everything: return "true"
                case .incomplete: return "false"
                case .segments(let segments):
                    variables += segments[5].variables
                    return SMTText.and(
                        zip(segments, parts).map {
                            SMTPattern($0, names).matches(SMTText.literal(Array($1.utf8)))
                        })
                }
            })
        guard statement.resources.isNegated else { return matched }
        let known = statement.effect == .allow ? variables.map(names.isPresent) : []
        return SMTText.and([SMTText.not(matched)] + known)
    }

    private mutating func holds(_ condition: PolicyCondition, at place: Int, _ effect: PolicyStatement.Effect)
        -> String
    {
        let key = condition.key.value
        let comparison = condition.comparison.value
        for variable in condition.values.flatMap(\.variables) { declareText(variable.key) }
        guard isText(key.key) else {
            declareChoice(key)
            return choiceHolds(key, place, effect)
        }
        let found = texts(of: key)
        if comparison.comparison == .null { return isNull(condition, found.isPresent) }
        let absent: Bool =
            comparison.isIfExists
            || (comparison.qualifier == .plain
                ? comparison.comparison.isNegated : comparison.qualifier == .forAllValues)
        let wantsOne =
            comparison.qualifier == .forAnyValue || (comparison.qualifier == .plain && effect == .deny)
        let each = found.values.map { value in
            let match = SMTText.or(condition.values.map { matches($0, value.text, comparison.comparison) })
            let holds = comparison.comparison.isNegated ? SMTText.not(match) : match
            return wantsOne ? "(and \(value.isPresent) \(holds))" : "(=> \(value.isPresent) \(holds))"
        }
        let present = wantsOne ? SMTText.or(each) : SMTText.and(each)
        return "(ite \(found.isPresent) \(present) \(SMTText.bool(absent)))"
    }

    private func isNull(_ condition: PolicyCondition, _ isPresent: String) -> String {
        let wanted = SMTText.or(
            condition.values.map { value in
                if case .bool(true) = value { SMTText.not(isPresent) } else { isPresent }
            })
        switch condition.comparison.value.qualifier {
        case .plain: return wanted
        case .forAllValues: return "(or (not \(isPresent)) \(wanted))"
        case .forAnyValue: return "(and \(isPresent) \(wanted))"
        }
    }

    private func matches(_ value: PolicyCondition.Value, _ subject: String, _ comparison: Comparison)
        -> String
    {
        switch value {
        case .text(let pattern):
            if case .text(_, let ignoresCase) = comparison.family, ignoresCase {
                return SMTPattern(pattern, names).matches(subject, ignoringCase: true)
            }
            return SMTPattern(pattern, names).matches(subject)
        case .arn(.everything): return "true"
        case .arn(.incomplete): return "false"
        case .arn(.segments(let segments)):
            // The parts of the subject between its first five colons.
            var start = "0"
            var found: [String] = []
            for segment in segments.dropLast() {
                let end = "(str.indexof \(subject) \":\" \(start))"
                found.append("(>= \(end) 0)")
                found.append(
                    SMTPattern(segment, names).matches("(str.substr \(subject) \(start) (- \(end) \(start)))")
                )
                start = "(+ \(end) 1)"
            }
            let rest = "(str.substr \(subject) \(start) (str.len \(subject)))"
            return SMTText.and(found + [SMTPattern(segments[5], names).matches(rest)])
        case .number, .date, .bool, .address: preconditionFailure("no texts")
        }
    }
}

extension PolicyCondition.Value {
    /// The variables in it.
    fileprivate var variables: [PolicyVariable] {
        switch self {
        case .text(let pattern): pattern.variables
        case .arn(.segments(let segments)): segments.flatMap(\.variables)
        case .arn, .number, .date, .bool, .address: []
        }
    }
}
