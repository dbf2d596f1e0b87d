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
        ControlRoute(
            .get, "/v1/schools",
            query: ["tenant", "state", "name", "since", "until", "sort", "cursor", "limit"], list),
        ControlRoute(.get, "/v1/schools/{}", show),
    ]

    /// A school with its tenant.
    struct OwnedSchool {
        let tenant: TenantRecord
        let school: SchoolRecord
    }

    static let states = ["open", "closed", "moving"]

    static let order = ListOrder<OwnedSchool>(
        id: { $0.school.id.text },
        [
            "name": { NameReservation.folded($0.school.name) },
            "createdAt": { $0.school.createdAt.iso8601 }, "tenant": { $0.tenant.id.text },
        ])

    /// Those of all tenants that the caller may know of.
    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let query = call.request.query
        let tenant = try query.tenant(for: call.caller)
        let state = try query.word("state", among: states)
        let span = try query.span(before: call.services.clock.now())
        let name = query["name"].map(NameReservation.folded)
        let tenants = call.services.directory.entries().map(\.record).filter {
            call.caller.maySee($0.id) && (tenant == nil || tenant == $0.id)
        }
        let found = tenants.flatMap { tenant in
            tenant.schools.map { OwnedSchool(tenant: tenant, school: $0) }
        }.filter { owned in
            (state.map { owned.school.state.name == $0 } ?? true)
                && (name.map { NameReservation.folded(owned.school.name) == $0 } ?? true)
                && (span?.contains(owned.school.createdAt) ?? true)
        }
        let page = try order.page(of: found, query)
        return .page("schools", of: page.elements, next: page.next) { owned, json in
            write(owned.school, of: owned.tenant, to: &json)
        }
    }

    private static func write(_ school: SchoolRecord, of tenant: TenantRecord, to json: inout JSONWriter) {
        json.beginObject()
        json.member("tenant", tenant.id.text)
        json.member("tenantName", tenant.name)
        json.name("school")
        TenantDocument.write(school, to: &json)
        json.endObject()
    }

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
        return .json { write(school, of: entry.record, to: &$0) }
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
