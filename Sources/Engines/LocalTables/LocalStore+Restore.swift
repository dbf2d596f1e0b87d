import Base
import SQLite
import Tables

extension LocalStore: RestoreTarget {
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
        // What the table was called goes with the change, so that nobody finds it under both names.
        tables.remove(table)
        try change(table) { stored throws(TableError) in stored.record = record }
    }
}
