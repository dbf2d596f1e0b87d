import Base
import Registry

#if canImport(Glibc)
    import Glibc
#endif

/// `homeroom events tail`.
enum EventCommands {
    private static let unreachableMax = 60
    private static let unreachableMicroseconds: UInt32 = 1_000_000

    static let tail = Command(
        path: ["events", "tail"],
        summary: "list what happened, in the order of the commits, and wait for more",
        options: [
            CommandOption(name: "tenant", value: "TENANT", help: "only this tenant's: its id or exact name"),
            CommandOption(
                name: "type", value: "PREFIX", help: "only events whose type begins so, such as `tenant.`"),
            CommandOption(
                name: "since", value: "AGO",
                help: "from then on: 30m, 1h, 2d, or 2026-01-31T08:05:00Z; all for all there are",
                standard: "1h"),
            CommandOption(
                name: "after", value: "NUMBER",
                help: "those behind the event with this number, instead of --since"),
            CommandOption(name: "follow", help: "wait for the next ones, until interrupted"),
        ] + ControlClient.options,
        notes: [
            "Events have numbers without gaps, in the order in which they were committed: who goes on behind the last number seen "
                + "misses none and gets none twice. They are kept for \(Limits.eventDays) days. With --json each is a line of its own. "
                + "With --follow a server that does not answer is asked again for a minute."
        ],
        examples: [#"homeroom events tail --tenant "Springfield USD" --type tenant. --follow"#],
        run: { try show($0) })

    static let all = [tail]

    private static func show(_ invocation: Invocation) throws -> ExitCode {
        let client = try ControlClient(invocation)
        var path = "/v1/events?limit=500"
        if let tenant = invocation.value("tenant") {
            path += "&tenant=" + ControlClient.encoded(try TenantFinder(client).find(tenant).text("id"))
        }
        if let type = invocation.value("type") { path += "&type=" + ControlClient.encoded(type) }
        let after = try invocation.integer("after", in: 0...Int.max)
        if after == nil, let since = try since(invocation) {
            path += "&since=" + ControlClient.encoded(since)
        }
        return try follow(client, path, after: after ?? 0, invocation)
    }

    private static func since(_ invocation: Invocation) throws -> String? {
        let text = invocation.value("since") ?? "1h"
        if text == "all" { return nil }
        guard Timestamp(past: text, before: SystemClock().now()) != nil else {
            throw CommandFailure.usage(
                "--since: expected 30m, 1h, 2d, 2026-01-31T08:05:00Z or all, found `\(text)`")
        }
        return text
    }

    private static func follow(
        _ client: ControlClient, _ path: String, after: Int, _ invocation: Invocation
    ) throws -> ExitCode {
        let isFollowing = invocation.isSet("follow")
        var after = String(after)
        var isWaiting = false
        var failures = 0
        while true {
            let page: JSONAnswer
            do throws(CommandFailure) {
                let wait = isWaiting ? "&wait=\(Limits.eventWaitMillisecondsMax / 1000)" : ""
                page = try client.get("\(path)&cursor=\(after)\(wait)").json
                failures = 0
            } catch {
                guard isFollowing, isWaiting, error.problem == nil, failures < unreachableMax else {
                    throw error
                }
                failures += 1
                usleep(unreachableMicroseconds)
                continue
            }
            for event in page["events"]?.elements ?? [] { line(event, invocation) }
            after = page.text("next")
            guard page["isEnd"]?.bool == true else { continue }
            if !isFollowing { return .done }
            isWaiting = true
        }
    }

    private static func line(_ event: JSONAnswer, _ invocation: Invocation) {
        if invocation.isSet("json") {
            var json = JSONWriter(reserving: 512)
            event.write(to: &json)
            return invocation.terminal.line(json.bytes)
        }
        var payload = JSONWriter(reserving: 256)
        event["payload"]?.write(to: &payload)
        let tenant = event["tenant"]?.string ?? "-"
        let row = [
            String(event.number("sequence")), event.text("time"), event["tenant"]?.string ?? "",
            event.text("type"),
            String(decoding: payload.bytes, as: UTF8.self),
        ]
        if invocation.terminal.streamed(row, heading: ["NUMBER", "TIME", "TENANT", "TYPE", "PAYLOAD"]) {
            return
        }
        let line = TextWidth.harmless(
            "\(event.number("sequence"))  \(Figures.moment(event.text("time")))  \(tenant)  \(event.text("type"))  "
                + String(decoding: payload.bytes, as: UTF8.self))
        let columns = invocation.terminal.columns
        invocation.terminal.line(columns.map { TextWidth.shortened(line, to: $0) } ?? line)
    }
}
