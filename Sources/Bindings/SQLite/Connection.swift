import CSQLite

/// An open database file. For one thread at a time: whoever holds it sees to that.
public final class Connection {
    /// What the connection may do.
    public enum Mode: Sendable {
        /// Read and write; make the file where there is none.
        case create
        /// Read and write a file that is there.
        case readWrite
        /// Read a file that is there.
        case readOnly
    }

    /// Whether SQLite took the settings that all connections share: it refuses them where something in the process has used it
    /// before, and then is slower, nothing else.
    private static let isConfigured = homeroom_sqlite_configure() == SQLITE_OK

    private let handle: OpaquePointer
    private let onFailure: @Sendable (SQLiteError) -> Void
    private var busyMilliseconds: Int32 = 0
    private var keepsMapping = false
    /// How many pages the log had behind the last commit that added to it; nil where none has since this was set to nil.
    public var logPages: Int?

    /// Opens the file at `path`.
    /// - Parameter isExclusive: keeps other processes out for as long as this one has the file open, and needs no
    ///   system call for its locks. All connections of the process to the file must say the same.
    ///   Source: sqlite.org/vfs.html, "unix-excl".
    /// - Parameter fileSystem: the name of a file system registered with SQLite that the file lies on, nil for the operating
    ///   system's; one of another name keeps to its own rules, whatever `isExclusive` says. Source: sqlite.org/vfs.html.
    /// - Parameter onFailure: learns of each call that fails, on the thread that made it, before it is thrown.
    /// - Throws: `SQLiteError` where it cannot be opened.
    public init(
        path: String, mode: Mode, isExclusive: Bool = false, fileSystem: String? = nil,
        onFailure: @escaping @Sendable (SQLiteError) -> Void = { _ in }
    ) throws(SQLiteError) {
        self.onFailure = onFailure
        let access: Int32
        switch mode {
        case .create: access = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        case .readWrite: access = SQLITE_OPEN_READWRITE
        case .readOnly: access = SQLITE_OPEN_READONLY
        }
        _ = Connection.isConfigured
        var opened: OpaquePointer?
        let flags = access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &opened, flags, fileSystem ?? (isExclusive ? "unix-excl" : nil))
        guard let opened else { throw SQLiteError(code: code, message: "out of memory") }
        guard code == SQLITE_OK else {
            let message = String(cString: sqlite3_errmsg(opened))
            let error = SQLiteError(
                code: code, message: "\(message): \(path)", systemError: sqlite3_system_errno(opened))
            // A handle that failed to open must still be closed; there is nothing to report beyond the first failure.
            _ = sqlite3_close_v2(opened)
            onFailure(error)
            throw error
        }
        handle = opened
    }

    deinit {
        // `close_v2` succeeds even while statements are alive: the last of them lets the file go.
        _ = sqlite3_close_v2(handle)
    }

    /// How long a call waits for a lock that another connection holds, in milliseconds; 0 unless set.
    public func setBusyTimeout(milliseconds: Int32) throws(SQLiteError) {
        try check(sqlite3_busy_timeout(handle, milliseconds))
        busyMilliseconds = milliseconds
    }

    /// Runs statements that take no values and return no rows that matter.
    public func execute(_ sql: String) throws(SQLiteError) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil), sql: sql)
    }

    /// Compiles a statement for repeated use.
    public func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        var statement: OpaquePointer?
        try check(
            sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil), sql: sql)
        guard let statement else {
            throw SQLiteError(code: SQLITE_MISUSE, message: "the statement is empty", sql: sql)
        }
        return Statement(handle: statement, connection: self)
    }

    /// Whether a transaction is open.
    public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// How many rows the last statement changed.
    public var changedRows: Int { Int(sqlite3_changes64(handle)) }

    /// Copies the log into the file and empties it. Answers false where a reader was in the way: it waits for none.
    public func checkpoint() throws(SQLiteError) -> Bool {
        try check(sqlite3_busy_timeout(handle, 0))
        defer { _ = sqlite3_busy_timeout(handle, busyMilliseconds) }
        let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        if code & 0xFF == SQLITE_BUSY { return false }
        try check(code)
        return true
    }

    /// Copies of the log into the file what no reader keeps from there, and waits for nobody; nothing where another connection does so.
    /// Source: sqlite.org/c3ref/wal_checkpoint_v2.html, SQLITE_CHECKPOINT_PASSIVE.
    public func copyLog() throws(SQLiteError) {
        let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        if code & 0xFF == SQLITE_BUSY { return }
        try check(code)
    }

    /// What of the file is written is on the disk behind it: copies of the log are, be it that they have not come to its end.
    public func syncFile() throws(SQLiteError) {
        let code = homeroom_sqlite_sync_file(handle)
        guard code != SQLITE_OK else { return }
        let error = SQLiteError(
            code: code, message: "the file could not be synced",
            systemError: homeroom_sqlite_file_errno(handle))
        onFailure(error)
        throw error
    }

    /// From now on no commit copies the log, however long it is: each that adds to it says how long it is in `logPages` instead.
    /// Source: sqlite.org/c3ref/wal_hook.html.
    public func leaveLogUncopied() {
        _ = sqlite3_wal_hook(
            handle,
            { connection, _, _, pages in
                guard let connection else { return SQLITE_MISUSE }
                Unmanaged<Connection>.fromOpaque(connection).takeUnretainedValue().logPages = Int(pages)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Maps up to so many bytes of the file and keeps them mapped, whoever writes. Source: sqlite.org/mmap.html.
    public func map(bytesMax: Int64) throws(SQLiteError) {
        try execute("PRAGMA mmap_size = \(bytesMax)")
        var file: UnsafeMutablePointer<sqlite3_file>?
        // Source: sqlite.org/c3ref/c_fcntl_begin_atomic_write.html, SQLITE_FCNTL_FILE_POINTER.
        try check(sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file))
        if let file, !keepsMapping { KeptMapping.install(on: file, bytesMax: bytesMax) }
        keepsMapping = true
    }

    /// From now on closing leaves the log as it is instead of copying it into the file.
    /// Source: sqlite.org/c3ref/c_dbconfig_defensive.html, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE.
    public func keepLogOnClose() throws(SQLiteError) {
        try check(homeroom_sqlite_keep_log_on_close(handle))
    }

    func check(_ code: Int32, sql: String? = nil) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw error(code, sql: sql) }
    }

    func error(_ code: Int32, sql: String?) -> SQLiteError {
        // These numbers are those of the last call of the system that failed: they belong to these two kinds of error only.
        var systemError: Int32 = 0
        if code & 0xFF == SQLITE_IOERR { systemError = homeroom_sqlite_file_errno(handle) }
        if code & 0xFF == SQLITE_CANTOPEN { systemError = sqlite3_system_errno(handle) }
        let error = SQLiteError(
            code: code, message: String(cString: sqlite3_errmsg(handle)), sql: sql, systemError: systemError)
        onFailure(error)
        return error
    }
}
