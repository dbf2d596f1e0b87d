#if canImport(Glibc)
    import Glibc
#endif

/// A call of SQLite that failed.
public struct SQLiteError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The extended result code. Source: sqlite.org/rescode.html.
    public let code: Int32
    /// What SQLite says of it.
    public let message: String
    /// The statement it happened in, if any. Statements hold no values: those are bound.
    public let sql: String?

    /// The system's error number where a call of the system failed, else 0.
    /// Source: sqlite.org/c3ref/system_errno.html.
    public let systemError: Int32

    /// A failed call.
    public init(code: Int32, message: String, sql: String? = nil, systemError: Int32 = 0) {
        self.code = code
        self.message = message
        self.sql = sql
        self.systemError = systemError
    }

    /// Code, message, the system's reason and the statement in one line.
    public var description: String {
        let reason = systemError == 0 ? "" : " (\(String(cString: strerror(systemError))))"
        return "SQLite error \(code): \(message)\(reason)" + (sql.map { " in `\($0)`" } ?? "")
    }
}
