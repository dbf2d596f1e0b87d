import Base
import SQLite
import Tables

/// The search for what a tenant that has moved away may have left.
extension LocalStore {
    /// Looks through all indexes, ends of lives and logs for what is the tenant's.
    public func leftovers(
        of tenant: TenantID, owns: @escaping @Sendable (TableName, [UInt8]) -> Bool
    ) throws(TableError) -> Leftovers {
        var found = try readers.withReader { reader throws(TableError) in
            try reader.loggedLeftovers(of: tenant)
        }
        for schema in schemas() {
            let table = try table(schema.name)
            for index in table.indexes {
                found.indexEntries += try count("t\(table.number)_i\(index.number)") {
                    owns(schema.name, $0)
                }
            }
            let expiry = "t\(table.number)_ttl"
            let hasExpiry = try readers.withReader { reader throws(TableError) in
                try reader.hasTable(expiry)
            }
            if hasExpiry { found.expiryEntries += try countOfPairs(expiry) { owns(schema.name, $0) } }
        }
        return found
    }

    /// Counts entries slice by slice, so that no read holds the log of the file for long.
    private func count(
        _ rows: String, where isWanted: @Sendable ([UInt8]) -> Bool
    ) throws(TableError) -> Int {
        var count = 0
        var place: Int64? = .min
        while let after = place {
            let slice = try readers.withReader { reader throws(TableError) in
                try reader.keys(ofRows: rows, after: after, rowsMax: Limits.tracedEntriesMax)
            }
            count += slice.partitions.count(where: isWanted)
            place = slice.partitions.count == Limits.tracedEntriesMax ? slice.last : nil
        }
        return count
    }

    private func countOfPairs(
        _ rows: String, where isWanted: @Sendable ([UInt8]) -> Bool
    ) throws(TableError) -> Int {
        var count = 0
        var place: (partition: [UInt8], sort: [UInt8])? = ([], [])
        while let after = place {
            let keys = try readers.withReader { reader throws(TableError) in
                try reader.pairs(ofRows: rows, after: after, rowsMax: Limits.tracedEntriesMax)
            }
            count += keys.count { isWanted($0.partition) }
            place = keys.count == Limits.tracedEntriesMax ? keys.last : nil
        }
        return count
    }
}

extension Reader {
    /// What is the tenant's in the change log, among the tokens and in the journal.
    func loggedLeftovers(of tenant: TenantID) throws(TableError) -> Leftovers {
        do {
            var found = Leftovers()
            let select = try prepare(
                """
                SELECT (SELECT count(*) FROM changes WHERE tenant = ?1),
                    (SELECT count(*) FROM tokens WHERE owner = ?1), count(*), max(at)
                FROM journal WHERE tenant = ?1
                """)
            defer { select.reset() }
            try select.bind(tenant.text, at: 1)
            _ = try select.step()
            found.changes = Int(select.integer(0))
            found.tokens = Int(select.integer(1))
            found.journalEntries = Int(select.integer(2))
            if found.journalEntries > 0 { found.journalAt = Timestamp(milliseconds: select.integer(3)) }
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

    /// The next keys of a table that is ordered by them.
    func pairs(
        ofRows name: String, after key: (partition: [UInt8], sort: [UInt8]), rowsMax: Int
    ) throws(TableError) -> [(partition: [UInt8], sort: [UInt8])] {
        do {
            let select = try prepare(
                "SELECT pk, sk FROM \(name) WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?")
            defer { select.reset() }
            try select.bind(key.partition, at: 1)
            try select.bind(key.sort, at: 2)
            try select.bind(rowsMax, at: 3)
            var keys: [(partition: [UInt8], sort: [UInt8])] = []
            while try select.step() { keys.append((select.bytes(0), select.bytes(1))) }
            return keys
        } catch { throw .storage("\(error)") }
    }
}
