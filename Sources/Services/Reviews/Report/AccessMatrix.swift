import Base
import Policies
import Tenancy

/// What each role may do with each table and index, at a glance: computed from the statements.
///
/// INVARIANT (nothing kept back): a cell says more than the policies allow rather than less. A condition whose outcome
/// depends on the request is taken to hold in an Allow and not to hold in a Deny.
struct AccessMatrix {
    /// What can be done with a table: a column.
    enum Column: CaseIterable {
        case read, scan, write, delete, stream, copy, settings, describe
    }

    /// How much of it: a cell.
    enum Level: Int, Comparable {
        /// There is no such thing for an index.
        case notApplicable
        /// A statement denies it, whatever the request.
        case never
        /// No statement allows it.
        case no
        /// Statements allow it under conditions.
        case limited
        /// A statement allows it, whatever the request.
        case full

        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// A table, an index or all tables that the catalog does not know.
    struct Row {
        /// The table; nil for all that the catalog does not know.
        let table: String?
        /// The index, where it is one.
        let index: String?
    }

    /// The rows of every role: tables with their indexes in the catalog's order, then all other tables.
    let rows: [Row]

    /// The matrix over the tables of a catalog.
    init(catalog: Catalog) {
        rows =
            catalog.tables.flatMap { table in
                [Row(table: table.name.text, index: nil)]
                    + table.indexes.map { Row(table: table.name.text, index: $0.name) }
            } + [Row(table: nil, index: nil)]
    }

    /// What a role may do with a row's table or index.
    func level(of role: CompiledPolicySet, _ row: Row, _ column: Column) -> Level {
        var best = Level.notApplicable
        for question in AccessQuestion.all where question.column == column {
            for target in targets(question.action, row) {
                best = max(best, level(of: role, question, target))
            }
        }
        return best
    }

    /// The families of resources that an action reaches in a row.
    private func targets(_ action: PolicyAction, _ row: Row) -> [Target] {
        guard let table = row.table else {
            return action.resourceKinds.contains { AccessMatrix.kinds[$0] != nil || $0 == .index }
                ? [.others(known: rows.compactMap { AccessMatrix.text($0) })] : []
        }
        if row.index != nil {
            guard action.resourceKinds.contains(.index) else { return [] }
            return [.family(ARNReach(AccessMatrix.text(row) ?? table))]
        }
        return action.resourceKinds.compactMap { kind in
            AccessMatrix.kinds[kind].map { .family(ARNReach("table/\(table)\($0)")) }
        }
    }

    private static func text(_ row: Row) -> String? {
        row.table.map { "table/\($0)" + (row.index.map { "/index/\($0)" } ?? "") }
    }

    /// Where a table's resources stand in ARNs.
    private static let kinds: [PolicyAction.ResourceKind: String] = [
        .table: "", .stream: "/stream/*", .backup: "/backup/*", .export: "/export/*", .import: "/import/*",
    ]

    private enum Target {
        case family(ARNReach)
        /// Every table but these resources.
        case others(known: [String])

        func isTouched(by pattern: ARNPattern) -> Bool {
            switch self {
            case .family(let family): return family.isTouched(by: pattern)
            case .others(let known):
                guard ARNReach("table/*").isTouched(by: pattern) else { return false }
                guard case .segments(let segments) = pattern else { return true }
                // What names one resource below a known table, without wildcard or variable, names no other table.
                guard segments[5].tokens.count == 1, case .literal(let bytes) = segments[5].tokens[0] else {
                    return true
                }
                let text = String(decoding: bytes, as: UTF8.self)
                return !known.contains { text == $0 || text.hasPrefix($0 + "/") }
            }
        }

        func isCovered(by pattern: ARNPattern) -> Bool {
            switch self {
            case .family(let family): family.isCovered(by: pattern)
            case .others: ARNReach("table/*").isCovered(by: pattern)
            }
        }
    }

    private func level(of role: CompiledPolicySet, _ question: AccessQuestion, _ target: Target) -> Level {
        let documents = role.policies + (role.boundary.map { [$0] } ?? [])
        for document in documents {
            for statement in document.statements
            where statement.effect == .deny && isCertain(statement, question, target) {
                return .never
            }
        }
        let own = allowed(by: role.policies, question, target)
        guard let boundary = role.boundary else {
            return withoutConditionalDenies(own, documents, question, target)
        }
        let limit = min(own, allowed(by: [boundary], question, target))
        return withoutConditionalDenies(limit, documents, question, target)
    }

    /// A Deny that may apply makes what was allowed in full allowed within limits.
    private func withoutConditionalDenies(
        _ level: Level, _ documents: [PolicyDocument], _ question: AccessQuestion, _ target: Target
    ) -> Level {
        guard level == .full else { return level }
        let isNarrowed = documents.contains { document in
            document.statements.contains {
                $0.effect == .deny && isPossible($0, question, target)
            }
        }
        return isNarrowed ? .limited : .full
    }

    private func allowed(
        by documents: [PolicyDocument], _ question: AccessQuestion, _ target: Target
    ) -> Level {
        var best = Level.no
        for document in documents {
            for statement in document.statements
            where statement.effect == .allow && isPossible(statement, question, target) {
                let isFull = statement.conditions.allSatisfy { question.outcome(of: $0) == .holds }
                let hasVariables = statement.resources.patterns.contains { pattern in
                    guard case .segments(let segments) = pattern else { return false }
                    return segments.contains { !$0.variables.isEmpty }
                }
                best = max(best, isFull && !hasVariables ? .full : .limited)
            }
        }
        return best
    }

    /// Whether the statement may apply to some such request.
    private func isPossible(
        _ statement: PolicyStatement, _ question: AccessQuestion, _ target: Target
    ) -> Bool {
        let patterns = statement.resources.patterns
        let reaches =
            statement.resources.isNegated
            ? !patterns.contains { target.isCovered(by: $0) } : patterns.contains { target.isTouched(by: $0) }
        return reaches && applies(statement, question) { $0 != .fails }
    }

    /// Whether the statement applies to every such request.
    private func isCertain(
        _ statement: PolicyStatement, _ question: AccessQuestion, _ target: Target
    ) -> Bool {
        let patterns = statement.resources.patterns
        let reaches =
            statement.resources.isNegated
            ? !patterns.contains { target.isTouched(by: $0) } : patterns.contains { target.isCovered(by: $0) }
        return reaches && applies(statement, question) { $0 == .holds }
    }

    private func applies(
        _ statement: PolicyStatement, _ question: AccessQuestion,
        _ isWanted: (AccessQuestion.Outcome) -> Bool
    ) -> Bool {
        statement.actions.set.contains(question.action)
            && statement.conditions.allSatisfy { isWanted(question.outcome(of: $0)) }
    }
}
