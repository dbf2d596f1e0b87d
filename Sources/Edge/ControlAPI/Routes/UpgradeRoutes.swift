import Base
import HTTPServer
import Registry
import Tenancy
import Upgrades

/// Tenants on their way to another tier: which, why, what comes next; who asks, who agrees.
enum UpgradeRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/upgrades", query: ["cursor", "limit"], list),
        ControlRoute(.get, "/v1/tenants/{}/upgrade") { call in
            let outlook = try service(call).explain(try call.tenantID())
            return .json { UpgradeDocument.write(outlook, to: &$0) }
        },
        ControlRoute(.post, "/v1/tenants/{}/upgrade/request", request),
        ControlRoute(.post, "/v1/tenants/{}/upgrade/approve") { call in
            let body = try RequestBody(call.request, known: ["tier", "now"])
            return try answer(
                service(call).approve(
                    call.tenantID(), to: tier(body, call), isNow: body.bool("now"), actor: call.actor))
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

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let pending = try service(call).pending().sorted { $0.tenant < $1.tenant }
        let page = try ListPage(of: pending, call.request.query) { (key: "", id: $0.tenant.text) }
        return .page("upgrades", of: page.elements, next: page.next) { UpgradeDocument.write($0, to: &$1) }
    }

    private static func request(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["tier", "reason"])
        return try answer(
            service(call).request(
                call.tenantID(), tier: tier(body, call), reason: body.string("reason"), actor: call.actor))
    }

    private static func tier(_ body: RequestBody, _ call: ControlCall) throws -> TierName {
        let (text, catalog) = (try body.string("tier"), call.services.catalog)
        guard let tier = catalog.tier(named: text) else {
            throw Problem.invalid(
                "there is no tier `\(text)`; \(catalog.tierRemedy(for: text))", field: "tier")
        }
        return tier.name
    }
}
