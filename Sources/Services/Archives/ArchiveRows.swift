import Base
import Items
import Tables

/// Items of one tenant as of one instant, by logical table and in the order of their keys: an image, a backup, or a store in which
/// nobody writes for the tenant.
protocol ArchiveRows: AnyObject {
    /// Some of the table's items behind `after`, at least one; none where there are no more.
    func rows(of table: String, after: EncodedKey?) throws -> [ItemRow]
}

/// The items of an image.
final class ImageRows: ArchiveRows {
    private let images: any TenantImageKeeper
    private let id: SnapshotID

    init(_ id: SnapshotID, in images: any TenantImageKeeper) {
        self.images = images
        self.id = id
    }

    func rows(of table: String, after: EncodedKey?) throws -> [ItemRow] {
        try images.rows(
            of: id, table: table, after: after, itemsMax: Limits.archiveRowsMax,
            bytesMax: Limits.archiveRowsBytesMax)
    }
}

/// The items that lie in a store.
final class StoreRows: ArchiveRows {
    private let store: any MovableStore
    private let coverage: RestoreCoverage

    init(_ coverage: RestoreCoverage, in store: any MovableStore) {
        self.store = store
        self.coverage = coverage
    }

    func rows(of table: String, after: EncodedKey?) throws -> [ItemRow] {
        for range in coverage.ranges(of: table) {
            if let after, let upper = range.upper, !after.partition.lexicographicallyPrecedes(upper) {
                continue
            }
            let rows = try store.rows(
                in: range, after: after, itemsMax: Limits.archiveRowsMax,
                bytesMax: Limits.archiveRowsBytesMax)
            if !rows.isEmpty { return rows }
        }
        return []
    }
}

/// The items of a backup. Quick where each call goes on where the one before ended.
final class BackupRows: ArchiveRows {
    private let reader: BackupReader
    private var held: (chunk: Int, rows: [ItemRow])?
    private var position = 0

    init(_ reader: BackupReader) { self.reader = reader }

    func rows(of table: String, after: EncodedKey?) throws -> [ItemRow] {
        guard let chunks = chunks(of: table) else { return [] }
        var chunk = chunks.lowerBound
        if let held, chunks.contains(held.chunk), position > 0, held.rows[position - 1].key == after {
            chunk = held.chunk
        } else if let after {
            chunk = try self.chunk(of: after, among: chunks)
            position = try rows(ofChunk: chunk).firstIndex { $0.key.follows(after) } ?? .max
        } else {
            position = 0
        }
        var rows = try rows(ofChunk: chunk)
        if position >= rows.count {
            guard chunk < chunks.upperBound else { return [] }
            rows = try self.rows(ofChunk: chunk + 1)
            position = 0
        }
        let end = min(rows.count, position + Limits.archiveRowsMax)
        defer { position = end }
        return Array(rows[position..<end])
    }

    /// The chunks that hold the table's items, which lie together; nil where there are none.
    private func chunks(of table: String) -> ClosedRange<Int>? {
        guard let number = reader.manifest.tables.firstIndex(where: { $0.name == table }),
            let first = reader.manifest.chunks.firstIndex(where: { $0.table == number }),
            let last = reader.manifest.chunks.lastIndex(where: { $0.table == number })
        else { return nil }
        return first...last
    }

    /// The last chunk that begins at or before the key, or the first.
    private func chunk(of key: EncodedKey, among chunks: ClosedRange<Int>) throws -> Int {
        var (low, high) = (chunks.lowerBound, chunks.upperBound)
        while low < high {
            let middle = (low + high + 1) / 2
            let first = try rows(ofChunk: middle).first?.key
            if let first, !first.follows(key) { low = middle } else { high = middle - 1 }
        }
        return low
    }

    private func rows(ofChunk number: Int) throws -> [ItemRow] {
        if let held, held.chunk == number { return held.rows }
        let rows = try reader.rows(ofChunk: number)
        held = (number, rows)
        return rows
    }
}

extension EncodedKey {
    /// Whether it stands behind `other` in the order of a table.
    func follows(_ other: EncodedKey) -> Bool {
        partition == other.partition
            ? other.sort.lexicographicallyPrecedes(sort)
            : other.partition.lexicographicallyPrecedes(partition)
    }
}

/// A walk over a table's items, one at a time; those of keys that are not covered are passed over.
final class RowWalk {
    private let source: any ArchiveRows
    private let coverage: RestoreCoverage?
    private let table: String
    private var last: EncodedKey?
    private var rows: [ItemRow] = []
    private var position = 0
    private var isAtEnd = false

    init(_ source: any ArchiveRows, table: String, after: EncodedKey?, within coverage: RestoreCoverage?) {
        self.source = source
        self.table = table
        self.coverage = coverage
        last = after
    }

    /// The next item, which stays the next one until `advance`.
    func peek() throws -> ItemRow? {
        while !isAtEnd {
            while position < rows.count {
                let row = rows[position]
                guard let coverage, !coverage.covers(row.key, of: table) else { return row }
                position += 1
            }
            rows = try source.rows(of: table, after: last)
            position = 0
            last = rows.last?.key ?? last
            isAtEnd = rows.isEmpty
        }
        return nil
    }

    func advance() { position += 1 }

    func next() throws -> ItemRow? {
        let row = try peek()
        advance()
        return row
    }
}
