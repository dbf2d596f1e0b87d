import Base
import Items
import Tenancy

/// The catalog as the API shows it.
struct CatalogDocument {
    let catalog: Catalog

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("name", catalog.name)
        json.name("tiers")
        json.beginArray()
        for tier in catalog.tiers { write(tier, to: &json) }
        json.endArray()
        json.name("tables")
        json.beginArray()
        for table in catalog.tables { write(table, to: &json) }
        json.endArray()
        json.endObject()
    }

    private func write(_ tier: Tier, to json: inout JSONWriter) {
        json.beginObject()
        json.member("name", tier.name.text)
        switch tier.isolation {
        case .pooled(let tenantsPerPool):
            json.member("isolation", "pooled")
            json.member("tenantsPerPool", tenantsPerPool)
        case .dedicated: json.member("isolation", "dedicated")
        }
        if let max = tier.schoolsMax { json.member("schoolsMax", max) }
        json.member("readUnitsPerSecond", tier.readUnitsPerSecond)
        json.member("writeUnitsPerSecond", tier.writeUnitsPerSecond)
        json.member("undoWindowSeconds", tier.undoWindowSeconds)
        json.member("writePauseMaxMilliseconds", tier.writePauseMaxMilliseconds)
        json.member("copyRateItemsPerSecond", tier.copyRateItemsPerSecond)
        if let backups = tier.backups {
            json.name("backups")
            json.beginObject()
            json.member("everyHours", backups.everyHours)
            json.member("keptForDays", backups.keptForDays)
            json.member("recoveryHours", backups.recoveryHours)
            json.endObject()
        }
        json.endObject()
    }

    private func write(_ table: LogicalTable, to json: inout JSONWriter) {
        json.beginObject()
        json.member("name", table.name.text)
        json.member("partitionKey", table.key.partition.name)
        json.member("sortKey", ifPresent: table.key.sort?.name)
        json.name("indexes")
        json.beginArray()
        for index in table.indexes {
            json.beginObject()
            json.member("name", index.name)
            json.member("partitionKey", index.key.partitions.map(\.name).joined(separator: ", "))
            let sorts = index.key.sorts.map(\.name).joined(separator: ", ")
            json.member("sortKey", ifPresent: sorts.isEmpty ? nil : sorts)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}
