import Base
import Items
import Tables

/// What is too old or too much goes.
extension DecisionStore {
    /// Before this moment decisions are neither shown nor kept.
    var oldest: Timestamp { clock.now().advanced(bySeconds: -Int64(retention.days) * 86_400) }

    func prune(_ known: inout Known, in engine: any TableEngine) throws(TableError) {
        for (partition, count) in known.counts ?? [:] {
            let most =
                partition.hasPrefix("allowed/") ? retention.allowedPerTenant : retention.deniedPerTenant
            if count > most { try removeOldest(count - most, of: partition, &known, engine) }
        }
        while let counts = known.counts {
            let excess = counts.values.reduce(0, +) - retention.total
            // Whoever has the most gives way.
            guard excess > 0, let largest = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) })
            else { break }
            try removeOldest(min(excess, max(1, largest.value / 2)), of: largest.key, &known, engine)
        }
        let now = clock.now()
        if let last = known.prunedAt, now.milliseconds(since: last) < Limits.decisionPruneSeconds * 1000 {
            return
        }
        known.prunedAt = now
        let end = Array(RecordStamp.sortText(from: oldest).utf8)
        for partition in (known.counts ?? [:]).keys {
            try remove(
                SortRange(upper: end, isUpperIncluded: false), of: partition, itemsMax: .max, &known, engine)
        }
    }

    private func removeOldest(
        _ count: Int, of partition: String, _ known: inout Known, _ engine: any TableEngine
    ) throws(TableError) { try remove(nil, of: partition, itemsMax: count, &known, engine) }

    private func remove(
        _ sort: SortRange?, of partition: String, itemsMax: Int, _ known: inout Known,
        _ engine: any TableEngine
    ) throws(TableError) {
        var left = itemsMax
        while left > 0 {
            var range = ReadRange(table: Self.table)
            range.partition = Array(partition.utf8)
            range.sort = sort
            range.itemsMax = min(left, Limits.decisionsPerCommitMax)
            let rows = try engine.read(range).rows
            if !rows.isEmpty {
                try engine.write(
                    WriteRequest(
                        .batch, rows.map { ItemWrite(table: Self.table, key: $0.key, action: .delete) }))
            }
            let rest = (known.counts?[partition] ?? 0) - rows.count
            known.counts?[partition] = rest > 0 ? rest : nil
            left -= rows.count
            if rows.isEmpty { return }
        }
    }
}
