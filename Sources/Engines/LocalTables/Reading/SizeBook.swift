import Base
import Synchronization
import Tables

/// The sizes of tables as they were counted last. Nothing is counted while items are written: writers do not pay for it.
final class SizeBook: Sendable {
    /// A count of one table's rows, or of one index's entries.
    struct Count: Sendable {
        var extent: Extent
        /// The commit count at which it was true, or nil where somebody wrote meanwhile.
        var commit: UInt64?
        var countedAt: Timestamp
        /// Whether all were counted: else there are more than that.
        var isWhole: Bool
    }

    private struct State {
        var counts: [String: Count] = [:]
        var underWay: Set<String> = []
    }

    private let state = Mutex(State())

    func count(of rows: String) -> Count? { state.withLock { $0.counts[rows] } }

    func note(_ count: Count, of rows: String) {
        state.withLock { state in
            if state.counts.count >= Limits.sizesKeptMax { state.counts = [:] }
            state.counts[rows] = count
        }
    }

    /// Whether the caller is to count these, since nobody else does.
    func begin(_ rows: String) -> Bool { state.withLock { $0.underWay.insert(rows).inserted } }

    func end(_ rows: String) { state.withLock { _ = $0.underWay.remove(rows) } }
}

extension LocalStore {
    /// How much the table and its indexes hold.
    public func sizes(of name: TableName) throws(TableError) -> TableSizes {
        let table = try table(name)
        var sizes = TableSizes(table: try extent(ofRows: "t\(table.number)"))
        for (index, stored) in zip(table.schema.indexes, table.indexes) {
            sizes.indexes[index.name] = try extent(ofRows: "t\(table.number)_i\(stored.number)")
        }
        return sizes
    }

    /// Counts small tables on the spot; of larger ones tells the last count, and has them counted anew when that is old.
    private func extent(ofRows rows: String) throws(TableError) -> Extent {
        let commit = readers.quietCommit
        let now = clock.now()
        let known = sizeBook.count(of: rows)
        if let known, known.isWhole {
            if let commit, known.commit == commit { return known.extent }
            if known.extent.items > Limits.rowsCountedAtOnceMax {
                if now.milliseconds(since: known.countedAt) > Limits.sizeSecondsMax * 1000 {
                    countLater(rows)
                }
                return known.extent
            }
        }
        let count = try counted(rows, rowsMax: Limits.rowsCountedAtOnceMax)
        sizeBook.note(count, of: rows)
        if !count.isWhole { countLater(rows) }
        return count.extent
    }

    private func countLater(_ rows: String) {
        guard sizeBook.begin(rows) else { return }
        housekeeping.later { [weak self] in
            guard let self else { return }
            defer { sizeBook.end(rows) }
            do throws(TableError) { sizeBook.note(try counted(rows, rowsMax: nil), of: rows) } catch {
                // It may have been dropped. Whoever asks next has it counted again.
            }
        }
    }

    private func counted(_ rows: String, rowsMax: Int?) throws(TableError) -> SizeBook.Count {
        let before = readers.quietCommit
        let extent = try readers.withReader { reader throws(TableError) in
            try reader.extent(ofRows: rows, rowsMax: rowsMax.map { $0 + 1 })
        }
        let isWhole = rowsMax.map { extent.items <= $0 } ?? true
        return SizeBook.Count(
            extent: extent, commit: before == readers.quietCommit ? before : nil, countedAt: clock.now(),
            isWhole: isWhole)
    }
}
