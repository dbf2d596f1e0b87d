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

    /// Copies chunks, reading each while the one before it is on its way to the disk of the other side.
    ///
    /// Where a call fails a chunk may still be on its way: what is applied later comes behind it, and brings the newer state of a key.
    struct Copier {
        let mover: Mover
        private var pending: PendingApply?

        init(_ mover: Mover) { self.mover = mover }

        mutating func copyChunk(
            _ range: KeyRange, after: EncodedKey?, itemsMax: Int, bytesMax: Int
        ) throws -> Chunk {
            let rows = try mover.from.rows(in: range, after: after, itemsMax: itemsMax, bytesMax: bytesMax)
            try finish()
            guard let last = rows.last else { return Chunk() }
            let table = try mover.destination(of: range.table)
            pending = mover.to.beginApply(
                rows.map { MovedItem(table: table, key: $0.key, image: $0.image) }, for: mover.tenant,
                run: mover.run)
            return Chunk(
                items: rows.count, bytes: rows.reduce(0) { $0 + $1.image.sizeBytes }, last: last.key)
        }

        /// Waits until all chunks are durable.
        mutating func finish() throws {
            guard let begun = pending else { return }
            pending = nil
            try begun.wait()
        }
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

    /// The next entries of the log, and what lies under their keys now.
    struct Rest {
        /// The sequence of the last of them.
        var through: Int64
        var entries = 0
        /// Whether the log had no more when it was read.
        var isEnd = true
        /// What the other side is to have: each key once.
        var moved: [MovedItem] = []
    }

    /// Reads the log's next entries and what lies under their keys: of large items fewer, at least one.
    func rest(after sequence: Int64, entriesMax: Int = Limits.catchUpBatchMax) throws -> Rest {
        let changes = try from.changes(of: tenant, after: sequence, itemsMax: entriesMax)
        var rest = Rest(through: sequence, isEnd: changes.count < entriesMax)
        var seen: Set<DifferingKey> = []
        var bytes = 0
        for change in changes {
            if bytes >= Limits.moveChunkBytesMax {
                rest.isEnd = false
                break
            }
            rest.through = change.sequence
            rest.entries += 1
            let place = DifferingKey(table: change.table, key: change.key)
            guard seen.insert(place).inserted else { continue }
            let row = try from.get(GetItem(table: place.table, key: place.key))
            bytes += row?.image.sizeBytes ?? 0
            rest.moved.append(
                MovedItem(table: try destination(of: place.table), key: place.key, image: row?.image))
        }
        #if MUTANTS
            if Mutant.isOn(.lastEntryLost), let lost = changes.prefix(rest.entries).last {
                rest.moved.removeAll { $0.key == lost.key }
            }
            if Mutant.isOn(.deletionsNotApplied) { rest.moved.removeAll { $0.image == nil } }
        #endif
        return rest
    }

    /// Those of them that do not read back from the other side as they were read here.
    func differing(from rest: Rest) throws -> [DifferingKey] {
        try rest.moved.filter { try to.get(GetItem(table: $0.table, key: $0.key))?.image != $0.image }
            .map { DifferingKey(table: $0.table, key: $0.key) }
    }

    /// Applies the log's next entries: what lies under each key now is put, or removed, at the other side.
    ///
    /// INVARIANT (applied is what reads back): where a key does not, the log keeps these entries and none counts as applied, so that whoever
    /// tries again, or takes the move back, comes by them once more.
    /// - Parameters:
    ///   - isVerifying: reads each key back from the other side.
    ///   - isForgetting: takes the entries out of the log; otherwise the caller does (`forget`).
    func catchUp(
        after sequence: Int64, isVerifying: Bool, entriesMax: Int = Limits.catchUpBatchMax,
        isForgetting: Bool = true
    ) throws -> CatchUp {
        let rest = try rest(after: sequence, entriesMax: entriesMax)
        guard rest.entries > 0 else { return CatchUp(through: sequence) }
        try to.apply(rest.moved, for: tenant, run: run)
        let differing = isVerifying ? try differing(from: rest) : []
        guard differing.isEmpty else { return CatchUp(through: sequence, differing: differing) }
        if isForgetting { try forget(through: rest.through) }
        return CatchUp(through: rest.through, applied: rest.entries, differing: differing)
    }

    /// Takes entries out of the log that have been applied. Where that is not done they are applied once more by who goes on from before
    /// them, which brings what lies under their keys then.
    func forget(through sequence: Int64) throws { try from.discardChanges(of: tenant, through: sequence) }

    // MARK: Compare

    struct Comparison {
        var items = 0
        /// SHA-256 over the keys and images of the chunk at `from`.
        var digest: SHA256Digest
        /// The last key that was compared, of either side, or nil where the range is done.
        var last: EncodedKey?
        /// Keys that differ at this moment: perhaps only because a write is on its way.
        var suspects: [DifferingKey] = []
    }

    /// Compares the next items of both sides: of each at most a chunk, up to the last key that both chunks reach.
    func compareChunk(
        _ range: KeyRange, after: EncodedKey?, itemsMax: Int = Limits.moveChunkItemsMax, hasher: SHA256Hasher
    ) throws -> Comparison {
        let table = try destination(of: range.table)
        var rows = try from.rows(
            in: range, after: after, itemsMax: itemsMax, bytesMax: Limits.moveChunkBytesMax)
        var others = try to.rows(
            in: KeyRange(table: table, lower: range.lower, upper: range.upper), after: after,
            itemsMax: itemsMax, bytesMax: Limits.moveChunkBytesMax)
        var end = rows.last?.key ?? others.last?.key
        if let here = rows.last?.key, let there = others.last?.key, here != there {
            let first = here.follows(there) ? there : here
            rows.removeAll { $0.key.follows(first) }
            others.removeAll { $0.key.follows(first) }
            end = first
        }
        let digest = Mover.digest(rows, hasher: hasher)
        var comparison = Comparison(items: rows.count, digest: digest, last: end)
        if !Mover.areSame(rows, others) {
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

    fileprivate func destination(of table: TableName) throws(TableError) -> TableName {
        guard let name = tables[table] else { throw .noSuchTable(table) }
        return name
    }

    private static func digest(_ rows: [ItemRow], hasher: SHA256Hasher) -> SHA256Digest {
        for row in rows {
            add(row.key.partition, to: hasher)
            add(row.key.sort, to: hasher)
            add(row.image.bytes, to: hasher)
        }
        return hasher.finish()
    }

    /// Adds bytes with their count before them, in four bytes, the lowest first.
    private static func add(_ part: [UInt8], to hasher: SHA256Hasher) {
        withUnsafeBytes(of: UInt32(part.count).littleEndian) { hasher.update($0) }
        hasher.update(part)
    }

    private static func areSame(_ left: [ItemRow], _ right: [ItemRow]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { left, right in
                left.key == right.key && left.image.sizeBytes == right.image.sizeBytes
                    && ItemImage.areSame(left.image, right.image)
            }
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
