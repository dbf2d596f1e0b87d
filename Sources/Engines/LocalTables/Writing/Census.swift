import Base
import Items
import SQLite
import Tables

/// A count of one tenant's items, in the order of its ranges and of the keys in them.
struct Census {
    let epoch: Int64
    let ranges: [KeyRange]
    /// The range that is being counted, and the last key of it that was.
    var range = 0
    var last: EncodedKey?
    /// What was counted, as it is now.
    var extent = Extent()
    var isSpoiled = false

    var isComplete: Bool { range == ranges.count }

    init(epoch: Int64, ranges: [KeyRange]) {
        self.epoch = epoch
        self.ranges = ranges
    }

    /// A write at a place that was counted changes the count; one at a place that is still to come will be found there.
    mutating func note(_ change: Extent, table: TableName, key: EncodedKey) {
        let found = ranges.firstIndex { range in
            range.table == table && !key.partition.lexicographicallyPrecedes(range.lower)
                && range.upper.map { key.partition.lexicographicallyPrecedes($0) } ?? true
        }
        guard let found else {
            isSpoiled = true
            return
        }
        if found < range || found == range && last.map({ !$0.comesBefore(key) }) ?? false {
            extent = extent + change
        }
    }
}

extension EncodedKey {
    /// In the order that rows lie in.
    fileprivate func comesBefore(_ other: EncodedKey) -> Bool {
        partition == other.partition
            ? sort.lexicographicallyPrecedes(other.sort)
            : partition.lexicographicallyPrecedes(other.partition)
    }
}

extension WriterSession {
    func beginCensus(of tenant: TenantID, epoch: Int64, in ranges: [KeyRange]) throws(TableError) {
        try checkCharge(of: tenant, epoch)
        for range in ranges { _ = try tables.table(range.table) }
        tallies[census: tenant] = Census(epoch: epoch, ranges: ranges)
    }

    func continueCensus(of tenant: TenantID, rowsMax: Int) throws(TableError) -> CensusProgress {
        // The file has been opened anew meanwhile, where there is none.
        guard var census = tallies[census: tenant] else { return .spoiled }
        try checkCharge(of: tenant, census.epoch)
        if census.isSpoiled { return .spoiled }
        var rest = rowsMax
        while rest > 0, !census.isComplete { rest -= max(1, try count(&census, rowsMax: rest)) }
        tallies[census: tenant] = census
        return census.isComplete ? .complete : .more
    }

    /// - Parameter untaken: what earlier groups have changed and nobody has taken.
    func endCensus(of tenant: TenantID, untaken: Extent) throws(TableError) -> TenantCensus? {
        guard let census = tallies[census: tenant] else { return nil }
        tallies[census: tenant] = nil
        guard census.isComplete, !census.isSpoiled, isInCharge(of: tenant, census.epoch) else { return nil }
        return TenantCensus(
            counted: census.extent, untaken: untaken + (tallies.group[tenant] ?? Extent()))
    }

    private func checkCharge(of tenant: TenantID, _ epoch: Int64) throws(TableError) {
        guard isInCharge(of: tenant, epoch) else { throw .misrouted(tenant) }
    }

    private func isInCharge(of tenant: TenantID, _ epoch: Int64) -> Bool {
        guard let resident = resident(tenant), resident.epoch == epoch else { return false }
        switch resident.state {
        case .active, .fenced: return true
        case .arriving, .kept: return false
        }
    }

    /// Counts rows of the range under way, and begins the next one where it ends.
    private func count(_ census: inout Census, rowsMax: Int) throws(TableError) -> Int {
        let range = census.ranges[census.range]
        let table = try tables.table(range.table)
        do {
            let seek = census.last == nil ? "pk >= ?" : "(pk, sk) > (?, ?)"
            let select = try prepared(
                """
                SELECT size, pk, sk FROM t\(table.number) WHERE \(seek) AND pk < ?
                ORDER BY pk, sk LIMIT ?
                """)
            defer { select.reset() }
            try select.bind(census.last?.partition ?? range.lower, at: 1)
            if let last = census.last { try select.bind(last.sort, at: 2) }
            let next: Int32 = census.last == nil ? 2 : 3
            try select.bind(range.upper ?? Reader.endOfKeys, at: next)
            try select.bind(rowsMax, at: next + 1)
            var rows = 0
            while try select.step() {
                rows += 1
                census.extent = census.extent + Extent(items: 1, bytes: Int(select.integer(0)))
                if rows == rowsMax {
                    census.last = EncodedKey(partition: select.bytes(1), sort: select.bytes(2))
                }
            }
            if rows < rowsMax {
                census.range += 1
                census.last = nil
            }
            return rows
        } catch { throw .storage("\(error)") }
    }
}
