import Base
import Items
import Registry
import Tables
import Tenancy

/// Removes items that are nobody's in a store, on request.
struct Removal {
    let fixer: Fixer
    let finding: Finding

    /// Removes a tenant's items from a store that it is not placed in, and lets the store forget it.
    func removeResident(_ tenant: TenantID, schools: [SchoolID], from id: StoreID) throws -> Bool {
        guard try fixer.registry.read(PlacementRecord.self, tenant)?.store != id else {
            throw ReconcileError.inUse("store `\(id)`")
        }
        let store = try fixer.stores.store(id)
        guard let resident = try store.resident(tenant) else { return false }
        try fixer.commit([], fixer.note(finding, tenant: tenant))
        // Nobody writes for it from here on.
        try store.setResident(
            tenant, to: Resident(epoch: resident.epoch, state: .kept(RunID(random: fixer.random))))
        for table in fixer.placements.catalog.tables {
            let spans = table.ownedKeys.spans(tenant: tenant, schools: schools)
            for schema in store.schemas() where schema.key == table.key {
                for span in spans {
                    try remove(
                        KeyRange(table: schema.name, lower: span.lower, upper: span.upper), of: tenant,
                        from: store)
                }
            }
        }
        try store.removeResident(tenant)
        return true
    }

    /// Removes the items of a run of keys and asserts that none is left. `owner` is whose they were, or an id that nobody has.
    func remove(_ range: KeyRange, of owner: TenantID, from store: any MovableStore) throws {
        while true {
            let removed = try store.removeRows(in: range, itemsMax: Limits.reconcileChunkItemsMax, for: owner)
            guard removed > 0 else { break }
            fixer.watch.noteRemoved(items: removed)
            try fixer.watch.goOn()
        }
        let left = try store.extent(of: range).items
        guard left == 0 else {
            throw TableError.storage("\(left) items are left in `\(range.table)` of store `\(store.id)`")
        }
    }
}
