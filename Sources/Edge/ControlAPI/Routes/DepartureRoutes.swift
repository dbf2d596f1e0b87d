import Base
import Departures
import HTTPServer
import Registry
import Workflows

/// Tenants that leave, single people's items that are erased, and the receipts of both.
enum DepartureRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/tenants/{}/offboard", offboard),
        ControlRoute(.post, "/v1/tenants/{}/grace", grace),
        ControlRoute(.post, "/v1/tenants/{}/keep", keep),
        // A district may erase what is its own: it is the one that a parent asks.
        ControlRoute(.post, "/v1/tenants/{}/erasures", isWaiting: true, erase),
        ControlRoute(.get, "/v1/tenants/{}/receipts", query: ["cursor", "limit"], receipts),
    ]

    private static func service(_ call: ControlCall) throws(Problem) -> DepartureService {
        guard let service = call.services.departures else {
            throw Problem(.unavailable, "this server carries out no departures")
        }
        return service
    }

    private static func offboard(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(
            call.request, known: ["reason", "graceSeconds", "export", "exportDays", "dryRun"])
        let input = OffboardInput(
            tenant: try call.tenantID(), reason: try body.string("reason"),
            graceSeconds: try body.integer("graceSeconds", in: 0...Limits.graceDaysMax * 86_400)
                ?? Limits.graceSecondsStandard,
            takesExport: body.has("export") ? try body.bool("export") : true,
            exportDays: try body.integer("exportDays", in: 1...Limits.departureExportDaysMax))
        let service = try service(call)
        if try body.bool("dryRun") {
            let plan = try service.plan(input)
            return .json { DepartureDocument.write(plan, to: &$0) }
        }
        let key = call.request.idempotencyKey.map { "offboard/\(input.tenant)/\($0)" }
        let run = try service.offboard(input, actor: call.actor, idempotencyKey: key)
        return RunRoutes.document(try call.services.engine.get(run), status: 202)
            .adding("Location", "/v1/runs/\(run)")
    }

    private static func grace(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["reason", "graceSeconds"])
        let tenant = try call.tenantID()
        guard let seconds = try body.integer("graceSeconds", in: 0...Limits.graceDaysMax * 86_400) else {
            throw Problem.invalid(
                "say how long, in seconds from the departure's start", field: "graceSeconds")
        }
        let run = try service(call).changeGrace(
            of: tenant, toSeconds: seconds, reason: try body.string("reason"), actor: call.actor)
        return RunRoutes.document(try call.services.engine.get(run), status: 202)
            .adding("Location", "/v1/runs/\(run)")
    }

    private static func keep(_ call: ControlCall) throws -> ControlResponse {
        _ = try RequestBody(call.request, known: [])
        let run = try service(call).keep(try call.tenantID(), actor: call.actor)
        return RunRoutes.document(try call.services.engine.get(run), status: 202)
            .adding("Location", "/v1/runs/\(run)")
    }

    private static func erase(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["reason", "keys", "dryRun"])
        let tenant = try call.tenantID()
        let texts = try body.strings("keys", max: Limits.erasurePatternsMax)
        let patterns = try texts.map { try ErasedKeys.Pattern(parsing: $0) }
        let service = try service(call)
        if try body.bool("dryRun") {
            let plan = try service.planErasure(of: patterns, from: tenant)
            return .json { DepartureDocument.write(plan, to: &$0) }
        }
        let run = try service.erase(
            patterns, from: tenant, reason: try body.string("reason"), actor: call.actor,
            idempotencyKey: call.request.idempotencyKey.map { "erasure/\(tenant)/\($0)" })
        return RunRoutes.document(try call.services.engine.get(run), status: 202)
            .adding("Location", "/v1/runs/\(run)")
    }

    private static func receipts(_ call: ControlCall) throws -> ControlResponse {
        let tenant = try call.tenantIDEvenGone()
        let query = call.request.query
        let page = try service(call).receipts(
            of: tenant, after: try query.cursor(), limit: try query.limit())
        let writeTenant = { (json: inout JSONWriter) in json.member("tenant", tenant.text) }
        return .page("receipts", of: page.receipts, next: page.next, before: writeTenant) {
            DepartureDocument.write($0, to: &$1)
        }
    }
}
