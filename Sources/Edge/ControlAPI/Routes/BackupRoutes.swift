import Archives
import Base
import HTTPServer
import Registry
import Tenancy
import Workflows

/// Backups and restores of tenants.
enum BackupRoutes {
    private static let parameters = ["state", "purpose", "since", "until", "sort", "cursor", "limit"]

    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/backups", query: ["tenant"] + parameters, list),
        ControlRoute(.get, "/v1/tenants/{}/backups", query: parameters, ofTenant),
        ControlRoute(.post, "/v1/tenants/{}/backups", create),
        ControlRoute(.get, "/v1/tenants/{}/recovery-window", window),
        ControlRoute(.post, "/v1/tenants/{}/restores", restore),
        ControlRoute(.get, "/v1/backups/{}", show),
        ControlRoute(.delete, "/v1/backups/{}", delete),
        ControlRoute(.post, "/v1/backups/{}/verify", verify),
    ]

    static let states = ["writing", "complete", "damaged"]

    static let order = ListOrder<TenantBackup>(
        id: { $0.id.text },
        [
            "createdAt": { $0.createdAt.iso8601 }, "expiresAt": { $0.expiresAt?.iso8601 ?? "" },
            "diskBytes": { ListKey.number($0.diskBytes) },
        ])

    /// What is asked for of the backups of a tenant, or of all.
    private static func page(_ call: ControlCall, of tenant: TenantID?) throws -> RegistryPage<TenantBackup> {
        let (query, registry) = (call.request.query, call.services.registry)
        let state = try query.word("state", among: states)
        let purpose = try query.word("purpose", among: TenantBackup.Purpose.allCases.map(\.rawValue))
        let span = try query.span(before: call.services.clock.now())
        let isFiltered = state != nil || purpose != nil || span != nil
        let wanted = { (backup: TenantBackup) in
            (state.map { backup.state.name == $0 } ?? true)
                && (purpose.map { backup.purpose.rawValue == $0 } ?? true)
                && (span?.contains(backup.createdAt) ?? true)
        }
        let prefix = tenant.map(TenantBackup.prefix) ?? ""
        let list = RecordList(order: order, takes: isFiltered ? wanted : nil) {
            try registry.list(TenantBackup.self, prefix: prefix, after: $0, limit: $1, isForward: $2)
        }
        return try list.page(query)
    }

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let page = try page(call, of: try call.request.query.tenant(for: call.caller))
        return .page("backups", of: page.records, next: page.next) {
            BackupDocument(backup: $0).write(to: &$1)
        }
    }

    private static func ofTenant(_ call: ControlCall) throws -> ControlResponse {
        let tenant = try call.tenantID()
        let desk = try desk(call)
        let schedule = try desk.schedule(of: tenant)
        let page = try page(call, of: tenant)
        let writeSchedule = { (json: inout JSONWriter) in
            guard let schedule else { return }
            json.name("schedule")
            schedule.write(to: &json)
        }
        return .page("backups", of: page.records, next: page.next, before: writeSchedule) {
            BackupDocument(backup: $0).write(to: &$1)
        }
    }

    private static func create(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["keptForDays"])
        let tenant = try call.tenantID()
        let days = try body.integer("keptForDays", in: 1...Limits.backupKeptDaysMax)
        let key = call.request.idempotencyKey.map { "tenant.backup/\(tenant)/\($0)" }
        let run = try desk(call).create(
            tenant, keptForDays: days, actor: call.actor, idempotencyKey: key)
        return try started(run, call)
    }

    private static func restore(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["backup", "to", "dryRun"])
        let tenant = try call.tenantID()
        let isPlan = try body.bool("dryRun")
        let input = RestoreInput(tenant: tenant, point: try point(body, now: call.services.clock.now()))
        let kind = isPlan ? "plan" : "restore"
        let key = call.request.idempotencyKey.map { "tenant.\(kind)/\(tenant)/\($0)" }
        let run = try desk(call).restore(
            input, isPlan: isPlan, actor: call.actor, idempotencyKey: key)
        return try started(run, call)
    }

    private static func point(_ body: RequestBody, now: Timestamp) throws(Problem) -> RestorePoint {
        switch (try body.stringIfPresent("backup"), try body.stringIfPresent("to")) {
        case (.some(let text), nil):
            guard let id = BackupID(text) else { throw .noSuchBackup(text) }
            return .backup(id)
        case (nil, .some(let text)):
            guard let moment = Timestamp(past: text, before: now) else {
                throw .invalid(
                    "expected a moment such as `2026-11-20T10:00:00Z` or `30m`, found `\(text)`", field: "to")
            }
            return .moment(moment)
        case (nil, nil), (.some, .some):
            throw .invalid("give either `backup`, a backup's id, or `to`, a past moment", field: "to")
        }
    }

    private static func window(_ call: ControlCall) throws -> ControlResponse {
        let window = try desk(call).window(of: try call.tenantID())
        return .json { json in
            json.beginObject()
            json.member("from", window.from.iso8601)
            json.member("to", window.to.iso8601)
            json.member("beginning", window.beginning.rawValue)
            json.endObject()
        }
    }

    private static func show(_ call: ControlCall) throws -> ControlResponse {
        let backup = try desk(call).backups.backup(try id(call))
        return .json { BackupDocument(backup: backup).write(to: &$0) }
    }

    private static func delete(_ call: ControlCall) throws -> ControlResponse {
        let id = try id(call)
        let deleted = try desk(call).backups.delete(id, reason: "requested", actor: call.actor)
        guard let deleted else { throw Problem.noSuchBackup(id.text) }
        return .json { BackupDocument(backup: deleted).write(to: &$0) }
    }

    private static func verify(_ call: ControlCall) throws -> ControlResponse {
        _ = try RequestBody(call.request, known: [])
        let id = try id(call)
        let key = call.request.idempotencyKey.map { "tenant.backup.verify/\(id)/\($0)" }
        return try started(
            try desk(call).verify(id, actor: call.actor, idempotencyKey: key), call)
    }

    /// The backup whose id stands in the path. To a tenant's key that of another is none.
    private static func id(_ call: ControlCall) throws(Problem) -> BackupID {
        guard let id = BackupID(call.parameters[0]), call.caller.maySee(id.tenant) else {
            throw .noSuchBackup(call.parameters[0])
        }
        return id
    }

    private static func desk(_ call: ControlCall) throws(Problem) -> TenantBackupDesk {
        guard let desk = call.services.tenantBackups else {
            throw Problem(.unavailable, "this server keeps no backups of tenants")
        }
        return desk
    }

    private static func started(_ run: RunID, _ call: ControlCall) throws -> ControlResponse {
        RunRoutes.document(try call.services.engine.get(run), status: 202)
            .adding("Location", "/v1/runs/\(run)")
    }
}
