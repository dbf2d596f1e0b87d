import Base
import HTTPServer
import Migrations
import Registry
import Tenancy
import Workflows

/// Operations on runs.
enum RunRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(
            .get, "/v1/runs",
            query: ["tenant", "kind", "state", "stuck", "since", "until", "sort", "cursor", "limit"], list),
        ControlRoute(.get, "/v1/runs/{}", show),
        ControlRoute(.get, "/v1/runs/{}/events", follow),
        ControlRoute(.post, "/v1/runs/{}/pause") { call in
            try change(call) { try call.services.engine.pause($0, actor: call.actor) }
        },
        ControlRoute(.post, "/v1/runs/{}/resume") { call in
            try change(call) { try call.services.engine.resume($0, actor: call.actor) }
        },
        ControlRoute(.post, "/v1/runs/{}/cancel") { call in
            try change(call) { try call.services.engine.cancel($0, actor: call.actor) }
        },
        ControlRoute(.post, "/v1/runs/{}/rollback") { call in
            try change(call) { try call.services.moves.rollBack($0, actor: call.actor) }
        },
        ControlRoute(.post, "/v1/runs/{}/retry") { call in
            try change(call) { try call.services.engine.retry($0, actor: call.actor) }
        },
        ControlRoute(.post, "/v1/runs/{}/skip", skip),
        ControlRoute(.post, "/v1/runs/{}/throttle", throttle),
    ]

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let query = call.request.query
        let filter = try filter(query, now: call.services.clock.now())
        let limit = try query.limit()
        let engine = call.services.engine
        let page = try engine.list(filter, after: try query.cursor(), limit: limit)
        return .page("runs", of: page.records, next: page.next) {
            RunDocument(run: $0, turn: engine.turn(of: $0.id), isFull: false).write(to: &$1)
        }
    }

    /// What runs can be sorted by: their ids sort as they were started.
    static let fields = ["createdAt"]
    static let standardSort = "-createdAt"

    /// What the parameters ask for.
    static func filter(_ query: RequestQuery, now: Timestamp) throws(Problem) -> RunFilter {
        var filter = RunFilter(kind: query["kind"])
        if let text = query["tenant"] {
            guard let id = TenantID(text) else { throw .noSuchTenant(text) }
            filter.tenant = id
        }
        filter.state = try query.word("state", among: RunState.names)
        if let text = query["stuck"] {
            guard text == "true" else { throw .invalid("expected `true`, found `\(text)`", field: "stuck") }
            filter.isStuck = true
        }
        filter.since = try query.moment("since", before: now)
        filter.until = try query.moment("until", before: now)
        filter.isOldestFirst = try ListSort(query, among: fields, standard: standardSort).isForward
        return filter
    }

    /// `itemsPerSecond` for a limit, `off` to lift it.
    private static func throttle(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["itemsPerSecond", "off"])
        let rate = try body.integer("itemsPerSecond", in: 1...Limits.copyItemsPerSecondMax)
        guard try body.bool("off") == (rate == nil) else {
            throw Problem.invalid(
                "expected either `itemsPerSecond`, or `off` as true to lift the limit",
                field: "itemsPerSecond")
        }
        let id = try call.runID()
        try call.services.engine.throttle(id, itemsPerSecond: rate, actor: call.actor)
        return accepted(try call.services.engine.get(id))
    }

    private static func skip(_ call: ControlCall) throws -> ControlResponse {
        let reason = try RequestBody(call.request, known: ["reason"]).string("reason")
        let id = try call.runID()
        try call.services.engine.skip(id, reason: reason, actor: call.actor)
        return accepted(try call.services.engine.get(id))
    }

    /// The run as it stands, and again whenever it stands otherwise, until it ends.
    private static func follow(_ call: ControlCall) throws -> ControlResponse {
        let id = try call.runID()
        let run = try call.services.engine.get(id)
        if case .tenant(let own, _) = call.caller, run.tenant != own { throw Problem.noSuchRun(id.text) }
        let right = OccasionalCheck(
            clock: call.services.clock, everyMilliseconds: Limits.runStreamRightMilliseconds,
            call.isStillValid)
        return try call.streams.follow(id, after: call.request.lastEventID) { right.holds() }
    }

    private static func show(_ call: ControlCall) throws -> ControlResponse {
        let id = try call.runID()
        let run = try call.services.engine.get(id)
        if case .tenant(let own, _) = call.caller, run.tenant != own { throw Problem.noSuchRun(id.text) }
        return document(run, turn: call.services.engine.turn(of: id))
    }

    private static func change(_ call: ControlCall, _ body: (RunID) throws -> Void) throws -> ControlResponse
    {
        _ = try RequestBody(call.request, known: [])
        let id = try call.runID()
        try body(id)
        return accepted(try call.services.engine.get(id))
    }

    /// 202 with the run, and where it can be looked at again.
    static func accepted(_ run: RunRecord) -> ControlResponse {
        document(run, status: 202).adding("Location", "/v1/runs/\(run.id)")
    }

    static func document(_ run: RunRecord, turn: RunTurn? = nil, status: Int = 200) -> ControlResponse {
        .json(status: status) { RunDocument(run: run, turn: turn).write(to: &$0) }
    }
}
