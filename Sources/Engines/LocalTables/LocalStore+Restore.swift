import Base
import SQLite
import Tables

extension LocalStore: RestoreTarget {
    /// All tables with their options, by name.
    public func records() -> [TableRecord] { schemas().compactMap { record(of: $0.name) } }

    /// Gives the table another name and other options.
    public func rename(_ name: TableName, to record: TableRecord) throws(TableError) {
        try change { session throws(TableError) in try session.rename(name, to: record) }
    }
}

extension WriterSession {
    func rename(_ name: TableName, to record: TableRecord) throws(TableError) {
        let table = try tables.table(name)
        let schema = record.schema
        precondition(
            schema.key == table.schema.key && schema.indexes == table.schema.indexes,
            "a table is renamed in its own shape")
        guard tables.byName[schema.name] == nil else { throw .tableExists(schema.name) }
        let renamed = LocalTable(number: table.number, record: record)
        do {
            let update = try connection.prepare("UPDATE tables SET schema = ? WHERE number = ?")
            try update.bind(try StoredJSON.encode(record), at: 1)
            try update.bind(table.number, at: 2)
            try update.run()
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
        var changed = TableSet()
        changed.generation = tables.generation
        for other in tables.byName.values where other.number != table.number { changed.insert(other) }
        changed.insert(renamed)
        tables = changed
    }
}
