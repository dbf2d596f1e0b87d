import Base
import Crypto
import Items
import Tables

/// A key whose items differ between the two sides of a move.
struct DifferingKey: Hashable, Sendable, CustomStringConvertible {
    let table: TableName
    let key: EncodedKey

    /// Table and key for people; keys only, never an item's content.
    var description: String {
        let parts = [key.partition, key.sort].map { String(decoding: $0, as: UTF8.self) }
        return "\(table): `\(parts[0])`" + (parts[1].isEmpty ? "" : " `\(parts[1])`")
    }
}

/// Brings the items of one tenant from a side that is written to, to a side that only this run writes to, and compares
/// the two. It knows nothing of forward and back: a roll-back is the same with the sides exchanged.
///
/// INVARIANT (nothing is missed): from before the first chunk is read, each write at `from` leaves its key in the change
/// log. A chunk may be stale when it arrives; its keys are then in the log and are read again afterwards.
struct Mover {
    let from: any MovableStore
    let to: any MovableStore
    /// The physical table at `to` for each at `from`.
    let tables: [TableName: TableName]
    let tenant: TenantID
    let run: RunID

    // MARK: Copy

    struct Chunk {
        var items = 0
        var bytes = 0
        /// The last key, or nil where the range is done.
        var last: EncodedKey?
    }

    func copyChunk(_ range: KeyRange, after: EncodedKey?, itemsMax: Int) throws -> Chunk {
        let rows = try from.rows(
            in: range, after: after, itemsMax: itemsMax, bytesMax: Limits.moveChunkBytesMax)
        guard let last = rows.last else { return Chunk() }
        let table = try destination(of: range.table)
        try to.apply(
            rows.map { MovedItem(table: table, key: $0.key, image: $0.image) }, for: tenant, run: run)
        return Chunk(items: rows.count, bytes: rows.reduce(0) { $0 + $1.image.sizeBytes }, last: last.key)
    }

    // MARK: Catch up

    struct CatchUp {
        /// The sequence up to which the log has been applied.
        var through: Int64
        /// Entries applied.
        var applied = 0
        /// Keys that were written and did not read back as written.
        var differing: [DifferingKey] = []
    }

    /// Applies the log's next entries: what lies under each key now is put, or removed, at the other side.
    /// - Parameter isVerifying: reads each key back from the other side.
    func catchUp(after sequence: Int64, isVerifying: Bool) throws -> CatchUp {
        let changes = try from.changes(of: tenant, after: sequence, itemsMax: Limits.catchUpBatchMax)
        guard let newest = changes.last?.sequence else { return CatchUp(through: sequence) }
        let places = Set(changes.map { DifferingKey(table: $0.table, key: $0.key) })
        var moved: [MovedItem] = []
        for place in places {
            let row = try from.get(GetItem(table: place.table, key: place.key))
            moved.append(
                MovedItem(table: try destination(of: place.table), key: place.key, image: row?.image))
        }
        #if MUTANTS
            if Mutant.isOn(.lastEntryLost), let lost = changes.last {
                moved.removeAll { $0.key == lost.key }
            }
            if Mutant.isOn(.deletionsNotApplied) { moved.removeAll { $0.image == nil } }
        #endif
        try to.apply(moved, for: tenant, run: run)
        var result = CatchUp(through: newest, applied: changes.count)
        if isVerifying {
            for item in moved where try to.get(GetItem(table: item.table, key: item.key))?.image != item.image
            {
                result.differing.append(DifferingKey(table: item.table, key: item.key))
            }
        }
        try from.discardChanges(of: tenant, through: newest)
        return result
    }

    // MARK: Compare

    struct Comparison {
        var items = 0
        /// SHA-256 over the keys and images of the chunk at `from`.
        var digest: SHA256Digest
        /// The last key, or nil where the range is done.
        var last: EncodedKey?
        /// Keys that differ at this moment: perhaps only because a write is on its way.
        var suspects: [DifferingKey] = []
    }

    func compareChunk(_ range: KeyRange, after: EncodedKey?, hasher: SHA256Hasher) throws -> Comparison {
        let table = try destination(of: range.table)
        let rows = try from.rows(
            in: range, after: after, itemsMax: Limits.moveChunkItemsMax, bytesMax: Limits.moveChunkBytesMax)
        // Up to the last key read here, or to the end of the range where nothing more came.
        var others: [ItemRow] = []
        var cursor = after
        let end = rows.last?.key
        reading: while true {
            let more = try to.rows(
                in: KeyRange(table: table, lower: range.lower, upper: range.upper), after: cursor,
                itemsMax: Limits.moveChunkItemsMax, bytesMax: Limits.moveChunkBytesMax)
            guard !more.isEmpty else { break }
            for row in more {
                if let end, row.key.follows(end) { break reading }
                others.append(row)
                if row.key == end { break reading }
            }
            cursor = more.last?.key
        }
        let digest = Mover.digest(rows, hasher: hasher)
        var comparison = Comparison(items: rows.count, digest: digest, last: end)
        if digest != Mover.digest(others, hasher: hasher) {
            comparison.suspects = Mover.differences(rows, others).map {
                DifferingKey(table: range.table, key: $0)
            }
        }
        return comparison
    }

    /// Those of the keys whose items still differ.
    func differing(among keys: [DifferingKey]) throws -> [DifferingKey] {
        try keys.filter { place in
            let here = try from.get(GetItem(table: place.table, key: place.key))?.image
            let there = try to.get(GetItem(table: destination(of: place.table), key: place.key))?.image
            return here != there
        }
    }

    private func destination(of table: TableName) throws(TableError) -> TableName {
        guard let name = tables[table] else { throw .noSuchTable(table) }
        return name
    }

    private static func digest(_ rows: [ItemRow], hasher: SHA256Hasher) -> SHA256Digest {
        for row in rows {
            for part in [row.key.partition, row.key.sort, row.image.bytes] {
                hasher.update([0, 8, 16, 24].map { UInt8(truncatingIfNeeded: part.count >> $0) })
                hasher.update(part)
            }
        }
        return hasher.finish()
    }

    private static func differences(_ left: [ItemRow], _ right: [ItemRow]) -> [EncodedKey] {
        var images: [EncodedKey: ItemImage] = [:]
        for row in left { images[row.key] = row.image }
        var differing: [EncodedKey] = []
        for row in right where images.removeValue(forKey: row.key) != row.image { differing.append(row.key) }
        return differing + images.keys
    }
}

extension EncodedKey {
    /// The order of the rows in a store: by partition key, then by sort key.
    func follows(_ other: EncodedKey) -> Bool {
        partition == other.partition
            ? other.sort.lexicographicallyPrecedes(sort)
            : other.partition.lexicographicallyPrecedes(partition)
    }
}
