import Base
import Items
import Registry
import Tables
import Tenancy

/// What a school has, at both ends of its move, and how an item's keys change on the way.
struct SchoolItems {
    let environment: MoveEnvironment
    let school: SchoolID
    let source: SchoolRoute.End
    let target: SchoolRoute.End

    init(_ environment: MoveEnvironment, _ route: SchoolRoute) {
        self.init(environment, school: route.school, source: route.source, target: route.target)
    }

    init(
        _ environment: MoveEnvironment, school: SchoolID, source: SchoolRoute.End, target: SchoolRoute.End
    ) {
        self.environment = environment
        self.school = school
        self.source = source
        self.target = target
    }

    /// A run of keys to be walked over, and what of it is meant.
    struct Walk: Hashable {
        /// The logical table.
        let table: TableName
        let range: KeyRange
        /// Nil for the school's own keys; for a district's the stems of which items are meant.
        let stems: [SchoolStem]?
        /// Its name in a cursor.
        var name: String { "\(range.table):" + String(decoding: range.lower, as: UTF8.self) }
    }

    /// The school's own keys at one end, in order.
    func owned(at end: SchoolRoute.End) -> [Walk] {
        environment.catalog.tables.flatMap { table -> [Walk] in
            guard let physical = end.tables[table.name.text] else { return [] }
            return table.ownedKeys.patterns.filter { $0.variable == .schoolID }.flatMap { pattern in
                pattern.spans(tenant: end.tenant, schools: [school]).map { span in
                    Walk(
                        table: table.name,
                        range: KeyRange(table: physical, lower: span.lower, upper: span.upper), stems: nil)
                }
            }
        }
    }

    /// The district's keys at one end that items of schools hang under, in order.
    func hanging(at end: SchoolRoute.End) -> [Walk] {
        let stems = environment.catalog.schoolStems
        return environment.catalog.tables.flatMap { table -> [Walk] in
            let own = stems.filter { $0.table == table.name }
            return own.isEmpty ? [] : district(table, at: end, stems: own)
        }
    }

    /// All of the district's keys at one end.
    func district(at end: SchoolRoute.End) -> [Walk] {
        environment.catalog.tables.flatMap { district($0, at: end, stems: []) }
    }

    private func district(_ table: LogicalTable, at end: SchoolRoute.End, stems: [SchoolStem]) -> [Walk] {
        guard let physical = end.tables[table.name.text] else { return [] }
        return table.ownedKeys.patterns.filter { $0.variable == .tenantID }.flatMap { pattern in
            pattern.spans(tenant: end.tenant, schools: []).map { span in
                Walk(
                    table: table.name,
                    range: KeyRange(table: physical, lower: span.lower, upper: span.upper), stems: stems)
            }
        }
    }

    /// Whether a row of the walk is meant.
    func isMeant(_ row: ItemRow, in walk: Walk) -> Bool {
        guard let stems = walk.stems else { return true }
        return stems.contains { $0.covers(row.key, of: school) }
    }

    /// A row as it is at the target: the same, or with the new district in the place of the old in every key.
    /// - Throws: `TableError.storage` where the item does not read.
    func rewritten(_ row: ItemRow, of name: TableName) throws -> MovedItem {
        guard let table = environment.catalog.table(named: name), let physical = target.tables[name.text]
        else { throw TableError.noSuchTable(name) }
        guard case .tenant? = table.ownedKeys.owner(of: row.key.partition) else {
            return MovedItem(table: physical, key: row.key, image: row.image)
        }
        var item = try row.image.item()
        try rewrite(&item, table.key.partition.name, by: table.ownedKeys)
        for index in table.indexes { try rewrite(&item, index.key.partition.name, by: index.ownedKeys) }
        return MovedItem(table: physical, key: try table.key.key(ofItem: item), image: ItemImage(item))
    }

    private func rewrite(_ item: inout Item, _ name: String, by keys: OwnedKeys) throws {
        guard case .string(let text)? = item[name], keys.owner(of: Array(text.utf8)) == .tenant(source.tenant)
        else { return }
        for pattern in keys.patterns where pattern.variable == .tenantID {
            let id = Array(target.tenant.text.utf8)
            guard let bytes = pattern.key(Array(text.utf8), withID: id) else { continue }
            item.attributes[name] = .string(String(decoding: bytes, as: UTF8.self))
            return
        }
    }

    /// An index by which items of schools would lie with their district; nil where there is none.
    var districtIndex: (table: String, index: String)? {
        for table in environment.catalog.tables
        where table.ownedKeys.patterns.contains(where: { $0.variable == .schoolID }) {
            for index in table.indexes
            where index.ownedKeys.patterns.contains(where: { $0.variable == .tenantID }) {
                return (table.name.text, index.name)
            }
        }
        return nil
    }
}

extension SchoolItems {
    /// Rows of a walk behind `after` that are meant, and the last that was looked at; nil where the walk is done.
    func rows(
        _ walk: Walk, in store: any MovableStore, after: EncodedKey?
    ) throws -> (rows: [ItemRow], last: EncodedKey)? {
        let read = try store.rows(
            in: walk.range, after: after, itemsMax: Limits.schoolChunkItemsMax,
            bytesMax: Limits.moveChunkBytesMax)
        guard let last = read.last?.key else { return nil }
        return (read.filter { isMeant($0, in: walk) }, last)
    }

    /// How much of the walks there is.
    func extent(_ walks: [Walk], in store: any MovableStore) throws -> Extent {
        var total = Extent()
        for walk in walks {
            guard walk.stems != nil else {
                let extent = try store.extent(of: walk.range)
                total.items += extent.items
                total.bytes += extent.bytes
                continue
            }
            var after: EncodedKey?
            while let found = try rows(walk, in: store, after: after) {
                after = found.last
                total.items += found.rows.count
                total.bytes += found.rows.reduce(0) { $0 + $1.image.sizeBytes }
            }
        }
        return total
    }

    /// Writes, or deletes, for a tenant that is served in the store: by its placement, behind its wall.
    func write(_ writes: [ItemWrite], for end: SchoolRoute.End) throws {
        guard !writes.isEmpty else { return }
        let registry = environment.registry
        let placement = try registry.require(PlacementRecord.self, end.tenant)
        let record = try registry.require(TenantRecord.self, end.tenant)
        let wall = TenantWall(
            environment.catalog, placement: placement, schools: record.schools.map(\.id) + [school])
        let store = try environment.stores.store(end.store)
        try store.write(
            WriteRequest(
                .batch, writes, route: WriteRoute(tenant: end.tenant, epoch: placement.epoch, wall: wall)))
    }

    /// Removes what is meant of the walks from the cursor on, in chunks; false where it was stopped.
    /// - Parameter goesOn: is told how many the last look removed, nil before the first.
    func remove(
        _ walks: [Walk], at end: SchoolRoute.End, from cursor: inout RangeCursor,
        while goesOn: (Int?) -> Bool
    ) throws -> Bool {
        let store = try environment.stores.store(end.store)
        let known = walks.filter { store.schema(of: $0.range.table) != nil }
        var removed: Int?
        while let walk = cursor.next(in: known) {
            guard goesOn(removed) else { return false }
            removed = 0
            guard let found = try rows(walk, in: store, after: cursor.after?.key) else {
                cursor.advance(to: nil, items: 0, bytes: 0)
                continue
            }
            try write(
                found.rows.map { ItemWrite(table: walk.range.table, key: $0.key, action: .delete) }, for: end)
            removed = found.rows.count
            cursor.advance(to: found.last, items: found.rows.count, bytes: 0)
        }
        return true
    }
}
