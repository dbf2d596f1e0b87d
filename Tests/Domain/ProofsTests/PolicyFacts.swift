import Base

@testable import Policies

/// What some statements look at, and with which values that can be asked.
struct PolicyFacts {
    struct KeyCondition {
        let index: Int
        let variables: [PolicyVariable]
    }

    /// A session's tags and its `aws:userid`.
    struct Session {
        let tags: [(name: String, value: String)]
        let userID: String?

        func value(of variable: PolicyVariable) -> String? {
            if variable.key.key == .userid { return userID }
            return tags.first { $0.name == variable.key.tag }?.value
        }
    }

    /// The values of a key, none where it is absent.
    struct Choice {
        let key: ConditionKey
        let values: [String]
        let time: Timestamp?
    }

    static let principalARN = "arn:aws:sts::000000000000:assumed-role/hunted/session"

    private(set) var keyConditions: [KeyCondition] = []
    private var tagNames: Set<String>
    private var usesUserID = false
    /// The other conditions by their key: place of the condition, and of its statement.
    private var others: [ConditionKey: [(condition: Int, statement: Int)]] = [:]
    private let owner: String

    init(_ policies: CompiledPolicySet, statements: [Int], place: SmallWorld.Place) {
        owner = place.ownerTag
        tagNames = [owner]
        for statement in statements {
            let source = policies.sources[statement].statement
            for case .segments(let segments) in source.resources.patterns {
                note(segments.flatMap(\.variables))
            }
            for (index, condition) in zip(policies.statements[statement].conditions, source.conditions) {
                var variables: [PolicyVariable] = []
                for value in condition.values {
                    switch value {
                    case .text(let pattern): variables += pattern.variables
                    case .arn(.segments(let segments)): variables += segments.flatMap(\.variables)
                    case .arn, .number, .date, .bool, .address: continue
                    }
                }
                note(variables)
                switch condition.key.value.key {
                case .leadingKeys: keyConditions.append(KeyCondition(index: index, variables: variables))
                case .principalTag: tagNames.insert(condition.key.value.tag ?? "")
                case .principalArn, .principalType, .principalAccount: continue
                case let key: others[key, default: []].append((index, statement))
                }
            }
        }
    }

    /// The texts that a statement compares leading keys with.
    static func keyPatterns(of statement: PolicyStatement) -> [PolicyPattern] {
        statement.conditions.filter { $0.key.value.key == .leadingKeys }.flatMap(\.values).compactMap {
            if case .text(let pattern) = $0 { pattern } else { nil }
        }
    }

    private mutating func note(_ variables: [PolicyVariable]) {
        for variable in variables {
            if variable.key.key == .userid { usesUserID = true }
            if let tag = variable.key.tag { tagNames.insert(tag) }
        }
    }

    /// Every session with short tags, or without them.
    var sessions: [Session] {
        var found: [[(name: String, value: String)]] = [[]]
        for name in tagNames.sorted() {
            let words = SmallWorld.tagValues.first { $0.name == name }?.values ?? []
            found = found.flatMap { tags in [tags] + words.map { tags + [(name, $0)] } }
        }
        return found.flatMap { tags in
            (usesUserID ? ["a", "b"] : ["AROA:session"]).map { Session(tags: tags, userID: $0) }
        }
    }

    /// Every choice of values for the other keys that conditions tell apart.
    func contexts(_ policies: CompiledPolicySet, _ request: inout DecisionRequest) -> [[Choice]] {
        var found: [[Choice]] = [[]]
        for (key, conditions) in others.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            var seen: Set<[CompiledPolicySet.Answer]> = []
            var choices: [Choice] = []
            for choice in ContextStock.choices(of: key, in: request.action) {
                request.begin(request.action, on: request.resource, at: choice.time)
                fill(&request, with: [choice])
                let answers = conditions.map {
                    policies.holds(
                        policies.conditions[$0.condition], policies.statements[$0.statement].effect, request)
                }
                // Whether a statement's scan has keys depends on this one beside the conditions.
                let isKept = seen.insert(answers).inserted || key == .fullTableScan
                if isKept { choices.append(choice) }
            }
            guard !choices.isEmpty else { continue }
            found = found.flatMap { head in choices.map { head + [$0] } }
            if found.count > 4096 { found = Array(found.prefix(4096)) }
        }
        if request.action == .partiQLSelect, others[.fullTableScan] == nil {
            let scan = Choice(key: .fullTableScan, values: ["true"], time: nil)
            found += found.map { $0 + [scan] }
        }
        return found
    }

    func time(of context: [Choice]) -> Timestamp? {
        context.compactMap(\.time).first
            ?? (others[.currentTime] ?? others[.epochTime] == nil ? ContextStock.now : nil)
    }

    func fill(_ request: inout DecisionRequest, with context: [Choice]) {
        for choice in context { for value in choice.values { request.context.append(value, to: choice.key) } }
    }

    static func isFullScan(_ request: DecisionRequest) -> Bool {
        ConditionKeyName(.fullTableScan).map { request.context.texts(of: $0) == ["true"] } ?? false
    }
}

/// The values with which keys are asked.
enum ContextStock {
    static let now = Timestamp(milliseconds: 1_780_000_000_000)

    /// The values of a key, one choice each; the first is its absence where a request can come without it.
    static func choices(of key: ConditionKey, in action: PolicyAction) -> [PolicyFacts.Choice] {
        let isBrought = action.conditionKeys.contains(key) || !key.name.hasPrefix("dynamodb:")
        return isBrought ? choices(of: key) : [.init(key: key, values: [], time: nil)]
    }

    /// The same, whatever the action.
    static func choices(of key: ConditionKey) -> [PolicyFacts.Choice] {
        if key == .currentTime || key == .epochTime {
            return [.init(key: key, values: [], time: nil)]
                + times.map { .init(key: key, values: [], time: Timestamp(milliseconds: $0)) }
        }
        guard let values = stock[key] else { return [.init(key: key, values: [], time: nil)] }
        var choices = values.map { PolicyFacts.Choice(key: key, values: [$0], time: nil) }
        if key.isMultivalued {
            for (place, first) in values.enumerated() {
                choices += values[(place + 1)...].map { .init(key: key, values: [first, $0], time: nil) }
            }
        }
        return [.init(key: key, values: [], time: nil)] + choices
    }

    /// Around the dates and numbers that policies are made up with.
    private static let times: [Int64] = [
        0, 499, 500, 501, 299_999, 300_000, 300_001, 3_599_999, 3_600_000, 3_600_001, 1_767_225_599_999,
        1_767_225_600_000, 1_767_225_600_001, 1_780_271_999_999, 1_780_272_000_000, 1_780_272_000_001,
        1_893_455_999_999, 1_893_456_000_000, 1_893_456_000_001,
    ]

    private static let stock: [ConditionKey: [String]] = [
        .attributes: ["a", "b", "ab", "pk", "zz"],
        .select: ["ALL_ATTRIBUTES", "COUNT", "SPECIFIC_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"],
        .fullTableScan: ["true", "false"], .secureTransport: ["true", "false"],
        .enclosingOperation: ["TransactWriteItems", "TransactGetItems", "BatchExecuteStatement"],
        .sourceIp: ["10.1.2.3", "10.9.9.9", "203.0.113.9", "::1", "2001:db8::1"],
        .multiFactorAuthAge: ["0.4", "0.5", "0.6", "300", "301", "3600", "4000"],
        .sourceArn: ["arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:sts::1:assumed-role/x/y", "b"],
        .returnValues: ["ALL_OLD", "NONE", "UPDATED_NEW"],
    ]
}
