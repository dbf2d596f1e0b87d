import Base
import Items

/// The keys that a condition can hold for: what must be read to find every item that it holds for.
///
/// INVARIANT (never too few): a reach has every key of every item that matches; it may have more. What is
/// under NOT, or compares with something else than a value of the request, narrows nothing; OR takes both
/// sides together, so that a side which names no partition makes the whole reach every partition.
struct KeyReach: Sendable {
    /// One partition, or all, and some of its sort keys.
    struct Part: Sendable, Equatable {
        /// The partition; nil for every one.
        var partition: AttributeValue?
        var sort: SortBounds

        static let everything = Part(partition: nil, sort: .all)
    }

    var parts: [Part]
    /// Whether it has more keys than its conditions say, since they would have made too many parts.
    private(set) var isWidened = false

    static let everything = KeyReach(parts: [.everything])

    /// Whether every partition may be concerned.
    var isUnbounded: Bool { parts.contains { $0.partition == nil } }

    private init(parts: [Part]) { self.parts = parts }

    /// The reach of a condition. Recursion ends with the number of operators in a statement.
    init(_ condition: Condition, _ schema: KeySchema) {
        switch condition {
        case .and(let left, let right):
            self = KeyReach(left, schema).intersection(KeyReach(right, schema))
        case .or(let left, let right):
            let (first, second) = (KeyReach(left, schema), KeyReach(right, schema))
            self.init(parts: first.parts + second.parts)
            isWidened = first.isWidened || second.isWidened
        case .compare, .between, .isIn, .not, .exists, .notExists, .hasType, .beginsWith, .contains, .isItem:
            self = KeyReach(comparison: condition, schema)
        }
    }

    private init(comparison condition: Condition, _ schema: KeySchema) {
        guard let (name, term) = condition.keyTerm, let attribute = schema.attribute(named: name) else {
            self = .everything
            return
        }
        let values: [AttributeValue]
        switch term {
        case .compare(.equal, let value): values = [value]
        case .isIn(let several): values = several
        case .compare, .between, .beginsWith: values = []
        }
        if attribute == schema.partition {
            self =
                values.isEmpty ? .everything : KeyReach(parts: values.map { Part(partition: $0, sort: .all) })
        } else if !values.isEmpty {
            self.init(parts: values.map { Part(partition: nil, sort: SortBounds(point: $0)) })
        } else {
            self.init(parts: [Part(partition: nil, sort: SortBounds(term) ?? .all)])
        }
    }

    /// The keys that both have. Where that would make too many parts, or none, it has those of one of them:
    /// of the one that names partitions, if one does.
    private func intersection(_ other: KeyReach) -> KeyReach {
        let (first, second) = isUnbounded && !other.isUnbounded ? (other, self) : (self, other)
        var result = first
        result.isWidened = first.isWidened || second.isWidened
        guard parts.count * other.parts.count <= Limits.statementRangesMax * 2 else {
            result.isWidened = true
            return result
        }
        var both: [Part] = []
        for mine in first.parts {
            for theirs in second.parts {
                if let left = mine.partition, let right = theirs.partition, left != right { continue }
                both.append(
                    Part(
                        partition: mine.partition ?? theirs.partition,
                        sort: mine.sort.intersection(theirs.sort)))
            }
        }
        guard !both.isEmpty else {
            result.isWidened = true
            return result
        }
        result.parts = both
        return result
    }
}
