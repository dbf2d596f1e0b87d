import Base
import Items
import SQLite
import Tables

/// A tenant's changes that were made in other stores (see `StoreFile`, INVARIANT (adopted changes)).
extension WriterSession {
    func adopt(_ changes: [PastChange], of tenant: TenantID) throws(TableError) {
        switch resident(tenant)?.state {
        case .active, .fenced: break
        case .arriving, .kept, nil: throw .misrouted(tenant)
        }
        for change in changes {
            let table = try tables.table(change.table)
            if try !knows(change, in: table, of: tenant) { try journal.adopt(change, in: table, of: tenant) }
        }
    }

    /// Whether the change was adopted before, or was made here in an earlier stay and is kept as long as an adopted one.
    private func knows(
        _ change: PastChange, in table: LocalTable, of tenant: TenantID
    ) throws(TableError) -> Bool {
        do {
            let select = try prepared(
                """
                SELECT 1 FROM journal WHERE number = ?1 AND stream = ?2 AND tenant = ?3 AND epoch = ?4
                UNION ALL
                SELECT 1 FROM journal WHERE sequence = ?2 AND number = ?5 AND tenant = ?3 AND epoch = ?4
                    AND at >= ?6 AND cause <> ?7
                """)
            defer { select.reset() }
            try select.bind(-table.number, at: 1)
            try select.bind(change.sequence, at: 2)
            try select.bind(tenant.text, at: 3)
            try select.bind(change.epoch, at: 4)
            try select.bind(table.number, at: 5)
            // What a move did here has the epoch of the stay elsewhere that it followed, and says nothing of the past.
            try select.bind(ItemChange.Cause.move.rawValue, at: 7)
            try select.bind(table.record.options.recovery?.startedAt.milliseconds ?? .max, at: 6)
            return try select.step()
        } catch { throw .storage("\(error)") }
    }

    /// By the index of adopted changes, whose condition the statement repeats: what it costs goes by what the tenant has. With any other
    /// condition on `number` or `stream` SQLite would walk over those of all tenants.
    static let adoptedRemoval = """
        DELETE FROM journal WHERE sequence IN (
            SELECT sequence FROM journal WHERE number < 0 AND tenant = ? LIMIT ?)
        """

    func removeAdopted(of tenant: TenantID, entriesMax: Int) throws(TableError) -> Int {
        switch resident(tenant)?.state {
        case .active, .fenced: throw .notArriving(tenant)
        case .arriving, .kept, nil: break
        }
        do {
            let delete = try prepared(WriterSession.adoptedRemoval)
            try delete.bind(tenant.text, at: 1)
            try delete.bind(entriesMax, at: 2)
            try delete.run()
            return connection.changedRows
        } catch { throw .storage("\(error)") }
    }
}
