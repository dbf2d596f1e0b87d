import Base
import Items
import Tables

/// A table of a store: its shape, and the number by which the file knows it. A class, so that finding one copies nothing.
final class LocalTable: Sendable {
    let number: Int
    let schema: TableSchema

    init(number: Int, schema: TableSchema) {
        self.number = number
        self.schema = schema
    }
}

/// All tables of a store at one moment.
struct TableSet: Sendable {
    private(set) var byName: [TableName: LocalTable] = [:]

    mutating func insert(_ table: LocalTable) { byName[table.schema.name] = table }

    func table(_ name: TableName) throws(TableError) -> LocalTable {
        guard let table = byName[name] else { throw .noSuchTable(name) }
        return table
    }

    /// The number for the next table.
    var nextNumber: Int { (byName.values.map(\.number).max() ?? 0) + 1 }
}
