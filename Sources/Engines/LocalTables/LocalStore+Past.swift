import Base
import Items
import SQLite
import Tables

/// What the journal knows of a tenant's past, handed on from store to store.
extension LocalStore {
    /// What the journal knows of the tenant's past behind `sequence`, as far as one look goes.
    public func pastChanges(
        of tenant: TenantID, in ranges: [KeyRange], from: Timestamp, after sequence: Int64,
        entriesMax: Int, changesMax: Int
    ) throws(TableError) -> PastChanges {
        var spans: [Int: [KeyRange]] = [:]
        for range in ranges { spans[try table(range.table).number, default: []].append(range) }
        let owned = OwnedSpans(spans: spans)
        return try readers.withReader { reader throws(TableError) in
            try reader.pastChanges(
                of: tenant, in: owned, from: from, after: sequence, entriesMax: entriesMax,
                changesMax: changesMax)
        }
    }

    /// Adds changes that the tenant made at another store to the journal.
    public func adopt(_ changes: [PastChange], of tenant: TenantID) throws(TableError) {
        guard !changes.isEmpty else { return }
        try writer.perform { session throws(TableError) in try session.adopt(changes, of: tenant) }
    }

    /// Forgets up to `entriesMax` of the changes that were added so; answers how many.
    public func removeAdopted(of tenant: TenantID, entriesMax: Int) throws(TableError) -> Int {
        try writer.perform { session throws(TableError) in
            try session.removeAdopted(of: tenant, entriesMax: entriesMax)
        }
    }
}

/// A tenant's keys in the tables of a store, by number.
struct OwnedSpans {
    /// Disjoint, each with the table's name.
    private let spans: [Int: [KeyRange]]

    init(spans: [Int: [KeyRange]]) {
        self.spans = spans.mapValues { $0.sorted { $0.lower.lexicographicallyPrecedes($1.lower) } }
    }

    /// The tables' numbers.
    var numbers: some Sequence<Int> { spans.keys }

    /// The name of the table; nil where the tenant has nothing in it.
    func table(_ number: Int) -> TableName? { spans[number]?.first?.table }

    func contains(_ partition: [UInt8], ofTable number: Int) -> Bool {
        guard let ranges = spans[number] else { return false }
        // The last range that does not begin behind the key.
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if partition.lexicographicallyPrecedes(ranges[middle].lower) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        guard low > 0 else { return false }
        return ranges[low - 1].upper.map { partition.lexicographicallyPrecedes($0) } ?? true
    }
}

extension Reader {
    func pastChanges(
        of tenant: TenantID, in owned: OwnedSpans, from: Timestamp, after sequence: Int64,
        entriesMax: Int, changesMax: Int
    ) throws(TableError) -> PastChanges {
        do {
            let select = try prepare(
                """
                SELECT sequence, number, tenant = ?1, cause, at, epoch, stream, event, pk, sk, old_size, old
                FROM journal WHERE sequence > ?2 ORDER BY sequence LIMIT ?3
                """)
            defer { select.reset() }
            try select.bind(tenant.text, at: 1)
            try select.bind(max(sequence, lastEntry(before: from, of: owned)), at: 2)
            try select.bind(entriesMax, at: 3)
            var found = PastChanges()
            var (seen, bytes, last) = (0, 0, sequence)
            var isFull: Bool { bytes >= Limits.pastBytesMax || found.changes.count >= changesMax }
            while !isFull, try select.step() {
                seen += 1
                last = select.integer(0)
                let number = Int(select.integer(1))
                guard let table = owned.table(abs(number)), select.integer(4) >= from.milliseconds else {
                    continue
                }
                let at = Timestamp(milliseconds: select.integer(4))
                guard select.integer(2) != 0 else {
                    if owned.contains(select.bytes(8), ofTable: abs(number)) {
                        found.foreignAt = max(found.foreignAt ?? at, at)
                    }
                    continue
                }
                guard select.integer(3) != ItemChange.Cause.move.rawValue else { continue }
                guard let cause = ItemChange.Cause(rawValue: select.integer(3)),
                    let event = ItemChange.Event(rawValue: select.integer(7))
                else { throw TableError.storage("the journal has an entry of an unknown kind") }
                let old = select.image(10)
                bytes += old?.bytes.count ?? 0
                found.changes.append(
                    PastChange(
                        table: table, key: EncodedKey(partition: select.bytes(8), sort: select.bytes(9)),
                        at: at, epoch: select.integer(5), sequence: number < 0 ? select.integer(6) : last,
                        event: event, cause: cause, old: old))
            }
            found.next = seen < entriesMax && !isFull ? nil : last
            return found
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
    }

    /// The last entry that tables' own changes have as of before `from`, 0 where there is none. A pool's journal up to there may be long,
    /// and holds nothing of that moment or later.
    ///
    /// Relies on INVARIANT (journal in time), and for adopted changes, whoever's they are, on INVARIANT (later stores, later times): what
    /// was adopted as of `from` or later came when no change was noted as of before then any more.
    private func lastEntry(before from: Timestamp, of owned: OwnedSpans) throws -> Int64 {
        let select = try prepare(Reader.lastBefore)
        var last: Int64 = 0
        for number in owned.numbers {
            defer { select.reset() }
            try select.bind(number, at: 1)
            try select.bind(from.milliseconds, at: 2)
            if try select.step() { last = max(last, select.integer(0)) }
        }
        return last
    }

    /// A look into the index of times, whose order it repeats.
    static let lastBefore = """
        SELECT sequence FROM journal WHERE number = ? AND at < ? ORDER BY at DESC, sequence DESC LIMIT 1
        """
}
