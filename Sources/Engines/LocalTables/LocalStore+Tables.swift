import Base
import Items
import Synchronization
import Tables

/// Tables as they are made, changed and deleted.
extension LocalStore {
    /// The table of that name with its options, or nil.
    public func record(of table: TableName) -> TableRecord? { tables.withLock { $0.byName[table]?.record } }

    /// All tables with their options, by name.
    public func records() -> [TableRecord] {
        tables.withLock { $0.byName.values.map(\.record) }.sorted { $0.schema.name < $1.schema.name }
    }

    /// Lets `body` change what is decided of a table; answers the table as it is then.
    @discardableResult
    public func updateOptions(
        of table: TableName, _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        try change { session throws(TableError) in
            try session.changeOptions(of: table, body)
            return try session.tables.table(table).record
        }
    }

    /// Adds an index; the entries of items that are there already are made in the background.
    @discardableResult
    public func addIndex(
        _ index: IndexSchema, to table: TableName,
        _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        let record = try change { session throws(TableError) in
            try session.addIndex(index, to: table, body)
            return try session.tables.table(table).record
        }
        wakeHousekeeping()
        return record
    }

    /// Removes an index; its entries are dropped in the background.
    @discardableResult
    public func removeIndex(
        _ index: String, of table: TableName,
        _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        let record = try change { session throws(TableError) in
            try session.removeIndex(index, of: table, body)
            return try session.tables.table(table).record
        }
        wakeHousekeeping()
        return record
    }

    /// Deletes the table; its rows are dropped in the background.
    @discardableResult
    public func delete(
        _ table: TableName, if check: @escaping @Sendable (TableRecord) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        let record = try change { session throws(TableError) in try session.delete(table, if: check) }
        wakeHousekeeping()
        return record
    }

    /// The indexes of the table that are still being made.
    public func builds(of table: TableName) -> [IndexBuild] {
        guard let found = tables.withLock({ $0.byName[table] }) else { return [] }
        return zip(found.schema.indexes, found.indexes).compactMap { index, stored in
            stored.build.map { IndexBuild(index: index.name, items: $0.items) }
        }
    }
}
