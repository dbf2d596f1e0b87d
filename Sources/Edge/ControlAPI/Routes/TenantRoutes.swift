import Base
import HTTPServer
import Registry
import Tenancy
import Tenants
import Workflows

/// Operations on tenants and their schools.
enum TenantRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/tenants", isWaiting: true, onboard),
        ControlRoute(
            .get, "/v1/tenants", query: ["tier", "state", "name", "sort", "cursor", "limit"], list),
        ControlRoute(.get, "/v1/tenants/{}") { call in
            try document(of: try call.tenantID(), call)
        },
        ControlRoute(.post, "/v1/tenants/{}/schools", isWaiting: true, addSchool),
        ControlRoute(.post, "/v1/tenants/{}/suspend") { call in
            let body = try RequestBody(call.request, known: ["reason", "mode"])
            let id = try call.tenantID()
            try call.services.tenants.suspend(
                id, reason: try body.string("reason"), mode: try suspensionMode(body), actor: call.actor)
            return try document(of: id, call)
        },
        ControlRoute(.post, "/v1/tenants/{}/resume") { call in
            _ = try RequestBody(call.request, known: [])
            let id = try call.tenantID()
            try call.services.tenants.resume(id, actor: call.actor)
            return try document(of: id, call)
        },
    ]

    private static func suspensionMode(_ body: RequestBody) throws(Problem) -> Suspension.Mode {
        guard let text = try body.stringIfPresent("mode") else { return .closed }
        guard let mode = Suspension.Mode(rawValue: text) else {
            let modes = Suspension.Mode.allCases.map(\.rawValue)
            throw .invalid(
                "there is no mode `\(text)`; \(Suggestion.remedy(for: text, among: modes))", field: "mode")
        }
        return mode
    }

    // MARK: Onboarding

    /// 201 with what was made, 200 with the same where the idempotency key has made it before, 202 with the run where that is
    /// not finished in time.
    private static func onboard(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(
            call.request, known: ["name", "tier", "admin", "timezone", "schools", "allowDuplicateName"])
        let request = try OnboardingRequest(
            name: try body.string("name"), tier: try body.string("tier"), admin: try body.string("admin"),
            timezone: try body.string("timezone"),
            schools: try body.strings("schools", max: Limits.schoolsPerRequestMax),
            allowsDuplicateName: try body.bool("allowDuplicateName"))
        let key = call.request.idempotencyKey.map { "onboard/\($0)" }
        let began = call.services.clock.now()
        // A run that was taken back has left nothing, so the same key may try again.
        let outcome = try call.services.tenants.onboard(
            request, idempotencyKey: key, actor: call.actor, retriesUndone: true,
            waitMilliseconds: Limits.runWaitMilliseconds)
        switch outcome {
        case .underWay(let run): return accepted(run)
        case .done(let onboarded):
            let isNew = try call.services.engine.get(onboarded.run).createdAt >= began
            return try answer(onboarded, status: isNew ? 201 : 200, call)
        }
    }

    /// Who may not issue tokens to themselves is not shown what issues them: the district's first administrator is invited, and has
    /// its key made anew.
    private static func answer(
        _ onboarded: OnboardedTenant, status: Int, _ call: ControlCall
    ) throws -> ControlResponse {
        let isShown = AccessTable.line(.post, "/v1/tokens").admits(call.caller)
        if isShown, let credential = onboarded.credential, let staff = call.caller.staffName {
            try call.services.keys.noteShown(credential.id, to: staff)
        }
        return .json(status: status) { json in
            json.beginObject()
            json.name("tenant")
            TenantDocument(record: onboarded.details.record, placement: onboarded.details.placement)
                .write(to: &json)
            json.member("run", onboarded.run.text)
            if isShown, let credential = onboarded.credential {
                json.name("credentials")
                json.beginObject()
                json.member("id", credential.id)
                json.member("key", ControlKey(id: credential.id, secret: credential.secret).text)
                json.endObject()
            }
            json.endObject()
        }.adding("Location", "/v1/tenants/\(onboarded.details.record.id)")
    }

    /// It may be done when the same request comes again.
    private static func accepted(_ run: RunID) -> ControlResponse {
        var response = ControlResponse.json(status: 202) { json in
            json.beginObject()
            json.member("run", run.text)
            json.endObject()
        }.adding("Location", "/v1/runs/\(run)")
        response.isFinal = false
        return response
    }

    // MARK: Reading

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let query = call.request.query
        if let text = query["tier"], call.services.catalog.tier(named: text) == nil {
            throw Problem.invalid(
                "there is no tier `\(text)`; \(call.services.catalog.tierRemedy(for: text))", field: "tier")
        }
        let states = TenantStateName.allCases.map(\.rawValue)
        if let text = query["state"], !states.contains(text) {
            throw Problem.invalid(
                "there is no state `\(text)`; \(Suggestion.remedy(for: text, among: states))", field: "state")
        }
        let name = query["name"].map(NameReservation.folded)
        let found = call.services.directory.entries().filter { entry in
            call.caller.maySee(entry.record.id)
                && query["tier"].map { entry.record.tier.text == $0 } ?? true
                && query["state"].map { entry.record.state.name.rawValue == $0 } ?? true
                && name.map { NameReservation.folded(entry.record.name) == $0 } ?? true
        }
        let page = try sorted(found, query)
        return .page("tenants", of: page.elements, next: page.next) {
            TenantDocument(record: $0.record, placement: $0.placement, isFull: false).write(to: &$1)
        }
    }

    /// By id where nobody says; with `-` before it the other way round.
    private static func sorted(
        _ entries: [TenantEntry], _ query: RequestQuery
    ) throws(Problem) -> ListPage<TenantEntry> {
        let sort = query["sort"] ?? "id"
        let isForward = !sort.hasPrefix("-")
        let key: (TenantEntry) -> String
        switch isForward ? sort : String(sort.dropFirst()) {
        case "id": key = { _ in "" }
        case "name": key = { NameReservation.folded($0.record.name) }
        case "createdAt": key = { $0.record.createdAt.iso8601 }
        default:
            throw .invalid(
                "expected `id`, `name` or `createdAt`, with `-` before it for the other way round, found `\(sort)`",
                field: "sort")
        }
        let place = { (entry: TenantEntry) in (key: key(entry), id: entry.record.id.text) }
        let ordered = entries.sorted { isForward ? place($0) < place($1) : place($0) > place($1) }
        return try ListPage(of: ordered, query, isForward: isForward, by: place)
    }

    static func document(of id: TenantID, _ call: ControlCall) throws -> ControlResponse {
        guard let entry = call.services.directory.entry(id) else { throw Problem.noSuchTenant(id.text) }
        let limits = LimitsDocument(entry.record, call.services.catalog, at: call.services.clock.now())
        return .json {
            TenantDocument(record: entry.record, placement: entry.placement, limits: limits).write(to: &$0)
        }
    }

    // MARK: Schools

    private static func addSchool(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["name", "allowDuplicateName"])
        let id = try call.tenantID()
        let outcome = try call.services.tenants.addSchool(
            try body.string("name"), to: id, allowsDuplicateName: try body.bool("allowDuplicateName"),
            idempotencyKey: call.request.idempotencyKey.map { "school/\(id)/\($0)" },
            actor: call.actor,
            waitMilliseconds: Limits.runWaitMilliseconds)
        switch outcome {
        case .underWay(let run): return accepted(run)
        case .done(let run, let school, let grace):
            return .json(status: 201) { json in
                json.beginObject()
                json.member("tenant", id.text)
                json.name("school")
                TenantDocument.write(school, to: &json)
                json.member("run", run.text)
                if let grace {
                    json.name("grace")
                    TenantDocument.write(grace, to: &json)
                }
                json.endObject()
            }
        }
    }
}

extension ControlRouter {
    /// All operations of the API, in one place.
    static let allRoutes: [ControlRoute] =
        HealthRoutes.routes + TenantRoutes.routes + MoveRoutes.routes + PoolRoutes.routes
        + UpgradeRoutes.routes + CostRoutes.routes
        + RunRoutes.routes + TokenRoutes.routes
        + AccessRoutes.routes + AccountRoutes.routes + SessionRoutes.routes
        + KeyRoutes.routes + SigningKeyRoutes.routes + OAuthRoutes.routes + ServiceAccountRoutes.routes
        + IdentityProviderRoutes.routes + RefusedPeopleRoutes.routes + MemberRoutes.routes
        + MemberInvitationRoutes.routes
        + ReadingRoutes.routes + DecisionRoutes.routes + PolicyActivationRoutes.routes
        + BackupRoutes.routes + PolicyReportRoute.routes + PolicyDiffRoute.routes
        + PolicyRoutes.routes + LifeRoutes.routes + BlackoutRoutes.routes + SchoolRoutes.routes
        + ReconcileRoutes.routes + CatalogRoutes.routes + ImportRoutes.routes + AuditRoutes.routes
        + EventRoutes.routes + ExportRoutes.routes + DepartureRoutes.routes
        + UsageRoutes.routes + ContractRoutes.routes
}
