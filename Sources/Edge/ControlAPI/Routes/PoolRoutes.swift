import Base
import HTTPServer
import Migrations
import Registry
import Tables
import Tenancy
import Workflows

/// Pools: what is in them, tenants spread over them, one emptied into another.
enum PoolRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/pools", query: ["tier", "sort", "cursor", "limit"], list),
        ControlRoute(.get, "/v1/pools/{}", show),
        ControlRoute(.post, "/v1/pools/{}/rebalance") { call in
            let body = try RequestBody(call.request, known: ["dryRun", "undoWindowSeconds"])
            return try move(call, body, into: nil)
        },
        ControlRoute(.post, "/v1/pools/{}/merge") { call in
            let body = try RequestBody(call.request, known: ["into", "dryRun", "undoWindowSeconds"])
            return try move(call, body, into: try pool(named: body.string("into"), field: "into"))
        },
    ]

    private static func service(_ call: ControlCall) throws -> PoolService {
        guard let pools = call.services.pools else {
            throw Problem(.unavailable, "this server carries out no runs over pools")
        }
        return pools
    }

    private static func pool(named text: String, field: String) throws -> StoreID {
        guard let pool = StoreID(text) else {
            throw Problem(
                .notFound, "there is no pool `\(text)`; `homeroom pool list` shows those there are",
                field: field)
        }
        return pool
    }

    /// A pool, and where its tier stands in the catalog.
    struct RankedPool {
        let pool: PoolSummary
        let rank: Int

        /// The catalog's order of tiers, then the pools' numbers.
        fileprivate var place: String {
            guard case .pooled(let number) = pool.record.kind else { return "" }
            return ListKey.number(rank) + ListKey.number(number)
        }
    }

    static let order = ListOrder<RankedPool>(
        id: { $0.pool.record.id.text },
        own: [
            "tier": { $0.place }, "pool": { _ in "" },
            "occupants": { ListKey.number($0.pool.record.occupants) },
            "diskBytes": { ListKey.number($0.pool.diskBytes) },
        ])

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let (query, catalog) = (call.request.query, call.services.catalog)
        let tiers = catalog.tiers.map(\.name)
        let wanted = try query.tier(of: catalog)
        let pools = try service(call).list().filter { wanted == nil || $0.record.tier == wanted }
        let ranked = pools.map {
            RankedPool(pool: $0, rank: tiers.firstIndex(of: $0.record.tier) ?? tiers.count)
        }
        let page = try order.page(of: ranked, query)
        return .page("pools", of: page.elements, next: page.next) { ranked, json in
            json.beginObject()
            write(ranked.pool, to: &json)
            json.endObject()
        }
    }

    private static func show(_ call: ControlCall) throws -> ControlResponse {
        let (summary, tenants) = try service(call).show(pool(named: call.parameters[0], field: "pool"))
        return .json { json in
            json.beginObject()
            write(summary, to: &json)
            json.name("tenants")
            json.beginArray()
            for tenant in tenants { write(tenant, to: &json) }
            json.endArray()
            json.endObject()
        }
    }

    /// 202 with the run, 200 with the plan of a dry run.
    private static func move(
        _ call: ControlCall, _ body: RequestBody, into: StoreID?
    ) throws -> ControlResponse {
        let pools = try service(call)
        let input = PoolInput(
            pool: try pool(named: call.parameters[0], field: "pool"), into: into,
            undoWindowSeconds: try body.integer("undoWindowSeconds", in: 0...Limits.undoWindowSecondsMax))
        if try body.bool("dryRun") {
            let plan = try pools.plan(input)
            return .json { write(plan, input, to: &$0) }
        }
        let key = call.request.idempotencyKey.map {
            "pool-\(into == nil ? "rebalance" : "merge")/\(input.pool)/\($0)"
        }
        let run = try pools.start(input, actor: call.actor, idempotencyKey: key)
        return RunRoutes.document(try call.services.engine.get(run), status: 202)
            .adding("Location", "/v1/runs/\(run)")
    }

    private static func write(_ pool: PoolSummary, to json: inout JSONWriter) {
        json.member("pool", pool.record.id.text)
        json.member("tier", pool.record.tier.text)
        json.member("occupants", pool.record.occupants)
        json.member("capacity", pool.capacity)
        json.member("diskBytes", pool.diskBytes)
        if let delay = pool.writeMicroseconds { json.member("writeP99Microseconds", delay) }
        json.member("closedBy", ifPresent: pool.record.closedBy?.text)
    }

    private static func write(_ tenant: PoolTenant, to json: inout JSONWriter) {
        json.beginObject()
        json.member("tenant", tenant.id.text)
        json.member("name", tenant.name)
        json.member("items", tenant.extent.items)
        json.member("bytes", tenant.extent.bytes)
        json.name("writesPerSecond")
        json.double((tenant.writesPerSecond * 10).rounded() / 10)
        json.member("stays", ifPresent: tenant.hindrance)
        json.endObject()
    }

    private static func write(_ plan: PoolPlan, _ input: PoolInput, to json: inout JSONWriter) {
        json.beginObject()
        json.member("pool", plan.pool.text)
        json.member("into", ifPresent: input.into?.text)
        json.member("tier", plan.tier.text)
        json.name("moves")
        json.beginArray()
        for move in plan.moves {
            json.beginObject()
            json.member("tenant", move.tenant.text)
            json.member("name", ifPresent: plan.names[move.tenant])
            json.member("to", move.pool.text)
            json.member("items", move.extent.items)
            json.member("bytes", move.extent.bytes)
            json.endObject()
        }
        json.endArray()
        json.name("hindered")
        json.beginArray()
        for tenant in plan.hindered { write(tenant, to: &json) }
        json.endArray()
        json.member("items", plan.extent.items)
        json.member("bytes", plan.extent.bytes)
        MoveRoutes.write(plan.estimate, to: &json)
        json.member("undoWindowSeconds", plan.undoWindowSeconds)
        json.endObject()
    }
}
