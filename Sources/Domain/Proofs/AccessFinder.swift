import Base
import Policies
import Tenancy

/// Looks for a request that one set of policies allows and another does not, by asking the evaluator itself.
///
/// Its requests are made of values that tell the conditions of both sets apart: a text of each sort that their patterns
/// distinguish, both sides of each number, and the key's absence.
struct AccessFinder {
    let catalog: Catalog
    let allowing: CompiledPolicySet
    let denying: CompiledPolicySet?
    let action: PolicyAction
    private let budget: AccessBudget
    private let tests: [ConditionKeyName: [AccessTest]]
    let mentioned: [ConditionKeyName]

    /// A request that makes the difference, and the session's tags.
    struct Found {
        let tags: [(name: String, value: String)]
        let request: DecisionRequest
    }

    /// What the values of one key can be in a request; none where it is absent.
    typealias Choices = [[String]]

    init(
        catalog: Catalog, allowing: CompiledPolicySet, denying: CompiledPolicySet?, action: PolicyAction,
        budget: AccessBudget = AccessBudget()
    ) {
        self.budget = budget
        self.catalog = catalog
        self.allowing = allowing
        self.denying = denying
        self.action = action
        var tests: [ConditionKeyName: [AccessTest]] = [:]
        var mentioned: Set<ConditionKeyName> = []
        for statement in AccessFinder.statements(of: [allowing, denying], about: action) {
            for pattern in statement.resources.patterns.compactMap({ AccessPattern($0) }) {
                mentioned.formUnion(pattern.variables.map(\.key))
            }
            for condition in statement.conditions {
                let key = condition.key.value
                mentioned.insert(key)
                for value in condition.values where condition.comparison.value.comparison != .null {
                    guard let test = AccessTest.of(value, condition.comparison.value.comparison) else {
                        continue
                    }
                    if tests[key]?.contains(test) != true { tests[key, default: []].append(test) }
                    mentioned.formUnion(test.variables.map(\.key))
                }
            }
        }
        if action.isKeyed, let keys = ConditionKeyName(.leadingKeys) { mentioned.insert(keys) }
        self.tests = tests
        self.mentioned = mentioned.sorted { $0.text < $1.text }
    }

    static func statements(of sets: [CompiledPolicySet?], about action: PolicyAction) -> [PolicyStatement] {
        sets.flatMap { set in
            ((set?.policies ?? []) + (set?.boundary.map { [$0] } ?? [])).flatMap(\.statements)
        }.filter { $0.actions.set.contains(action) }
    }

    /// A request on a resource of that sort, or nil where none was found within the limits.
    /// - Parameter resources: texts of ARNs to try, given the values of variables.
    func find(_ resources: (_ values: (PolicyVariable) -> String?) -> [String]) -> Found? {
        var budget = Limits.accessRequestsMax
        for tags in tagSets() {
            let value = values(of: tags)
            guard let principal = principal(tags) else { continue }
            for arn in resources(value) {
                guard let resource = PolicyResource(arn: arn) else { continue }
                let request = DecisionRequest(
                    action, on: resource, by: principal,
                    at: Timestamp(milliseconds: AccessFinder.timeMilliseconds))
                if let found = find(request, value, &budget) { return Found(tags: tags, request: found) }
                guard budget > 0, !self.budget.isSpent else { return nil }
            }
        }
        return nil
    }

    /// 2026-01-31T10:00:00Z: when requests are made where no policy asks for the time.
    static let timeMilliseconds: Int64 = 1_769_853_600_000

    /// What stands in the place of a variable in a session with these tags.
    func values(of tags: [(name: String, value: String)]) -> (PolicyVariable) -> String? {
        { [arn] variable in
            let value: String? =
                switch variable.key.key {
                case .principalTag: tags.first { $0.name == variable.key.tag }?.value
                case .principalArn: arn
                case .principalAccount: AccessFinder.account
                case .userid: AccessFinder.userID
                case .principalType: "AssumedRole"
                default: nil
                }
            return value ?? variable.defaultValue
        }
    }

    private static let account = "000000000000"
    private static let userID = "AROA:session"
    private var arn: String { "arn:aws:sts::\(AccessFinder.account):assumed-role/\(allowing.role)/session" }

    private func principal(_ tags: [(name: String, value: String)]) -> PrincipalAttributes? {
        do throws(PrincipalAttributes.TagFault) {
            return try PrincipalAttributes(
                tags: tags, arn: arn, account: AccessFinder.account, userID: AccessFinder.userID,
                origin: .token(
                    issuedAt: Timestamp(milliseconds: AccessFinder.timeMilliseconds), provider: nil))
        } catch {
            // No session can have such a tag: that candidate is none.
            return nil
        }
    }

    /// Every combination of the tags' choices, absent ones last.
    private func tagSets() -> [[(name: String, value: String)]] {
        var sets: [[(name: String, value: String)]] = [[]]
        for key in mentioned where key.key == .principalTag {
            guard let name = key.tag else { continue }
            let choices = tagChoices(key)
            let wider = sets.flatMap { set in choices.map { set + [(name, $0)] } + [set] }
            sets = Array(wider.prefix(Limits.accessTagSetsMax))
        }
        return sets
    }

    /// What a key's value looks like where no policy asks for one.
    private static func sample(of key: ConditionKeyName) -> String {
        let name = key.text
        return name.contains("tenant") ? "t1" : name.contains("school") ? "s1" : "example"
    }

    /// Values of a tag: one that looks like a school's or a tenant's, then one of each sort.
    private func tagChoices(_ key: ConditionKeyName) -> [String] {
        var choices = [AccessFinder.sample(of: key)]
        for choice in texts(of: key, { $0.defaultValue }) where !choices.contains(choice) {
            choices.append(choice)
        }
        // Numbers too: a tag can be compared with one.
        for test in tests[key] ?? [] {
            for text in AccessFinder.numbers(test) where !choices.contains(text) { choices.append(text) }
        }
        return choices
    }

    /// A text of each sort that the key's patterns tell apart: plausible ones first.
    func texts(of key: ConditionKeyName, _ value: (PolicyVariable) -> String?) -> [String] {
        var patterns: [AccessPattern] = []
        for test in tests[key] ?? [] {
            switch test {
            case .pattern(let pattern), .folded(let pattern):
                if let filled = pattern.filled(value), !patterns.contains(filled) { patterns.append(filled) }
            case .within, .bool, .address: continue
            }
        }
        let classes = AccessClasses(patterns, forms: [])
        var seen: Set<[Bool]> = []
        var found: [String] = []
        let plausible =
            [AccessFinder.sample(of: key)]
            + ["EXAMPLE#1", ""].flatMap { filler in patterns.map { $0.example(filler) } } + ownedKeys(key)
        for text in plausible where !text.isEmpty && seen.insert(classes.matches(text)).inserted {
            found.append(text)
        }
        let all = classes.find(in: .anything, statesMax: Limits.accessStatesMax, budget)
        for sort in all.found where seen.insert(sort.matches).inserted {
            found.append(sort.text.isEmpty ? "-" : sort.text)
        }
        return found
    }

    /// Keys of somebody's items, as the catalog forms them.
    private func ownedKeys(_ key: ConditionKeyName) -> [String] {
        guard key.key == .leadingKeys else { return [] }
        return catalog.tables.flatMap(\.ownedKeys.patterns).map { pattern in
            var text = ""
            var isInName = false
            for character in pattern.description {
                switch character {
                case "{": isInName = true
                case "}":
                    isInName = false
                    text += pattern.variable == .tenantID ? "t2" : "s2"
                case "*": text += "EXAMPLE#1"
                default: if !isInName { text.append(character) }
                }
            }
            return text
        }
    }

    /// Texts on both sides of a comparison of numbers.
    static func numbers(_ test: AccessTest) -> [String] {
        guard case .within(let scale, let low, let high) = test else { return [] }
        let ends = [low, high].filter { $0 != .min && $0 != .max }
        return ends.flatMap { end -> [String] in
            // Dates are in milliseconds, numbers in billionths; both are written as whole ones where they are whole.
            let unit: Int128 = scale == .date ? 1000 : 1_000_000_000
            let (whole, rest) = end.quotientAndRemainder(dividingBy: unit)
            let exact = rest == 0 || scale == .date ? "\(whole)" : AccessFinder.decimal(end)
            return ["\(exact)", "\(whole - 1)", "\(whole + 1)"].filter {
                scale == .number || !$0.hasPrefix("-")
            }
        }
    }

    private static func decimal(_ billionths: Int128) -> String {
        let (whole, rest) = billionths.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        let digits = String(rest)
        let padding = String(repeating: "0", count: 9 - digits.count)
        return (billionths < 0 ? "-" : "") + "\(whole).\(padding)\(digits)"
    }

    /// What a key can bring.
    private func choices(_ key: ConditionKeyName, _ value: (PolicyVariable) -> String?) -> Choices {
        var single = texts(of: key, value)
        for test in tests[key] ?? [] {
            switch test {
            case .within: single += AccessFinder.numbers(test)
            case .address(let range): single += range.edges + ["192.0.2.1", "2001:db8::1"]
            case .bool, .pattern, .folded: continue
            }
        }
        if key.key.types == [.bool] { single = ["true", "false"] }
        var choices = single.map { [$0] }
        if key.key == .leadingKeys {
            if !action.isKeyed { return [[]] }
            if AccessAtoms.bringsOneKey(action) { return choices }
        }
        if key.key.isMultivalued {
            for (place, left) in single.enumerated() {
                for right in single.dropFirst(place + 1) { choices.append([left, right]) }
            }
        }
        if key.key == .leadingKeys, action != .partiQLSelect { return choices }
        return choices.count > 1 ? [choices[0], []] + choices.dropFirst() : choices + [[]]
    }

    /// The keys that a request brings beside the session's tags.
    private func requestKeys() -> [ConditionKeyName] {
        var keys = mentioned.filter { $0.key != .principalTag }
        if action == .partiQLSelect, let scan = ConditionKeyName(.fullTableScan), !keys.contains(scan) {
            keys.append(scan)
        }
        return keys
    }

    private func find(
        _ base: DecisionRequest, _ value: (PolicyVariable) -> String?, _ budget: inout Int
    ) -> DecisionRequest? {
        let keys = requestKeys()
        let choices = keys.map { self.choices($0, value) }
        for statement in 0..<allowing.statementCount
        where allowing.isAllow(statement, of: .role, reaching: base) {
            for limit in limits(base) {
                // Only what this Allow, and the boundary's, have nothing against.
                let fitting = zip(keys, choices).map { key, all in
                    all.filter { texts in
                        let request = AccessFinder.with(base, [(key, texts)])
                        return allowing.holds(statement, conditionsOn: key, request)
                            && (limit.map { allowing.holds($0, conditionsOn: key, request) } ?? true)
                    }
                }
                guard fitting.allSatisfy({ !$0.isEmpty }) else { continue }
                if let found = search(base, keys, fitting, &budget) { return found }
                guard budget > 0 else { return nil }
            }
        }
        return nil
    }

    /// The boundary's Allows that reach the resource; one nil where there is no boundary.
    private func limits(_ base: DecisionRequest) -> [Int?] {
        guard allowing.boundary != nil else { return [nil] }
        return (0..<allowing.statementCount).filter { allowing.isAllow($0, of: .boundary, reaching: base) }
    }

    /// Tries combinations of choices: all where these are few, else those that differ from the first in two keys at most.
    private func search(
        _ base: DecisionRequest, _ keys: [ConditionKeyName], _ choices: [Choices], _ budget: inout Int
    ) -> DecisionRequest? {
        let total = choices.reduce(1) { min($0 * $1.count, Limits.accessCombinationsMax + 1) }
        var places = [Int](repeating: 0, count: keys.count)
        func isDifference() -> DecisionRequest? {
            budget -= 1
            self.budget.spend(allowing.statementCount + (denying?.statementCount ?? 0))
            let request = AccessFinder.with(
                base, keys.indices.map { (keys[$0], choices[$0][places[$0]]) })
            guard allowing.decide(request).isAllowed, denying?.decide(request).isAllowed != true else {
                return nil
            }
            return request
        }
        if total <= Limits.accessCombinationsMax {
            for number in 0..<total where budget > 0 {
                var rest = number
                for key in keys.indices {
                    places[key] = rest % choices[key].count
                    rest /= choices[key].count
                }
                if let found = isDifference() { return found }
            }
            return nil
        }
        for first in keys.indices {
            for second in keys.indices where second >= first {
                for one in choices[first].indices {
                    for other in second == first ? [one][...] : Array(choices[second].indices)[...]
                    where budget > 0 {
                        places = [Int](repeating: 0, count: keys.count)
                        places[first] = one
                        places[second] = other
                        if let found = isDifference() { return found }
                    }
                }
            }
        }
        return nil
    }

    private static func with(
        _ base: DecisionRequest, _ values: [(key: ConditionKeyName, texts: [String])]
    ) -> DecisionRequest {
        var request = base
        for (key, texts) in values {
            if key.key == .currentTime || key.key == .epochTime {
                if let seconds = texts.first.flatMap({ Int64($0) }) {
                    request.currentTime = Timestamp(milliseconds: seconds * 1000)
                }
                continue
            }
            for text in texts { request.context.append(text, to: key) }
        }
        return request
    }
}

extension AccessTest {
    /// The variables in it.
    var variables: [PolicyVariable] {
        switch self {
        case .pattern(let pattern), .folded(let pattern): pattern.variables
        case .within, .bool, .address: []
        }
    }
}

extension AccessPattern {
    /// A text that matches a pattern without variables: `filler` for each `*`, `1` for each `?`.
    ///
    /// Behind a letter or a digit a filler begins as the name that stands there could go on: `12` behind `1`.
    func example(_ filler: String) -> String {
        var text = ""
        for element in elements {
            switch element {
            case .scalar(let scalar): text.unicodeScalars.append(scalar)
            case .one: text += "1"
            case .any:
                let isInName = text.last.map { $0.isLetter || $0.isNumber } ?? false
                text += isInName && !filler.isEmpty ? "2#" + filler : filler
            case .variable: continue
            }
        }
        return text
    }
}
