import Base
import Items
import Registry
import Tables
import Tenancy

/// Where to look for what is a tenant's.
extension MoveEnvironment {
    /// Where the tenant's keys lie in each of the store's tables. By the second wall the entries of its items lie under its own keys too.
    func ownedRanges(of tenant: TenantRecord, in store: any MovableStore) -> OwnedRanges {
        let schools = tenant.schools.map(\.id)
        func ranges(_ keys: OwnedKeys, _ table: TableName) -> [KeyRange] {
            keys.spans(tenant: tenant.id, schools: schools)
                .map { KeyRange(table: table, lower: $0.lower, upper: $0.upper) }
        }
        var owned = OwnedRanges(items: [])
        for schema in store.schemas() {
            let tables = catalog.tables.filter { $0.key == schema.key }
            owned.items += tables.flatMap { ranges($0.ownedKeys, schema.name) }
            for index in schema.indexes where index.key.furtherPartitions.isEmpty {
                let known = tables.compactMap { $0.index(named: index.name) }.filter { $0.key == index.key }
                if known.isEmpty { continue }
                let entries = Set(known.flatMap { ranges($0.ownedKeys, schema.name) })
                owned.entries[schema.name, default: [:]][index.name] = Array(entries)
            }
        }
        return owned
    }
}
