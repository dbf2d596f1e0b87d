import Base
import Crypto
import Items
import SQLite
import Tables

/// A tenant image's file while it is written: rows by table and key, and what it is of.
final class TenantImageFile {
    /// Where rows come from.
    struct Source {
        /// The place of the logical table in the image.
        let number: Int
        /// The physical table.
        let table: LocalTable
        /// The tenant's keys there.
        let range: KeyRange
    }

    private let connection: Connection
    private let upsert: Statement

    /// Begins a new file. It is one transaction: there is nothing in it until it is finished.
    init(creating path: String, on files: any StoreFiles) throws(SQLiteError) {
        connection = try files.connect(path, mode: .create, isExclusive: true)
        // Nothing is lost with a file that was not finished; what is finished has been synced.
        try connection.execute("PRAGMA journal_mode = OFF")
        try connection.execute("PRAGMA synchronous = FULL")
        try connection.execute(
            """
            BEGIN;
            CREATE TABLE image (text TEXT NOT NULL);
            CREATE TABLE rows (number INTEGER NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT NULL,
                item BLOB NOT NULL, PRIMARY KEY (number, pk, sk)) WITHOUT ROWID
            """)
        upsert = try connection.prepare(
            """
            INSERT INTO rows (number, pk, sk, size, item) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (number, pk, sk) DO UPDATE SET size = excluded.size, item = excluded.item
            """)
    }

    /// Copies the rows of the source.
    func fill(from reader: Reader, _ source: Source) throws {
        let select = try reader.prepare(
            """
            SELECT pk, sk, size, item FROM t\(source.table.number) WHERE pk >= ? AND pk < ? ORDER BY pk, sk
            """)
        defer { select.reset() }
        try select.bind(source.range.lower, at: 1)
        try select.bind(source.range.upper ?? Reader.endOfKeys, at: 2)
        while try select.step() {
            guard let image = select.image(2) else { continue }
            let key = EncodedKey(partition: select.bytes(0), sort: select.bytes(1))
            try store(image, key, source.number)
        }
    }

    /// Takes back what was changed of the source after a moment, the latest first: in this store or, by adopted changes, in those
    /// where the tenant was before, if the image's history goes back so far. Then what moves did changed nothing for the tenant.
    ///
    /// INVARIANT (later stores, later times): a store that comes into charge notes no change as of before then, and what it adopts is
    /// not later. Within a moment the epoch says which stay came first, and the journal of that stay the rest.
    /// - Throws: `.invalid` where items of it came by a move since and no history with them, or another tenant wrote them, whose school
    ///   it was: then they were not the tenant's at that moment.
    func undo(from reader: Reader, _ source: Source, after moment: Timestamp, of image: TenantImage) throws {
        let select = try reader.prepare(
            """
            SELECT pk, sk, old_size, old, cause, tenant, at, epoch, sequence AS origin FROM journal
            WHERE number = ?1 AND at > ?2 AND pk >= ?3 AND pk < ?4
            UNION ALL
            SELECT pk, sk, old_size, old, cause, tenant, at, epoch, stream AS origin FROM journal
            WHERE number = ?5 AND at > ?2 AND pk >= ?3 AND pk < ?4
            ORDER BY at DESC, epoch DESC, origin DESC
            """)
        defer { select.reset() }
        try select.bind(source.table.number, at: 1)
        try select.bind(moment.milliseconds, at: 2)
        try select.bind(source.range.lower, at: 3)
        try select.bind(source.range.upper ?? Reader.endOfKeys, at: 4)
        try select.bind(-source.table.number, at: 5)
        let delete = try connection.prepare("DELETE FROM rows WHERE number = ? AND pk = ? AND sk = ?")
        while try select.step() {
            let isMove = select.integer(4) == ItemChange.Cause.move.rawValue
            guard !isMove || image.historyFrom != nil else {
                throw TableError.invalid(
                    .validation(
                        "Items of the tenant came to table `\(source.table.schema.name)` by a move after "
                            + "`\(moment.iso8601)`: name a moment after the move"))
            }
            guard select.text(5) == image.tenant.text else {
                throw TableError.invalid(
                    .validation(
                        "A school of the tenant, whose items lie in table `\(source.table.schema.name)`, was another "
                            + "tenant's after `\(moment.iso8601)`: name a moment after it came"))
            }
            if isMove { continue }
            let key = EncodedKey(partition: select.bytes(0), sort: select.bytes(1))
            if let old = select.image(2) {
                try store(old, key, source.number)
            } else {
                try delete.bind(source.number, at: 1)
                try delete.bind(key.partition, at: 2)
                try delete.bind(key.sort, at: 3)
                try delete.run()
            }
        }
    }

    private func store(_ image: ItemImage, _ key: EncodedKey, _ number: Int) throws(SQLiteError) {
        try upsert.bind(number, at: 1)
        try upsert.bind(key.partition, at: 2)
        try upsert.bind(key.sort, at: 3)
        try upsert.bind(image, at: 4)
        try upsert.run()
    }

    /// Counts what is there, adds what the image is of, and syncs the file.
    func finish(_ image: TenantImage) throws -> TenantImage {
        var image = image
        let hasher = SHA256Hasher()
        let add = { (bytes: [UInt8]) in
            hasher.update(withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) })
            hasher.update(bytes)
        }
        let select = try connection.prepare(
            "SELECT pk, sk, size, item FROM rows WHERE number = ? ORDER BY pk, sk")
        for number in image.tables.indices {
            add(Array(image.tables[number].name.utf8))
            image.tables[number].extent = Extent()
            try select.bind(number, at: 1)
            while try select.step() {
                image.tables[number].extent.items += 1
                image.tables[number].extent.bytes += Int(select.integer(2))
                for column: Int32 in [0, 1, 3] { add(select.bytes(column)) }
            }
            select.reset()
        }
        image.digest = Hex.encode(hasher.finish().bytes)
        let insert = try connection.prepare("INSERT INTO image (text) VALUES (?)")
        try insert.bind(try StoredJSON.encode(image), at: 1)
        try insert.run()
        try connection.execute("COMMIT")
        return image
    }

    // MARK: Reading

    static func image(at path: String, on files: any StoreFiles) throws(TableError) -> TenantImage {
        do {
            return try image(on: try files.connect(path, mode: .readOnly), path: path)
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
    }

    private static func image(on connection: Connection, path: String) throws -> TenantImage {
        let select = try connection.prepare("SELECT text FROM image")
        defer { select.reset() }
        guard try select.step() else { throw TableError.storage("`\(path)` does not say what it is of") }
        return try StoredJSON.decode(select.text(0))
    }

    static func rows(
        at path: String, on files: any StoreFiles, table: String, after: EncodedKey?, itemsMax: Int,
        bytesMax: Int
    ) throws(TableError) -> [ItemRow] {
        do {
            let connection = try files.connect(path, mode: .readOnly)
            let tables = try image(on: connection, path: path).tables
            guard let number = tables.firstIndex(where: { $0.name == table }) else {
                throw TableError.storage("the image has no table `\(table)`")
            }
            let select = try connection.prepare(
                """
                SELECT pk, sk, size, item FROM rows WHERE number = ? AND (pk, sk) > (?, ?)
                ORDER BY pk, sk LIMIT ?
                """)
            defer { select.reset() }
            try select.bind(number, at: 1)
            try select.bind(after?.partition ?? [], at: 2)
            try select.bind(after?.sort ?? [], at: 3)
            try select.bind(itemsMax, at: 4)
            var rows: [ItemRow] = []
            var bytes = 0
            while bytes < bytesMax, try select.step() {
                guard let image = select.image(2) else { continue }
                bytes += image.bytes.count
                rows.append(
                    ItemRow(key: EncodedKey(partition: select.bytes(0), sort: select.bytes(1)), image: image))
            }
            return rows
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
    }
}
