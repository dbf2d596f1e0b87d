import Base
import Items
import SQLite
import Tables

/// Compares a table's expiry table with the ends that its items have.
struct ExpiryChecker {
    /// Items whose end is not noted, or noted otherwise.
    private(set) var different = 0
    /// Entries that belong to an item whose life ends.
    private(set) var met = 0
    private let attribute: String
    private let entry: Statement
    private let count: Statement
    private let isComplete: Bool

    /// Nil where the table's items do not end.
    init?(_ table: LocalTable, on connection: Connection) throws(SQLiteError) {
        guard let attribute = table.record.options.timeToLiveAttribute else { return nil }
        self.attribute = attribute
        entry = try connection.prepare("SELECT at FROM t\(table.number)_ttl WHERE pk = ? AND sk = ?")
        count = try connection.prepare("SELECT count(*) FROM t\(table.number)_ttl")
        // Where the expiry table is still being filled, items may be missing from it.
        let waiting = try connection.prepare("SELECT 1 FROM backfills WHERE number = \(table.number)")
        isComplete = try !waiting.step()
        waiting.reset()
    }

    mutating func compare(_ item: Item, _ key: EncodedKey) throws(SQLiteError) {
        guard let end = Expiry.end(of: item, by: attribute) else { return }
        defer { entry.reset() }
        try entry.bind(key.partition, at: 1)
        try entry.bind(key.sort, at: 2)
        if try entry.step() {
            met += 1
            if entry.integer(0) != end { different += 1 }
        } else if isComplete {
            different += 1
        }
    }

    /// Entries that belong to no such item.
    func surplus() throws(SQLiteError) -> Int {
        defer { count.reset() }
        _ = try count.step()
        return Int(count.integer(0)) - met
    }
}

extension StoreChecker {
    /// Looks for entries of the journal that break INVARIANT (journal in time), by which streams and recoveries find their place.
    func earlyJournalEntries() throws(SQLiteError) -> Int {
        guard try StoreFile.layout(of: connection) >= 2 else { return 0 }
        let select = try connection.prepare(
            """
            SELECT count(*) FROM (SELECT at - lag(at) OVER (ORDER BY sequence) AS step FROM journal WHERE number > 0)
                WHERE step < 0
            """)
        defer { select.reset() }
        _ = try select.step()
        return Int(select.integer(0))
    }
}
