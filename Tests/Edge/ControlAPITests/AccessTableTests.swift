import Base
import HTTPServer
import Registry
import Testing

@testable import ControlAPI

/// Each operation with each caller, over the router that answers requests.
@Suite struct AccessTableTests {
    /// Who may, written down a second time so that nobody changes it by accident: `*` anyone, `c` a client of OAuth (who comes
    /// without a key; the operation looks at its credentials), `l` who is on this machine, `t` a tenant's key, `d` a district's administrator,
    /// `s` sales, `o` operator, `r` reviewer, `a` admin.
    private static let expected = """
        *      GET    /.well-known/jwks.json
        *      GET    /.well-known/oauth-authorization-server
        *      GET    /.well-known/openid-configuration
        *      GET    /.well-known/statement-keys.json
        *      GET    /docs
        *      GET    /healthz
        *      GET    /invitation
        loa    GET    /metrics
        ctoa   POST   /oauth/introspect
        ctoa   POST   /oauth/revoke
        c      POST   /oauth/token
        *      GET    /openapi.json
        *      GET    /readyz
        tdsora GET    /v1/access
        a      GET    /v1/accounts
        a      POST   /v1/accounts
        a      GET    /v1/accounts/{}
        a      POST   /v1/accounts/{}/disable
        a      POST   /v1/accounts/{}/enable
        a      POST   /v1/accounts/{}/reset
        a      PUT    /v1/accounts/{}/roles
        a      DELETE /v1/accounts/{}/sessions
        ra     GET    /v1/audit
        ra     GET    /v1/audit/access-report
        ra     GET    /v1/audit/entries/{}
        ra     GET    /v1/audit/export
        ra     GET    /v1/audit/heads
        oa     GET    /v1/backups
        oa     DELETE /v1/backups/{}
        tdoa   GET    /v1/backups/{}
        oa     POST   /v1/backups/{}/verify
        tdsoa  GET    /v1/catalog
        oa     POST   /v1/catalog/apply
        oa     POST   /v1/catalog/plan
        oa     GET    /v1/costs
        ra     GET    /v1/decisions
        tdoa   GET    /v1/events
        oa     DELETE /v1/exports/{}
        tdoa   GET    /v1/exports/{}
        tdoa   GET    /v1/exports/{}/files/{}
        soa    POST   /v1/imports/check
        *      POST   /v1/invitations
        tda    GET    /v1/keys
        a      POST   /v1/keys
        a      DELETE /v1/keys/{}
        tda    GET    /v1/keys/{}
        tda    POST   /v1/keys/{}/rotate
        tdsora GET    /v1/me
        sora   POST   /v1/me/password
        sora   POST   /v1/me/second-factor
        sora   POST   /v1/me/second-factor/confirm
        sora   POST   /v1/me/second-factor/remove
        *      POST   /v1/member-invitations
        *      POST   /v1/member-invitations/check
        tdsoa  GET    /v1/placements
        ra     POST   /v1/policies/activations
        ra     POST   /v1/policies/diff
        ra     POST   /v1/policies/lint
        ra     POST   /v1/policies/prove
        ra     POST   /v1/policies/report
        ra     POST   /v1/policies/rollbacks
        ra     POST   /v1/policies/simulate
        ra     POST   /v1/policies/test
        ra     GET    /v1/policies/versions
        ra     GET    /v1/policies/versions/{}
        oa     GET    /v1/pools
        oa     GET    /v1/pools/{}
        oa     POST   /v1/pools/{}/merge
        oa     POST   /v1/pools/{}/rebalance
        oa     GET    /v1/reconcile
        oa     POST   /v1/reconcile
        soa    GET    /v1/runs
        tdsoa  GET    /v1/runs/{}
        oa     POST   /v1/runs/{}/cancel
        tdsoa  GET    /v1/runs/{}/events
        oa     POST   /v1/runs/{}/pause
        oa     GET    /v1/runs/{}/receipt
        oa     GET    /v1/runs/{}/report
        oa     POST   /v1/runs/{}/resume
        oa     POST   /v1/runs/{}/retry
        oa     POST   /v1/runs/{}/rollback
        oa     POST   /v1/runs/{}/skip
        oa     POST   /v1/runs/{}/throttle
        tdsoa  GET    /v1/schools
        tdsoa  GET    /v1/schools/{}
        tdoa   GET    /v1/service-accounts
        tdoa   POST   /v1/service-accounts
        tdoa   DELETE /v1/service-accounts/{}
        tdoa   GET    /v1/service-accounts/{}
        tdoa   POST   /v1/service-accounts/{}/disable
        tdoa   POST   /v1/service-accounts/{}/enable
        tdoa   POST   /v1/service-accounts/{}/rotate
        sora   DELETE /v1/sessions
        *      POST   /v1/sessions
        sora   DELETE /v1/sessions/current
        oa     GET    /v1/signing-keys
        a      POST   /v1/signing-keys/rewrap
        a      POST   /v1/signing-keys/rotate
        a      POST   /v1/signing-keys/{}/revoke
        oa     GET    /v1/stores
        oa     GET    /v1/tables
        tdsoa  GET    /v1/tenant-states
        tdsoa  GET    /v1/tenants
        soa    POST   /v1/tenants
        tdsoa  GET    /v1/tenants/{}
        oa     PATCH  /v1/tenants/{}
        tdoa   GET    /v1/tenants/{}/backups
        oa     POST   /v1/tenants/{}/backups
        oa     DELETE /v1/tenants/{}/blackouts
        tdsoa  GET    /v1/tenants/{}/blackouts
        oa     DELETE /v1/tenants/{}/blackouts/{}
        oa     PUT    /v1/tenants/{}/blackouts/{}
        tdsoa  GET    /v1/tenants/{}/contacts
        soa    POST   /v1/tenants/{}/contacts
        oa     DELETE /v1/tenants/{}/contacts/{}
        tdoa   POST   /v1/tenants/{}/erasures
        tdoa   POST   /v1/tenants/{}/exports
        oa     POST   /v1/tenants/{}/grace
        tdoa   GET    /v1/tenants/{}/identity-providers
        oa     POST   /v1/tenants/{}/identity-providers
        oa     DELETE /v1/tenants/{}/identity-providers/{}
        tdoa   GET    /v1/tenants/{}/identity-providers/{}
        oa     PUT    /v1/tenants/{}/identity-providers/{}
        tdoa   POST   /v1/tenants/{}/identity-providers/{}/test
        oa     POST   /v1/tenants/{}/imports
        oa     GET    /v1/tenants/{}/imports/{}
        oa     PUT    /v1/tenants/{}/imports/{}/files/{}
        oa     POST   /v1/tenants/{}/imports/{}/runs
        oa     POST   /v1/tenants/{}/keep
        tdoa   GET    /v1/tenants/{}/members
        tdsoa  POST   /v1/tenants/{}/members
        tdoa   DELETE /v1/tenants/{}/members/{}
        tdoa   GET    /v1/tenants/{}/members/{}
        tdoa   POST   /v1/tenants/{}/members/{}/disable
        tdoa   POST   /v1/tenants/{}/members/{}/enable
        tdoa   POST   /v1/tenants/{}/members/{}/reset
        tdoa   POST   /v1/tenants/{}/members/{}/sign-out
        tdoa   PUT    /v1/tenants/{}/members/{}/students
        oa     POST   /v1/tenants/{}/moves
        oa     POST   /v1/tenants/{}/offboard
        oa     DELETE /v1/tenants/{}/overrides
        tdsoa  GET    /v1/tenants/{}/overrides
        oa     DELETE /v1/tenants/{}/overrides/{}
        oa     PUT    /v1/tenants/{}/overrides/{}
        tdoa   GET    /v1/tenants/{}/receipts
        tdoa   GET    /v1/tenants/{}/recovery-window
        tdoa   GET    /v1/tenants/{}/refused-people
        tdoa   POST   /v1/tenants/{}/refused-people
        tdoa   DELETE /v1/tenants/{}/refused-people/{}
        oa     POST   /v1/tenants/{}/restores
        oa     POST   /v1/tenants/{}/resume
        oa     POST   /v1/tenants/{}/schools
        oa     POST   /v1/tenants/{}/schools/{}/close
        oa     POST   /v1/tenants/{}/schools/{}/moves
        oa     POST   /v1/tenants/{}/schools/{}/reopen
        oa     POST   /v1/tenants/{}/suspend
        tdsoa  GET    /v1/tenants/{}/upgrade
        oa     POST   /v1/tenants/{}/upgrade/approve
        soa    GET    /v1/tenants/{}/upgrade/plan
        oa     POST   /v1/tenants/{}/upgrade/refuse
        soa    POST   /v1/tenants/{}/upgrade/request
        tdsoa  GET    /v1/tenants/{}/usage
        oa     POST   /v1/tenants/{}/usage/recount
        oa     GET    /v1/tiers/report
        toa    POST   /v1/tokens
        soa    GET    /v1/upgrades
        """

    private static let tenant = Caller.tenant(
        TenantID(random: SeededRandom(seed: 1)), .init(identity: .key("t")))
    private static let administrator = Caller.tenant(
        TenantID(random: SeededRandom(seed: 1)), .init(identity: .member("mem_1")))

    private static func staff(_ roles: PlatformRole...) -> Caller {
        .staff(Caller.Staff(roles: Set(roles), identity: .key("k")))
    }

    private static let callers: [(letters: String, caller: Caller, isFromLoopback: Bool)] = [
        ("*c", .anonymous, false), ("*cl", .anonymous, true), ("*t", tenant, false), ("*lt", tenant, true),
        ("*d", administrator, false),
        ("*s", staff(.sales), false), ("*o", staff(.operator), false), ("*r", staff(.reviewer), false),
        ("*a", staff(.admin), false), ("*sr", staff(.sales, .reviewer), false),
        ("*ls", staff(.sales), true), ("*or", staff(.operator, .reviewer), false),
        // A key whose roles were all taken away.
        ("*", staff(), false),
    ]

    private static let letters: [(request: String, letters: String)] = expected.split(separator: "\n").map {
        let words = $0.split(separator: " ")
        return ("\(words[1]) \(words[2])", String(words[0]))
    }

    @Test func eachCellIsAsItIsWrittenDown() {
        let expected = Dictionary(uniqueKeysWithValues: Self.letters.map { ($0.request, $0.letters) })
        var cells = 0
        for route in ControlRouter.allRoutes {
            let request = "\(route.method.rawValue) \(route.name)"
            guard let may = expected[request] else {
                Issue.record("\(request) is not written down here: say who may")
                continue
            }
            for (own, caller, isFromLoopback) in Self.callers {
                let isExpected = own.contains { may.contains($0) }
                var isAllowed = true
                do throws(Problem) {
                    try route.access.check(caller, isFromLoopback: isFromLoopback)
                } catch {
                    isAllowed = false
                    #expect(error.kind == (caller == .anonymous ? .unauthorized : .forbidden))
                }
                #expect(isAllowed == isExpected, "\(request): \(own)")
                cells += 1
            }
        }
        #expect(cells == ControlRouter.allRoutes.count * Self.callers.count)
    }

    @Test func theTableNamesEachOperationOnceAndNoOther() {
        let routes = ControlRouter.allRoutes.map { "\($0.method.rawValue) \($0.name)" }
        #expect(Set(routes) == Set(Self.letters.map(\.request)))
        #expect(Set(routes) == Set(AccessTable.lines.map { "\($0.method.rawValue) \($0.path)" }))
        #expect(AccessTable.lines.count == routes.count)
        #expect(Set(AccessTable.lines.map(\.operation)).count == AccessTable.lines.count)
    }

    @Test func whatOpensToSomebodyIsClosedToSomebodyElse() {
        for line in AccessTable.lines where !line.allows(.anyone) && !line.isForClients {
            #expect(line.allows(.admin), "\(line.operation)")
            #expect(throws: Problem.self, "\(line.operation)") {
                try line.check(.anonymous, isFromLoopback: false)
            }
        }
        // Sales sees no item of a tenant and gives nobody a right; a reviewer changes nothing that runs.
        let sales = AccessTable.lines.filter { $0.allows(.sales) && $0.method != .get && $0.method != .head }
        let own = sales.filter { line in
            ["me.", "session.", "invitation.", "member.accept", "member.check-invitation"].contains {
                line.operation.hasPrefix($0)
            }
        }
        #expect(own.count == 10)
        #expect(
            Set(sales.map(\.operation)).subtracting(own.map(\.operation)) == [
                "tenant.onboard", "tenant.check-import", "contact.add", "upgrade.request", "member.invite",
            ])
        let reviewers = AccessTable.lines.filter { $0.allows(.reviewer) && !$0.allows(.sales) }
        #expect(
            reviewers.allSatisfy { line in
                ["policy.", "audit.", "decision."].contains { line.operation.hasPrefix($0) }
            })
    }

    @Test func aRefusalSaysWhichRolesOpenIt() {
        #expect(
            throws: Problem(
                .forbidden,
                "`tenant.suspend` needs one of the roles `operator`, `admin`; yours: `sales`, `reviewer`. `homeroom access list` shows "
                    + "who may do what")
        ) {
            try AccessTable.line(.post, "/v1/tenants/{}/suspend").check(
                Self.staff(.sales, .reviewer), isFromLoopback: true)
        }
        #expect(
            throws: Problem(
                .forbidden, "`key.create` needs the role `admin`; the key that was sent is a tenant's")
        ) {
            try AccessTable.line(.post, "/v1/keys").check(Self.tenant, isFromLoopback: false)
        }
        #expect(
            throws: Problem(
                .forbidden,
                "`token.issue` needs one of the roles `operator`, `admin`; the token that was sent is a district administrator's"
            )
        ) {
            try AccessTable.line(.post, "/v1/tokens").check(Self.administrator, isFromLoopback: false)
        }
    }

    @Test func onlyAReviewerAloneSeesNoTenant() {
        let id = TenantID(random: SeededRandom(seed: 1))
        let other = TenantID(random: SeededRandom(seed: 2))
        #expect(Self.tenant.maySee(id) && !Self.tenant.maySee(other))
        for role in [PlatformRole.sales, .operator, .admin] { #expect(Self.staff(role).maySee(id)) }
        #expect(Self.staff(.reviewer, .sales).maySee(id))
        #expect(!Self.staff(.reviewer).maySee(id) && !Self.staff().maySee(id))
        #expect(!Caller.anonymous.maySee(id))
    }
}
