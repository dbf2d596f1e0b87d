import Audits
import Base
import HTTPServer
import Registry
import Tenancy

/// The audit: searched, shown, exported, and the report on who had access to a tenant's data.
enum AuditRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(
            .get, "/v1/audit",
            query: [
                "tenant", "actor", "action", "since", "until", "outcome", "kind", "order", "sort", "cursor",
                "limit",
            ], search),
        ControlRoute(.get, "/v1/audit/entries/{}", show),
        ControlRoute(
            .get, "/v1/audit/export", query: ["kind", "since", "until", "cursor", "limit"], export),
        ControlRoute(.get, "/v1/audit/heads", query: ["kind", "cursor", "limit"], heads),
        ControlRoute(
            .get, "/v1/audit/access-report", pool: .reviews, query: ["tenant", "from", "to"],
            accessReport),
    ]

    // MARK: Searching

    /// What the audit can be sorted by.
    static let fields = ["time"]
    static let standardSort = "-time"

    private static func search(_ call: ControlCall) throws -> ControlResponse {
        let parameters = call.request.query
        var query = AuditQuery()
        query.tenant = try tenant(parameters)
        query.actor = parameters["actor"].map { AuditActor($0) }
        query.action = parameters["action"].map {
            $0.hasSuffix("*") ? .beginning(String($0.dropLast())) : .named($0)
        }
        query.kind = try kind(parameters)
        query.outcome = try parameters.word("outcome", among: AuditOutcome.allCases.map(\.rawValue))
            .flatMap(AuditOutcome.init)
        let now = call.services.clock.now()
        query.from = try parameters.moment("since", before: now)
        query.to = try parameters.moment("until", before: now)
        if let order = parameters["order"] {
            guard ["newest", "oldest"].contains(order) else {
                throw Problem.invalid("expected `newest` or `oldest`, found `\(order)`", field: "order")
            }
            query.isNewestFirst = order == "newest"
            guard parameters["sort"] == nil else {
                throw Problem.invalid("`order` says the same; give one of them", field: "sort")
            }
        }
        if parameters["sort"] != nil {
            query.isNewestFirst = try !ListSort(parameters, among: fields, standard: standardSort).isForward
        }
        if let text = parameters["cursor"] {
            guard let stamp = RecordStamp(shortText: text) else {
                throw Problem.invalid(
                    "expected the `next` of an earlier page, found `\(text)`", field: "cursor")
            }
            query.after = stamp
        }
        query.limit = try parameters.limit()
        let page = try call.services.registry.audit(query)
        return .page("entries", of: page.entries, next: page.next?.shortText) {
            AuditDocument.write($0, to: &$1)
        }
    }

    private static func show(_ call: ControlCall) throws -> ControlResponse {
        let missing = Problem(
            .notFound,
            "there is no entry `\(call.parameters[0])` in the audit; `homeroom audit search` shows those there are",
            field: "entry")
        guard let stamp = RecordStamp(shortText: call.parameters[0]) else { throw missing }
        var query = AuditQuery()
        query.from = stamp.time
        query.to = stamp.time.advanced(byMilliseconds: 1)
        query.limit = Limits.auditPageEntriesMax
        repeat {
            let page = try call.services.registry.audit(query)
            if let entry = page.entries.first(where: { $0.id == stamp }) {
                return .json { AuditDocument.write(entry, to: &$0) }
            }
            query.after = page.next
        } while query.after != nil
        throw missing
    }

    // MARK: Taking it along

    /// A page of lines, the last of them ended. Where more come, the field `Homeroom-Next` says where to go on.
    private static func export(_ call: ControlCall) throws -> ControlResponse {
        let parameters = call.request.query
        let now = call.services.clock.now()
        guard let kind = try kind(parameters) else {
            throw Problem.invalid(
                "`kind` is missing: an export is made of one chain at a time", field: "kind")
        }
        let span = AuditExportSpan(
            from: try parameters.moment("since", before: now), to: try parameters.moment("until", before: now)
        )
        let after = parameters["cursor"]
        if let after, !Registry.isAuditExportCursor(after) {
            throw Problem.invalid(
                "expected the `Homeroom-Next` of an earlier page, found `\(after)`", field: "cursor")
        }
        // The moments are counted from now, so an export's pages have them as they were typed.
        let book = call.services.auditExports
        let asked = (parameters["since"] ?? "") + ".." + (parameters["until"] ?? "")
        if !(after.map { book.knows($0, of: kind, asked, by: call.actor) } ?? false) {
            var detail: [String: String] = [:]
            detail["from"] = span.from?.iso8601
            detail["to"] = span.to?.iso8601
            detail["after"] = after
            try call.services.registry.transact(
                RegistryTransaction(
                    [],
                    audit: [
                        AuditNote(
                            actor: call.actor, action: "audit.exported", subject: kind.rawValue,
                            detail: detail)
                    ]))
        }
        let page = try call.services.registry.exportAuditPage(
            kind, span, after: after,
            limit: try parameters.integer("limit", in: 1...Limits.auditPageEntriesMax)
                ?? Limits.auditPageEntriesMax)
        if let next = page.next { book.note(next, of: kind, asked, by: call.actor) }
        var body: [UInt8] = []
        for line in page.lines {
            body += line.bytes
            if body.last != 0x0A { body.append(0x0A) }
        }
        let response = ControlResponse(body: body).adding("Content-Type", "application/x-ndjson")
            .adding("Cache-Control", "no-store")
        return page.next.map { response.adding("Homeroom-Next", $0) } ?? response
    }

    /// The ends of the chains as they are, and the heads that were sealed, the newest first.
    private static func heads(_ call: ControlCall) throws -> ControlResponse {
        let parameters = call.request.query
        let limit = try parameters.limit()
        let prefix = try kind(parameters).map { AuditHeadRecord.prefix(of: $0) } ?? ""
        let ends = try call.services.registry.auditHeads()
        let page = try call.services.registry.list(
            AuditHeadRecord.self, prefix: prefix, after: try parameters.cursor(), limit: limit,
            isForward: false)
        return .json { json in
            json.beginObject()
            json.name("ends")
            json.beginArray()
            for end in ends { AuditDocument.write(end, to: &json) }
            json.endArray()
            json.name("heads")
            json.beginArray()
            for record in page.records {
                json.beginObject()
                json.member("kind", record.id.kind.rawValue)
                json.member("number", Int(record.id.number))
                json.member("signedAt", record.signedAt.iso8601)
                json.member("statement", record.statement)
                json.endObject()
            }
            json.endArray()
            json.member("next", ifPresent: page.next)
            json.endObject()
        }
    }

    private static func accessReport(_ call: ControlCall) throws -> ControlResponse {
        let parameters = call.request.query
        let now = call.services.clock.now()
        guard let tenant = try tenant(parameters) else {
            throw Problem.invalid("`tenant` is missing; name the tenant's id", field: "tenant")
        }
        guard let from = try parameters.moment("from", before: now) else {
            throw Problem.invalid("`from` is missing: say from when", field: "from")
        }
        let to = try parameters.moment("to", before: now) ?? now
        guard from < to else {
            throw Problem.invalid("the period ends before it begins", field: "to")
        }
        try call.noteAccess(
            "audit.access-report", subject: tenant.text, tenant: tenant,
            detail: ["from": from.iso8601, "to": to.iso8601])
        let maker = AccessReportMaker(registry: call.services.registry, clock: call.services.clock)
        do {
            let report = try maker.report(on: tenant, from: from, to: to)
            return .json { AccessReportDocument(report: report).write(to: &$0) }
        } catch let error as AccessReportError {
            throw Problem.invalid(error.description, field: "from")
        }
    }

    // MARK: Parameters

    /// A tenant by its id, also one that has left: the audit still has its entries.
    private static func tenant(_ parameters: RequestQuery) throws(Problem) -> TenantID? {
        guard let text = parameters["tenant"] else { return nil }
        guard let tenant = TenantID(text) else { throw .noSuchTenant(text) }
        return tenant
    }

    private static func kind(_ parameters: RequestQuery) throws(Problem) -> AuditKind? {
        try parameters.word("kind", among: AuditKind.allCases.map(\.rawValue)).flatMap(AuditKind.init)
    }
}
