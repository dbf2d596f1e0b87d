import Archives
import Base
import Crypto
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// What an erasure remembers between the calls of its steps, by name. No key among it.
enum ErasureMemory {
    /// `ErasurePlan`.
    static let plan = "plan"
    /// How many items were removed in all.
    static let erased = "erased"
    /// How often it began anew.
    static let rounds = "rounds"
    /// `[Rewriting]`.
    static let rewritten = "rewritten"
}

/// Finds what an erasure is about.
struct ErasureSearch {
    /// An item under a key that is to be erased.
    struct Found: Hashable {
        let table: String
        let physical: TableName
        let key: EncodedKey
        let bytes: Int
    }

    let environment: DepartureEnvironment
    let tenant: TenantRecord
    let keys: ErasedKeys

    func placement() throws -> PlacementRecord {
        try environment.registry.require(PlacementRecord.self, tenant.id)
    }

    /// The items under the keys: each once, in the order of tables and keys.
    /// - Parameter isOver: whether the time for it is over; asked between two reads.
    /// - Throws: `DepartureError.tooManyItems`, `.tooMuch` where the time was over.
    func items(_ placement: PlacementRecord, isOver: () -> Bool = { false }) throws -> [Found] {
        let store = try environment.stores.store(placement.store)
        var found: Set<Found> = []
        for (logical, physical) in placement.tables {
            for range in keys.ranges(table: logical, physical: physical) {
                var after: EncodedKey?
                while true {
                    guard !isOver() else {
                        throw DepartureError.tooMuch(seconds: Limits.erasurePlanSecondsMax)
                    }
                    let rows = try store.rows(
                        in: range, after: after, itemsMax: Limits.departureChunkItemsMax,
                        bytesMax: Limits.departureChunkBytesMax)
                    guard let last = rows.last else { break }
                    after = last.key
                    for row in rows where keys.contains(row.key, table: logical) {
                        found.insert(
                            Found(
                                table: logical, physical: physical, key: row.key, bytes: row.image.sizeBytes))
                    }
                    guard found.count <= Limits.erasedItemsMax else {
                        throw DepartureError.tooManyItems(max: Limits.erasedItemsMax)
                    }
                }
            }
        }
        return found.sorted { left, right in
            if left.table != right.table { return left.table < right.table }
            if left.key.partition != right.key.partition {
                return left.key.partition.lexicographicallyPrecedes(right.key.partition)
            }
            return left.key.sort.lexicographicallyPrecedes(right.key.sort)
        }
    }

    /// What there is to erase. What there was no time to count to its end is among `unfinished`, and its figure the least it can be.
    /// - Throws: as `items`.
    func plan(isOver: () -> Bool = { false }) throws -> ErasurePlan {
        var plan = ErasurePlan()
        let hasher = SHA256Hasher()
        for item in try items(try placement(), isOver: isOver) {
            if plan.tables.last?.name != item.table {
                plan.tables.append(RemovalReceipt.Table(name: item.table))
            }
            plan.tables[plan.tables.count - 1].items += 1
            plan.tables[plan.tables.count - 1].bytes += item.bytes
            hasher.updateCounted(Array(item.table.utf8))
            hasher.updateCounted(item.key.partition)
            hasher.updateCounted(item.key.sort)
        }
        plan.keysDigest = environment.digests.digest("keys", [hasher.finish().bytes[...]])
        plan.journalEntries = try journalCount(isOver: isOver)
        if isOver() { plan.unfinished = ["historyEntries"] }
        plan.decisions = try decisionCount(isOver: isOver)
        if isOver() { plan.unfinished = (plan.unfinished ?? []) + ["decisions"] }
        plan.holdings = try environment.hoards.flatMap { try $0.holdings(of: tenant) }
        return plan
    }

    // MARK: History and decisions

    /// Whether an entry of a journal shows such an item, in whatever store and under whatever physical name.
    var journalMatch: @Sendable (TableName?, EncodedKey) -> Bool {
        { [keys] table, key in
            keys.patterns.contains { pattern in
                (table.map { $0.text.hasPrefix(pattern.table + "-") } ?? true)
                    && keys.contains(key, table: pattern.table)
            }
        }
    }

    func journalCount(isOver: () -> Bool = { false }) throws -> Int {
        try environment.storesOf(tenant.id).reduce(0) {
            try $0 + $1.journalCount(of: tenant.id, isOver: isOver, matching: journalMatch)
        }
    }

    /// Whether a recorded decision names such a key.
    func names(_ entry: DecisionEntry) -> Bool {
        let texts =
            [entry.resource, entry.summary] + entry.findings.flatMap { [$0.text] + $0.found }
        return texts.contains { text in keys.isNamed(in: Array(text.utf8)) }
    }

    func decisionCount(isOver: () -> Bool = { false }) throws -> Int {
        guard let decisions = environment.decisions else { return 0 }
        environment.flushDecisions()
        return try decisions.count(of: tenant.id, isOver: isOver, matching: names)
    }
}

extension ErasedKeys {
    /// Whether a text has one of the partition keys somewhere in it.
    func isNamed(in text: [UInt8]) -> Bool {
        patterns.compactMap { KeyText($0.partition) }.contains { key in
            guard text.count >= key.literal.count else { return false }
            return (0...(text.count - key.literal.count)).contains { key.isNamed(at: $0, in: text) }
        }
    }
}

/// The second wall for what an erasure writes: the tenant's own keys alone.
struct OwnKeysWall: ItemWall {
    let owners: KeyOwners
    let tables: [TableName: LogicalTable]

    init(_ tenant: TenantRecord, placement: PlacementRecord, catalog: Catalog) {
        owners = KeyOwners(tenant: tenant.id, schools: tenant.schools.map(\.id))
        var tables: [TableName: LogicalTable] = [:]
        for table in catalog.tables {
            if let physical = placement.tables[table.name.text] { tables[physical] = table }
        }
        self.tables = tables
    }

    func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool {
        tables[schema.name]?.ownedKeys.belongs(key.partition, to: owners) ?? false
    }
}
