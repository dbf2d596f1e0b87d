import HTTPServer
import Testing

@testable import ControlAPI

@Suite struct ControlRouterTests {
    private let router = ControlRouter(routes: ControlRouter.allRoutes)

    @Test(arguments: [
        (HTTPMethod.get, ["v1", "tenants"], "/v1/tenants"),
        (.head, ["v1", "tenants", "t1"], "/v1/tenants/{}"),
        (.post, ["v1", "runs", "r1", "rollback"], "/v1/runs/{}/rollback"),
        (.get, [".well-known", "jwks.json"], "/.well-known/jwks.json"),
    ])
    func findsTheOperation(method: HTTPMethod, path: [String], name: String) {
        guard case .route(let route, let parameters) = router.match(method, path) else {
            Issue.record("\(path) is no route")
            return
        }
        #expect(route.name == name)
        #expect(parameters == path.enumerated().filter { ["t1", "r1"].contains($0.element) }.map(\.element))
    }

    @Test(arguments: [
        ["v2", "tenants"], ["v1"], [], [""], ["v1", "tenants", ""], ["v1", "tenants", "t1", "nothing"],
    ])
    func refusesUnknownPaths(path: [String]) {
        guard case .none = router.match(.get, path) else {
            Issue.record("\(path) is a route")
            return
        }
    }

    @Test func namesTheMethodsThatApply() {
        guard case .otherMethods(let methods) = router.match(.delete, ["v1", "tenants"]) else {
            Issue.record("DELETE was taken")
            return
        }
        #expect(methods == [.post, .get, .head])
    }

    /// Else whoever may ask for one could keep all threads busy on which others' runs are waited for.
    @Test func whatComputesAboutPoliciesHasAThreadOfItsOwn() {
        let routes = ControlRouter.allRoutes.filter {
            $0.name.hasPrefix("/v1/policies") && $0.method == .post
        }
        #expect(routes.count >= 8)
        for route in routes { #expect(route.pool == .reviews, "\(route.name)") }
    }

    /// A tenant sees what it uses and what becomes of it. Sales sees that of all tenants, and asks; whether a tenant moves is decided by
    /// operators.
    @Test func whatIsDecidedAboutUsageAndUpgradesIsDecidedByThoseWhoRunThePlatform() {
        let routes = ControlRouter.allRoutes.filter { route in
            ["usage", "upgrade", "costs", "tiers/report"].contains { route.name.contains($0) }
        }
        let open = routes.filter { $0.access.allows(.tenant) }
        #expect(
            Set(open.map { "\($0.method.rawValue) \($0.name)" })
                == ["GET /v1/tenants/{}/usage", "GET /v1/tenants/{}/upgrade"])
        for route in routes {
            #expect(route.access.allows(.operator) && !route.access.allows(.reviewer))
            #expect(!route.access.allows(.anyone))
        }
        let sold = routes.filter { $0.access.allows(.sales) }.map { "\($0.method.rawValue) \($0.name)" }
        #expect(
            Set(sold) == [
                "GET /v1/tenants/{}/usage", "GET /v1/upgrades", "GET /v1/tenants/{}/upgrade",
                "GET /v1/tenants/{}/upgrade/plan", "POST /v1/tenants/{}/upgrade/request",
            ])
        #expect(routes.count { $0.method != .get } == 4 && routes.count == 10)
    }

    @Test func noTwoRoutesTakeTheSameRequest() {
        let names = router.routes.map { "\($0.method) \($0.name)" }
        #expect(Set(names).count == names.count)
    }
}
