import Base
import SQLite
import Tables

/// The search for what a tenant that has moved away may have left.
extension LocalStore {
    /// Looks for what is the tenant's, under its own keys wherever it is known which those are.
    public func leftovers(
        of tenant: TenantID, in keys: OwnedRanges, countsJournal: Bool
    ) throws(TableError) -> Leftovers {
        var found = try readers.withReader { reader throws(TableError) in
            try reader.loggedLeftovers(of: tenant)
        }
        for schema in schemas() {
            let items = keys.items(of: schema.name)
            if items.isEmpty { continue }
            let table = try table(schema.name)
            for (position, index) in table.indexes.enumerated() {
                let rows = "t\(table.number)_i\(index.number)"
                if let entries = keys.entries[schema.name]?[table.schema.indexes[position].name] {
                    found.indexEntries += try count(rows, by: "ipk", in: entries)
                } else {
                    found.indexEntries += try count(rows, underItemsIn: items)
                }
            }
            let expiry = "t\(table.number)_ttl"
            let hasExpiry = try readers.withReader { reader throws(TableError) in
                try reader.hasTable(expiry)
            }
            if hasExpiry { found.expiryEntries += try count(expiry, by: "pk", in: items) }
        }
        if countsJournal { try countJournal(of: tenant, into: &found) }
        return found
    }

    private func count(
        _ rows: String, by column: String, in ranges: [KeyRange]
    ) throws(TableError) -> Int {
        var count = 0
        for range in ranges {
            count += try readers.withReader { reader throws(TableError) in
                try reader.count(rows, by: column, in: range)
            }
        }
        return count
    }

    /// Counts entries of an index of which nobody knows where a tenant's lie: slice by slice, so that no read holds the log of the file
    /// for long.
    private func count(_ rows: String, underItemsIn ranges: [KeyRange]) throws(TableError) -> Int {
        var count = 0
        var place: Int64? = .min
        while let after = place {
            let slice = try readers.withReader { reader throws(TableError) in
                try reader.keys(ofRows: rows, after: after, rowsMax: Limits.tracedEntriesMax)
            }
            count += slice.partitions.count { partition in ranges.contains { $0.holds(partition) } }
            place = slice.partitions.count == Limits.tracedEntriesMax ? slice.last : nil
        }
        return count
    }

    /// The journal has no index by tenant: this looks at all of it, in slices.
    private func countJournal(of tenant: TenantID, into found: inout Leftovers) throws(TableError) {
        var counted = JournalCount(next: 0)
        while let after = counted.next { counted.add(try journalCount(of: tenant, after: after)) }
        found.journalEntries = counted.entries
        found.journalAt = counted.newestAt
    }

    /// Counts what is the tenant's in the next part of the journal.
    public func journalCount(of tenant: TenantID, after sequence: Int64) throws(TableError) -> JournalCount {
        try readers.withReader { reader throws(TableError) in
            try reader.journal(of: tenant, after: sequence, entriesMax: Limits.tracedEntriesMax)
        }
    }
}

extension Reader {
    /// What is the tenant's in the change log and among the tokens.
    func loggedLeftovers(of tenant: TenantID) throws(TableError) -> Leftovers {
        do {
            var found = Leftovers()
            let select = try prepare(
                """
                SELECT (SELECT count(*) FROM changes WHERE tenant = ?1),
                    (SELECT count(*) FROM tokens WHERE owner = ?1)
                """)
            defer { select.reset() }
            try select.bind(tenant.text, at: 1)
            _ = try select.step()
            found.changes = Int(select.integer(0))
            found.tokens = Int(select.integer(1))
            return found
        } catch { throw .storage("\(error)") }
    }

    func hasTable(_ name: String) throws(TableError) -> Bool {
        do {
            let select = try prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")
            defer { select.reset() }
            try select.bind(name, at: 1)
            return try select.step()
        } catch { throw .storage("\(error)") }
    }

    /// How many rows have a key in the range, by the first column of an index of theirs.
    func count(_ rows: String, by column: String, in range: KeyRange) throws(TableError) -> Int {
        do {
            let select = try prepare("SELECT count(*) FROM \(rows) WHERE \(column) >= ? AND \(column) < ?")
            defer { select.reset() }
            try select.bind(range.lower, at: 1)
            try select.bind(range.upper ?? Reader.endOfKeys, at: 2)
            _ = try select.step()
            return Int(select.integer(0))
        } catch { throw .storage("\(error)") }
    }

    /// Partition keys of the items of an index's next entries, in the order of their rows.
    func keys(
        ofRows name: String, after row: Int64, rowsMax: Int
    ) throws(TableError) -> (partitions: [[UInt8]], last: Int64) {
        do {
            let select = try prepare("SELECT rowid, pk FROM \(name) WHERE rowid > ? ORDER BY rowid LIMIT ?")
            defer { select.reset() }
            try select.bind(row, at: 1)
            try select.bind(rowsMax, at: 2)
            var partitions: [[UInt8]] = []
            var last = row
            while try select.step() {
                last = select.integer(0)
                partitions.append(select.bytes(1))
            }
            return (partitions, last)
        } catch { throw .storage("\(error)") }
    }

    /// How many of the journal's next entries are the tenant's, when the newest of those was made, and where to go on.
    func journal(
        of tenant: TenantID, after sequence: Int64, entriesMax: Int
    ) throws(TableError) -> JournalCount {
        do {
            let select = try prepare(
                """
                SELECT count(*), max(sequence), sum(tenant = ?1), max(iif(tenant = ?1, at, NULL))
                FROM (SELECT sequence, tenant, at FROM journal WHERE sequence > ?2 ORDER BY sequence LIMIT ?3)
                """)
            defer { select.reset() }
            try select.bind(tenant.text, at: 1)
            try select.bind(sequence, at: 2)
            try select.bind(entriesMax, at: 3)
            _ = try select.step()
            let isEnd = select.integer(0) < entriesMax
            return JournalCount(
                entries: Int(select.integer(2)),
                newestAt: select.isNull(3) ? nil : Timestamp(milliseconds: select.integer(3)),
                next: isEnd ? nil : select.integer(1))
        } catch { throw .storage("\(error)") }
    }
}
