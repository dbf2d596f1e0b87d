import Base
import Items
import Registry
import Tables
import Tenancy

/// The keys that a restore goes over: those that the tenant owns now, of tables that what is restored knows, and of schools that it
/// covers. What lies under other keys stays as it is.
struct RestoreCoverage {
    /// A table.
    struct Table {
        let name: String
        let physical: TableName
        /// Disjoint, in order.
        let ranges: [KeyRange]
    }

    let tables: [Table]

    /// - Parameter known: the schools that what is restored covers.
    init(
        placement: PlacementRecord, tenant: TenantRecord, catalog: Catalog, tables: Set<String>,
        schools known: Set<SchoolID>
    ) {
        let schools = tenant.schools.map(\.id).filter(known.contains)
        self.tables = catalog.tables.compactMap { table in
            guard tables.contains(table.name.text), let physical = placement.tables[table.name.text] else {
                return nil
            }
            return Table(
                name: table.name.text, physical: physical,
                ranges: table.ownedKeys.spans(tenant: tenant.id, schools: schools).map {
                    KeyRange(table: physical, lower: $0.lower, upper: $0.upper)
                })
        }
    }

    func ranges(of table: String) -> [KeyRange] { tables.first { $0.name == table }?.ranges ?? [] }

    func covers(_ key: EncodedKey, of table: String) -> Bool {
        let ranges = ranges(of: table)
        // The last range that does not begin behind the key.
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if key.partition.lexicographicallyPrecedes(ranges[middle].lower) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        guard low > 0 else { return false }
        guard let upper = ranges[low - 1].upper else { return true }
        return key.partition.lexicographicallyPrecedes(upper)
    }

    /// What the store holds under these keys.
    func extent(in store: any MovableStore) throws -> Extent {
        var total = Extent()
        for range in tables.flatMap(\.ranges) {
            let extent = try store.extent(of: range)
            total.items += extent.items
            total.bytes += extent.bytes
        }
        return total
    }

    /// The digest of what the source has under these keys (see `ContentDigest`).
    func digest(of source: any ArchiveRows) throws -> String {
        let digest = ContentDigest()
        for table in tables {
            digest.begin(table.name)
            let walk = RowWalk(source, table: table.name, after: nil, within: self)
            while let row = try walk.next() { digest.add(row) }
        }
        return digest.finish()
    }
}
