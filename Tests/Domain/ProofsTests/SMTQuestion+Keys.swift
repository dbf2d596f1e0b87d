import Base

@testable import Policies

extension SMTQuestion {
    func isText(_ key: ConditionKey) -> Bool {
        !key.types.contains { $0 == .bool || $0 == .date || $0 == .numeric || $0 == .ipAddress }
    }

    /// The values of a key whose values are texts, and whether it is there.
    mutating func texts(of key: ConditionKeyName) -> (
        isPresent: String, values: [(isPresent: String, text: String)]
    ) {
        if key.key == .leadingKeys {
            guard !isScan else { return ("false", []) }
            return ("true", SMTQuestion.keyNames.map { ($0[0], $0[1]) })
        }
        declareText(key)
        let first = (isPresent: names.isPresent(key), text: names.value(key))
        guard key.key.isMultivalued else { return (first.isPresent, [first]) }
        let name = names.name(key)
        return (first.isPresent, [first, ("has_more_\(name)", "more_\(name)")])
    }

    mutating func declareText(_ key: ConditionKeyName) {
        guard key.key != .principalTag, key.key != .leadingKeys, declarations[key] == nil else { return }
        let name = names.name(key)
        texts.insert(key)
        declarations[key] = ["(declare-const has_\(name) Bool)(declare-const \(name) String)"]
        guard key.key.isMultivalued else { return }
        declarations[key]?.append("(declare-const has_more_\(name) Bool)(declare-const more_\(name) String)")
    }

    /// A key whose values are no texts is one of the values of the stock, by its number: the evaluator says which conditions
    /// each of them satisfies.
    mutating func declareChoice(_ key: ConditionKeyName) {
        let name = names.name(key)
        choices.insert(key)
        let count = ContextStock.choices(of: key.key).count
        declarations[key] = [
            "(declare-const choice_\(name) Int)(assert (and (<= 0 choice_\(name)) (< choice_\(name) \(count))))"
        ]
        // Both of them are the time.
        guard key.key == .epochTime, let other = ConditionKeyName(.currentTime) else { return }
        declareChoice(other)
        declarations[key]?.append("(assert (= choice_\(name) choice_\(names.name(other))))")
    }

    func choiceHolds(_ key: ConditionKeyName, _ place: Int, _ effect: PolicyStatement.Effect) -> String {
        guard let resource = PolicyResource(arn: "arn:aws:dynamodb:us-east-1:000000000000:table/ttt") else {
            preconditionFailure("the ARN of a table")
        }
        var request = DecisionRequest(concern.action, on: resource, by: .unknown)
        var found: [String] = []
        for (number, choice) in ContextStock.choices(of: key.key).enumerated() {
            request.begin(concern.action, on: resource, at: choice.time)
            for value in choice.values { request.context.append(value, to: choice.key) }
            if policies.holds(policies.conditions[place], effect, request) == .yes {
                found.append("(= choice_\(names.name(key)) \(number))")
            }
        }
        return SMTText.or(found)
    }

    var fullScanChoice: Int {
        ContextStock.choices(of: .fullTableScan).firstIndex { $0.values == ["true"] } ?? 0
    }
}
