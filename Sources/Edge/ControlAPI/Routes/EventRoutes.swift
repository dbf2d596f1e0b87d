import Base
import HTTPServer
import Registry

/// What happened, in the order in which it was committed.
enum EventRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(
            .get, "/v1/events", isWaiting: true,
            query: ["cursor", "since", "tenant", "type", "limit", "wait"], list)
    ]

    /// The oldest first. A tenant's key gets its own tenant's, whatever it asks for.
    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let parameters = call.request.query
        let query = try query(call)
        let seconds = try parameters.integer("wait", in: 0...Limits.eventWaitMillisecondsMax / 1000) ?? 0
        let page = try call.services.registry.awaitEvents(query, milliseconds: seconds * 1000)
        return .json { json in
            json.beginObject()
            json.name("events")
            json.beginArray()
            for event in page.events { write(event, to: &json) }
            json.endArray()
            json.member("next", String(page.next))
            json.name("isEnd")
            json.bool(page.isEnd)
            json.endObject()
        }
    }

    /// What the parameters ask for, of what the caller may see.
    static func query(_ call: ControlCall) throws -> EventQuery {
        let parameters = call.request.query
        var query = EventQuery()
        if let text = parameters["tenant"] {
            guard let tenant = TenantID(text), call.caller.maySee(tenant) else {
                throw Problem.noSuchTenant(text)
            }
            query.tenant = tenant
        }
        if case .tenant(let own, _) = call.caller { query.tenant = own }
        // As text, like the `next` of every list.
        query.after = Int64(try parameters.integer("cursor", in: 0...Int.max) ?? 0)
        if let text = parameters["since"] {
            guard let moment = Timestamp(past: text, before: call.services.clock.now()) else {
                throw Problem.invalid(
                    "expected how long ago (`30m`, `1h`, `2d`) or a moment in UTC (`2026-01-31T08:05:00Z`), found `\(text)`",
                    field: "since")
            }
            query.from = moment
        }
        query.type = parameters["type"]
        query.limit = try parameters.limit()
        return query
    }

    private static func write(_ event: OutboxEvent, to json: inout JSONWriter) {
        json.beginObject()
        json.member("sequence", Int(event.id.sequence))
        json.member("time", event.id.time.iso8601)
        json.member("type", event.type)
        json.member("tenant", ifPresent: event.tenant?.text)
        json.name("payload")
        // The system's own text, a JSON object since it was announced.
        json.raw(event.payload.utf8)
        json.endObject()
    }
}
