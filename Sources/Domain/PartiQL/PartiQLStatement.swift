import Items

/// One statement of PartiQL, its parameters filled in.
///
/// Source: DynamoDB Developer Guide, "PartiQL - a SQL-compatible query language for Amazon DynamoDB".
public enum PartiQLStatement: Sendable {
    /// SELECT.
    case select(PartiQLSelect)
    /// INSERT.
    case insert(PartiQLInsert)
    /// UPDATE, or the same begun with FROM.
    case update(PartiQLUpdate)
    /// DELETE.
    case delete(PartiQLDelete)
    /// EXISTS, which only a transaction of writes may have.
    case exists(PartiQLSelect)

    /// Reads a statement.
    /// - Parameters:
    ///   - text: at most `Limits.statementUnitsMax` long.
    ///   - parameters: what the `?` stand for, in order. More of them than `?` do no harm.
    /// - Throws: `validation` in AWS's words.
    public static func parse(
        _ text: String, parameters: [AttributeValue] = []
    ) throws(ItemError) -> PartiQLStatement {
        var parser = try StatementParser(text)
        let syntax = try parser.parseStatement()
        let reader = StatementReader(parameters: parameters, places: parser.places)
        switch syntax {
        case .select(let select): return .select(try PartiQLSelect(select, reader))
        case .exists(let select): return .exists(try PartiQLSelect(select, reader))
        case .insert(let table, let item): return .insert(try PartiQLInsert(table, item, reader))
        case .update(let table, let changes, let condition, let returning):
            return .update(
                PartiQLUpdate(
                    table: table, update: try reader.update(changes),
                    condition: try condition.map { node throws(ItemError) in try reader.condition(node) },
                    returning: returning))
        case .delete(let table, let condition, let returning):
            let read = try condition.map { node throws(ItemError) in try reader.condition(node) }
            if let returning, returning != .allOld {
                throw .validation(
                    "Invalid returning clause: RETURNING \(returning.rawValue) *. Only RETURNING ALL OLD * is "
                        + "allowed in DELETE statements.")
            }
            return .delete(PartiQLDelete(table: table, condition: read, returning: returning))
        }
    }

    /// The table that it reads or writes.
    public var table: String {
        switch self {
        case .select(let select), .exists(let select): select.table
        case .insert(let insert): insert.table
        case .update(let update): update.table
        case .delete(let delete): delete.table
        }
    }

    /// Whether it gives items without changing any: SELECT. EXISTS goes with the writes.
    public var isRead: Bool { if case .select = self { true } else { false } }

    /// Which state of the item the answer shows, where the statement says so.
    public var returning: PartiQLReturning? {
        switch self {
        case .update(let update): update.returning
        case .delete(let delete): delete.returning
        case .select, .exists, .insert: nil
        }
    }
}

/// Which attributes an UPDATE or DELETE gives back, by the words behind RETURNING.
public enum PartiQLReturning: String, Sendable, CaseIterable {
    case allOld = "ALL OLD"
    case allNew = "ALL NEW"
    case modifiedOld = "MODIFIED OLD"
    case modifiedNew = "MODIFIED NEW"
}

/// One attribute behind ORDER BY.
public struct PartiQLOrder: Sendable, Hashable {
    /// The attribute's name.
    public let name: String
    /// DESC.
    public let isDescending: Bool
}
