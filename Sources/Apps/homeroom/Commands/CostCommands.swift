import Base

/// `homeroom cost …`.
enum CostCommands {
    static let all: [Command] = [report]

    private static let report = Command(
        path: ["cost", "report"], summary: "show what tenants, tiers or schools cost in a month",
        options: [
            CommandOption(name: "tenant", value: "TENANT", help: "one tenant alone: its id or exact name"),
            CommandOption(name: "tier", value: "TIER", help: "the tenants of one tier alone"),
            CommandOption(
                name: "by", value: "KIND", help: "what the lines are: tenant, tier or school",
                standard: "tenant"),
            CommandOption(
                name: "month", value: "MONTH", help: "such as 2026-11, in UTC", standard: "this one"),
        ] + ControlClient.options,
        notes: [
            "By the catalog's `prices`: tables, each by the part that the tenant bears; bytes, on average over the month; read and "
                + "write units. The month under way is shown so far, and as it will have been at its end if all goes on as it is.",
            "Tables are those of now. Usage is metered by tenant: its schools bear its costs in equal parts; --by school needs "
                + "--tenant.",
        ],
        examples: ["homeroom cost report", "homeroom cost report --by tier --month 2026-11"],
        run: { try report($0) })

    private static func report(_ invocation: Invocation) throws -> ExitCode {
        var client = try ControlClient(invocation)
        // The first report of a month reads all of it.
        client.timeoutSeconds = 300
        let kind = invocation.value("by") ?? "tenant"
        guard ["tenant", "tier", "school"].contains(kind) else {
            throw CommandFailure.usage("--by: expected tenant, tier or school, found `\(kind)`")
        }
        var query = ["by=\(kind)"]
        if let tenant = invocation.value("tenant") {
            query.append("tenant=" + (try TenantFinder(client).find(tenant).text("id")))
        } else if kind == "school" {
            throw CommandFailure.usage("--by school: expected --tenant TENANT, whose schools are listed")
        }
        for name in ["tier", "month"] {
            if let value = invocation.value(name) { query.append("\(name)=\(ControlClient.encoded(value))") }
        }
        let answer = try client.get("/v1/costs?" + query.joined(separator: "&"))
        if let code = Output(invocation).json(answer) { return code }
        show(answer.json, kind, invocation)
        return .done
    }

    private static func show(_ report: JSONAnswer, _ kind: String, _ invocation: Invocation) {
        let output = Output(invocation)
        let currency = report.text("currency")
        let isOver = report["projected"] == nil
        var columns: [TextTable.Column] = [.init(kind.uppercased(), leastWidth: 8)]
        if kind == "tier" {
            columns.append(.init("TENANTS", isNumber: true))
        } else {
            columns.append(.init("TIER"))
        }
        columns += [
            .init("TABLES", isNumber: true), .init("STORED", isNumber: true), .init("UNITS", isNumber: true),
            .init(isOver ? currency : "\(currency) SO FAR", isNumber: true),
        ]
        if !isOver { columns.append(.init("BY MONTH'S END", isNumber: true)) }
        var table = TextTable(columns)
        func cells(_ line: JSONAnswer) -> [String] {
            let cost = line["cost"]
            let units =
                (cost?.number("perMillionReadUnits") ?? 0) + (cost?.number("perMillionWriteUnits") ?? 0)
            return [
                Figures.amount(cost?.number("perTableMonth") ?? 0),
                Figures.amount(cost?.number("perGigabyteMonth") ?? 0),
                Figures.amount(units),
                Figures.amount(cost?.number("totalMicros") ?? 0),
            ] + (isOver ? [] : [Figures.amount(line["projected"]?.number("totalMicros") ?? 0)])
        }
        for line in report["lines"]?.elements ?? [] {
            let name = line["name"]?.string ?? line.text("id")
            let second = kind == "tier" ? Figures.count(line.number("tenants")) : line.text("tier")
            table.add([name, second] + cells(line))
        }
        let count = report.number("lineCount")
        let tenants = (report["lines"]?.elements ?? []).reduce(0) { $0 + $1.number("tenants") }
        if count > 1 { table.add(["all", kind == "tier" ? Figures.count(tenants) : ""] + cells(report)) }
        _ = output.line("\(report.text("month")), in UTC")
        _ = output.table(table, empty: "no tenants")
        let dropped = count - (report["lines"]?.elements.count ?? 0)
        if dropped > 0 { _ = output.line("and \(Figures.count(dropped)) lines more, which are in the sum") }
    }
}
