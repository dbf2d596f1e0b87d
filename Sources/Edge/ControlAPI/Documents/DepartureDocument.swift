import Base
import Departures
import Registry
import Tables

/// Plans and receipts of departures and erasures, as JSON.
enum DepartureDocument {
    static func write(_ plan: OffboardPlan, to json: inout JSONWriter) {
        json.beginObject()
        json.member("tenant", plan.tenant.id.text)
        json.member("store", plan.store.text)
        json.member("isolation", plan.isDedicated ? "dedicated" : "pooled")
        json.name("tables")
        json.beginArray()
        for table in plan.tables {
            json.beginObject()
            json.member("name", table.name)
            json.member("physical", table.physical.text)
            json.member("items", table.extent.items)
            json.member("bytes", table.extent.bytes)
            json.endObject()
        }
        json.endArray()
        json.member("historyEntries", plan.traces)
        json.member("credentials", plan.credentials)
        json.member("decisions", plan.decisions)
        json.name("removed")
        write(plan.holdings, to: &json)
        json.name("stays")
        write(plan.shared, to: &json)
        json.name("export")
        json.bool(plan.takesExport)
        json.member("keepableUntil", plan.until.iso8601)
        json.endObject()
    }

    static func write(_ plan: ErasurePlan, to json: inout JSONWriter) {
        json.beginObject()
        json.member("items", plan.items)
        json.name("tables")
        json.beginArray()
        for table in plan.tables {
            json.beginObject()
            json.member("name", table.name)
            json.member("items", table.items)
            json.member("bytes", table.bytes)
            json.endObject()
        }
        json.endArray()
        json.member("keysDigest", plan.keysDigest)
        json.member("historyEntries", plan.journalEntries)
        json.member("decisions", plan.decisions)
        if let unfinished = plan.unfinished {
            json.name("unfinished")
            json.beginArray()
            for name in unfinished { json.string(name) }
            json.endArray()
        }
        json.name("copies")
        write(plan.holdings, to: &json)
        json.endObject()
    }

    private static func write(_ holdings: [Holding], to json: inout JSONWriter) {
        json.beginArray()
        for holding in holdings {
            json.beginObject()
            json.member("what", holding.what)
            json.member("name", holding.name)
            json.member("until", ifPresent: holding.expiresAt?.iso8601)
            json.member("remedy", ifPresent: holding.remedy)
            json.endObject()
        }
        json.endArray()
    }

    static func write(_ receipt: RemovalReceipt, to json: inout JSONWriter) {
        json.beginObject()
        json.member("run", receipt.id.text)
        json.member("kind", receipt.kind.rawValue)
        json.member("finishedAt", receipt.finishedAt.iso8601)
        json.member("digest", receipt.digest)
        json.name("receipt")
        json.raw(receipt.json)
        json.member("statement", receipt.statement)
        json.endObject()
    }
}
