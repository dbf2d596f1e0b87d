import Base
import Items
import Registry
import Tables
import Tenancy

/// What onboarding does in stores.
struct TenantStores: Sendable {
    let stores: any StoreProvider
    let placements: Placements

    var catalog: Catalog { placements.catalog }

    /// Makes the store and its tables, and the tenant a resident of it.
    /// - Throws: `TableError.misrouted` where the store knows the tenant in another state.
    func provision(_ placement: PlacementRecord) throws {
        let schemas = placements.schemas(of: placement.tables)
        let store = try stores.create(placement.store, tables: schemas)
        for schema in schemas where store.schema(of: schema.name) != schema {
            throw TableError.noSuchTable(schema.name)
        }
        try placements.apply(to: store, tables: placement.tables)
        let wanted = Resident(epoch: placement.epoch, state: .active)
        if let resident = try store.resident(placement.tenant) {
            guard resident.epoch == wanted.epoch, resident.state == wanted.state else {
                throw TableError.misrouted(placement.tenant)
            }
        } else {
            try store.setResident(placement.tenant, to: wanted)
        }
    }

    /// Takes the tenant out of the store: its items, itself, and the store where it is the tenant's own.
    /// Asserts that no item is left.
    func withdraw(_ placement: PlacementRecord, schools: [SchoolID], run: RunID) throws {
        guard try stores.list().contains(placement.store) else { return }
        guard !placement.isDedicated else { return try stores.remove(placement.store) }
        let store = try stores.store(placement.store)
        if try store.resident(placement.tenant) != nil {
            // Nobody but this run writes for the tenant from here on.
            try store.setResident(
                placement.tenant, to: Resident(epoch: placement.epoch, state: .arriving(run)))
        }
        let ranges = placements.ranges(
            tenant: placement.tenant, schools: schools, tables: placement.tables)
        for range in ranges where store.schema(of: range.table) != nil {
            while try store.removeRows(in: range, itemsMax: Limits.sweptItemsMax, for: placement.tenant) > 0 {
            }
            let left = try store.extent(of: range).items
            guard left == 0 else {
                throw TableError.storage(
                    "\(left) items of `\(placement.tenant)` are left in `\(range.table)`")
            }
        }
        try store.removeResident(placement.tenant)
    }

    /// Writes the items where they are not there yet. Those that are stay as they are: they may have been
    /// changed since.
    /// - Throws: `TableError.misrouted` where the tenant is just being moved: route again.
    func write(_ items: [ItemTemplate.Filled], at placement: PlacementRecord, schools: [SchoolID]) throws {
        let store = try stores.store(placement.store)
        let route = WriteRoute(
            tenant: placement.tenant, epoch: placement.epoch,
            wall: TenantWall(catalog, placement: placement, schools: schools))
        var rest = try writes(items, at: placement)
        while !rest.isEmpty {
            let chunk = Array(rest.prefix(Limits.firstItemsPerTransaction))
            rest.removeFirst(chunk.count)
            rest = try absent(writing: chunk, to: store, route: route) + rest
        }
    }

    /// Writes the items, or answers which of them are not there yet, where others are.
    private func absent(writing chunk: [ItemWrite], to store: any MovableStore, route: WriteRoute) throws
        -> [ItemWrite]
    {
        do throws(TableError) {
            try store.write(WriteRequest(.transaction, chunk, route: route))
            return []
        } catch {
            guard case .transactionCancelled(let faults) = error else { throw error }
            let areOthersThere = faults.allSatisfy { fault in
                if case .invalid = fault { false } else { true }
            }
            let absent = zip(faults, chunk).filter { $0.0 == nil }.map { $0.1 }
            guard areOthersThere, absent.count < chunk.count else { throw error }
            return absent
        }
    }

    /// What is not there of a tenant that was provisioned and given these items, for people; nil where all is
    /// there.
    func missing(_ items: [ItemTemplate.Filled], at placement: PlacementRecord) throws -> String? {
        let store = try stores.store(placement.store)
        guard try store.resident(placement.tenant)?.state == .active else {
            return "store `\(placement.store)` does not serve the tenant"
        }
        for write in try writes(items, at: placement) {
            guard try store.get(GetItem(table: write.table, key: write.key)) != nil else {
                return "a first item is missing in `\(write.table)`"
            }
        }
        return nil
    }

    /// Removes the items where they are.
    func remove(_ items: [ItemTemplate.Filled], at placement: PlacementRecord, schools: [SchoolID]) throws {
        guard try stores.list().contains(placement.store) else { return }
        let store = try stores.store(placement.store)
        guard try store.resident(placement.tenant) != nil else { return }
        let route = WriteRoute(
            tenant: placement.tenant, epoch: placement.epoch,
            wall: TenantWall(catalog, placement: placement, schools: schools))
        var rest = try writes(items, at: placement).map {
            ItemWrite(table: $0.table, key: $0.key, action: .delete)
        }
        while !rest.isEmpty {
            let chunk = Array(rest.prefix(Limits.firstItemsPerTransaction))
            rest.removeFirst(chunk.count)
            try store.write(WriteRequest(.transaction, chunk, route: route))
        }
    }

    private func writes(_ items: [ItemTemplate.Filled], at placement: PlacementRecord) throws -> [ItemWrite] {
        try items.map { filled in
            guard let table = catalog.table(named: filled.table),
                let physical = placement.tables[filled.table.text]
            else { throw TableError.noSuchTable(filled.table) }
            var attributes = ExpressionAttributes(names: ["#key": table.key.partition.name])
            return ItemWrite(
                table: physical, key: try table.key.key(ofItem: filled.item), action: .put(filled.item),
                condition: try ConditionExpression.parse("attribute_not_exists(#key)", &attributes))
        }
    }
}
