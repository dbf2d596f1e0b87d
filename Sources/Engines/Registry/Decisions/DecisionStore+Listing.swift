import Base
import Items
import Synchronization
import Tables

/// Decisions are listed over all partitions that a query concerns, merged by time.
extension DecisionStore {
    /// A page of decisions, the newest first.
    /// - Throws: what the store throws.
    public func list(_ query: DecisionQuery) throws(TableError) -> DecisionPage {
        let engine = try engine()
        let partitions = try partitions(of: query, in: engine)
        guard !partitions.isEmpty else { return DecisionPage() }
        var since = oldest
        if let asked = query.since { since = max(since, asked) }
        let bounds = SortRange(
            lower: Array(RecordStamp.sortText(from: since).utf8),
            upper: query.until.map { Array(RecordStamp.sortText(from: $0).utf8) }, isUpperIncluded: false)
        let ahead = max(2, min(query.limit + 1, Limits.decisionsReadAheadMax / partitions.count))
        var lanes = partitions.map { Lane(partition: $0, bounds: bounds, after: query.after, ahead: ahead) }
        for index in lanes.indices { try lanes[index].fill(from: engine) }
        var page = DecisionPage()
        var last: String?
        for _ in 0..<Limits.decisionsLookedAtMax {
            guard let index = lanes.indices.filter({ lanes[$0].head != nil }).max(by: newer(lanes)),
                let row = lanes[index].head
            else { return page }
            guard page.entries.count < query.limit else { break }
            let entry = try Self.entry(of: row)
            if query.matches(entry) { page.entries.append(entry) }
            last = String(decoding: row.key.sort, as: UTF8.self)
            try lanes[index].step(from: engine)
        }
        page.next = last
        return page
    }

    /// The order in which two lanes' next rows come: no two rows have one sequence.
    private func newer(_ lanes: [Lane]) -> (Int, Int) -> Bool {
        { left, right in
            (lanes[left].head?.key.sort ?? []).lexicographicallyPrecedes(lanes[right].head?.key.sort ?? [])
        }
    }

    private func partitions(
        of query: DecisionQuery, in engine: any TableEngine
    ) throws(TableError) -> [String] {
        try known.withLock { (known) throws(TableError) in
            try count(&known, in: engine)
            return (known.counts ?? [:]).keys.filter { partition in
                let kind: DecisionEntry.Outcome = partition.hasPrefix("allowed/") ? .allowed : .denied
                if let outcome = query.outcome, (outcome == .allowed) != (kind == .allowed) { return false }
                guard let tenant = query.tenant else { return true }
                return partition == Self.partition(tenant, kind)
            }.sorted()
        }
    }

    /// One partition on its way back in time.
    private struct Lane {
        let partition: String
        let bounds: SortRange
        var after: String?
        let ahead: Int
        var rows: ArraySlice<ItemRow> = []
        var isAtEnd = false

        var head: ItemRow? { rows.first }

        init(partition: String, bounds: SortRange, after: String?, ahead: Int) {
            self.partition = partition
            self.bounds = bounds
            self.after = after
            self.ahead = ahead
        }

        mutating func step(from engine: any TableEngine) throws(TableError) {
            rows.removeFirst()
            try fill(from: engine)
        }

        mutating func fill(from engine: any TableEngine) throws(TableError) {
            guard rows.isEmpty, !isAtEnd else { return }
            var range = ReadRange(table: DecisionStore.table)
            range.partition = Array(partition.utf8)
            range.sort = bounds
            range.isForward = false
            range.itemsMax = ahead
            range.after = after.map { ReadRange.Position(key: DecisionStore.key(partition, $0)) }
            let page = try engine.read(range)
            rows = page.rows[...]
            isAtEnd = page.next == nil
            after = page.next.map { String(decoding: $0.key.sort, as: UTF8.self) }
        }
    }
}
