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
        ControlRoute(.get, "/v1/stores", query: ["tier", "isolation", "sort", "cursor", "limit"], stores),
    ]

    static let order = ListOrder<StoreRecord>(
        id: { $0.id.text },
        ["tier": { $0.tier.text }, "occupants": { ListKey.number($0.occupants) }])

    private static func stores(_ call: ControlCall) throws -> ControlResponse {
        let (query, registry) = (call.request.query, call.services.registry)
        let tier = try query.tier(of: call.services.catalog)
        let isolation = try query.word("isolation", among: ["pooled", "dedicated"])
        let wanted = { (record: StoreRecord) in
            (tier.map { record.tier == $0 } ?? true)
                && (isolation.map { record.kind.isolation == $0 } ?? true)
        }
        let list = RecordList(order: order, takes: tier == nil && isolation == nil ? nil : wanted) {
            try registry.list(StoreRecord.self, after: $0, limit: $1, isForward: $2)
        }
        let page = try list.page(query)
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
        json.member("isolation", record.kind.isolation)
        switch record.kind {
        case .pooled(let number):
            json.member("number", number)
        case .dedicated(let tenant):
            json.member("tenant", tenant.text)
        }
        json.member("occupants", record.occupants)
        json.member("capacity", record.capacity)
        json.member("diskBytes", bytes)
        json.endObject()
    }
}

extension StoreRecord.Kind {
    /// What the API calls it.
    var isolation: String {
        switch self {
        case .pooled: "pooled"
        case .dedicated: "dedicated"
        }
    }
}
