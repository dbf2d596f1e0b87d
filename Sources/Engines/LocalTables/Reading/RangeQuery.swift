import Items
import Tables

/// A `ReadRange` as a statement and its values.
struct RangeQuery {
    /// A bound of the sort key.
    enum Bound: Hashable {
        case none
        case inclusive
        case exclusive
    }

    /// What determines the statement's text: one compiled statement serves all ranges of one shape.
    struct Shape: Hashable {
        let table: Int
        let index: Int?
        let isQuery: Bool
        let lower: Bound
        let upper: Bound
        let hasAfter: Bool
        let isForward: Bool
    }

    let shape: Shape
    let values: [[UInt8]]

    init(_ range: ReadRange, table: LocalTable, index: Int?) {
        var lower = range.sort?.lower
        var upper = range.sort?.upper
        // The place to go on behind replaces the bound it lies within: SQLite uses one bound of a kind to seek.
        var after = range.after
        if range.partition != nil, let position = after {
            let sort = index == nil ? position.key.sort : position.indexKey?.sort ?? []
            let near = range.isForward ? lower : upper
            let isNearIncluded =
                (range.isForward ? range.sort?.isLowerIncluded : range.sort?.isUpperIncluded) ?? true
            // On a bound that is left out itself, an index may have more entries: the bound has to keep them out.
            let isOutside =
                near.map { bound in
                    (range.isForward ? sort.precedes(bound) : bound.precedes(sort))
                        || (!isNearIncluded && sort == bound)
                } ?? false
            if isOutside { after = nil } else if range.isForward { lower = nil } else { upper = nil }
        }
        var values: [[UInt8]] = []
        if let partition = range.partition { values.append(partition) }
        if let lower { values.append(lower) }
        if let upper { values.append(upper) }
        if let after {
            if let indexKey = after.indexKey, index != nil {
                if range.partition == nil { values.append(indexKey.partition) }
                values.append(indexKey.sort)
                values.append(after.key.partition)
            } else if range.partition == nil {
                values.append(after.key.partition)
            }
            values.append(after.key.sort)
        }
        self.values = values
        shape = Shape(
            table: table.number, index: index, isQuery: range.partition != nil,
            lower: Bound(lower, isIncluded: range.sort?.isLowerIncluded ?? true),
            upper: Bound(upper, isIncluded: range.sort?.isUpperIncluded ?? true), hasAfter: after != nil,
            isForward: range.isForward)
    }
}

extension RangeQuery.Bound {
    init(_ bound: [UInt8]?, isIncluded: Bool) {
        if bound == nil { self = .none } else { self = isIncluded ? .inclusive : .exclusive }
    }
}

extension RangeQuery.Shape {
    /// Columns: pk, sk, size, item, and of an index ipk, isk.
    var sql: String {
        let name = index.map { "t\(table)_i\($0)" } ?? "t\(table)"
        let partition = index == nil ? "pk" : "ipk"
        let sort = index == nil ? "sk" : "isk"
        var order = index == nil ? ["sk"] : ["isk", "pk", "sk"]
        if !isQuery { order.insert(partition, at: 0) }

        var conditions: [String] = []
        if isQuery { conditions.append("\(partition) = ?") }
        switch lower {
        case .none: break
        case .inclusive: conditions.append("\(sort) >= ?")
        case .exclusive: conditions.append("\(sort) > ?")
        }
        switch upper {
        case .none: break
        case .inclusive: conditions.append("\(sort) <= ?")
        case .exclusive: conditions.append("\(sort) < ?")
        }
        if hasAfter {
            let marks = order.map { _ in "?" }.joined(separator: ", ")
            conditions.append("(\(order.joined(separator: ", "))) \(isForward ? ">" : "<") (\(marks))")
        }
        let direction = isForward ? "" : " DESC"
        return "SELECT pk, sk, size, item" + (index == nil ? "" : ", ipk, isk") + " FROM \(name)"
            + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
            + " ORDER BY " + order.map { $0 + direction }.joined(separator: ", ")
    }
}

extension [UInt8] {
    /// Byte order, as SQLite compares blobs.
    func precedes(_ other: [UInt8]) -> Bool { lexicographicallyPrecedes(other) }
}
