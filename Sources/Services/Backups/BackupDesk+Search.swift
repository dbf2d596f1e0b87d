import Base
import Items
import Tables

extension BackupDesk {
    /// Whether the backup holds an item of one of these runs of keys, whose tables do not matter.
    /// - Throws: what reading the backup throws.
    public func holds(_ id: SnapshotID, in ranges: [KeyRange]) throws(TableError) -> Bool {
        for range in ranges {
            // From just before the first key of the run: what has that very key counts.
            var after: EncodedKey? = EncodedKey(partition: Array(range.lower.dropLast()), sort: [])
            while let start = after {
                let rows = try snapshots.rows(
                    of: id, after: start, itemsMax: TableLimits.transactionItemsMax,
                    bytesMax: Limits.restoreChunkBytesMax)
                after = nil
                for row in rows {
                    if let upper = range.upper, !row.key.partition.lexicographicallyPrecedes(upper) { break }
                    if !row.key.partition.lexicographicallyPrecedes(range.lower) { return true }
                    after = row.key
                }
            }
        }
        return false
    }
}
