import Base
import HTTPServer
import Migrations
import Registry
import Workflows

/// Operations on runs.
enum RunRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/runs", .admin, query: ["tenant", "after", "limit"], list),
        ControlRoute(.get, "/v1/runs/{}", .tenant, show),
        ControlRoute(.post, "/v1/runs/{}/pause", .admin) { call in
            try change(call) { try call.services.engine.pause($0, actor: call.actor) }
        },
        ControlRoute(.post, "/v1/runs/{}/resume", .admin) { call in
            try change(call) { try call.services.engine.resume($0, actor: call.actor) }
        },
        ControlRoute(.post, "/v1/runs/{}/cancel", .admin) { call in
            try change(call) { try call.services.engine.cancel($0, actor: call.actor) }
        },
        ControlRoute(.post, "/v1/runs/{}/rollback", .admin) { call in
            try change(call) { try call.services.moves.rollBack($0, actor: call.actor) }
        },
        ControlRoute(.post, "/v1/runs/{}/retry", .admin) { call in
            try change(call) { try call.services.engine.retry($0, actor: call.actor) }
        },
    ]

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let query = call.request.query
        let tenant = try query["tenant"].map { (text) throws(Problem) in
            guard let id = TenantID(text) else { throw .noSuchTenant(text) }
            return id
        }
        let limit = try query.integer("limit", in: 1...Limits.pageMax) ?? Limits.pageStandard
        let page = try call.services.engine.list(tenant: tenant, after: query["after"], limit: limit)
        return .json { json in
            json.beginObject()
            json.name("runs")
            json.beginArray()
            for run in page.records { RunDocument(run: run, isFull: false).write(to: &json) }
            json.endArray()
            json.member("next", ifPresent: page.next)
            json.endObject()
        }
    }

    private static func show(_ call: ControlCall) throws -> ControlResponse {
        let id = try call.runID()
        let run = try call.services.engine.get(id)
        if case .tenant(let own, _) = call.caller, run.tenant != own { throw Problem.noSuchRun(id.text) }
        return document(run)
    }

    private static func change(_ call: ControlCall, _ body: (RunID) throws -> Void) throws -> ControlResponse
    {
        _ = try RequestBody(call.request, known: [])
        let id = try call.runID()
        try body(id)
        return document(try call.services.engine.get(id), status: 202)
    }

    static func document(_ run: RunRecord, status: Int = 200) -> ControlResponse {
        .json(status: status) { RunDocument(run: run).write(to: &$0) }
    }
}
