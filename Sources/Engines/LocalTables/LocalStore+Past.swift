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
            guard let first = try firstPast(of: tenant, in: owned, from: from) else { return PastChanges() }
            let select = try prepare(
                """
                SELECT sequence, number, tenant = ?1, cause, at, epoch, stream, event, pk, sk, old_size, old
                FROM journal WHERE sequence > ?2 ORDER BY sequence LIMIT ?3
                """)
            defer { select.reset() }
            try select.bind(tenant.text, at: 1)
            try select.bind(max(sequence, first - 1), at: 2)
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

    /// The first entry that a walk through the tenant's past has to look at: of a table, as of `from` or later, or adopted. Nil where
    /// there is none. A pool's journal before it belongs to others, and may be long.
    ///
    /// Relies on INVARIANT (journal in time).
    private func firstPast(of tenant: TenantID, in owned: OwnedSpans, from: Timestamp) throws -> Int64? {
        let adopted = try prepare(Reader.firstAdopted)
        defer { adopted.reset() }
        try adopted.bind(tenant.text, at: 1)
        var first = try adopted.step() && !adopted.isNull(0) ? adopted.integer(0) : nil
        let made = try prepare(Reader.firstInTime)
        for number in owned.numbers {
            defer { made.reset() }
            try made.bind(number, at: 1)
            try made.bind(from.milliseconds, at: 2)
            if try made.step() { first = min(first ?? .max, made.integer(0)) }
        }
        return first
    }

    /// Each a look into an index, whose condition or order it repeats.
    static let firstAdopted = "SELECT min(sequence) FROM journal WHERE number < 0 AND tenant = ?"
    static let firstInTime = """
        SELECT sequence FROM journal WHERE number = ? AND at >= ? ORDER BY at, sequence LIMIT 1
        """
}
