import Base
import HTTPServer
import Registry
import Tables
import Upgrades
import Workflows

/// What tenants use, by the hour and by the day.
enum UsageRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/tenants/{}/usage", query: ["period", "from", "to"], list),
        ControlRoute(.post, "/v1/tenants/{}/usage/recount", recount),
    ]

    private static func desk(_ call: ControlCall) throws(Problem) -> UsageDesk {
        guard let usage = call.services.usage else {
            throw Problem(.unavailable, "this server does not count what tenants use")
        }
        return usage
    }

    /// Oldest first; without `from` the last day's hours, or the last month's days.
    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let (id, desk) = (try call.tenantID(), try desk(call))
        let query = call.request.query
        let period = try period(query)
        let now = call.services.clock.now()
        let to = try query.moment("to", before: now) ?? now.advanced(bySeconds: 1)
        let from =
            try query.moment("from", before: now)
            ?? to.advanced(bySeconds: -period.seconds * (period == .hour ? 24 : 31))
        guard from < to else { throw Problem.invalid("`from` is to be before `to`", field: "from") }
        let oldest = to.advanced(bySeconds: -Int64(Limits.usageDays) * 86_400)
        let records = try desk.list(of: id, period, from: max(from, oldest), to: to)
        let (current, minute) = (try desk.now(of: id), desk.lastMinute(of: id))
        return .json { json in
            json.beginObject()
            json.member("tenant", id.text)
            json.member("period", period.rawValue)
            json.name("current")
            write(current, lastMinute: minute, to: &json)
            json.name("usage")
            json.beginArray()
            for record in records { write(record, to: &json) }
            json.endArray()
            json.endObject()
        }
    }

    private static func period(_ query: RequestQuery) throws(Problem) -> UsageRecord.Period {
        guard let text = query["period"] else { return .hour }
        guard let period = UsageRecord.Period(rawValue: text) else {
            throw .invalid("expected `hour` or `day`, found `\(text)`", field: "period")
        }
        return period
    }

    /// What there is now, and how it is known.
    private static func write(
        _ record: UsageRecord?, lastMinute: TenantUsage, to json: inout JSONWriter
    ) {
        json.beginObject()
        json.member("schools", record?.schools ?? 0)
        json.member("items", record?.items ?? 0)
        json.member("bytes", record?.bytes ?? 0)
        json.name("lastMinute")
        json.beginObject()
        json.name("readUnits")
        units(lastMinute.readHalfUnits, to: &json)
        json.name("writeUnits")
        units(lastMinute.writeHalfUnits, to: &json)
        json.member("requests", lastMinute.requests)
        json.member("throttled", lastMinute.throttled)
        json.endObject()
        if let recount = record?.recount {
            json.name("recount")
            json.beginObject()
            json.member("at", recount.at.iso8601)
            if let items = recount.driftItems { json.member("driftItems", items) }
            if let bytes = recount.driftBytes { json.member("driftBytes", bytes) }
            json.endObject()
        }
        json.endObject()
    }

    private static func write(_ record: UsageRecord, to json: inout JSONWriter) {
        json.beginObject()
        json.member("start", record.start.iso8601)
        json.name("readUnits")
        units(record.readHalfUnits, to: &json)
        json.name("writeUnits")
        units(record.writeHalfUnits, to: &json)
        json.member("requests", record.requests)
        json.member("throttled", record.throttled)
        json.name("busiestMinuteReadUnits")
        units(record.busiestReadHalfUnits, to: &json)
        json.name("busiestMinuteWriteUnits")
        units(record.busiestWriteHalfUnits, to: &json)
        json.member("schools", record.schools)
        json.member("items", record.items)
        json.member("bytes", record.bytes)
        json.endObject()
    }

    /// Units are counted in halves: an eventually consistent read of a small item takes half of one.
    private static func units(_ halves: Int, to json: inout JSONWriter) {
        if halves.isMultiple(of: 2) { json.int(halves / 2) } else { json.double(Double(halves) / 2) }
    }

    private static func recount(_ call: ControlCall) throws -> ControlResponse {
        _ = try RequestBody(call.request, known: [])
        let (id, engine) = (try call.tenantID(), call.services.engine)
        let key = call.request.idempotencyKey.map { "\(RecountWorkflow.runKind)/\(id)/\($0)" }
        let run = try desk(call).startRecount(id, by: engine, actor: call.actor, idempotencyKey: key)
        return RunRoutes.accepted(try engine.get(run))
    }
}
