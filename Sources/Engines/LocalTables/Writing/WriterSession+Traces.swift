import Base
import Items
import SQLite
import Tables

/// What is left of a tenant beside its items, and its removal.
extension WriterSession {
    func traces(of tenant: TenantID) throws(TableError) -> TenantTraces {
        var traces = TenantTraces()
        traces.isResident = resident(tenant) != nil
        // The journal has no index by tenant: this looks at all of it, once at a tenant's end.
        traces.journalEntries = try count("SELECT count(*) FROM journal WHERE tenant = ?", tenant)
        traces.changes = try count("SELECT count(*) FROM changes WHERE tenant = ?", tenant)
        traces.tokens = try count("SELECT count(*) FROM tokens WHERE owner = ?", tenant)
        return traces
    }

    private func count(_ sql: String, _ tenant: TenantID) throws(TableError) -> Int {
        do {
            let select = try connection.prepare(sql)
            defer { select.reset() }
            try select.bind(tenant.text, at: 1)
            return try select.step() ? Int(select.integer(0)) : 0
        } catch { throw .storage("\(error)") }
    }

    /// Removes the tenant's entries among the `entriesMax` behind `sequence`.
    func removeJournal(
        of tenant: TenantID, after sequence: Int64, entriesMax: Int,
        matching: ((TableName?, EncodedKey) -> Bool)?
    ) throws(TableError) -> JournalSweep {
        do {
            let found = try journal(of: tenant, after: sequence, entriesMax: entriesMax, matching: matching)
            let delete = try prepared("DELETE FROM journal WHERE sequence = ?")
            for sequence in found.sequences {
                try delete.bind(sequence, at: 1)
                try delete.run()
            }
            return JournalSweep(removed: found.sequences.count, next: found.next)
        } catch { throw .storage("\(error)") }
    }

    /// The tenant's entries among the `entriesMax` behind `sequence`, and where to go on.
    func journal(
        of tenant: TenantID, after sequence: Int64, entriesMax: Int,
        matching: ((TableName?, EncodedKey) -> Bool)?
    ) throws(SQLiteError) -> (sequences: [Int64], next: Int64?) {
        let names = Dictionary(
            tables.byName.values.map { ($0.number, $0.schema.name) }, uniquingKeysWith: { first, _ in first })
        let select = try prepared(
            """
            SELECT sequence, number, pk, sk, tenant FROM journal WHERE sequence > ? ORDER BY sequence LIMIT ?
            """)
        try select.bind(sequence, at: 1)
        try select.bind(entriesMax, at: 2)
        defer { select.reset() }
        var sequences: [Int64] = []
        var seen = 0
        var last = sequence
        while try select.step() {
            seen += 1
            last = select.integer(0)
            guard select.text(4) == tenant.text else { continue }
            if let matching {
                let key = EncodedKey(partition: select.bytes(2), sort: select.bytes(3))
                guard matching(names[abs(Int(select.integer(1)))], key) else { continue }
            }
            sequences.append(last)
        }
        return (sequences, seen < entriesMax ? nil : last)
    }

    /// Writes the file anew and empties its log. Outside of any transaction.
    func rewriteFile() throws(SQLiteError) -> Bool {
        // The file's copy is made in memory, so that no item comes to lie in a folder for temporary files.
        // Source: sqlite.org/lang_vacuum.html, sqlite.org/pragma.html#pragma_temp_store.
        try connection.execute("PRAGMA temp_store = MEMORY")
        try connection.execute("VACUUM")
        return try connection.checkpoint()
    }
}
