import Base
import HTTPServer
import Migrations
import Registry
import Tenancy
import Upgrades

/// Tenants on their way to another tier: which, why, what comes next; who asks, who agrees.
enum UpgradeRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/upgrades", query: ["sort", "cursor", "limit"], list),
        ControlRoute(.get, "/v1/tenants/{}/upgrade") { call in
            let outlook = try service(call).explain(try call.tenantID())
            return .json { UpgradeDocument.write(outlook, to: &$0) }
        },
        ControlRoute(.get, "/v1/tenants/{}/upgrade/plan", query: ["tier", "when"], plan),
        ControlRoute(.post, "/v1/tenants/{}/upgrade/request", request),
        ControlRoute(.post, "/v1/tenants/{}/upgrade/approve") { call in
            let body = try RequestBody(call.request, known: ["tier", "now"])
            return try answer(
                service(call).approve(
                    call.tenantID(), to: tier(body.string("tier"), call), isNow: body.bool("now"),
                    actor: call.actor))
        },
        ControlRoute(.post, "/v1/tenants/{}/upgrade/refuse") { call in
            let body = try RequestBody(call.request, known: ["reason"])
            return try answer(
                service(call).refuse(call.tenantID(), reason: body.string("reason"), actor: call.actor))
        },
    ]

    static func service(_ call: ControlCall) throws -> UpgradeService {
        guard let upgrades = call.services.upgrades else {
            throw Problem(.unavailable, "this server moves no tenants by itself")
        }
        return upgrades
    }

    private static func answer(_ outlook: UpgradeOutlook) -> ControlResponse {
        .json { UpgradeDocument.write(outlook, to: &$0) }
    }

    /// What upgrades can be sorted by.
    static let order = ListOrder<UpgradeOutlook>(
        id: { $0.tenant.text },
        own: [
            "tenant": { $0.tenant.text }, "name": { $0.name.lowercased() }, "tier": { $0.tier.text },
            "state": { $0.state }, "nextAt": { $0.nextAt?.iso8601 ?? "" },
        ])

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let page = try order.page(of: try service(call).pending(), call.request.query)
        return .page("upgrades", of: page.elements, next: page.next) { UpgradeDocument.write($0, to: &$1) }
    }

    /// For whoever sells the move, or agrees to it: what it does, what it costs, when it would begin.
    private static func plan(_ call: ControlCall) throws -> ControlResponse {
        let (tenant, query) = (try call.tenantID(), call.request.query)
        let wanted = try query["tier"].map { try tier($0, call) } ?? service(call).explain(tenant).target
        guard let wanted else {
            throw Problem.invalid(
                "expected `tier`, since the tenant is on its way to none; \(call.services.catalog.tierRemedy(for: ""))",
                field: "tier")
        }
        let when = try query["when"].map { try MoveRoutes.when($0) } ?? .window
        return try MoveRoutes.plan(MoveInput(tenant: tenant, tier: wanted), when, call)
    }

    private static func request(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["tier", "reason"])
        return try answer(
            service(call).request(
                call.tenantID(), tier: tier(body.string("tier"), call), reason: body.string("reason"),
                actor: call.actor))
    }

    private static func tier(_ text: String, _ call: ControlCall) throws -> TierName {
        let catalog = call.services.catalog
        guard let tier = catalog.tier(named: text) else {
            throw Problem.invalid(
                "there is no tier `\(text)`; \(catalog.tierRemedy(for: text))", field: "tier")
        }
        return tier.name
    }
}
