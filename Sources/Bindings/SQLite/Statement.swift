import Base
import CSQLite

/// A compiled statement of one connection, used again and again: bind, step, read columns, reset.
public final class Statement {
    private let handle: OpaquePointer
    private let connection: Connection

    init(handle: OpaquePointer, connection: Connection) {
        self.handle = handle
        self.connection = connection
    }

    deinit {
        // The code of finalize repeats the failure of the last step, which has been reported there.
        _ = sqlite3_finalize(handle)
    }

    /// The text it was compiled from.
    public var sql: String { String(cString: sqlite3_sql(handle)) }

    /// Binds an integer. Positions count from 1.
    public func bind(_ value: Int64, at position: Int32) throws(SQLiteError) {
        try check(sqlite3_bind_int64(handle, position, value))
    }

    /// Binds an integer. Positions count from 1.
    public func bind(_ value: Int, at position: Int32) throws(SQLiteError) {
        try bind(Int64(value), at: position)
    }

    /// Binds bytes, copied. No bytes bind an empty blob, not NULL.
    public func bind(_ bytes: [UInt8], at position: Int32) throws(SQLiteError) {
        let code = bytes.withUnsafeBytes { buffer -> Int32 in
            guard let base = buffer.baseAddress, !buffer.isEmpty else {
                return sqlite3_bind_zeroblob(handle, position, 0)
            }
            return homeroom_bind_blob_copy(handle, position, base, Int32(buffer.count))
        }
        try check(code)
    }

    /// Binds text, copied.
    public func bind(_ text: String, at position: Int32) throws(SQLiteError) {
        let count = Int32(text.utf8.count)
        try check(text.withCString { homeroom_bind_text_copy(handle, position, $0, count) })
    }

    /// Binds NULL.
    public func bindNull(at position: Int32) throws(SQLiteError) {
        try check(sqlite3_bind_null(handle, position))
    }

    /// Goes to the next row: false where there is none. A statement that returns no rows is carried out by one step.
    public func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = connection.error(code, sql: sql)
            reset()
            throw error
        }
    }

    /// Carries the statement out and makes it ready to be used again.
    public func run() throws(SQLiteError) {
        while try step() {}
        reset()
    }

    /// Binds two keys without copying them, lets `read` look at the first row, and makes the statement ready to be used again;
    /// nil where there is no row.
    public func firstRow<Value>(
        binding first: [UInt8], _ second: [UInt8], _ read: (Statement) -> Value
    ) throws(SQLiteError) -> Value? {
        try first.withUnsafeBufferPointer { first throws(SQLiteError) -> Value? in
            try second.withUnsafeBufferPointer { second throws(SQLiteError) -> Value? in
                defer { forgetBorrowed() }
                try borrow(UnsafeRawBufferPointer(first), at: 1)
                try borrow(UnsafeRawBufferPointer(second), at: 2)
                return try step() ? read(self) : nil
            }
        }
    }

    /// Binds two keys without copying them, appends the bytes in the first row's column 1 to `buffer`, and makes the statement
    /// ready to be used again; answers the integer in column 0, or nil where there is no row.
    public func appendFirstRow(
        binding first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, to buffer: ByteBuffer
    ) throws(SQLiteError) -> Int? {
        defer { forgetBorrowed() }
        try borrow(first, at: 1)
        try borrow(second, at: 2)
        guard try step() else { return nil }
        appendBytes(1, to: buffer)
        return Int(integer(0))
    }

    /// Binds two keys to the first two places and `value` to `lastAt`, none of them copied, carries the statement out and makes it
    /// ready to be used again.
    public func run(
        binding first: [UInt8], _ second: [UInt8], _ value: [UInt8], lastAt position: Int32
    ) throws(SQLiteError) {
        try value.withUnsafeBufferPointer { value throws(SQLiteError) in
            try borrow(UnsafeRawBufferPointer(value), at: position)
            _ = try firstRow(binding: first, second) { _ in }
        }
    }

    /// Binds a number, bytes that are not copied, and a number to the first three places, carries the statement out and makes it
    /// ready to be used again.
    public func run(binding first: Int, _ bytes: [UInt8], _ last: Int64) throws(SQLiteError) {
        try bytes.withUnsafeBufferPointer { bytes throws(SQLiteError) in
            defer { forgetBorrowed() }
            try bind(first, at: 1)
            try borrow(UnsafeRawBufferPointer(bytes), at: 2)
            try bind(last, at: 3)
            _ = try step()
        }
    }

    private func borrow(_ bytes: UnsafeRawBufferPointer, at position: Int32) throws(SQLiteError) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            return try check(sqlite3_bind_zeroblob(handle, position, 0))
        }
        try check(sqlite3_bind_blob(handle, position, base, Int32(bytes.count), nil))
    }

    /// INVARIANT (borrowed keys): SQLite looks at them in `step` only, and forgets them before they may move.
    private func forgetBorrowed() {
        reset()
        // It cannot fail.
        _ = sqlite3_clear_bindings(handle)
    }

    /// Makes it ready to be used again and lets its read lock go.
    public func reset() {
        // The code of reset repeats the failure of the last step, which has been reported there.
        _ = sqlite3_reset(handle)
    }

    /// The integer in the column. Columns count from 0.
    public func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// Whether the column is NULL.
    public func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// A copy of the bytes in the column.
    public func bytes(_ column: Int32) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(handle, column))
        guard count > 0, let base = sqlite3_column_blob(handle, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Appends the bytes in the column to `buffer`.
    public func appendBytes(_ column: Int32, to buffer: inout [UInt8]) {
        let count = Int(sqlite3_column_bytes(handle, column))
        guard count > 0, let base = sqlite3_column_blob(handle, column) else { return }
        buffer.append(contentsOf: UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Appends the bytes in the column to `buffer`.
    public func appendBytes(_ column: Int32, to buffer: ByteBuffer) {
        let count = Int(sqlite3_column_bytes(handle, column))
        guard count > 0, let base = sqlite3_column_blob(handle, column) else { return }
        buffer.append(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// The text in the column; empty for NULL.
    public func text(_ column: Int32) -> String {
        guard let base = sqlite3_column_text(handle, column) else { return "" }
        return String(cString: base)
    }

    private func check(_ code: Int32) throws(SQLiteError) { try connection.check(code, sql: nil) }
}
