import Archives
import Base
import Crypto
import FoundationEssentials
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// What was counted of a tenant's items, and how far the count is.
struct ItemCount: Hashable, Codable {
    /// By table, in the catalog's order.
    var tables: [RemovalReceipt.Table] = []
    /// The number of the range under way.
    var range = 0
    /// The last key that is counted of it.
    var afterPartition: Data?
    var afterSort: Data?
    var isComplete = false

    var items: Int { tables.reduce(0) { $0 + $1.items } }

    /// The same for the record that stays: without keys.
    mutating func finish(_ digests: ErasureDigests) {
        for index in tables.indices where !tables[index].digest.isEmpty {
            tables[index].digest = digests.digest("table", [Array(tables[index].digest.utf8)[...]])
        }
        afterPartition = nil
        afterSort = nil
        isComplete = true
    }
}

/// Counts what will be removed, while nobody can change it: the receipt's numbers and digests are of this.
struct CountStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "count"

    func perform(_ context: RunContext) throws -> StepResult {
        let leaving = try Leaving(context, environment)
        let placement = try leaving.placement()
        let store = try environment.stores.store(placement.store)
        var count = try context.value(for: OffboardMemory.count, as: ItemCount.self) ?? ItemCount()
        if count.isComplete { return .done }
        let ranges = environment.placements.ranges(
            tenant: leaving.tenant.id, schools: leaving.tenant.schools.map(\.id), tables: placement.tables)
        let logical = Dictionary(placement.tables.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        if count.tables.isEmpty {
            count.tables = environment.catalog.tables.map { RemovalReceipt.Table(name: $0.name.text) }
        }
        let slice = Slice(context)
        while count.range < ranges.count {
            if slice.isOver {
                try context.set(count, for: OffboardMemory.count)
                context.progress = RunProgress(phase: name, done: count.items)
                return slice.again
            }
            try countChunk(of: ranges[count.range], logical: logical, store: store, &count)
        }
        count.finish(environment.digests)
        try context.set(count, for: OffboardMemory.count)
        return .done
    }

    private func countChunk(
        of range: KeyRange, logical: [TableName: String], store: any MovableStore, _ count: inout ItemCount
    ) throws {
        guard let index = count.tables.firstIndex(where: { $0.name == logical[range.table] }) else {
            throw DepartureFault("table `\(range.table)` is not in the placement")
        }
        let after = count.afterPartition.map {
            EncodedKey(partition: [UInt8]($0), sort: [UInt8](count.afterSort ?? Data()))
        }
        let rows = try store.rows(
            in: range, after: after, itemsMax: Limits.departureChunkItemsMax,
            bytesMax: Limits.departureChunkBytesMax)
        guard let last = rows.last else {
            count.range += 1
            count.afterPartition = nil
            count.afterSort = nil
            return
        }
        let hasher = SHA256Hasher()
        hasher.update(Array(count.tables[index].digest.utf8))
        for row in rows {
            for part in [row.key.partition, row.key.sort, row.image.bytes] { hasher.updateCounted(part) }
            count.tables[index].items += 1
            count.tables[index].bytes += row.image.sizeBytes
        }
        count.tables[index].digest = hasher.finish().hex
        count.afterPartition = Data(last.key.partition)
        count.afterSort = Data(last.key.sort)
    }
}

extension SHA256Hasher {
    /// Adds bytes with their number before them, so that no two lists of parts hash alike.
    func updateCounted(_ bytes: [UInt8]) {
        update(withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) })
        update(bytes)
    }
}
