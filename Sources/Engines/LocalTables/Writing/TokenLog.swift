import Base
import SQLite
import Tables

/// The tokens of transactions that were committed lately. Used by the writer alone, inside its transactions.
final class TokenLog {
    private let clock: any Clock
    private let find: Statement
    private let insert: Statement
    private let trim: Statement
    private let forget: Statement
    /// INVARIANT (tokens in time): no token is spent as of before this, also where the machine's clock is set back; in milliseconds.
    private var lastAt: Int64

    init(connection: Connection, clock: any Clock) throws(SQLiteError) {
        self.clock = clock
        find = try connection.prepare("SELECT digest, at FROM tokens WHERE owner = ? AND token = ?")
        insert = try connection.prepare(
            """
            INSERT INTO tokens (owner, token, digest, at) VALUES (?, ?, ?, ?)
            ON CONFLICT (owner, token) DO UPDATE SET digest = excluded.digest, at = excluded.at
            """)
        // A few more than one goes with each that comes, so the log stays as long as ten minutes are.
        trim = try connection.prepare(
            """
            DELETE FROM tokens WHERE (owner, token) IN
                (SELECT owner, token FROM tokens WHERE at <= ? ORDER BY at LIMIT 4)
            """)
        forget = try connection.prepare("DELETE FROM tokens WHERE owner = ?")
        let newest = try connection.prepare("SELECT max(at) FROM tokens")
        lastAt = try newest.step() ? newest.integer(0) : 0
    }

    private var oldest: Int64 { TokenLog.oldest(clock.now()) }

    /// What was spent by this moment, in milliseconds, does not count any more.
    static func oldest(_ now: Timestamp) -> Int64 { now.milliseconds - WriteToken.lifetimeSeconds * 1000 }

    /// Whether the token was spent on the same transaction.
    /// - Throws: `.tokenMismatch` where it was spent on another one.
    func isSpent(_ token: WriteToken, by owner: TenantID?) throws(TableError) -> Bool {
        do {
            try find.bind(owner?.text ?? "", at: 1)
            try find.bind(token.text, at: 2)
            defer { find.reset() }
            guard try find.step(), find.integer(1) > oldest else { return false }
            guard find.bytes(0) == token.digest else { throw TableError.tokenMismatch }
            return true
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
    }

    /// Notes that the token is spent now.
    func spend(_ token: WriteToken, by owner: TenantID?) throws(TableError) {
        lastAt = max(lastAt, clock.now().milliseconds)
        try note(SpentToken(token: token, at: Timestamp(milliseconds: lastAt)), of: owner)
        do {
            try trim.bind(oldest, at: 1)
            try trim.run()
        } catch { throw .storage("\(error)") }
    }

    func note(_ spent: SpentToken, of owner: TenantID?) throws(TableError) {
        do {
            try insert.bind(owner?.text ?? "", at: 1)
            try insert.bind(spent.token.text, at: 2)
            try insert.bind(spent.token.digest, at: 3)
            try insert.bind(spent.at.milliseconds, at: 4)
            try insert.run()
        } catch { throw .storage("\(error)") }
    }

    /// Forgets all tokens of a tenant that is not here any more.
    func forget(_ owner: TenantID) throws(TableError) {
        do {
            try forget.bind(owner.text, at: 1)
            try forget.run()
        } catch { throw .storage("\(error)") }
    }
}
