import Base
import Items
import Tables

/// Entries of one index or partition in the order of their stamps, read in pieces.
struct AuditStream {
    /// What is read.
    enum Source: Hashable {
        /// The entries of this value in an index.
        case index(AuditIndex, String)
        /// The entries of a kind, as they lie.
        case kind(AuditKind)
        /// The entries from before there were chains.
        case unchained
    }

    private let range: ReadRange
    private var entries: ArraySlice<AuditEntry> = []
    private var next: ReadRange.Position?
    private var isBegun = false

    /// The entries of the query's time, behind its `after`.
    init(_ source: Source, _ query: AuditQuery, readMax: Int) {
        range = Self.range(source, query, itemsMax: readMax)
    }

    /// The entry that comes next, or nil at the end.
    mutating func first(in engine: any TableEngine) throws(RegistryError) -> AuditEntry? {
        while entries.isEmpty, !isBegun || next != nil {
            isBegun = true
            var range = range
            range.after = next
            let page: ReadPage
            do throws(TableError) { page = try engine.read(range) } catch { throw .table(error) }
            next = page.next
            entries = try page.rows.map { row throws(RegistryError) in
                try RegistryTable.decoded(row) as AuditEntry
            }[...]
        }
        return entries.first
    }

    /// Goes on behind the entry that came.
    mutating func skip() { entries.removeFirst() }

    /// How many entries there are, so many at the most.
    /// - Returns: nil where the index is not there or not complete yet.
    static func count(
        _ source: Source, _ query: AuditQuery, max: Int, in engine: any TableEngine
    ) throws(RegistryError) -> Int? {
        var range = Self.range(source, query, itemsMax: max)
        range.isCountOnly = true
        range.fetchesItems = false
        do throws(TableError) { return try engine.read(range).count } catch {
            switch error {
            case .noSuchIndex, .invalid: return nil
            default: throw .table(error)
            }
        }
    }

    private static func range(_ source: Source, _ query: AuditQuery, itemsMax: Int) -> ReadRange {
        var range = ReadRange(table: Registry.tableName)
        switch source {
        case .index(let index, let value):
            range = ReadRange(table: Registry.tableName, index: index.name)
            range.partition = Array(value.utf8)
            range.fetchesItems = true
        case .kind(let kind): range.partition = Array(kind.partition.utf8)
        case .unchained: range.partition = Array(AuditEntry.partition.utf8)
        }
        range.sort = sort(query, isUnchained: source == .unchained)
        range.isForward = !query.isNewestFirst
        range.itemsMax = itemsMax
        return range
    }

    /// The query's time and beginning as sort keys. Those of unchained entries are the stamps' longer texts, which sort before
    /// all of the others.
    private static func sort(_ query: AuditQuery, isUnchained: Bool) -> SortRange {
        func text(_ time: Timestamp) -> String {
            isUnchained ? RecordStamp.sortText(from: time) : RecordStamp.shortText(from: time)
        }
        let after = query.after.map { isUnchained ? $0.sortText : $0.shortText }
        let begin = query.from.map(text) ?? (isUnchained ? "0" : "a")
        let end = query.to.map(text) ?? (isUnchained ? "a" : "b")
        let isAfterLower = !query.isNewestFirst && after.map { $0 >= begin } ?? false
        let isAfterUpper = query.isNewestFirst && after.map { $0 <= end } ?? false
        return SortRange(
            lower: Array((isAfterLower ? after ?? begin : begin).utf8), isLowerIncluded: !isAfterLower,
            upper: Array((isAfterUpper ? after ?? end : end).utf8), isUpperIncluded: false)
    }
}
