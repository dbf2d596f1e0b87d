import Base
import Items

/// How a SELECT finds its items: what must be read, and what must hold of what is found.
public struct PartiQLPlan: Sendable {
    /// What must be read.
    public enum Access: Sendable {
        /// The items with these whole primary keys, none twice.
        case items([Item])
        /// These partitions, or ranges of sort keys in them; no two have an item in common.
        case ranges([KeyConditionExpression])
        /// The whole table or index. `dynamodb:FullTableScan` is true for this alone.
        case scan
    }

    /// What must be read, in the order in which it is answered.
    public let access: Access
    /// What must hold of an item found, beside that it was looked for; nil where nothing must. It may mention
    /// key attributes.
    public let filter: ConditionExpression?
    /// Ascending by sort key, or descending.
    public let isForward: Bool
}

extension PartiQLSelect {
    /// How to find the items in a table, or in the index that the statement reads, with this key.
    ///
    /// A part of the WHERE clause counts as a key condition only where no item without those keys could match:
    /// see `KeyReach`.
    /// - Throws: `validation` in AWS's words: a key attribute is compared with a value of another kind, the
    ///   conditions name too many keys or the same ones twice, ORDER BY does not go with them.
    public func plan(for key: KeySchema) throws(ItemError) -> PartiQLPlan {
        let isForward = order.first { key.sort?.isNamed($0.name) ?? false }.map { !$0.isDescending } ?? true
        guard let condition else {
            guard order.isEmpty else {
                throw .validation("Must have WHERE clause in the statement when using ORDER BY clause.")
            }
            return PartiQLPlan(access: .scan, filter: nil, isForward: true)
        }
        let parts = condition.conjuncts
        let named = parts.filter { $0.names(key.partition, in: key) }
        guard named.count <= 1 else {
            throw .validation(
                "Only single equality condition should be present on hash key \(key.partition.name)")
        }
        let reach = KeyReach(condition, key)
        try checkOrder(reach, key)
        guard !reach.isUnbounded else {
            return PartiQLPlan(access: .scan, filter: ConditionExpression(condition), isForward: true)
        }
        let ranges = try ordered(try reach.disjoint(key), key, isForward: isForward)
        let narrowingCount = parts.count { part in
            KeyReach(part, key).parts.contains { $0.sort != .all }
        }
        let rest = parts.filter { !$0.isCovered(by: reach, narrowingCount, key) }
        return PartiQLPlan(
            access: access(ranges, key),
            filter: rest.first.map { first in
                ConditionExpression(rest.dropFirst().reduce(first) { .and($0, $1) })
            }, isForward: isForward)
    }

    private func access(_ parts: [KeyReach.Part], _ key: KeySchema) -> PartiQLPlan.Access {
        var items: [Item] = []
        var ranges: [KeyConditionExpression] = []
        for part in parts {
            guard let partition = part.partition else { preconditionFailure("every part has a partition") }
            var item: Item = [key.partition.name: partition]
            if let sort = key.sort { item[sort.name] = part.sort.point }
            if index == nil, item.attributes.count == key.attributes.count { items.append(item) }
            let sort = key.sort.flatMap { sort in part.sort.term.map { (sort.name, $0) } }
            ranges.append(KeyConditionExpression(partition: (key.partition.name, partition), sort: sort))
        }
        return items.count == parts.count ? .items(items) : .ranges(ranges)
    }

    private func checkOrder(_ reach: KeyReach, _ key: KeySchema) throws(ItemError) {
        guard !order.isEmpty else { return }
        for attribute in order where key.attribute(named: attribute.name) == nil {
            throw .validation(
                "Attribute \(attribute.name) in ORDER BY clause must be part of the primary key")
        }
        guard !reach.isUnbounded else {
            throw .validation(
                "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
            )
        }
        let partitions = Set(reach.parts.compactMap(\.partition))
        guard partitions.count == 1 || order.contains(where: { key.partition.isNamed($0.name) }) else {
            throw .validation(
                "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE "
                    + "clause.")
        }
    }

    /// The parts in the order in which they are answered: partitions as they are mentioned, unless ORDER BY
    /// says otherwise, and in each its sort keys.
    private func ordered(
        _ partitions: [[KeyReach.Part]], _ key: KeySchema, isForward: Bool
    ) throws(ItemError) -> [KeyReach.Part] {
        var partitions = partitions
        if let term = order.first(where: { key.partition.isNamed($0.name) }) {
            partitions.sort { left, right in
                guard let left = left[0].partition, let right = right[0].partition,
                    let order = left.order(to: right)
                else { return false }
                return term.isDescending ? order > 0 : order < 0
            }
        }
        return partitions.flatMap { isForward ? $0 : $0.reversed() }
    }
}

extension KeyReach {
    /// The parts by partition, in the order of their mention; those of one in ascending order, and none with
    /// a key of another's.
    /// - Throws: `validation`: a value is of another kind than the key, ranges of sort keys overlap, or there
    ///   are too many of them.
    func disjoint(_ key: KeySchema) throws(ItemError) -> [[Part]] {
        var partitions: [[Part]] = []
        var positions: [AttributeValue: Int] = [:]
        for part in parts {
            guard let partition = part.partition else { preconditionFailure("every part has a partition") }
            try check(partition, key.partition)
            for value in part.sort.values { if let sort = key.sort { try check(value, sort) } }
            if let position = positions[partition] {
                if !partitions[position].contains(part) { partitions[position].append(part) }
            } else {
                positions[partition] = partitions.count
                partitions.append([part])
            }
        }
        for position in partitions.indices {
            partitions[position] = try KeyReach.ascending(partitions[position])
        }
        guard partitions.reduce(0, { $0 + $1.count }) <= Limits.statementRangesMax else {
            throw .validation("Too many decomposed read operations for a given query.")
        }
        return partitions
    }

    private func check(_ value: AttributeValue, _ attribute: KeyAttribute) throws(ItemError) {
        guard value.type == attribute.type.attributeType else { throw .wrongKeyType(attribute.name) }
    }

    /// One partition's parts, ascending; one that has all of its keys makes the others needless.
    private static func ascending(_ parts: [Part]) throws(ItemError) -> [Part] {
        if parts.count == 1 { return parts }
        if let all = parts.first(where: { $0.sort == .all }) { return [all] }
        let sorted = parts.map { (part: $0, range: $0.sort.range) }
            .sorted { $0.range.begins(before: $1.range) }
        for (position, second) in sorted.enumerated().dropFirst() {
            guard !sorted[position - 1].range.overlaps(second.range) else {
                throw .validation(
                    "Overlapping conditions with range keys are not supported in where clause")
            }
        }
        return sorted.map(\.part)
    }
}

extension Condition {
    /// Whether it names values of the partition key by equality or IN.
    fileprivate func names(_ attribute: KeyAttribute, in key: KeySchema) -> Bool {
        guard let (name, term) = keyTerm, key.attribute(named: name) == attribute else { return false }
        switch term {
        case .compare(.equal, _), .isIn: return true
        case .compare, .between, .beginsWith: return false
        }
    }

    /// Whether every item that is read for `reach` satisfies it, so that it need not be looked at again: it
    /// is the conjunct that says which the partition is, or the only one that says something of the sort key.
    fileprivate func isCovered(by reach: KeyReach, _ narrowingCount: Int, _ key: KeySchema) -> Bool {
        guard !reach.isWidened, let (name, term) = keyTerm, let attribute = key.attribute(named: name) else {
            return false
        }
        if attribute == key.partition { return names(attribute, in: key) }
        if case .compare(.notEqual, _) = term { return false }
        return narrowingCount == 1
    }
}
