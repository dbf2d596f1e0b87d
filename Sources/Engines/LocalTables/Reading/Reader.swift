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
    private let begin: Statement
    private let end: Statement
    /// The commit count that the open transaction shows; nil where none is open.
    private var shown: UInt64?
    /// The commit count that the last read met.
    private var met: UInt64?

    init(path: String, files: any StoreFiles, health: StoreHealth) throws(TableError) {
        do {
            connection = try StoreFile.openReader(path: path, on: files, health: health)
            begin = try connection.prepare("BEGIN")
            end = try connection.prepare("COMMIT")
        } catch { throw .storage("\(error)") }
    }

    // MARK: Transactions

    /// Before a read at this commit count (nil while somebody writes): ends a transaction that shows an older state, and opens
    /// one that stays open where nothing was written since the read before.
    func beginRead(_ count: UInt64?) throws(TableError) {
        do {
            if shown != nil, shown != count {
                shown = nil
                try end.run()
            }
            if let count, shown == nil, met == count {
                try begin.run()
                shown = count
            }
            met = count
        } catch { throw .storage("\(error)") }
    }

    /// After a read: ends a transaction that no longer shows the newest state. False where the reader is of no more use.
    func endRead(_ count: UInt64?) -> Bool {
        guard shown != nil, shown != count else { return true }
        shown = nil
        do { try end.run() } catch {
            // Whoever reads next gets another connection, and the error if that fails too.
            return false
        }
        return true
    }

    /// Does several reads in one transaction, so that they see one moment.
    func together<Value>(_ body: () throws(TableError) -> Value) throws(TableError) -> Value {
        guard shown == nil else { return try body() }
        do { try begin.run() } catch { throw .storage("\(error)") }
        let result: Result<Value, TableError>
        do throws(TableError) { result = .success(try body()) } catch { result = .failure(error) }
        do { try end.run() } catch { throw .storage("\(error)") }
        return try result.get()
    }

    // MARK: Reads

    /// Any statement, compiled for this one use.
    func prepare(_ sql: String) throws(SQLiteError) -> Statement { try connection.prepare(sql) }

    func get(_ key: EncodedKey, in table: LocalTable) throws(TableError) -> ItemRow? {
        do {
            return try getStatement(table.number).firstRow(binding: key.partition, key.sort) { row in
                ItemRow(
                    key: key, image: ItemImage(bytes: row.bytes(1), sizeBytes: Int(row.integer(0))))
            }
        } catch { throw .storage("\(error)") }
    }

    func read(
        partition: UnsafeRawBufferPointer, sort: UnsafeRawBufferPointer, in table: LocalTable,
        into buffer: ByteBuffer
    ) throws(TableError) -> PointReadOutcome {
        do {
            let sizeBytes = try getStatement(table.number).appendFirstRow(
                binding: partition, sort, to: buffer)
            return sizeBytes.map { .found(sizeBytes: $0) } ?? .absent
        } catch { throw .storage("\(error)") }
    }

    private func getStatement(_ number: Int) throws(SQLiteError) -> Statement {
        if let found = gets[number] { return found }
        let made = try connection.prepare("SELECT size, item FROM t\(number) WHERE pk = ? AND sk = ?")
        // Tables come and go.
        if gets.count >= Limits.readerStatementsMax { gets = [:] }
        gets[number] = made
        return made
    }

    func statement(for shape: RangeQuery.Shape) throws(SQLiteError) -> Statement {
        if let found = ranges[shape] { return found }
        let made = try connection.prepare(shape.sql)
        if ranges.count >= Limits.readerStatementsMax { ranges = [:] }
        ranges[shape] = made
        return made
    }
}
