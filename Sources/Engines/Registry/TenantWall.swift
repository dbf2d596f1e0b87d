import Base
import Items
import Tables
import Tenancy

/// The second wall for what runs write: an item stays with its tenant, in the table and in every index.
public struct TenantWall: ItemWall {
    private let owners: KeyOwners
    private let tables: [TableName: LogicalTable]

    /// The wall around a tenant with these schools, at this place.
    public init(_ catalog: Catalog, placement: PlacementRecord, schools: [SchoolID]) {
        owners = KeyOwners(tenant: placement.tenant, schools: schools)
        var tables: [TableName: LogicalTable] = [:]
        for table in catalog.tables {
            if let physical = placement.tables[table.name.text] { tables[physical] = table }
        }
        self.tables = tables
    }

    /// Whether the item's keys are the tenant's.
    public func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool {
        guard let table = tables[schema.name], table.ownedKeys.belongs(key.partition, to: owners) else {
            return false
        }
        return table.indexes.allSatisfy { index in
            guard let value = item[index.key.partition.name] else { return true }
            guard let bytes = KeySchema.bytes(of: value) else { return false }
            return index.ownedKeys.belongs(bytes, to: owners)
        }
    }
}
