import Base
import Items
import SQLite
import Tables

/// A read connection with its compiled statements. Used by one thread at a time.
final class Reader {
    /// Behind every encoded key: keys are at most 2,048 bytes, and none begins with so many 0xFF.
    static let endOfKeys = [UInt8](repeating: 0xFF, count: 2049)

    private let connection: Connection
    private var gets: [Int: Statement] = [:]
    private var ranges: [RangeQuery.Shape: Statement] = [:]

    init(path: String) throws(TableError) {
        do { connection = try StoreFile.openReader(path: path) } catch { throw .storage("\(error)") }
    }

    /// Any statement, compiled for this one use.
    func prepare(_ sql: String) throws(SQLiteError) -> Statement { try connection.prepare(sql) }

    func get(_ key: EncodedKey, in table: LocalTable) throws(TableError) -> ItemRow? {
        do {
            let statement = try getStatement(table.number)
            try statement.bind(key.partition, at: 1)
            try statement.bind(key.sort, at: 2)
            guard try statement.step() else {
                statement.reset()
                return nil
            }
            let image = ItemImage(bytes: statement.bytes(1), sizeBytes: Int(statement.integer(0)))
            statement.reset()
            return ItemRow(key: key, image: image)
        } catch { throw .storage("\(error)") }
    }

    private func getStatement(_ number: Int) throws(SQLiteError) -> Statement {
        if let found = gets[number] { return found }
        let made = try connection.prepare("SELECT size, item FROM t\(number) WHERE pk = ? AND sk = ?")
        gets[number] = made
        return made
    }

    func statement(for shape: RangeQuery.Shape) throws(SQLiteError) -> Statement {
        if let found = ranges[shape] { return found }
        let made = try connection.prepare(shape.sql)
        ranges[shape] = made
        return made
    }
}
