/// A call of SQLite that failed.
public struct SQLiteError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The extended result code. Source: sqlite.org/rescode.html.
    public let code: Int32
    /// What SQLite says of it.
    public let message: String
    /// The statement it happened in, if any. Statements hold no values: those are bound.
    public let sql: String?

    /// A failed call.
    public init(code: Int32, message: String, sql: String? = nil) {
        self.code = code
        self.message = message
        self.sql = sql
    }

    /// Code, message and statement in one line.
    public var description: String {
        "SQLite error \(code): \(message)" + (sql.map { " in `\($0)`" } ?? "")
    }
}
