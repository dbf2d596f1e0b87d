import Base
import Items
import Tables

/// A table of a store: its shape, and the number by which the file knows it. A class, so that finding one copies nothing.
final class LocalTable: Sendable {
    let number: Int
    let record: TableRecord
    var schema: TableSchema { record.schema }

    init(number: Int, record: TableRecord) {
        self.number = number
        self.record = record
    }
}

/// All tables of a store at one moment.
struct TableSet: Sendable {
    private(set) var byName: [TableName: LocalTable] = [:]
    /// Grows with each change, so that of two sets the newer one can be told.
    var generation = 0

    mutating func insert(_ table: LocalTable) { byName[table.schema.name] = table }

    func table(_ name: TableName) throws(TableError) -> LocalTable {
        guard let table = byName[name] else { throw .noSuchTable(name) }
        return table
    }

    /// The number for the next table.
    var nextNumber: Int { (byName.values.map(\.number).max() ?? 0) + 1 }
}
