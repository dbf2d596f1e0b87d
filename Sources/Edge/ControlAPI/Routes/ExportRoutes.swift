import Archives
import Base
import HTTPServer
import Registry
import Tables
import Tenancy
import Workflows

/// Exports of tenants, and imports of archives.
enum ExportRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/tenants/{}/exports", start),
        ControlRoute(.get, "/v1/exports/{}", manifest),
        ControlRoute(.get, "/v1/exports/{}/files/{}", query: ["offset"], file),
        ControlRoute(.delete, "/v1/exports/{}", remove),
        ControlRoute(.post, "/v1/tenants/{}/imports", open),
        ControlRoute(.get, "/v1/tenants/{}/imports/{}", files),
        ControlRoute(.put, "/v1/tenants/{}/imports/{}/files/{}", query: ["offset"], add),
        ControlRoute(.post, "/v1/tenants/{}/imports/{}/runs", startImport),
    ]

    // MARK: Exports

    private static func exports(_ call: ControlCall) throws -> ExportDesk {
        guard let desk = call.services.exports else { preconditionFailure("wired at the start") }
        return desk
    }

    private static func start(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["asOf"])
        let tenant = try call.tenantID()
        let asOf = try body.stringIfPresent("asOf").map { text in
            guard let moment = Timestamp(past: text, before: call.services.clock.now()) else {
                throw Problem.invalid(
                    "expected a moment such as `2026-01-31T08:05:09Z` or `2h`, found `\(text.shortened(toScalars: 40))`",
                    field: "asOf")
            }
            return moment
        }
        let key = call.request.idempotencyKey.map { "export/\(tenant)/\($0)" }
        let run = try exports(call).start(
            ExportRequest(tenant: tenant, asOf: asOf), actor: call.actor, idempotencyKey: key)
        return RunRoutes.document(try call.services.engine.get(run), status: 202)
            .adding("Location", "/v1/runs/\(run)")
    }

    /// The manifest, where the caller may see whose items they are.
    private static func visible(_ call: ControlCall) throws -> (manifest: ExportManifest, bytes: [UInt8]) {
        let run = try call.runID()
        let found = try exports(call).manifest(of: run)
        guard call.caller.maySee(found.manifest.tenant) else { throw ExportError.noSuchExport(run) }
        return found
    }

    private static func manifest(_ call: ControlCall) throws -> ControlResponse {
        let found = try visible(call)
        // Who has taken the items of a district along is what its lawyer asks for.
        let note = AuditNote(
            actor: call.actor, action: "export.read", subject: found.manifest.tenant.text,
            tenant: found.manifest.tenant, detail: ["run": found.manifest.run.text], kind: .access)
        try call.services.registry.transact(RegistryTransaction([], audit: [note]))
        return ControlResponse(body: found.bytes).adding("Content-Type", "application/json")
            .adding("Cache-Control", "no-store")
    }

    private static func file(_ call: ControlCall) throws -> ControlResponse {
        _ = try visible(call)
        let offset = try call.request.query.integer("offset", in: 0...Int.max) ?? 0
        let bytes = try exports(call).read(call.parameters[1], of: try call.runID(), from: offset)
        return ControlResponse(body: bytes).adding("Content-Type", "application/octet-stream")
            .adding("Cache-Control", "no-store")
    }

    private static func remove(_ call: ControlCall) throws -> ControlResponse {
        let found = try visible(call)
        let tenant = found.manifest.tenant
        try exports(call).remove(found.manifest.run)
        let note = AuditNote(
            actor: call.actor, action: "export.removed", subject: tenant.text, tenant: tenant,
            detail: ["run": found.manifest.run.text],
            before: ["state": "kept"], after: ["state": "removed"])
        try call.services.registry.transact(RegistryTransaction([], audit: [note]))
        return .json { json in
            json.beginObject()
            json.member("removed", found.manifest.run.text)
            json.endObject()
        }
    }

    // MARK: Imports

    private static func imports(_ call: ControlCall) throws -> ImportDesk {
        guard let desk = call.services.imports else { preconditionFailure("wired at the start") }
        return desk
    }

    /// The logical table that an export of one table goes into, as long as a table's name may be.
    private static func table(_ body: RequestBody) throws(Problem) -> String? {
        guard let name = try body.stringIfPresent("table") else { return nil }
        guard (1...255).contains(name.unicodeScalars.count) else {
            throw .invalid("expected the name of a table, 1 to 255 characters", field: "table")
        }
        return name
    }

    private static func upload(_ call: ControlCall) throws(Problem) -> UploadID {
        guard let id = UploadID(call.parameters[1]) else {
            throw Problem(.notFound, "there is no upload `\(call.parameters[1])`", field: "upload")
        }
        return id
    }

    private static func open(_ call: ControlCall) throws -> ControlResponse {
        _ = try RequestBody(call.request, known: [])
        let upload = try imports(call).open(for: try call.tenantID())
        return .json(status: 201) { json in
            json.beginObject()
            json.member("upload", upload.text)
            json.member("pieceBytesMax", Limits.archivePieceBytes)
            json.endObject()
        }
    }

    private static func files(_ call: ControlCall) throws -> ControlResponse {
        let upload = try upload(call)
        let files = try imports(call).files(of: upload, for: try call.tenantID())
        return .json { json in
            json.beginObject()
            json.member("upload", upload.text)
            json.name("files")
            json.beginArray()
            for file in files {
                json.beginObject()
                json.member("name", file.name)
                json.member("bytes", file.bytes)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
    }

    private static func add(_ call: ControlCall) throws -> ControlResponse {
        guard call.request.body.count <= Limits.archivePieceBytes else {
            throw Problem(.tooLarge, "send at most \(Limits.archivePieceBytes) bytes of a file at once")
        }
        let offset = try call.request.query.integer("offset", in: 0...Int.max) ?? 0
        let bytes = try imports(call).add(
            call.request.body, to: call.parameters[2], at: offset, of: try upload(call),
            for: try call.tenantID())
        return .json { json in
            json.beginObject()
            json.member("name", call.parameters[2])
            json.member("bytes", bytes)
            json.endObject()
        }
    }

    private static func startImport(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(
            call.request, known: ["table", "onConflict", "skipForeign", "allowErased", "dryRun", "mappings"])
        let tenant = try call.tenantID()
        let text = try body.stringIfPresent("onConflict") ?? ImportConflict.fail.rawValue
        guard let conflict = ImportConflict(rawValue: text) else {
            throw Problem.invalid(
                "expected `fail`, `skip` or `replace`, found `\(text.shortened(toScalars: 40))`",
                field: "onConflict")
        }
        let mappings =
            body.has("mappings") ? try body.stringsByName("mappings", max: Limits.importMappingsMax) : [:]
        let request = ImportRequest(
            tenant: tenant, upload: try upload(call), table: try table(body),
            onConflict: conflict, skipsForeign: try body.bool("skipForeign"),
            isDryRun: try body.bool("dryRun"), takesErased: try body.bool("allowErased"), mappings: mappings)
        let key = call.request.idempotencyKey.map { "import/\(tenant)/\($0)" }
        let run = try imports(call).start(request, actor: call.actor, idempotencyKey: key)
        return RunRoutes.document(try call.services.engine.get(run), status: 202)
            .adding("Location", "/v1/runs/\(run)")
    }
}
