import Base

/// `homeroom tier …`.
enum TierCommands {
    static let all: [Command] = [report]

    /// Tenants that outgrow their tier and are shown to people; all that the server sends are in the JSON.
    private static let growersShown = 20

    private static let report = Command(
        path: ["tier", "report"], summary: "show the fleet: tiers, pools, money, who grows, moves",
        options: ControlClient.options,
        notes: [
            "Rates are averages since the beginning of the last whole hour. Who will outgrow what is a straight line through the last "
                + "90 days, of which 14 must be known; it looks 90 days ahead."
        ],
        examples: ["homeroom tier report"],
        run: { invocation in
            var client = try ControlClient(invocation)
            client.timeoutSeconds = 300
            let answer = try client.get("/v1/tiers/report")
            if let code = Output(invocation).json(answer) { return code }
            show(answer.json, invocation)
            return .done
        })

    private static func show(_ report: JSONAnswer, _ invocation: Invocation) {
        let output = Output(invocation)
        let currency = report["currency"]?.string
        _ = output.table(tiers(report, currency), empty: "no tiers")
        for (member, title) in [("fullest", "FULLEST POOLS"), ("hottest", "HOTTEST POOLS")] {
            invocation.terminal.line()
            _ = output.table(pools(report[member]?.elements ?? [], title, currency), empty: "no pools yet")
        }
        invocation.terminal.line()
        var growers = TextTable([
            .init("WILL OUTGROW", leastWidth: 12), .init("TIER"), .init("BY ITS"),
            .init("NOW", isNumber: true),
            .init("A DAY", isNumber: true), .init("LIMIT", isNumber: true), .init("IN DAYS", isNumber: true),
        ])
        let all = report["growers"]?.elements ?? []
        for grower in all.prefix(growersShown) {
            let metric = grower.text("metric")
            growers.add([
                grower.text("name"), grower.text("tier"), metric,
                figure(grower["now"]?.double, metric), figure(grower["perDay"]?.double, metric),
                figure(grower["limit"]?.double, metric), Figures.count(grower.number("days")),
            ])
        }
        _ = output.table(growers, empty: "nobody will outgrow its tier within 90 days, as far as can be told")
        let more = report.number("growerCount") - min(all.count, growersShown)
        if more > 0 { _ = output.line("and \(Figures.count(more)) more") }
        invocation.terminal.line()
        if let moves = report["moves"] { output.pairs([("moves", text(moves)), ("to come", toCome(moves))]) }
    }

    private static func tiers(_ report: JSONAnswer, _ currency: String?) -> TextTable {
        var table = TextTable(
            [
                .init("TIER", leastWidth: 8), .init("TENANTS", isNumber: true),
                .init("SCHOOLS", isNumber: true),
            ]
                + columns(currency))
        func add(_ name: String, _ line: JSONAnswer) {
            let counts = [Figures.count(line.number("tenants")), Figures.count(line.number("schools"))]
            table.add([name] + counts + cells(line, currency))
        }
        for tier in report["tiers"]?.elements ?? [] { add(tier.text("tier"), tier) }
        if let total = report["total"] { add("all", total) }
        return table
    }

    private static func pools(_ pools: [JSONAnswer], _ title: String, _ currency: String?) -> TextTable {
        var table = TextTable(
            [.init(title, leastWidth: 10), .init("TENANTS", isNumber: true)] + columns(currency))
        for pool in pools {
            let tenants = "\(pool.number("tenants"))/\(pool.number("capacity"))"
            table.add([pool.text("store"), tenants] + cells(pool, currency))
        }
        return table
    }

    private static func columns(_ currency: String?) -> [TextTable.Column] {
        ["ITEMS", "BYTES", "READS/S", "WRITES/S"].map { .init($0, isNumber: true) }
            + (currency.map { [.init("\($0)/MONTH", isNumber: true)] } ?? [])
    }

    /// The month's costs are those that it will have had at its end.
    private static func cells(_ figures: JSONAnswer, _ currency: String?) -> [String] {
        [
            short(figures.number("items")), Figures.bytes(figures.number("bytes")),
            Figures.oneDecimal(figures["readUnitsPerSecond"]?.double ?? 0),
            Figures.oneDecimal(figures["writeUnitsPerSecond"]?.double ?? 0),
        ] + (currency == nil ? [] : [Figures.amount(figures["projected"]?.number("totalMicros") ?? 0)])
    }

    /// `1,234,567` up to there; `12.3 M` above.
    private static func short(_ count: Int) -> String {
        count < 10_000_000 ? Figures.count(count) : "\(Figures.oneDecimal(Double(count) / 1e6)) M"
    }

    /// A figure of what grows: bytes, or a count with a digit behind the point where that tells something.
    private static func figure(_ value: Double?, _ metric: String) -> String {
        let value = value ?? 0
        if metric == "bytes" { return Figures.bytes(Int(value)) }
        return abs(value) < 100 ? Figures.oneDecimal(value) : Figures.count(Int(value.rounded()))
    }

    /// Moves that have not begun, by what they wait for; `homeroom upgrade list` names the tenants.
    private static func toCome(_ moves: JSONAnswer) -> String {
        [
            ("waitingForWindow", "waiting for a window"), ("waitingForApproval", "for an approval"),
            ("recommended", "only recommended"),
        ].map { "\(Figures.count(moves.number($0.0))) \($0.1)" }.joined(separator: ", ")
    }

    private static func text(_ moves: JSONAnswer) -> String {
        let parts = [
            ("done", "done"), ("undone", "undone"), ("underWay", "under way"),
            ("waiting", "waiting for somebody"),
        ]
        .map { "\(Figures.count(moves.number($0.0))) \($0.1)" }
        let limit = moves["isPartial"]?.bool == true ? "; there may be more" : ""
        return parts.joined(separator: ", ") + " in \(moves.number("days")) days" + limit
    }
}
