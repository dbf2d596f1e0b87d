import Items
import SQLite
import Tables

/// The compiled statements by which the writer reads and changes one table and its indexes.
final class TableStatements {
    private let select: Statement
    private let upsert: Statement
    private let delete: Statement
    private let indexUpserts: [Statement]
    private let indexDeletes: [Statement]

    init(_ table: LocalTable, on connection: Connection) throws(SQLiteError) {
        let name = "t\(table.number)"
        select = try connection.prepare("SELECT size, item FROM \(name) WHERE pk = ? AND sk = ?")
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

    func image(_ key: EncodedKey) throws(SQLiteError) -> ItemImage? {
        try select.bind(key.partition, at: 1)
        try select.bind(key.sort, at: 2)
        guard try select.step() else {
            select.reset()
            return nil
        }
        let image = ItemImage(bytes: select.bytes(1), sizeBytes: Int(select.integer(0)))
        select.reset()
        return image
    }

    func store(_ image: ItemImage, key: EncodedKey) throws(SQLiteError) {
        try upsert.bind(key.partition, at: 1)
        try upsert.bind(key.sort, at: 2)
        try upsert.bind(image.sizeBytes, at: 3)
        try upsert.bind(image.bytes, at: 4)
        try upsert.run()
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
