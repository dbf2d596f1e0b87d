import Items
import SQLite
import Tables

/// The compiled statements by which the writer reads and changes one table and its indexes.
final class TableStatements {
    private let find: Statement
    private let insert: Statement
    private let update: Statement
    private let upsert: Statement
    private let delete: Statement
    private let indexUpserts: [Statement]
    private let indexDeletes: [Statement]

    init(_ table: LocalTable, on connection: Connection) throws(SQLiteError) {
        let name = "t\(table.number)"
        find = try connection.prepare("SELECT rowid, size, item FROM \(name) WHERE pk = ? AND sk = ?")
        insert = try connection.prepare("INSERT INTO \(name) (pk, sk, size, item) VALUES (?, ?, ?, ?)")
        update = try connection.prepare("UPDATE \(name) SET size = ?, item = ? WHERE rowid = ?")
        upsert = try connection.prepare(
            """
            INSERT INTO \(name) (pk, sk, size, item) VALUES (?, ?, ?, ?)
            ON CONFLICT (pk, sk) DO UPDATE SET size = excluded.size, item = excluded.item
            """)
        delete = try connection.prepare("DELETE FROM \(name) WHERE pk = ? AND sk = ?")
        var upserts: [Statement] = []
        var deletes: [Statement] = []
        for stored in table.indexes {
            let index = "\(name)_i\(stored.number)"
            upserts.append(
                try connection.prepare(
                    """
                    INSERT INTO \(index) (ipk, isk, pk, sk, size, item) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (ipk, isk, pk, sk) DO UPDATE SET size = excluded.size, item = excluded.item
                    """))
            deletes.append(
                try connection.prepare("DELETE FROM \(index) WHERE ipk = ? AND isk = ? AND pk = ? AND sk = ?")
            )
        }
        indexUpserts = upserts
        indexDeletes = deletes
    }

    /// A row as it was found in the transaction that goes on.
    struct Row {
        /// INVARIANT (found rows): the row's place stays its own until the row is removed, so whoever removes it forgets this.
        let number: Int64
        let image: ItemImage
    }

    func row(_ key: EncodedKey) throws(SQLiteError) -> Row? {
        try find.firstRow(binding: key.partition, key.sort) { row in
            Row(
                number: row.integer(0),
                image: ItemImage(bytes: row.bytes(2), sizeBytes: Int(row.integer(1))))
        }
    }

    /// Stores an item's row in the place of the one that was found, or where none was: without a search by the key, which has
    /// been made.
    func store(_ image: ItemImage, key: EncodedKey, over found: Row?) throws(SQLiteError) {
        if let found {
            try update.run(binding: image.sizeBytes, image.bytes, found.number)
        } else {
            try insert.bind(image.sizeBytes, at: 3)
            try insert.run(binding: key.partition, key.sort, image.bytes, lastAt: 4)
        }
    }

    /// Stores an item's row in the place of whatever is there.
    func store(_ image: ItemImage, key: EncodedKey) throws(SQLiteError) {
        try upsert.bind(image.sizeBytes, at: 3)
        try upsert.run(binding: key.partition, key.sort, image.bytes, lastAt: 4)
    }

    func remove(_ key: EncodedKey) throws(SQLiteError) {
        try delete.bind(key.partition, at: 1)
        try delete.bind(key.sort, at: 2)
        try delete.run()
    }

    /// Stores an entry of the index in this place of the schema.
    func store(_ image: ItemImage, index: Int, indexKey: EncodedKey, key: EncodedKey) throws(SQLiteError) {
        let statement = indexUpserts[index]
        try bind(statement, indexKey, key)
        try statement.bind(image.sizeBytes, at: 5)
        try statement.bind(image.bytes, at: 6)
        try statement.run()
    }

    func remove(index: Int, indexKey: EncodedKey, key: EncodedKey) throws(SQLiteError) {
        try bind(indexDeletes[index], indexKey, key)
        try indexDeletes[index].run()
    }

    private func bind(
        _ statement: Statement, _ indexKey: EncodedKey, _ key: EncodedKey
    ) throws(SQLiteError) {
        try statement.bind(indexKey.partition, at: 1)
        try statement.bind(indexKey.sort, at: 2)
        try statement.bind(key.partition, at: 3)
        try statement.bind(key.sort, at: 4)
    }
}
