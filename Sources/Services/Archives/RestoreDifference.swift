import Base
import FoundationEssentials
import Items
import Tables

/// How far a walk over a difference has come.
struct DifferenceCursor: Hashable, Codable {
    /// A key that can be remembered.
    struct Key: Hashable, Codable {
        let partition: Data
        let sort: Data

        init(_ key: EncodedKey) {
            partition = Data(key.partition)
            sort = Data(key.sort)
        }

        var key: EncodedKey { EncodedKey(partition: [UInt8](partition), sort: [UInt8](sort)) }
    }

    /// The table's place in the coverage.
    var table = 0
    /// The last key that is done.
    var after: Key?
    /// What was found so far, by table.
    var counts: [RestoreCount] = []

    var items: Int { counts.reduce(0) { $0 + $1.added + $1.changed + $1.removed + $1.unchanged } }
}

/// What differs between what a tenant is to have and what it has, in the order of tables and keys.
///
/// INVARIANT (same difference): both sides stay as they are while a restore is under way, so a part of the walk that is repeated
/// finds the same again, and its changes can be made again.
struct RestoreDifference {
    /// Changes that are one commit.
    struct Batch {
        /// Puts what is to be in the place of what is.
        var changes: [MovedItem] = []
        var bytes = 0
    }

    private let wanted: any ArchiveRows
    private let present: any ArchiveRows
    private let coverage: RestoreCoverage
    private(set) var cursor: DifferenceCursor
    private var walks: (wanted: RowWalk, present: RowWalk)?

    init(
        wanted: any ArchiveRows, present: any ArchiveRows, coverage: RestoreCoverage,
        from cursor: DifferenceCursor
    ) {
        self.wanted = wanted
        self.present = present
        self.coverage = coverage
        self.cursor = cursor
        if self.cursor.counts.isEmpty {
            self.cursor.counts = coverage.tables.map { RestoreCount(table: $0.name) }
        }
    }

    var isAtEnd: Bool { cursor.table >= coverage.tables.count }

    /// The next changes; empty where none came for a while, or at the end.
    mutating func next() throws -> Batch {
        var batch = Batch()
        var seen = 0
        while !isAtEnd, seen < Limits.archiveRowsMax, batch.changes.count < Limits.restoreCommitItemsMax,
            batch.bytes < Limits.restoreCommitBytesMax
        {
            let table = coverage.tables[cursor.table]
            let walks = walks(of: table)
            let (want, have) = (try walks.wanted.peek(), try walks.present.peek())
            guard let key = RestoreDifference.first(want?.key, have?.key) else {
                cursor.table += 1
                cursor.after = nil
                self.walks = nil
                continue
            }
            let (new, old) = (want?.key == key ? want : nil, have?.key == key ? have : nil)
            note(new, old)
            if !ItemImage.areSame(new?.image, old?.image) {
                batch.changes.append(MovedItem(table: table.physical, key: key, image: new?.image))
                batch.bytes += max(new?.image.bytes.count ?? 0, old?.image.bytes.count ?? 0)
            }
            if new != nil { walks.wanted.advance() }
            if old != nil { walks.present.advance() }
            cursor.after = DifferenceCursor.Key(key)
            seen += 1
        }
        return batch
    }

    private mutating func walks(of table: RestoreCoverage.Table) -> (wanted: RowWalk, present: RowWalk) {
        if let walks { return walks }
        let after = cursor.after?.key
        let found = (
            wanted: RowWalk(wanted, table: table.name, after: after, within: coverage),
            present: RowWalk(present, table: table.name, after: after, within: coverage)
        )
        walks = found
        return found
    }

    private mutating func note(_ new: ItemRow?, _ old: ItemRow?) {
        switch (new, old) {
        case (nil, nil): break
        case (.some, nil): cursor.counts[cursor.table].added += 1
        case (nil, .some): cursor.counts[cursor.table].removed += 1
        case (.some(let new), .some(let old)):
            if ItemImage.areSame(new.image, old.image) {
                cursor.counts[cursor.table].unchanged += 1
            } else {
                cursor.counts[cursor.table].changed += 1
            }
        }
    }

    private static func first(_ left: EncodedKey?, _ right: EncodedKey?) -> EncodedKey? {
        guard let left else { return right }
        guard let right else { return left }
        return left.follows(right) ? right : left
    }
}
