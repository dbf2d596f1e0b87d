import Base
import HTTPServer
import Registry

/// What the gateway decided, and why.
enum DecisionRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(
            .get, "/v1/decisions",
            query: ["tenant", "decision", "since", "until", "action", "role", "cursor", "limit"], list)
    ]

    /// Newest first.
    private static func list(_ call: ControlCall) throws -> ControlResponse {
        guard let decisions = call.services.decisions else {
            throw Problem(.unavailable, "this server keeps no decisions")
        }
        let query = try query(call.request.query, now: call.services.clock.now())
        let page = try decisions(query)
        // They hold the keys of items.
        try call.noteAccess(
            "decisions.read", subject: "decisions", tenant: query.tenant,
            detail: ["entries": String(page.entries.count)])
        return .page("decisions", of: page.entries, next: page.next) { write($0, to: &$1) }
    }

    /// What the parameters ask for.
    static func query(_ parameters: RequestQuery, now: Timestamp) throws(Problem) -> DecisionQuery {
        var query = DecisionQuery()
        if let text = parameters["tenant"] {
            guard let tenant = TenantID(text) else { throw .noSuchTenant(text) }
            query.tenant = tenant
        }
        if let text = parameters["decision"] {
            guard let outcome = DecisionEntry.Outcome(rawValue: text), outcome != .leftOut else {
                throw .invalid("expected `denied` or `allowed`, found `\(text)`", field: "decision")
            }
            query.outcome = outcome
        }
        query.since = try parameters.moment("since", before: now)
        query.until = try parameters.moment("until", before: now)
        query.action = parameters["action"].map { $0.contains(":") ? $0 : "dynamodb:\($0)" }
        query.role = parameters["role"]
        query.after = try parameters.cursor()
        query.limit = try parameters.limit()
        return query
    }

    private static func write(_ entry: DecisionEntry, to json: inout JSONWriter) {
        json.beginObject()
        json.member("time", entry.time.iso8601)
        json.member("decision", entry.outcome.rawValue)
        json.member("count", entry.count)
        json.member("tenant", ifPresent: entry.tenant?.text)
        json.member("role", entry.role)
        json.member("principal", entry.principal)
        json.member("action", entry.action)
        json.member("resource", entry.resource)
        json.member("decidedBy", entry.judge.rawValue)
        if let statement = entry.statement {
            json.name("statement")
            write(statement, to: &json)
        }
        json.member("summary", entry.summary)
        json.name("findings")
        json.beginArray()
        for finding in entry.findings {
            json.beginObject()
            json.name("statement")
            write(finding.statement, to: &json)
            json.member("effect", finding.effect)
            json.member("text", finding.text)
            if let key = finding.key {
                json.member("key", key)
                json.name("found")
                json.beginArray()
                for value in finding.found { json.string(value) }
                json.endArray()
            }
            json.endObject()
        }
        json.endArray()
        json.member("requestId", entry.requestID)
        json.endObject()
    }

    private static func write(_ place: DecisionEntry.Place, to json: inout JSONWriter) {
        json.beginObject()
        json.member("file", place.file)
        json.member("line", place.line)
        json.member("sid", ifPresent: place.sid)
        json.endObject()
    }
}
