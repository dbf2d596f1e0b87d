import Base
import HTTPServer
import Issuing
import Registry

/// Operations on the people of identity providers whom their districts refuse.
enum RefusedPeopleRoutes {
    private static let path = "/v1/tenants/{}/refused-people"

    static let routes: [ControlRoute] = [
        ControlRoute(.post, path, refuse),
        ControlRoute(.get, path, query: ["cursor", "limit"]) { call in
            let page = try people(call).list(
                try call.tenantID(), after: try call.request.query.cursor(),
                limit: try call.request.query.limit())
            return .page("people", of: page.records, next: page.next) { write($0, to: &$1) }
        },
        ControlRoute(.delete, path + "/{}") { call in
            let tenant = try call.tenantID()
            let record = try people(call).allow(call.parameters[1], of: tenant, actor: call.actor)
            return .json { write(record, to: &$0) }
        },
    ]

    private static func people(_ call: ControlCall) throws(Problem) -> RefusedPeople {
        guard let federation = call.services.oauth?.federation else {
            throw Problem(.notApplicable, "this server exchanges no tokens of identity providers")
        }
        return federation.refused
    }

    private static func refuse(_ call: ControlCall) throws -> ControlResponse {
        let tenant = try call.tenantID()
        let body = try RequestBody(call.request, known: ["person", "reason"])
        let reason = try body.stringIfPresent("reason") ?? ""
        guard reason.utf8.count <= Limits.refusalReasonBytesMax else {
            throw Problem.invalid("at most \(Limits.refusalReasonBytesMax) bytes", field: "reason")
        }
        let record = try people(call).refuse(
            try body.string("person"), of: tenant, reason: reason, actor: call.actor)
        return .json { write(record, to: &$0) }
    }

    private static func write(_ record: RefusedPersonRecord, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", record.personID)
        json.member("tenant", record.tenant.text)
        json.member("person", record.person)
        json.member("reason", record.reason)
        json.member("state", record.isRefused ? "refused" : "allowed")
        json.member("refusedAt", record.refusedAt.iso8601)
        json.endObject()
    }
}
