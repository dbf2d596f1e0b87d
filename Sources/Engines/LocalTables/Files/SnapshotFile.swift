import Base
import Crypto
import Items
import SQLite
import Tables

/// A snapshot's file while it is written: rows in the order of their keys, and the manifest.
final class SnapshotFile {
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
            CREATE TABLE manifest (text TEXT NOT NULL);
            CREATE TABLE rows (pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT NULL, item BLOB NOT NULL,
                PRIMARY KEY (pk, sk)) WITHOUT ROWID
            """)
        upsert = try connection.prepare(
            """
            INSERT INTO rows (pk, sk, size, item) VALUES (?, ?, ?, ?)
            ON CONFLICT (pk, sk) DO UPDATE SET size = excluded.size, item = excluded.item
            """)
    }

    /// Copies the table's rows.
    func fill(from reader: Reader, table: LocalTable) throws {
        let select = try reader.prepare("SELECT pk, sk, size, item FROM t\(table.number) ORDER BY pk, sk")
        defer { select.reset() }
        while try select.step() {
            guard let image = select.image(2) else { continue }
            try store(image, EncodedKey(partition: select.bytes(0), sort: select.bytes(1)))
        }
    }

    /// Takes back what was changed after a moment, the latest first.
    func undo(from reader: Reader, table: LocalTable, after moment: Timestamp) throws {
        let select = try reader.prepare(
            """
            SELECT pk, sk, old_size, old FROM journal WHERE number = ? AND at > ?
            ORDER BY at DESC, sequence DESC
            """)
        defer { select.reset() }
        try select.bind(table.number, at: 1)
        try select.bind(moment.milliseconds, at: 2)
        let delete = try connection.prepare("DELETE FROM rows WHERE pk = ? AND sk = ?")
        while try select.step() {
            let key = EncodedKey(partition: select.bytes(0), sort: select.bytes(1))
            if let old = select.image(2) {
                try store(old, key)
            } else {
                try delete.bind(key.partition, at: 1)
                try delete.bind(key.sort, at: 2)
                try delete.run()
            }
        }
    }

    private func store(_ image: ItemImage, _ key: EncodedKey) throws(SQLiteError) {
        try upsert.bind(key.partition, at: 1)
        try upsert.bind(key.sort, at: 2)
        try upsert.bind(image, at: 3)
        try upsert.run()
    }

    /// Counts what is there, adds the manifest, and syncs the file.
    func finish(_ manifest: SnapshotManifest) throws -> SnapshotManifest {
        var manifest = manifest
        let hasher = SHA256Hasher()
        let select = try connection.prepare("SELECT pk, sk, size, item FROM rows ORDER BY pk, sk")
        while try select.step() {
            manifest.extent.items += 1
            manifest.extent.bytes += Int(select.integer(2))
            for column: Int32 in [0, 1, 3] {
                let bytes = select.bytes(column)
                hasher.update(withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) })
                hasher.update(bytes)
            }
        }
        select.reset()
        manifest.digest = Hex.encode(hasher.finish().bytes)
        let insert = try connection.prepare("INSERT INTO manifest (text) VALUES (?)")
        try insert.bind(try StoredJSON.encode(manifest), at: 1)
        try insert.run()
        try connection.execute("COMMIT")
        return manifest
    }

    // MARK: Reading

    static func manifest(
        at path: String, on files: any StoreFiles
    ) throws(TableError) -> SnapshotManifest {
        do {
            let connection = try files.connect(path, mode: .readOnly)
            let select = try connection.prepare("SELECT text FROM manifest")
            defer { select.reset() }
            guard try select.step() else { throw TableError.storage("`\(path)` has no manifest") }
            return try StoredJSON.decode(select.text(0))
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
    }

    static func rows(
        at path: String, on files: any StoreFiles, after: EncodedKey?, itemsMax: Int, bytesMax: Int
    ) throws(TableError) -> [ItemRow] {
        do {
            let connection = try files.connect(path, mode: .readOnly)
            let select = try connection.prepare(
                """
                SELECT pk, sk, size, item FROM rows WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?
                """)
            defer { select.reset() }
            try select.bind(after?.partition ?? [], at: 1)
            try select.bind(after?.sort ?? [], at: 2)
            try select.bind(itemsMax, at: 3)
            var rows: [ItemRow] = []
            var bytes = 0
            while bytes < bytesMax, try select.step() {
                guard let image = select.image(2) else { continue }
                bytes += image.bytes.count
                rows.append(
                    ItemRow(key: EncodedKey(partition: select.bytes(0), sort: select.bytes(1)), image: image))
            }
            return rows
        } catch { throw .storage("\(error)") }
    }
}
