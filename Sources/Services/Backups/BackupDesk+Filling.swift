import Base
import Crypto
import Items
import Synchronization
import Tables

/// How a table is filled from a snapshot.
extension BackupDesk {
    /// Fills the job's table and gives it its name; false where the desk was stopped before the end. Each part may be repeated.
    func fill(_ job: RestoreJob) throws -> Bool {
        let target = try target()
        let manifest = job.snapshot.purpose == .restore ? try snapshots.take(job.snapshot) : job.snapshot
        var done = try lastKey(of: job.workingName, in: target)
        var after: EncodedKey?
        var items = 0
        let hasher = SHA256Hasher()
        while true {
            guard !isStopping.load(ordering: .acquiring) else { return false }
            let rows = try snapshots.rows(
                of: manifest.id, after: after, itemsMax: TableLimits.transactionItemsMax,
                bytesMax: Limits.restoreChunkBytesMax)
            guard let last = rows.last else { break }
            for row in rows { hasher.add(row) }
            let missing = rows.filter { row in done.map { $0.isBefore(row.key) } ?? true }
            if !missing.isEmpty {
                try target.write(
                    WriteRequest(
                        .batch,
                        try missing.map { row in
                            ItemWrite(
                                table: job.workingName, key: row.key, action: .put(try row.image.item()))
                        }))
                done = nil
            }
            items += rows.count
            after = last.key
        }
        guard items == manifest.extent.items, Hex.encode(hasher.finish().bytes) == manifest.digest else {
            throw TableError.storage(
                "snapshot \(manifest.id) is damaged: it does not hold what its manifest says")
        }
        try target.rename(job.workingName, to: job.target)
        if manifest.purpose == .restore { try snapshots.remove(manifest.id) }
        return true
    }

    /// The key up to which an interrupted restore has come: rows are written in the order of their keys.
    private func lastKey(of table: TableName, in target: any RestoreTarget) throws(TableError) -> EncodedKey?
    {
        var range = ReadRange(table: table)
        range.isForward = false
        range.itemsMax = 1
        return try target.read(range).rows.first?.key
    }
}

extension EncodedKey {
    fileprivate func isBefore(_ other: EncodedKey) -> Bool {
        partition == other.partition
            ? sort.lexicographicallyPrecedes(other.sort)
            : partition.lexicographicallyPrecedes(other.partition)
    }
}

extension SHA256Hasher {
    /// Adds a row as a snapshot's digest counts it.
    fileprivate func add(_ row: ItemRow) {
        for bytes in [row.key.partition, row.key.sort, row.image.bytes] {
            update(withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) })
            update(bytes)
        }
    }
}

extension Limits {
    /// Bytes of items that a restore writes in one commit, and at least one item.
    static let restoreChunkBytesMax = 4 * 1024 * 1024
    /// Calls about backups that wait to be carried out.
    static let waitingBackupCallsMax = 100
}
