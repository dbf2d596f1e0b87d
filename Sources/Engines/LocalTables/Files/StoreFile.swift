import Base
import SQLite

/// How a store's file is opened and what it holds beside the tables' rows.
///
/// One file a store. A table of number n is `t<n>`, its index of number m is `t<n>_i<m>`. Rows lie in a rowid table
/// with a unique index on the key: four times the write rate of a clustered table here (README of the design).
enum StoreFile {
    /// Raised when the layout changes; a file of a later layout is refused.
    static let layoutVersion: Int64 = 4

    /// Opens the file at `path` to write; makes it where it may.
    /// - Throws: `SQLiteError` where it cannot be opened, is of a later layout, or is none of ours and may not be made.
    static func openWriter(
        path: String, on files: any StoreFiles, mayCreate: Bool = true, health: StoreHealth
    ) throws(SQLiteError) -> Connection {
        let connection = try files.connect(
            path, mode: mayCreate ? .create : .readWrite, isExclusive: true,
            onFailure: { health.note($0, by: .writer) })
        // A reader that finds the log's index in the midst of a change looks again with the lock of who writes (SQLite's wal.c,
        // walIndexReadHdr). Where it loses the processor meanwhile, the next transaction waits for it instead of failing.
        try connection.setBusyTimeout(milliseconds: Limits.fileLockMilliseconds)
        if !mayCreate, try layout(of: connection) == 0 {
            // INVARIANT (nothing overwritten): a store that is known to be there is never begun anew in its own place.
            let error = SQLiteError(code: 26, message: "the file is empty or no store of Homeroom")
            health.note(error, by: .writer)
            throw error
        }
        // A small item's write costs the page it lies on, once in the log and once in the file: pages of 4 KB halve that (figures
        // in Benchmarks/PROFILE.md). The page size holds only for a file that is made now; the rest is set on each opening.
        try connection.execute("PRAGMA page_size = 4096")
        try connection.execute("PRAGMA journal_mode = WAL")
        // FULL in WAL mode syncs the log at each commit: an acknowledged write is on disk.
        // Source: sqlite.org/pragma.html#pragma_synchronous.
        try connection.execute("PRAGMA synchronous = FULL")
        #if MUTANTS
            if Mutant.isOn(.acknowledgedBeforeSync) { try connection.execute("PRAGMA synchronous = NORMAL") }
        #endif
        try connection.execute("PRAGMA cache_size = -65536")
        // Relies on INVARIANT (no copy of a copied log): `LogCopier` knows of every copy.
        connection.leaveLogUncopied()
        try connection.execute("PRAGMA journal_size_limit = 67108864")
        try connection.execute("PRAGMA secure_delete = FAST")
        // A damaged page shows when it is read, before anything is written by what it says.
        try connection.execute("PRAGMA cell_size_check = ON")
        try prepareLayout(connection)
        return connection
    }

    static func openReader(
        path: String, on files: any StoreFiles, health: StoreHealth
    ) throws(SQLiteError) -> Connection {
        let connection = try files.connect(
            path, mode: .readOnly, isExclusive: true, onFailure: { health.note($0, by: .reader) })
        try connection.setBusyTimeout(milliseconds: Limits.fileLockMilliseconds)
        // The most that SQLite maps as Debian builds it: what lies behind is read by a call and copied.
        try connection.map(bytesMax: 2_147_418_112)
        try connection.execute("PRAGMA cache_size = -4096")
        return connection
    }

    /// A connection that copies the log and does nothing else.
    static func openCopier(
        path: String, on files: any StoreFiles, health: StoreHealth
    ) throws(SQLiteError) -> Connection {
        // What fails here keeps nobody from writing, unless it has met damage.
        let connection = try files.connect(
            path, mode: .readWrite, isExclusive: true, onFailure: { health.noteDamage($0) })
        try connection.setBusyTimeout(milliseconds: Limits.fileLockMilliseconds)
        // Whoever copies syncs the log first and the file behind it. Source: sqlite.org/pragma.html#pragma_synchronous.
        try connection.execute("PRAGMA synchronous = FULL")
        return connection
    }

    /// The layout of the file, 0 where it has none yet.
    static func layout(of connection: Connection) throws(SQLiteError) -> Int64 {
        let statement = try connection.prepare("PRAGMA user_version")
        _ = try statement.step()
        let version = statement.integer(0)
        statement.reset()
        return version
    }

    private static func prepareLayout(_ connection: Connection) throws(SQLiteError) {
        let version = try layout(of: connection)
        guard version <= layoutVersion else {
            throw SQLiteError(code: 1, message: "the file's layout \(version) is of a later Homeroom")
        }
        if version < 1 { try connection.execute(layout(1, tables)) }
        if version < 2 { try connection.execute(layout(2, journal)) }
        if version < 3 { try connection.execute(layout(3, tokens)) }
        if version < 4 { try connection.execute(layout(4, adopted)) }
    }

    /// One step of the layout, whole or not at all.
    private static func layout(_ version: Int64, _ sql: String) -> String {
        "BEGIN IMMEDIATE; \(sql); PRAGMA user_version = \(version); COMMIT"
    }

    private static let tables = """
        CREATE TABLE tables (number INTEGER PRIMARY KEY, schema TEXT NOT NULL);
        CREATE TABLE residents (tenant TEXT PRIMARY KEY, resident TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE changes (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, number INTEGER NOT NULL,
            pk BLOB NOT NULL, sk BLOB NOT NULL);
        CREATE INDEX changes_of_tenant ON changes (tenant, sequence)
        """

    /// INVARIANT (journal in time): `at` never falls as `sequence` grows, so an order by one is an order by the other.
    ///
    /// INVARIANT (adopted changes): a change that was made in another store, for a table of number n here, has the number -n, and in
    /// `stream` its place in the journal where it was made. So whoever reads by a table's number (streams, restores of whole tables)
    /// never meets one, and whoever goes by tenant does. These stand in no order of time.
    ///
    /// `backfills` has the tables whose expiry table does not know all items yet, and the key behind which to go on.
    /// An entry that is a stream's record has that stream's start in `stream`, others have NULL. A tenant's entry has the tenant
    /// in `tenant`, others have the empty text.
    private static let journal = """
        CREATE TABLE journal (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL, at INTEGER NOT NULL,
            tenant TEXT NOT NULL, epoch INTEGER NOT NULL, stream INTEGER, event INTEGER NOT NULL,
            cause INTEGER NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL, old_size INTEGER, old BLOB,
            new_size INTEGER, new BLOB);
        CREATE INDEX journal_in_time ON journal (number, at);
        CREATE INDEX journal_of_stream ON journal (number, stream, tenant) WHERE stream IS NOT NULL;
        CREATE TABLE streams (
            number INTEGER NOT NULL, started INTEGER NOT NULL, trimmed INTEGER NOT NULL, ended INTEGER,
            stream TEXT NOT NULL, PRIMARY KEY (number, started)) WITHOUT ROWID;
        CREATE TABLE backfills (number INTEGER PRIMARY KEY, pk BLOB NOT NULL, sk BLOB NOT NULL)
        """

    /// Tokens of transactions; `owner` is the tenant, or empty for what has none.
    private static let tokens = """
        CREATE TABLE tokens (
            owner TEXT NOT NULL, token TEXT NOT NULL, digest BLOB NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (owner, token)) WITHOUT ROWID;
        CREATE INDEX tokens_in_time ON tokens (at)
        """

    /// A tenant's adopted changes are found without those of all others; no other entry of the journal costs anything. A file of an
    /// earlier layout is read through once for it.
    private static let adopted = "CREATE INDEX journal_adopted ON journal (tenant) WHERE number < 0"

    /// The statements that make the rows' table of table `number`.
    static func creation(of number: Int) -> String {
        """
            CREATE TABLE t\(number) (pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT NULL, item BLOB NOT NULL);
            CREATE UNIQUE INDEX t\(number)_key ON t\(number) (pk, sk);
        """
    }

    /// The statements that make the entries' table of an index of table `number`.
    static func creation(ofIndex index: Int, of number: Int) -> String {
        let name = "t\(number)_i\(index)"
        return """
            CREATE TABLE \(name) (ipk BLOB NOT NULL, isk BLOB NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL,
                size INTEGER NOT NULL, item BLOB NOT NULL);
            CREATE UNIQUE INDEX \(name)_key ON \(name) (ipk, isk, pk, sk);
            """
    }

    /// The names of all tables of rows or entries that the file can hold, as `LIKE` patterns do not tell them apart.
    static func isRows(_ name: String) -> Bool {
        guard name.first == "t" else { return false }
        return name.dropFirst().split(separator: "_i", maxSplits: 1, omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
    }
}
