import HTTPServer

/// Who may do what: each operation of the control API on one line. The router asks this table at each request, and an operation
/// that has no line here cannot be made.
///
/// `anyone` needs nothing, `local` is whoever is on this machine, `tenant` is a tenant's own key for what is its own, `district-admin`
/// a person with a token of that role over the whole district, for the same; the others are the roles of those who run the platform.
///
/// INVARIANT (what ends with a person): a token that somebody was issued by their own token would go on when they are disabled, so
/// `token.issue` is for keys.
enum AccessTable {
    static let lines: [AccessLine] =
        watching + people + issuing + federation + refusedPeople + members + tenants + tenantsData + machinery
        + reviews

    private static let watching = [
        AccessLine("health.live", .get, "/healthz", [.anyone]),
        AccessLine("health.ready", .get, "/readyz", [.anyone]),
        AccessLine("metrics.read", .get, "/metrics", [.local, .operator, .admin]),
        AccessLine("jwks.read", .get, "/.well-known/jwks.json", [.anyone]),
        AccessLine("statement-keys.read", .get, "/.well-known/statement-keys.json", [.anyone]),
        AccessLine("discovery.read", .get, "/.well-known/openid-configuration", [.anyone]),
        AccessLine("discovery.oauth", .get, "/.well-known/oauth-authorization-server", [.anyone]),
        AccessLine("docs.read", .get, "/docs", [.anyone]),
        AccessLine("docs.document", .get, "/openapi.json", [.anyone]),
    ]

    private static let issuing = [
        AccessLine("oauth.token", .post, "/oauth/token", [.client]),
        AccessLine("oauth.introspect", .post, "/oauth/introspect", [.client, .tenant, .operator, .admin]),
        AccessLine("oauth.revoke", .post, "/oauth/revoke", [.client, .tenant, .operator, .admin]),
        AccessLine("signing-key.list", .get, "/v1/signing-keys", [.operator, .admin]),
        AccessLine("signing-key.rotate", .post, "/v1/signing-keys/rotate", [.admin]),
        AccessLine("signing-key.revoke", .post, "/v1/signing-keys/{}/revoke", [.admin]),
        AccessLine("signing-key.rewrap", .post, "/v1/signing-keys/rewrap", [.admin]),
        AccessLine(
            "service-account.create", .post, "/v1/service-accounts",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "service-account.show", .get, "/v1/service-accounts/{}",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "service-account.list", .get, "/v1/service-accounts",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "service-account.remove", .delete, "/v1/service-accounts/{}",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "service-account.rotate", .post, "/v1/service-accounts/{}/rotate",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "service-account.disable", .post, "/v1/service-accounts/{}/disable",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "service-account.enable", .post, "/v1/service-accounts/{}/enable",
            [.tenant, .districtAdmin, .operator, .admin]),
    ]

    private static let members = [
        // Sales invites a district's first administrator, and nobody else.
        AccessLine(
            "member.invite", .post, "/v1/tenants/{}/members",
            [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine(
            "member.list", .get, "/v1/tenants/{}/members", [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "member.show", .get, "/v1/tenants/{}/members/{}", [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "member.remove", .delete, "/v1/tenants/{}/members/{}",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "member.disable", .post, "/v1/tenants/{}/members/{}/disable",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "member.enable", .post, "/v1/tenants/{}/members/{}/enable",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "member.sign-out", .post, "/v1/tenants/{}/members/{}/sign-out",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "member.link", .put, "/v1/tenants/{}/members/{}/students",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "member.reset", .post, "/v1/tenants/{}/members/{}/reset",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine("member.invitation-page", .get, "/invitation", [.anyone]),
        AccessLine("member.check-invitation", .post, "/v1/member-invitations/check", [.anyone]),
        AccessLine("member.accept", .post, "/v1/member-invitations", [.anyone]),
    ]

    private static let federation = [
        AccessLine(
            "identity-provider.list", .get, "/v1/tenants/{}/identity-providers",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "identity-provider.show", .get, "/v1/tenants/{}/identity-providers/{}",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine("identity-provider.add", .post, "/v1/tenants/{}/identity-providers", [.operator, .admin]),
        AccessLine(
            "identity-provider.update", .put, "/v1/tenants/{}/identity-providers/{}", [.operator, .admin]),
        AccessLine(
            "identity-provider.remove", .delete, "/v1/tenants/{}/identity-providers/{}", [.operator, .admin]),
        AccessLine(
            "identity-provider.test", .post, "/v1/tenants/{}/identity-providers/{}/test",
            [.tenant, .districtAdmin, .operator, .admin]),
    ]

    private static let refusedPeople = [
        AccessLine(
            "person.refuse", .post, "/v1/tenants/{}/refused-people",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "person.list", .get, "/v1/tenants/{}/refused-people",
            [.tenant, .districtAdmin, .operator, .admin]
        ),
        AccessLine(
            "person.allow", .delete, "/v1/tenants/{}/refused-people/{}",
            [.tenant, .districtAdmin, .operator, .admin]),
    ]

    private static let people = [
        AccessLine(
            "access.list", .get, "/v1/access", AccessLine.staff + [.tenant, .districtAdmin]),
        AccessLine("me.show", .get, "/v1/me", AccessLine.staff + [.tenant, .districtAdmin]),
        AccessLine("session.start", .post, "/v1/sessions", [.anyone]),
        AccessLine("session.end", .delete, "/v1/sessions/current", AccessLine.staff),
        AccessLine("session.end-all", .delete, "/v1/sessions", AccessLine.staff),
        AccessLine("invitation.accept", .post, "/v1/invitations", [.anyone]),
        AccessLine("me.password", .post, "/v1/me/password", AccessLine.staff),
        AccessLine("me.second-factor", .post, "/v1/me/second-factor", AccessLine.staff),
        AccessLine("me.confirm-factor", .post, "/v1/me/second-factor/confirm", AccessLine.staff),
        AccessLine("me.remove-factor", .post, "/v1/me/second-factor/remove", AccessLine.staff),
        AccessLine("account.create", .post, "/v1/accounts", [.admin]),
        AccessLine("account.list", .get, "/v1/accounts", [.admin]),
        AccessLine("account.show", .get, "/v1/accounts/{}", [.admin]),
        AccessLine("account.roles", .put, "/v1/accounts/{}/roles", [.admin]),
        AccessLine("account.disable", .post, "/v1/accounts/{}/disable", [.admin]),
        AccessLine("account.enable", .post, "/v1/accounts/{}/enable", [.admin]),
        AccessLine("account.reset", .post, "/v1/accounts/{}/reset", [.admin]),
        AccessLine("account.sign-out", .delete, "/v1/accounts/{}/sessions", [.admin]),
        AccessLine("key.create", .post, "/v1/keys", [.admin]),
        AccessLine("key.list", .get, "/v1/keys", [.tenant, .districtAdmin, .admin]),
        AccessLine("key.show", .get, "/v1/keys/{}", [.tenant, .districtAdmin, .admin]),
        AccessLine("key.rotate", .post, "/v1/keys/{}/rotate", [.tenant, .districtAdmin, .admin]),
        AccessLine("key.revoke", .delete, "/v1/keys/{}", [.admin]),
    ]

    private static let tenants = [
        AccessLine("tenant.onboard", .post, "/v1/tenants", [.sales, .operator, .admin]),
        AccessLine("tenant.check-import", .post, "/v1/imports/check", [.sales, .operator, .admin]),
        AccessLine("tenant.list", .get, "/v1/tenants", [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine(
            "tenant.show", .get, "/v1/tenants/{}", [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine(
            "tenant.states", .get, "/v1/tenant-states", [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine("tenant.change", .patch, "/v1/tenants/{}", [.operator, .admin]),
        AccessLine("tenant.suspend", .post, "/v1/tenants/{}/suspend", [.operator, .admin]),
        AccessLine("tenant.resume", .post, "/v1/tenants/{}/resume", [.operator, .admin]),
        AccessLine(
            "contact.list", .get, "/v1/tenants/{}/contacts",
            [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine("contact.add", .post, "/v1/tenants/{}/contacts", [.sales, .operator, .admin]),
        AccessLine("contact.remove", .delete, "/v1/tenants/{}/contacts/{}", [.operator, .admin]),
        AccessLine(
            "override.list", .get, "/v1/tenants/{}/overrides",
            [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine("override.set", .put, "/v1/tenants/{}/overrides/{}", [.operator, .admin]),
        AccessLine("override.clear", .delete, "/v1/tenants/{}/overrides/{}", [.operator, .admin]),
        AccessLine("override.clear-all", .delete, "/v1/tenants/{}/overrides", [.operator, .admin]),
        AccessLine("school.list", .get, "/v1/schools", [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine(
            "school.show", .get, "/v1/schools/{}", [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine("school.add", .post, "/v1/tenants/{}/schools", [.operator, .admin]),
        AccessLine("school.close", .post, "/v1/tenants/{}/schools/{}/close", [.operator, .admin]),
        AccessLine("school.reopen", .post, "/v1/tenants/{}/schools/{}/reopen", [.operator, .admin]),
        AccessLine("school.move", .post, "/v1/tenants/{}/schools/{}/moves", [.operator, .admin]),
        AccessLine("tenant.move", .post, "/v1/tenants/{}/moves", [.operator, .admin]),
        AccessLine("tenant.offboard", .post, "/v1/tenants/{}/offboard", [.operator, .admin]),
        AccessLine("tenant.grace", .post, "/v1/tenants/{}/grace", [.operator, .admin]),
        AccessLine("tenant.keep", .post, "/v1/tenants/{}/keep", [.operator, .admin]),
        AccessLine(
            "tenant.receipts", .get, "/v1/tenants/{}/receipts", [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "blackout.list", .get, "/v1/tenants/{}/blackouts",
            [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine("blackout.set", .put, "/v1/tenants/{}/blackouts/{}", [.operator, .admin]),
        AccessLine("blackout.clear", .delete, "/v1/tenants/{}/blackouts/{}", [.operator, .admin]),
        AccessLine("blackout.clear-all", .delete, "/v1/tenants/{}/blackouts", [.operator, .admin]),
        // Sales asks, and sees what that would cost and what has come of it; an operator agrees.
        AccessLine("upgrade.list", .get, "/v1/upgrades", [.sales, .operator, .admin]),
        AccessLine(
            "upgrade.explain", .get, "/v1/tenants/{}/upgrade",
            [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine("upgrade.plan", .get, "/v1/tenants/{}/upgrade/plan", [.sales, .operator, .admin]),
        AccessLine("upgrade.request", .post, "/v1/tenants/{}/upgrade/request", [.sales, .operator, .admin]),
        AccessLine("upgrade.approve", .post, "/v1/tenants/{}/upgrade/approve", [.operator, .admin]),
        AccessLine("upgrade.refuse", .post, "/v1/tenants/{}/upgrade/refuse", [.operator, .admin]),
        AccessLine(
            "usage.show", .get, "/v1/tenants/{}/usage", [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine("usage.recount", .post, "/v1/tenants/{}/usage/recount", [.operator, .admin]),
        AccessLine("cost.list", .get, "/v1/costs", [.operator, .admin]),
        AccessLine("tier.report", .get, "/v1/tiers/report", [.operator, .admin]),
    ]

    // What opens, copies or removes the items of tenants.
    private static let tenantsData = [
        AccessLine("token.issue", .post, "/v1/tokens", [.tenant, .operator, .admin]),
        AccessLine(
            "erasure.start", .post, "/v1/tenants/{}/erasures", [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "export.start", .post, "/v1/tenants/{}/exports", [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine("export.show", .get, "/v1/exports/{}", [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine(
            "export.fetch", .get, "/v1/exports/{}/files/{}", [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine("export.remove", .delete, "/v1/exports/{}", [.operator, .admin]),
        AccessLine("import.open", .post, "/v1/tenants/{}/imports", [.operator, .admin]),
        AccessLine("import.show", .get, "/v1/tenants/{}/imports/{}", [.operator, .admin]),
        AccessLine("import.add", .put, "/v1/tenants/{}/imports/{}/files/{}", [.operator, .admin]),
        AccessLine("import.start", .post, "/v1/tenants/{}/imports/{}/runs", [.operator, .admin]),
        AccessLine("backup.list", .get, "/v1/backups", [.operator, .admin]),
        AccessLine(
            "backup.of-tenant", .get, "/v1/tenants/{}/backups", [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine("backup.create", .post, "/v1/tenants/{}/backups", [.operator, .admin]),
        AccessLine("backup.show", .get, "/v1/backups/{}", [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine("backup.delete", .delete, "/v1/backups/{}", [.operator, .admin]),
        AccessLine("backup.verify", .post, "/v1/backups/{}/verify", [.operator, .admin]),
        AccessLine(
            "backup.window", .get, "/v1/tenants/{}/recovery-window",
            [.tenant, .districtAdmin, .operator, .admin]),
        AccessLine("backup.restore", .post, "/v1/tenants/{}/restores", [.operator, .admin]),
    ]

    private static let machinery = [
        AccessLine(
            "catalog.show", .get, "/v1/catalog", [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine("catalog.plan", .post, "/v1/catalog/plan", [.operator, .admin]),
        AccessLine("catalog.apply", .post, "/v1/catalog/apply", [.operator, .admin]),
        AccessLine("store.list", .get, "/v1/stores", [.operator, .admin]),
        AccessLine(
            "placement.list", .get, "/v1/placements",
            [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine("table.list", .get, "/v1/tables", [.operator, .admin]),
        AccessLine("pool.list", .get, "/v1/pools", [.operator, .admin]),
        AccessLine("pool.show", .get, "/v1/pools/{}", [.operator, .admin]),
        AccessLine("pool.rebalance", .post, "/v1/pools/{}/rebalance", [.operator, .admin]),
        AccessLine("pool.merge", .post, "/v1/pools/{}/merge", [.operator, .admin]),
        AccessLine("run.list", .get, "/v1/runs", [.sales, .operator, .admin]),
        AccessLine("run.show", .get, "/v1/runs/{}", [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine(
            "run.follow", .get, "/v1/runs/{}/events", [.tenant, .districtAdmin, .sales, .operator, .admin]),
        AccessLine("run.receipt", .get, "/v1/runs/{}/receipt", [.operator, .admin]),
        AccessLine("run.pause", .post, "/v1/runs/{}/pause", [.operator, .admin]),
        AccessLine("run.resume", .post, "/v1/runs/{}/resume", [.operator, .admin]),
        AccessLine("run.cancel", .post, "/v1/runs/{}/cancel", [.operator, .admin]),
        AccessLine("run.rollback", .post, "/v1/runs/{}/rollback", [.operator, .admin]),
        AccessLine("run.retry", .post, "/v1/runs/{}/retry", [.operator, .admin]),
        AccessLine("run.skip", .post, "/v1/runs/{}/skip", [.operator, .admin]),
        AccessLine("run.throttle", .post, "/v1/runs/{}/throttle", [.operator, .admin]),
        AccessLine("run.report", .get, "/v1/runs/{}/report", [.operator, .admin]),
        AccessLine("reconcile.look", .get, "/v1/reconcile", [.operator, .admin]),
        AccessLine("reconcile.repair", .post, "/v1/reconcile", [.operator, .admin]),
        AccessLine("event.list", .get, "/v1/events", [.tenant, .districtAdmin, .operator, .admin]),
    ]

    private static let reviews = [
        AccessLine("policy.lint", .post, "/v1/policies/lint", [.reviewer, .admin]),
        AccessLine("policy.simulate", .post, "/v1/policies/simulate", [.reviewer, .admin]),
        AccessLine("policy.test", .post, "/v1/policies/test", [.reviewer, .admin]),
        AccessLine("policy.prove", .post, "/v1/policies/prove", [.reviewer, .admin]),
        AccessLine("policy.diff", .post, "/v1/policies/diff", [.reviewer, .admin]),
        AccessLine("policy.report", .post, "/v1/policies/report", [.reviewer, .admin]),
        AccessLine("policy.versions", .get, "/v1/policies/versions", [.reviewer, .admin]),
        AccessLine("policy.version", .get, "/v1/policies/versions/{}", [.reviewer, .admin]),
        AccessLine("policy.activate", .post, "/v1/policies/activations", [.reviewer, .admin]),
        AccessLine("policy.rollback", .post, "/v1/policies/rollbacks", [.reviewer, .admin]),
        AccessLine("decision.list", .get, "/v1/decisions", [.reviewer, .admin]),
        AccessLine("audit.search", .get, "/v1/audit", [.reviewer, .admin]),
        AccessLine("audit.show", .get, "/v1/audit/entries/{}", [.reviewer, .admin]),
        AccessLine("audit.export", .get, "/v1/audit/export", [.reviewer, .admin]),
        AccessLine("audit.heads", .get, "/v1/audit/heads", [.reviewer, .admin]),
        AccessLine("audit.access-report", .get, "/v1/audit/access-report", [.reviewer, .admin]),
    ]
}
