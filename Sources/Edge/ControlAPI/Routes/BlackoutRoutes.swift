import Base
import HTTPServer
import Registry
import Tenancy
import Tenants

/// Days on which a tenant is not moved by itself: its own, beside the catalog's.
enum BlackoutRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/tenants/{}/blackouts") { call in try blackouts(call) },
        ControlRoute(.put, "/v1/tenants/{}/blackouts/{}", set),
        ControlRoute(.delete, "/v1/tenants/{}/blackouts/{}") { call in
            let id = try call.tenantID()
            try call.services.tenants.clearBlackout(
                id, from: day(call.parameters[1], "from"), actor: call.actor)
            return try blackouts(call)
        },
        ControlRoute(.delete, "/v1/tenants/{}/blackouts") { call in
            let id = try call.tenantID()
            try call.services.tenants.clearBlackout(id, from: nil, actor: call.actor)
            return try blackouts(call)
        },
    ]

    private static func set(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["to", "reason"])
        let id = try call.tenantID()
        let first = try day(call.parameters[1], "from")
        let last = try body.stringIfPresent("to").map { (text) throws(Problem) in try day(text, "to") }
        try call.services.tenants.setBlackout(
            id, from: first, to: last ?? first, reason: try body.string("reason"), actor: call.actor)
        return try blackouts(call)
    }

    private static func day(_ text: String, _ field: String) throws(Problem) -> LocalDate {
        guard let day = LocalDate(text) else {
            throw .invalid("expected a day such as 2026-12-14, found `\(text)`", field: field)
        }
        return day
    }

    private static func blackouts(_ call: ControlCall) throws -> ControlResponse {
        let id = try call.tenantID()
        guard let record = call.services.directory.entry(id)?.record else {
            throw Problem.noSuchTenant(id.text)
        }
        return .json { json in
            json.beginObject()
            json.member("timezone", record.timezone.text)
            json.name("blackouts")
            MaintenanceDocument.write(record.blackouts, to: &json)
            json.name("catalog")
            MaintenanceDocument.write(call.services.catalog.maintenance.blackouts, to: &json)
            json.endObject()
        }
    }
}
