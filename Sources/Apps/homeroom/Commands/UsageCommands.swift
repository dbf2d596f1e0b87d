import Base

/// `homeroom tenant usage`.
enum UsageCommands {
    static let all: [Command] = [usage]

    private static let usage = Command(
        path: ["tenant", "usage"], summary: "show what a tenant uses, by the hour or by the day",
        arguments: [CommandArgument(name: "TENANT", help: "the tenant's id or its exact name")],
        options: [
            CommandOption(name: "period", value: "PERIOD", help: "hour or day", standard: "hour"),
            CommandOption(
                name: "from", value: "AGO",
                help: "from then on: 6h, 30d, or 2026-01-31T08:00:00Z; else the last day, or month of days"),
            CommandOption(name: "to", value: "AGO", help: "before then, said likewise"),
            CommandOption(
                name: "recount", help: "first count all of its items, and correct what was reckoned"),
            .wait, .noWait,
        ] + ControlClient.options,
        notes: [
            "All times are UTC. Units are DynamoDB's: 4 KB read, or 1 KB written. BUSIEST is the busiest minute, read and write units.",
            "Items are counted as they are written, and counted anew each night: what `recount` shows is how far the first was off.",
            "With --recount a run counts, which is followed to its end unless --no-wait is given.",
        ],
        examples: [
            #"homeroom tenant usage "Springfield USD""#,
            #"homeroom tenant usage "Springfield USD" --period day --from 30d"#,
            #"homeroom tenant usage "Springfield USD" --recount"#,
        ],
        run: { try show($0) })

    private static func show(_ invocation: Invocation) throws -> ExitCode {
        let period = invocation.value("period") ?? "hour"
        guard ["hour", "day"].contains(period) else {
            throw CommandFailure.usage("--period: expected hour or day, found `\(period)`")
        }
        var parameters = [("period", period)]
        for name in ["from", "to"] {
            guard let text = invocation.value(name) else { continue }
            // The server's clock counts; this one only tells what can be read.
            guard Timestamp(past: text, before: SystemClock().now()) != nil else {
                throw CommandFailure.usage(
                    "--\(name): expected 6h, 30d or 2026-01-31T08:00:00Z, found `\(text)`")
            }
            parameters.append((name, text))
        }
        guard invocation.isSet("recount") || !(invocation.isSet("wait") || invocation.isSet("no-wait")) else {
            throw CommandFailure.usage(
                "--wait and --no-wait go with --recount; nothing is started without it")
        }
        let client = try ControlClient(invocation)
        let tenant = try TenantFinder(client).find(invocation.argument(0)).text("id")
        let path = "/v1/tenants/\(ControlClient.encoded(tenant))/usage"
        let started = invocation.isSet("recount") ? try client.post("\(path)/recount") : nil
        let output = Output(invocation)
        if let started, !invocation.waits(unlessSaid: true) {
            return output.json(started) ?? RunWatch.showStarted(started, output)
        }
        let recount = try started.flatMap {
            try RunWatch(invocation, client).completed($0).json["result"]
        }
        let query = parameters.map { "\($0)=\(ControlClient.encoded($1))" }.joined(separator: "&")
        let answer = try client.get("\(path)?\(query)")
        if let recount {
            if invocation.isSet("json") {
                output.json { json in
                    for (name, value) in recount.members {
                        json.name(text: name)
                        value.write(to: &json)
                    }
                }
                return .done
            }
            _ = output.line(sentence(recount))
        } else if let shown = output.json(answer) {
            return shown
        }
        summary(answer.json, output)
        return output.table(
            table(answer.json, isHourly: period == "hour"), empty: "nothing was used in that time")
    }

    private static func sentence(_ recount: JSONAnswer) -> String {
        let items = "counted \(Figures.count(recount["counted"]?.number("items") ?? 0)) items"
        let (drift, bytes) = (
            recount["drift"]?.number("items") ?? 0, recount["drift"]?.number("bytes") ?? 0
        )
        if recount["isFirst"]?.bool == true { return "\(items), for the first time" }
        if drift == 0, bytes == 0 { return "\(items): as reckoned" }
        return "\(items): the meter was off by \(Figures.count(drift)) items and "
            + "\(Figures.count(bytes)) bytes, and is corrected"
    }

    private static func summary(_ answer: JSONAnswer, _ output: Output) {
        guard let current = answer["current"] else { return }
        var pairs = [
            ("schools", Figures.count(current.number("schools"))),
            ("items", Figures.count(current.number("items"))),
            ("size", Figures.bytes(current.number("bytes"))),
        ]
        if let minute = current["lastMinute"] {
            pairs.append(
                (
                    "last minute",
                    "\(units(minute, "readUnits")) read, \(units(minute, "writeUnits")) write, "
                        + "\(Figures.count(minute.number("throttled"))) throttled"
                ))
        }
        pairs.append(("recounted", recounted(current["recount"])))
        output.pairs(pairs)
        _ = output.line("")
    }

    private static func recounted(_ recount: JSONAnswer?) -> String {
        guard let recount else { return "not yet" }
        let at = Figures.moment(recount.text("at")) + " UTC"
        guard recount["driftItems"] != nil else { return "\(at), for the first time" }
        let (items, bytes) = (recount.number("driftItems"), recount.number("driftBytes"))
        return items == 0 && bytes == 0
            ? "\(at), no drift" : "\(at), off by \(Figures.count(items)) items, \(Figures.count(bytes)) bytes"
    }

    private static func table(_ answer: JSONAnswer, isHourly: Bool) -> TextTable {
        var table = TextTable([
            .init(isHourly ? "HOUR" : "DAY"), .init("READ", isNumber: true), .init("WRITE", isNumber: true),
            .init("REQUESTS", isNumber: true), .init("THROTTLED", isNumber: true),
            .init("BUSIEST", isNumber: true), .init("ITEMS", isNumber: true), .init("SIZE", isNumber: true),
        ])
        for record in answer["usage"]?.elements ?? [] {
            let start = record.text("start")
            table.add([
                isHourly ? Figures.day(start) : String(start.prefix(10)),
                units(record, "readUnits"), units(record, "writeUnits"),
                short(record.number("requests")), short(record.number("throttled")),
                brief(record, "busiestMinuteReadUnits") + "/" + brief(record, "busiestMinuteWriteUnits"),
                short(record.number("items")), Figures.bytes(record.number("bytes")),
            ])
        }
        return table
    }

    /// Whole where they are, and shortened where they are many: so that a row has room in 80 columns.
    private static func units(_ record: JSONAnswer, _ name: String) -> String {
        let value = record[name]?.double ?? 0
        return value < 10_000 && value != value.rounded()
            ? Figures.oneDecimal(value) : short(Int(value.rounded()))
    }

    /// Where two figures share a column: whole, in thousands or millions where they are many.
    private static func brief(_ record: JSONAnswer, _ name: String) -> String {
        let value = Int((record[name]?.double ?? 0).rounded())
        if value < 10_000 { return Figures.count(value) }
        return value < 1_000_000 ? "\(value / 1000)k" : "\(value / 1_000_000)M"
    }

    /// `9,999`, `12.3k`, `1.2M`.
    private static func short(_ number: Int) -> String {
        if abs(number) < 10_000 { return Figures.count(number) }
        if abs(number) < 1_000_000 { return Figures.oneDecimal(Double(number) / 1000) + "k" }
        if abs(number) < 1_000_000_000 { return Figures.oneDecimal(Double(number) / 1e6) + "M" }
        return Figures.oneDecimal(Double(number) / 1e9) + "G"
    }
}
