import Base
import Policies
import Tenancy

/// The resources of an action, sorted by which patterns of two sets of policies match them.
struct AccessResources {
    /// A sort of resource: a table of the catalog by itself, or all others that the same patterns match.
    struct Sort {
        /// An ARN of it.
        let text: String
        /// Whether each pattern of `plainPatterns` matches.
        let matches: [Bool]
    }

    /// The patterns without variables, in both sets, about the action.
    let plainPatterns: [AccessPattern]
    private let openPatterns: [AccessPattern]
    private let forms: [AccessClasses.Form]
    private let budget: AccessBudget
    /// Every sort there is, the catalog's own first.
    private(set) var sorts: [Sort] = []
    /// Whether these are all.
    private(set) var isComplete = true

    init(catalog: Catalog, sets: [CompiledPolicySet?], action: PolicyAction, budget: AccessBudget) {
        self.budget = budget
        var patterns: [AccessPattern] = []
        for statement in AccessFinder.statements(of: sets, about: action) {
            for pattern in statement.resources.patterns.compactMap({ AccessPattern($0) })
            where !patterns.contains(pattern) { patterns.append(pattern) }
        }
        plainPatterns = patterns.filter { $0.variables.isEmpty }
        openPatterns = patterns.filter { !$0.variables.isEmpty }
        forms = AccessResources.forms(of: action).map { AccessClasses.Form($0) }
        let classes = AccessClasses(plainPatterns, forms: forms)
        var seen: Set<[Bool]> = []
        for text in AccessResources.ownTexts(catalog, action) {
            let matches = classes.matches(text)
            seen.insert(matches)
            sorts.append(Sort(text: text, matches: matches))
        }
        for form in forms {
            let all = classes.find(in: form, statesMax: Limits.accessStatesMax, budget)
            if !all.isComplete { isComplete = false }
            for sort in all.found where seen.insert(sort.matches).inserted {
                guard sorts.count < Limits.accessResourcesMax else {
                    isComplete = false
                    break
                }
                sorts.append(Sort(text: sort.text, matches: sort.matches))
            }
        }
    }

    /// ARNs of a sort for a session: one of each sort that the patterns with variables tell apart.
    func texts(of sort: Sort, _ value: (PolicyVariable) -> String?) -> [String] {
        guard !openPatterns.isEmpty else { return [sort.text] }
        let filled = openPatterns.compactMap { $0.filled(value) }
        let classes = AccessClasses(plainPatterns + filled, forms: forms)
        var texts = [sort.text]
        for form in forms {
            for found in classes.find(in: form, statesMax: Limits.accessStatesMax, budget).found
            where Array(found.matches.prefix(plainPatterns.count)) == sort.matches {
                texts.append(found.text)
            }
        }
        return texts
    }

    private static let dynamoDB = "arn:aws:dynamodb:{}:{}:"

    /// How the ARNs look that an action is asked about. Source: AWS Service Authorization Reference, resource types; actions
    /// that are about no one table are asked about `table/*`, its star a character.
    static func forms(of action: PolicyAction) -> [String] {
        guard action.name.hasPrefix("dynamodb:") else {
            return ["arn:aws:iam::{}:role/{}", "arn:aws:sts::{}:{}/{}"]
        }
        let special = action.resourceKinds.compactMap { kind -> String? in
            switch kind {
            case .index: dynamoDB + "table/{}/index/{}"
            case .stream: dynamoDB + "table/{}/stream/{}:{}:{}"
            case .backup: dynamoDB + "table/{}/backup/{}"
            case .export: dynamoDB + "table/{}/export/{}"
            case .import: dynamoDB + "table/{}/import/{}"
            case .globalTable: "arn:aws:dynamodb::{}:global-table/{}"
            case .table, .role, .user, .rootUser, .federatedUser, .selfSession: nil
            }
        }
        return [dynamoDB + "table/{}", dynamoDB + "table/*"] + special
    }

    /// The catalog's tables and indexes, and what hangs on the tables, as far as the action takes them.
    private static func ownTexts(_ catalog: Catalog, _ action: PolicyAction) -> [String] {
        guard action.name.hasPrefix("dynamodb:") else { return [] }
        let kinds = action.resourceKinds
        let head = "arn:aws:dynamodb:us-east-1:000000000000:table/"
        var texts: [String] = kinds.isEmpty ? [head + "*"] : []
        for table in catalog.tables {
            let name = head + table.name.text
            if kinds.contains(.table) { texts.append(name) }
            if kinds.contains(.index) { texts += table.indexes.map { "\(name)/index/\($0.name)" } }
            if kinds.contains(.stream) { texts.append("\(name)/stream/2026-01-31T10:00:00.000") }
            if kinds.contains(.backup) { texts.append("\(name)/backup/01769853600000-00000000") }
            if kinds.contains(.export) { texts.append("\(name)/export/01769853600000-00000000") }
            if kinds.contains(.import) { texts.append("\(name)/import/01769853600000-00000000") }
        }
        return texts
    }
}
