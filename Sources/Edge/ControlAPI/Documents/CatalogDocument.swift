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
        MaintenanceDocument(maintenance: catalog.maintenance).write(to: &json)
        if let prices = catalog.prices { write(prices, to: &json) }
        json.endObject()
    }

    private func write(_ prices: PriceList, to json: inout JSONWriter) {
        json.name("prices")
        json.beginObject()
        json.member("currency", prices.currency)
        for entry in PriceList.Entry.allCases {
            guard let micros = prices.micros[entry] else { continue }
            json.name(text: entry.rawValue + "Micros")
            json.int(Int(micros))
        }
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
        if let upgrade = tier.upgrade { write(upgrade, to: &json) }
        json.endObject()
    }

    private func write(_ plan: UpgradePlan, to json: inout JSONWriter) {
        json.name("upgrade")
        json.beginObject()
        json.member("to", plan.target.text)
        json.member("mode", plan.mode.rawValue)
        json.name("rules")
        json.beginArray()
        for rule in plan.rules {
            json.beginObject()
            json.member("metric", rule.metric.rawValue)
            json.member("above", rule.above)
            json.member("forMinutes", rule.forMinutes)
            json.member("clearsAt", rule.clearsAt)
            json.member("text", rule.text)
            json.endObject()
        }
        json.endArray()
        json.member("schoolsGrace", plan.schoolsGrace)
        json.member("coolDownHours", plan.coolDownHours)
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
