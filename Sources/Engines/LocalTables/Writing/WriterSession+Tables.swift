import Base
import Items
import SQLite
import Tables

/// The life of tables: made, changed, deleted.
extension WriterSession {
    func create(_ record: TableRecord) throws(TableError) {
        let schema = record.schema
        if let existing = tables.byName[schema.name] {
            guard existing.schema == schema else { throw .tableExists(schema.name) }
            return
        }
        let number = tables.nextNumber
        var stored = StoredTable(record)
        stored.record.options = try noteOptions(
            record.options, replacing: TableOptions(), of: LocalTable(number: number, stored: stored))
        let table = LocalTable(number: number, stored: stored)
        do {
            let insert = try connection.prepare("INSERT INTO tables (number, schema) VALUES (?, ?)")
            try insert.bind(table.number, at: 1)
            try insert.bind(try StoredJSON.encode(table.stored), at: 2)
            try insert.run()
            try connection.execute(StoreFile.creation(of: table.number))
            for index in table.indexes {
                try connection.execute(StoreFile.creation(ofIndex: index.number, of: table.number))
            }
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
        tables.insert(table)
    }

    /// Lets `body` change what is decided of a table.
    func changeOptions(
        of name: TableName, _ body: (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) {
        try change(try tables.table(name)) { stored throws(TableError) in try body(&stored.record.options) }
    }

    /// Adds an index without entries; the housekeeping makes those of the items that are there.
    func addIndex(
        _ index: IndexSchema, to name: TableName, _ body: (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) {
        let table = try tables.table(name)
        guard table.schema.index(named: index.name) == nil else {
            // AWS's text.
            throw .invalid(.validation("Attempting to create an index which already exists"))
        }
        var number = 0
        try change(table) { stored throws(TableError) in
            number = stored.add(index)
            try body(&stored.record.options)
        }
        try execute(StoreFile.creation(ofIndex: number, of: table.number))
        forgetStatements(of: table)
    }

    /// Takes an index out of the table's shape; its entries stay for the housekeeping to drop.
    func removeIndex(
        _ index: String, of name: TableName, _ body: (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) {
        let table = try tables.table(name)
        guard let position = table.schema.indexes.firstIndex(where: { $0.name == index }) else {
            throw .noSuchIndex(index)
        }
        try change(table) { stored throws(TableError) in
            stored.removeIndex(at: position)
            try body(&stored.record.options)
        }
        forgetStatements(of: table)
    }

    /// Takes a table out of the store; its rows stay for the housekeeping to drop.
    func delete(
        _ name: TableName, if check: (TableRecord) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        let table = try tables.table(name)
        try check(table.record)
        // Its stream ends, and can be read as long as one that was switched off.
        _ = try noteOptions(TableOptions(), replacing: table.record.options, of: table)
        do {
            // Relies on INVARIANT (numbers): the greatest number stays in the file, be it a deleted table's.
            let keep = try connection.prepare("UPDATE tables SET schema = '' WHERE number = ?")
            try keep.bind(table.number, at: 1)
            try keep.run()
            try connection.execute(
                "DELETE FROM tables WHERE schema = '' AND number < (SELECT max(number) FROM tables)")
            let forget = try connection.prepare("DELETE FROM changes WHERE number = ?")
            try forget.bind(table.number, at: 1)
            try forget.run()
        } catch { throw .storage("\(error)") }
        tables.remove(table)
        forgetStatements(of: table)
        return table.record
    }

    /// The options as they are kept, once what hangs on them has been made or ended.
    private func noteOptions(
        _ options: TableOptions, replacing old: TableOptions, of table: LocalTable
    ) throws(TableError) -> TableOptions {
        try noteExpiry(options.timeToLiveAttribute, replacing: old.timeToLiveAttribute, of: table)
        return try noteStream(options, replacing: old, of: table)
    }

    /// Puts a changed table in place of the old one.
    func change(
        _ table: LocalTable, _ body: (inout StoredTable) throws(TableError) -> Void
    ) throws(TableError) {
        var stored = table.stored
        try body(&stored)
        stored.record.options = try noteOptions(
            stored.record.options, replacing: table.record.options, of: table)
        do {
            let update = try connection.prepare("UPDATE tables SET schema = ? WHERE number = ?")
            try update.bind(try StoredJSON.encode(stored), at: 1)
            try update.bind(table.number, at: 2)
            try update.run()
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
        tables.insert(LocalTable(number: table.number, stored: stored))
    }
}
