import Base
import Tenancy
import Tiering

/// `homeroom upgrade history`: real usage for `homeroom upgrade simulate`.
enum UpgradeHistory {
    /// The verb, for the commands of `upgrade`.
    static let command = Command(
        path: ["upgrade", "history"], summary: "write a tenant's hours of usage as CSV, to simulate with",
        arguments: [CommandArgument(name: "TENANT", help: "the tenant's id or exact name")],
        options: [
            CommandOption(
                name: "from", value: "WHEN", help: "how long ago it begins, or when: 7d, 2026-11-01",
                standard: "62d, for which hours are kept")
        ] + ControlClient.options.filter { $0.name != "json" },
        notes: [
            "An hour's rates are those of its busiest minute: in a simulation it is taken as if all of it had been so busy, so rules "
                + "that want many minutes may hold there which did not in earnest."
        ],
        examples: [#"homeroom upgrade history "Springfield USD" > history.csv"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let found = try TenantFinder(client).find(invocation.argument(0))
            let id = found.text("id")
            let from = ControlClient.encoded(invocation.value("from") ?? "62d")
            let answer = try client.get("/v1/tenants/\(id)/usage?period=hour&from=\(from)")
            let timezone = TimeZoneName(found.text("timezone"))
            let rows = try (answer.json["usage"]?.elements ?? []).map { try row($0, id, timezone) }
            for line in UsageHistory.text(of: rows).split(separator: "\n") {
                invocation.terminal.line(String(line))
            }
            return .done
        })

    private static func row(
        _ hour: JSONAnswer, _ tenant: String, _ timezone: TimeZoneName?
    ) throws(CommandFailure) -> UsageHistory.Row {
        let start = hour.text("start")
        guard let time = Timestamp(past: start, before: Timestamp(milliseconds: 0)) else {
            throw .failed("the server's answer has no hour that can be read: `\(start)`")
        }
        var row = UsageHistory.Row(time: time, tenant: tenant)
        row.schools = hour["schools"]?.int
        // What is reckoned may be less than nothing until the first count.
        row.items = hour["items"]?.int.map { Int64(max(0, $0)) }
        row.bytes = hour["bytes"]?.int.map { Int64(max(0, $0)) }
        row.reads = hour["busiestMinuteReadUnits"]?.double.map { .units($0) }
        row.writes = hour["busiestMinuteWriteUnits"]?.double.map { .units($0) }
        row.requests = hour["requests"]?.int.map { Int64($0) }
        row.throttled = hour["throttled"]?.int.map { Int64($0) }
        row.timezone = timezone
        return row
    }
}
