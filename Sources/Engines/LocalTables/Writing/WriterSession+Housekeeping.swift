import Base
import Items
import SQLite
import Tables

/// What is done in the background, a chunk at a time between the writes: entries of new indexes are made, rows of deleted
/// tables and indexes dropped. What there is to do is in the file, so a restart goes on with it.
extension WriterSession {
    /// Does a chunk of the work there is: false where there was none.
    func keepHouse() throws(TableError) -> Bool {
        for table in tables.byName.values {
            if let position = table.indexes.firstIndex(where: { $0.build != nil }) {
                try buildIndex(at: position, of: table)
                return true
            }
        }
        guard let abandoned = try abandonedRows() else { return false }
        try dropRows(of: abandoned)
        return true
    }

    // MARK: New indexes

    /// Makes the entries of the next items, as they are now. An entry that a write has made since is the same.
    private func buildIndex(at position: Int, of table: LocalTable) throws(TableError) {
        guard var build = table.indexes[position].build else { return }
        let index = table.schema.indexes[position]
        let rows = try rows(of: table, behind: build)
        let statements = try statements(of: table)
        for row in rows {
            let item = try row.image.item()
            guard let indexKey = index.entryKey(of: item) else { continue }
            let image = table.projections[position].entry(of: WholeItem(row.image, item))
            do { try statements.store(image, index: position, indexKey: indexKey, key: row.key) } catch {
                throw .storage("\(error)")
            }
        }
        build.items += rows.count
        if let last = rows.last {
            build.partition = last.key.partition
            build.sort = last.key.sort
        }
        try change(table) { $0.setBuild(rows.isEmpty ? nil : build, at: position) }
    }

    private func rows(
        of table: LocalTable, behind build: StoredIndex.Build
    ) throws(TableError) -> [ItemRow] {
        do {
            let select = try connection.prepare(
                """
                SELECT pk, sk, size, item FROM t\(table.number) WHERE (pk, sk) > (?, ?)
                ORDER BY pk, sk LIMIT \(Limits.housekeepingRowsMax)
                """)
            try select.bind(build.partition, at: 1)
            try select.bind(build.sort, at: 2)
            var rows: [ItemRow] = []
            var bytes = 0
            while bytes < Limits.housekeepingBytesMax, try select.step() {
                let image = ItemImage(bytes: select.bytes(3), sizeBytes: Int(select.integer(2)))
                bytes += image.bytes.count
                let key = EncodedKey(partition: select.bytes(0), sort: select.bytes(1))
                rows.append(ItemRow(key: key, image: image))
            }
            return rows
        } catch { throw .storage("\(error)") }
    }

    // MARK: Rows that no table has any more

    /// A table of rows or entries that belongs to no table or index of the store.
    private func abandonedRows() throws(TableError) -> String? {
        var used: Set<String> = []
        for table in tables.byName.values {
            used.insert("t\(table.number)")
            for index in table.indexes { used.insert("t\(table.number)_i\(index.number)") }
        }
        do {
            let select = try connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
            while try select.step() {
                let name = select.text(0)
                if StoreFile.isRows(name), !used.contains(name) { return name }
            }
            return nil
        } catch { throw .storage("\(error)") }
    }

    /// Drops the next rows, and the table with the last of them.
    private func dropRows(of name: String) throws(TableError) {
        do {
            let select = try connection.prepare("SELECT rowid, length(item) FROM \(name) ORDER BY rowid")
            var (last, rows, bytes): (Int64?, Int, Int) = (nil, 0, 0)
            while rows < Limits.housekeepingRowsMax, bytes < Limits.housekeepingBytesMax, try select.step() {
                last = select.integer(0)
                rows += 1
                bytes += Int(select.integer(1))
            }
            select.reset()
            guard let last else { return try connection.execute("DROP TABLE \(name)") }
            let delete = try connection.prepare("DELETE FROM \(name) WHERE rowid <= ?")
            try delete.bind(last, at: 1)
            try delete.run()
        } catch { throw .storage("\(error)") }
    }
}

extension IndexSchema {
    /// The key that an item that is stored has in the index; nil where it lacks an attribute of it, or has one that the index
    /// cannot hold, which only an item older than the index can.
    func entryKey(of item: Item) -> EncodedKey? {
        do { return try key.indexKey(of: item, index: name) } catch {
            // Not a failure: DynamoDB leaves such items out. Source: DynamoDB Developer Guide, Managing GSIs.
            return nil
        }
    }
}
