import Base
import HTTPServer
import Migrations
import Registry
import Tables
import Tenancy
import Tenants
import Workflows

/// Schools that close, open again and move to another tenant.
enum SchoolRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/tenants/{}/schools/{}/close") { call in
            let body = try RequestBody(call.request, known: ["reason"])
            let (tenant, school) = try place(call)
            try call.services.tenants.closeSchool(
                school.id, of: tenant, reason: try body.string("reason"), actor: call.actor)
            return try TenantRoutes.document(of: tenant, call)
        },
        ControlRoute(.post, "/v1/tenants/{}/schools/{}/reopen") { call in
            _ = try RequestBody(call.request, known: [])
            let (tenant, school) = try place(call)
            try call.services.tenants.reopenSchool(school.id, of: tenant, actor: call.actor)
            return try TenantRoutes.document(of: tenant, call)
        },
        ControlRoute(.post, "/v1/tenants/{}/schools/{}/moves", move),
        ControlRoute(.get, "/v1/schools/{}", show),
    ]

    /// A school by its id alone, with the tenant that it belongs to now.
    private static func show(_ call: ControlCall) throws -> ControlResponse {
        let text = call.parameters[0]
        guard let id = SchoolID(text), let entry = call.services.directory.owner(of: id),
            call.caller.maySee(entry.record.id),
            let school = entry.record.schools.first(where: { $0.id == id })
        else {
            throw Problem(
                .notFound, "there is no school `\(text)`; `homeroom tenant show` shows a tenant's",
                field: "school")
        }
        return .json { json in
            json.beginObject()
            json.member("tenant", entry.record.id.text)
            json.member("tenantName", entry.record.name)
            json.name("school")
            TenantDocument.write(school, to: &json)
            json.endObject()
        }
    }

    private static func place(_ call: ControlCall) throws -> (TenantID, SchoolRecord) {
        let tenant = try call.tenantID()
        return (tenant, try call.services.tenants.school(named: call.parameters[1], of: tenant))
    }

    /// 202 with the run, 200 with the plan of a dry run.
    private static func move(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["to", "dryRun", "allowDuplicateName"])
        guard let moves = call.services.schoolMoves else {
            throw Problem(.unavailable, "this server moves no schools")
        }
        let tenant = try call.tenantID()
        let target = try body.string("to")
        guard let to = TenantID(target) else { throw Problem.noSuchTenant(target) }
        let key = call.request.idempotencyKey.map { "school-move/\(tenant)/\($0)" }
        let input = SchoolMoveInput(
            school: try school(call), from: tenant, to: to,
            allowsDuplicateName: try body.bool("allowDuplicateName"))
        if try body.bool("dryRun") {
            let plan = try moves.plan(input)
            return .json { write(plan, to: &$0) }
        }
        let run = try moves.start(input, actor: call.actor, idempotencyKey: key)
        return RunRoutes.document(try call.services.engine.get(run), status: 202)
            .adding("Location", "/v1/runs/\(run)")
    }

    /// An id is taken as it is: the same request with the same key may come when the school has left.
    private static func school(_ call: ControlCall) throws -> SchoolID {
        if let id = SchoolID(call.parameters[1]) { return id }
        return try place(call).1.id
    }

    private static func write(_ plan: SchoolMovePlan, to json: inout JSONWriter) {
        json.beginObject()
        json.member("school", plan.school.text)
        json.member("name", plan.name)
        json.member("from", plan.from.text)
        json.member("to", plan.to.text)
        json.member("fromStore", plan.fromStore.text)
        json.member("toStore", plan.toStore.text)
        json.member("items", plan.owned.items)
        json.member("bytes", plan.owned.bytes)
        json.name("copied")
        json.bool(plan.isCopied)
        json.member("hangingItems", plan.hanging.items)
        json.member("unrecognisedItems", plan.unrecognised)
        json.name("unrecognisedKeys")
        json.beginArray()
        for key in plan.unrecognisedKeys { json.string(key) }
        json.endArray()
        json.endObject()
    }
}
