import Base
import Items
import Synchronization
import Tables

/// What is kept of decisions goes when whose they are leaves.
extension DecisionStore {
    /// Removes the decisions of the tenant's requests, and all others that name one of these texts: its id, its schools', a key.
    /// - Parameter matching: which of the tenant's own decisions; nil for all of them.
    /// - Returns: how many were removed.
    public func remove(
        of tenant: TenantID, naming texts: [String] = [],
        matching: ((DecisionEntry) -> Bool)? = nil
    ) throws(TableError) -> Int {
        let engine = try engine()
        return try known.withLock { (known) throws(TableError) in
            try count(&known, in: engine)
            let doomed = try keys(of: tenant, naming: texts, matching: matching, in: engine)
            for start in stride(from: 0, to: doomed.count, by: Limits.decisionsPerCommitMax) {
                let chunk = doomed[start..<min(start + Limits.decisionsPerCommitMax, doomed.count)]
                // Counted anew: nobody needs to know where a failure came.
                known.counts = nil
                try engine.write(
                    WriteRequest(
                        .batch, chunk.map { ItemWrite(table: Self.table, key: $0, action: .delete) }))
            }
            return doomed.count
        }
    }

    /// How many decisions `remove` would find.
    /// - Parameter isOver: whether to end with what was counted so far; asked between two pages.
    public func count(
        of tenant: TenantID, naming texts: [String] = [], isOver: () -> Bool = { false },
        matching: ((DecisionEntry) -> Bool)? = nil
    ) throws(TableError) -> Int {
        try keys(of: tenant, naming: texts, matching: matching, isOver: isOver, in: try engine()).count
    }

    private func keys(
        of tenant: TenantID, naming texts: [String], matching: ((DecisionEntry) -> Bool)?,
        isOver: () -> Bool = { false }, in engine: any TableEngine
    ) throws(TableError) -> [EncodedKey] {
        let own = Set(
            [DecisionEntry.Outcome.allowed, .denied].map { Array(Self.partition(tenant, $0).utf8) })
        let needles = texts.map { Array($0.utf8) }
        var found: [EncodedKey] = []
        var range = ReadRange(table: Self.table)
        repeat {
            let page = try engine.read(range)
            for row in page.rows {
                var isDoomed = needles.contains { row.image.bytes.holds($0) }
                if !isDoomed, own.contains(row.key.partition) {
                    isDoomed =
                        try matching.map { matching throws(TableError) in
                            matching(try Self.entry(of: row))
                        } ?? true
                }
                if isDoomed { found.append(row.key) }
            }
            range.after = page.next
        } while range.after != nil && !isOver()
        return found
    }
}
