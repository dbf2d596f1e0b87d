import Base
import Registry
import Tables
import Tenancy

/// What stores need done while nobody asks for it: items end, histories are trimmed. Each round looks at every store that may
/// need it; the stores' own clock decides what is due.
public final class Upkeep: Sendable {
    private let stores: any StoreProvider
    private let directory: Directory
    private let catalog: Catalog
    private let ownStore: StoreID
    private let onFailure: @Sendable (StoreID, any Error) -> Void

    /// Upkeep of these stores.
    /// - Parameters:
    ///   - directory: whose items are whose, and which store is in charge of them.
    ///   - ownStore: the store of the tables that operators make; no item there is a tenant's.
    ///   - onFailure: told of a store that could not be kept; the next round tries again.
    public init(
        stores: any StoreProvider, directory: Directory, catalog: Catalog, ownStore: StoreID,
        onFailure: @escaping @Sendable (StoreID, any Error) -> Void
    ) {
        self.stores = stores
        self.directory = directory
        self.catalog = catalog
        self.ownStore = ownStore
        self.onFailure = onFailure
    }

    /// One round over all stores; `isStopping` is asked between two transactions.
    public func round(isStopping: () -> Bool = { false }) {
        let tables = logicalTables()
        for store in [ownStore] + tables.keys.sorted() {
            if isStopping() { return }
            do { try keep(store, tables: tables[store] ?? [:], isStopping: isStopping) } catch {
                onFailure(store, error)
            }
        }
    }

    /// The stores in charge of tenants, with the logical table of each physical one. Where the catalog wants nothing of them,
    /// tenants' own stores are left out, so that they need not be opened; pools have what they had before a stream was
    /// switched off: changes of many tenants, which must go when their time has come.
    private func logicalTables() -> [StoreID: [TableName: LogicalTable]] {
        var found: [StoreID: [TableName: LogicalTable]] = [:]
        let isWanted =
            catalog.tables.contains { $0.stream != nil || $0.timeToLive != nil }
            || catalog.tiers.contains { $0.backups.map { $0.recoveryHours > 0 } ?? false }
        for entry in directory.entries() {
            guard let placement = entry.placement, isWanted || !placement.isDedicated else { continue }
            let places =
                [(placement.store, placement.tables)]
                + (placement.earlier ?? []).map { ($0.store, $0.tables) }
            for (store, names) in places {
                for table in catalog.tables {
                    if let physical = names[table.name.text] { found[store, default: [:]][physical] = table }
                }
            }
        }
        return found
    }

    private func keep(
        _ id: StoreID, tables: [TableName: LogicalTable], isStopping: () -> Bool
    ) throws {
        let store: any MovableStore
        do throws(TableError) { store = try stores.store(id) } catch {
            // An earlier place of a tenant may be gone.
            if case .noSuchStore = error { return }
            throw error
        }
        guard let keeper = store as? any HistoryKeeper else { return }
        let owner = owner(in: id, tables: tables)
        try inChunks(isStopping) { try keeper.expireItems(itemsMax: Limits.upkeepChunkMax, owner: owner) }
        try inChunks(isStopping) { try keeper.trimHistory(entriesMax: Limits.upkeepChunkMax) }
    }

    private func inChunks(_ isStopping: () -> Bool, _ body: () throws -> Int) throws {
        for _ in 0..<Limits.upkeepChunksMax {
            guard !isStopping(), try body() == Limits.upkeepChunkMax else { return }
        }
    }

    /// Whose items are whose in a store. Fails closed: what belongs to nobody known, or to a tenant that another store is in
    /// charge of, is `unknown`.
    private func owner(
        in id: StoreID, tables: [TableName: LogicalTable]
    ) -> @Sendable (TableName, [UInt8]) -> ItemOwner {
        if id == ownStore { return { _, _ in .nobody } }
        return { [directory] table, partition in
            guard let logical = tables[table] else { return .unknown }
            let entry: TenantEntry? =
                switch logical.ownedKeys.owner(of: partition) {
                case .tenant(let tenant): directory.entry(tenant)
                case .school(let school):
                    directory.owner(of: school).flatMap { $0.isMoving(school) ? nil : $0 }
                case nil: nil
                }
            guard let entry, entry.placement?.store == id else { return .unknown }
            return .tenant(entry.record.id)
        }
    }
}

extension TenantEntry {
    /// Whether a run moves the school to another tenant: its items stay as they are until they have been compared. They end
    /// at their new place.
    fileprivate func isMoving(_ school: SchoolID) -> Bool {
        record.schools.contains { record in
            guard record.id == school, case .moving = record.state else { return false }
            return true
        }
    }
}
