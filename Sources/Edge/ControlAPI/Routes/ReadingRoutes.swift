import Base
import HTTPServer
import Registry
import Tables
import Tenancy

/// Operations that only read: catalog and stores.
enum ReadingRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/catalog") { call in
            .json { CatalogDocument(catalog: call.services.catalog).write(to: &$0) }
        },
        ControlRoute(.get, "/v1/stores", query: ["cursor", "limit"], stores),
    ]

    private static func stores(_ call: ControlCall) throws -> ControlResponse {
        let limit = try call.request.query.limit()
        let page = try call.services.registry.list(
            StoreRecord.self, after: try call.request.query.cursor(), limit: limit)
        let sizes = try page.records.map { record in
            do throws(TableError) { return try call.services.stores.diskBytes(of: record.id) } catch {
                // A store whose run has not made it yet, or which is being removed.
                guard case .noSuchStore = error else { throw error }
                return 0
            }
        }
        return .page("stores", of: zip(page.records, sizes), next: page.next) { write($0.0, $0.1, to: &$1) }
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
}
