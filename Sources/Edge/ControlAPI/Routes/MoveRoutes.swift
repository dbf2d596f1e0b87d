import Base
import HTTPServer
import Migrations
import Registry
import Tables
import Tenancy
import Tiering
import Upgrades
import Workflows

/// Moves of a tenant to another tier.
enum MoveRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/tenants/{}/moves", move),
        ControlRoute(.get, "/v1/runs/{}/receipt", receipt),
    ]

    /// When a move begins.
    enum When: String, CaseIterable {
        /// At once: an operator's own move.
        case now
        /// In the tenant's next opening, as a request that is approved.
        case window
    }

    private static func move(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(
            call.request, known: ["tier", "pool", "dryRun", "undoWindowSeconds", "when", "reason"])
        let pool = try pool(body)
        // A pool belongs to one tier, which need not be named beside it.
        let text =
            try pool.map { try body.stringIfPresent("tier") ?? tier(of: $0, call) }
            ?? body.string("tier")
        let catalog = call.services.catalog
        guard let tier = catalog.tier(named: text) else {
            throw Problem.invalid(
                "there is no tier `\(text)`; \(catalog.tierRemedy(for: text))", field: "tier")
        }
        let input = MoveInput(
            tenant: try call.tenantID(), tier: tier.name,
            undoWindowSeconds: try body.integer("undoWindowSeconds", in: 0...Limits.undoWindowSecondsMax),
            pool: pool)
        let (when, reason) = (try when(body), try reason(body))
        if try body.bool("dryRun") { return try plan(input, when, call) }
        switch when {
        case .now: return try start(input, why: reason, call)
        case .window: return try schedule(input, reason: reason, call)
        }
    }

    /// - Throws: `Problem` for what has no meaning beside it.
    private static func when(_ body: RequestBody) throws(Problem) -> When {
        guard let text = try body.stringIfPresent("when") else { return .now }
        let when = try when(text)
        guard when == .window else { return when }
        for name in ["pool", "undoWindowSeconds"] where body.has(name) {
            throw .invalid(
                "`\(name)` does not go with a move whose `when` is `window`; leave it out", field: name)
        }
        return when
    }

    /// - Throws: `Problem` for another word.
    static func when(_ text: String) throws(Problem) -> When {
        guard let when = When(rawValue: text) else {
            throw .invalid(
                "`\(text)` is no time of a move; "
                    + Suggestion.remedy(for: text, among: When.allCases.map(\.rawValue)), field: "when")
        }
        return when
    }

    private static func reason(_ body: RequestBody) throws -> String? {
        let reason = try body.stringIfPresent("reason")
        let bytesMax = Limits.moveReasonBytesMax
        guard reason.map({ (1...bytesMax).contains($0.utf8.count) }) ?? true else {
            throw WorkflowError.invalidReason(bytesMax: bytesMax)
        }
        return reason
    }

    private static func start(
        _ input: MoveInput, why: String?, _ call: ControlCall
    ) throws -> ControlResponse {
        let key = call.request.idempotencyKey.map { "move/\(input.tenant)/\($0)" }
        let run = try call.services.moves.start(input, actor: call.actor, why: why, idempotencyKey: key)
        return RunRoutes.document(try call.services.engine.get(run), status: 202)
            .adding("Location", "/v1/runs/\(run)")
    }

    /// The same door as that of what sales has sold, with both steps in one.
    private static func schedule(
        _ input: MoveInput, reason: String?, _ call: ControlCall
    ) throws -> ControlResponse {
        let outlook = try UpgradeRoutes.service(call).schedule(
            input.tenant, tier: input.tier, reason: reason ?? "an operator's move, for the next window",
            actor: call.actor)
        return .json(status: 202) { UpgradeDocument.write(outlook, to: &$0) }
            .adding("Location", "/v1/tenants/\(input.tenant)/upgrade")
    }

    /// What it would do and cost. Makes nothing.
    static func plan(_ input: MoveInput, _ when: When, _ call: ControlCall) throws -> ControlResponse {
        let plan = try call.services.moves.plan(input)
        let cost = try call.services.costs?.cost(
            ofMoving: input.tenant, to: input.tier, store: plan.route.target.store)
        let slot =
            when == .window
            ? try UpgradeRoutes.service(call)
                .slot(of: input.tenant, expectedSeconds: plan.estimate.loadedSeconds)
            : nil
        return .json { json in
            json.beginObject()
            write(plan, cost, to: &json)
            if when == .window { write(slot, to: &json) }
            json.endObject()
        }
    }

    private static func write(_ slot: MaintenanceCalendar.Slot?, to json: inout JSONWriter) {
        json.name("window")
        guard let slot else { return json.null() }
        json.beginObject()
        json.member("from", slot.opening.from.iso8601)
        json.member("to", slot.opening.to.iso8601)
        json.name("hasRoom")
        json.bool(slot.hasRoom)
        json.endObject()
    }

    private static func pool(_ body: RequestBody) throws -> StoreID? {
        guard let text = try body.stringIfPresent("pool") else { return nil }
        guard let pool = StoreID(text) else {
            throw Problem.invalid("expected a pool's name, such as `pool-basic-2`", field: "pool")
        }
        return pool
    }

    private static func tier(of pool: StoreID, _ call: ControlCall) throws -> String {
        guard let record = try call.services.registry.read(StoreRecord.self, pool) else {
            throw Problem(
                .notFound, "there is no pool `\(pool)`; `homeroom pool list` shows those there are",
                field: "pool")
        }
        return record.tier.text
    }

    private static func receipt(_ call: ControlCall) throws -> ControlResponse {
        let run = try call.services.engine.get(try call.runID())
        guard let receipt = try call.services.moves.receipt(run.id), let text = run.result else {
            throw Problem(
                .notFound,
                "run `\(run.id)` has left no receipt (yet); a move leaves one when it ends, unless it ended before it "
                    + "was planned", field: "run")
        }
        try call.noteAccess("receipt.read", subject: run.id.text, tenant: run.tenant)
        return .json { json in
            json.beginObject()
            json.member("run", run.id.text)
            json.member("outcome", receipt.outcome.rawValue)
            json.name("receipt")
            json.raw(text.utf8)
            json.endObject()
        }
    }

    static func write(_ estimate: MoveEstimate, to json: inout JSONWriter) {
        json.name("expectedSeconds")
        json.double(estimate.idleSeconds)
        json.name("expectedSecondsUnderLoad")
        json.double(estimate.loadedSeconds)
    }

    private static func write(_ plan: MovePlan, _ cost: PlanCost?, to json: inout JSONWriter) {
        json.member("tenant", plan.route.tenant.text)
        json.name("from")
        write(plan.route.source, to: &json)
        json.name("to")
        write(plan.route.target, to: &json)
        json.member("items", plan.extent.items)
        json.member("bytes", plan.extent.bytes)
        write(plan.estimate, to: &json)
        json.member("undoWindowSeconds", plan.undoWindowSeconds)
        json.member("writePauseMaxMilliseconds", plan.writePauseMaxMilliseconds)
        if !plan.streamsCutShort.isEmpty {
            json.name("streamsCutShort")
            json.beginArray()
            for table in plan.streamsCutShort { json.string(table.text) }
            json.endArray()
        }
        if let cost {
            json.member("currency", cost.before.currency)
            json.member("monthBeforeMicros", Int(cost.before.total))
            json.member("monthAfterMicros", Int(cost.after.total))
        }
    }

    private static func write(_ end: MoveRoute.End, to json: inout JSONWriter) {
        json.beginObject()
        json.member("tier", end.tier.text)
        json.member("store", end.store.text)
        json.member("isolation", end.isDedicated ? "dedicated" : "pooled")
        json.name("tables")
        json.beginObject()
        for (logical, physical) in end.tables.sorted(by: { $0.key < $1.key }) {
            json.name(text: logical)
            json.string(physical.text)
        }
        json.endObject()
        json.endObject()
    }
}
