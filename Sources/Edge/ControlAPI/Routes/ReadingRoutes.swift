import Base
import HTTPServer
import Registry
import Tables
import Tenancy

/// Operations that only read: catalog, stores, audit log.
enum ReadingRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/catalog", .tenant) { call in
            .json { CatalogDocument(catalog: call.services.catalog).write(to: &$0) }
        },
        ControlRoute(.get, "/v1/stores", .admin, query: ["after", "limit"], stores),
        ControlRoute(.get, "/v1/audit", .review, query: ["after", "limit"], audit),
    ]

    private static func stores(_ call: ControlCall) throws -> ControlResponse {
        let limit = try call.request.query.integer("limit", in: 1...Limits.pageMax) ?? Limits.pageStandard
        let page = try call.services.registry.list(
            StoreRecord.self, after: call.request.query["after"], limit: limit)
        let sizes = try page.records.map { record in
            do throws(TableError) { return try call.services.stores.diskBytes(of: record.id) } catch {
                // A store whose run has not made it yet, or which is being removed.
                guard case .noSuchStore = error else { throw error }
                return 0
            }
        }
        return .json { json in
            json.beginObject()
            json.name("stores")
            json.beginArray()
            for (record, bytes) in zip(page.records, sizes) { write(record, bytes, to: &json) }
            json.endArray()
            json.member("next", ifPresent: page.next)
            json.endObject()
        }
    }

    private static func write(_ record: StoreRecord, _ bytes: Int, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", record.id.text)
        json.member("tier", record.tier.text)
        switch record.kind {
        case .pooled(let number):
            json.member("isolation", "pooled")
            json.member("number", number)
        case .dedicated(let tenant):
            json.member("isolation", "dedicated")
            json.member("tenant", tenant.text)
        }
        json.member("occupants", record.occupants)
        json.member("capacity", record.capacity)
        json.member("diskBytes", bytes)
        json.endObject()
    }

    /// Newest first.
    private static func audit(_ call: ControlCall) throws -> ControlResponse {
        let limit = try call.request.query.integer("limit", in: 1...Limits.pageMax) ?? Limits.pageStandard
        let page = try call.services.registry.list(
            AuditEntry.self, after: call.request.query["after"], limit: limit, isForward: false)
        return .json { json in
            json.beginObject()
            json.name("entries")
            json.beginArray()
            for entry in page.records { write(entry, to: &json) }
            json.endArray()
            json.member("next", ifPresent: page.next)
            json.endObject()
        }
    }

    private static func write(_ entry: AuditEntry, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", entry.id.sortText)
        json.member("time", entry.id.time.iso8601)
        json.member("actor", entry.actor.text)
        json.member("action", entry.action)
        json.member("subject", entry.subject)
        json.member("tenant", ifPresent: entry.tenant?.text)
        json.name("detail")
        json.beginObject()
        for (name, value) in entry.detail.sorted(by: { $0.key < $1.key }) {
            json.name(text: name)
            json.string(value)
        }
        json.endObject()
        json.endObject()
    }
}
