import Base
import HTTPServer
import Reconciliation
import Tenancy

/// Another catalog beside the one in force.
enum CatalogRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/catalog/plan", isWaiting: true) { call in
            let content = try content(call)
            return document(try desk(call).plan(content, file: "catalog"))
        },
        ControlRoute(.post, "/v1/catalog/apply", isWaiting: true) { call in
            let content = try content(call)
            return document(try desk(call).stage(content, file: "catalog", actor: call.actor))
        },
    ]

    private static func content(_ call: ControlCall) throws(Problem) -> [UInt8] {
        Array(try RequestBody(call.request, known: ["content"]).string("content").utf8)
    }

    private static func desk(_ call: ControlCall) throws(Problem) -> CatalogDesk {
        guard let desk = call.services.catalogs else {
            throw Problem(.unavailable, "this server has one catalog alone")
        }
        return desk
    }

    private static func document(_ plan: CatalogPlan) -> ControlResponse {
        .json { json in
            json.beginObject()
            json.member("digest", plan.digest)
            json.member("digestInForce", plan.digestInForce)
            json.name("isInForce")
            json.bool(plan.isInForce)
            json.name("isRefused")
            json.bool(plan.change.isRefused)
            json.name("changes")
            json.beginArray()
            for entry in plan.change.entries { write(entry, to: &json) }
            json.endArray()
            json.name("waitsFor")
            json.beginArray()
            for run in plan.waitsFor.prefix(Limits.pageMax) { json.string(run.text) }
            json.endArray()
            json.endObject()
        }
    }

    private static func write(_ entry: CatalogChange.Entry, to json: inout JSONWriter) {
        json.beginObject()
        json.member("weight", entry.weight.rawValue)
        json.member("subject", entry.subject)
        json.member("text", entry.text)
        json.member("tenantCount", entry.tenantCount)
        json.name("tenants")
        json.beginArray()
        for tenant in entry.tenants { json.string(tenant.text) }
        json.endArray()
        json.endObject()
    }
}

extension Problem {
    /// A catalog that was not taken.
    init(catalog error: CatalogDeskError) {
        switch error {
        case .faulty: self = .invalid(error.description, field: "content")
        case .tooLarge: self = Problem(.tooLarge, error.description, field: "content")
        case .refused, .nothingInForce: self = Problem(.notApplicable, error.description, field: "content")
        }
    }
}
