import Base

/// `homeroom pool …`.
enum PoolCommands {
    static let all: [Command] = [list, show, rebalance, merge]

    private static let pool = CommandArgument(
        name: "POOL", help: "the pool's name, as `homeroom pool list` shows it")

    private static let changes: [CommandOption] =
        [
            CommandOption(name: "dry-run", help: "show the plan and change nothing"),
            CommandOption(
                name: "undo-window", value: "SECONDS", help: "how long each tenant's move can be taken back",
                standard: "what the tier says"),
            .wait,
            CommandOption(
                name: "idempotency-key", value: "KEY", help: "the same key starts the same run only once"),
        ] + ControlClient.options

    private static let list = Command(
        path: ["pool", "list"], summary: "list the pools: how full and how large they are",
        options: [
            CommandOption(name: "tier", value: "TIER", help: "only those of a tier"),
            ListQuery.sort("tier", "pool", "occupants", "diskBytes", standard: "tier"),
        ] + ControlClient.options,
        examples: ["homeroom pool list", "homeroom pool list --tier basic --sort -diskBytes"],
        run: { invocation in
            let query = ListQuery(invocation, ["tier", "sort"])
            let (answer, pools) = try ControlClient(invocation).whole(query.path("/v1/pools"), "pools")
            if let code = Output(invocation).json(answer) { return code }
            var table = TextTable([
                .init("POOL"), .init("TIER"), .init("TENANTS", isNumber: true),
                .init("TAKES", isNumber: true),
                .init("FILE", isNumber: true), .init("WRITES, P99", isNumber: true), .init("CLOSED BY"),
            ])
            for pool in pools {
                table.add([
                    pool.text("pool"), pool.text("tier"), Figures.count(pool.number("occupants")),
                    Figures.count(pool.number("capacity")), Figures.bytes(pool.number("diskBytes")),
                    delay(of: pool), pool.text("closedBy"),
                ])
            }
            return Output(invocation).table(table, empty: query.isEmpty ? "no pools yet" : "no such pools")
        })

    private static let show = Command(
        path: ["pool", "show"], summary: "show a pool and what each of its tenants has in it",
        arguments: [pool], options: ControlClient.options, examples: ["homeroom pool show pool-basic-1"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let answer = try client.get("/v1/pools/\(ControlClient.encoded(invocation.argument(0)))")
            let output = Output(invocation)
            if let code = output.json(answer) { return code }
            let found = answer.json
            output.pairs([
                ("pool", found.text("pool")), ("tier", found.text("tier")),
                ("tenants", "\(found.number("occupants")) of \(found.number("capacity"))"),
                ("file", Figures.bytes(found.number("diskBytes"))), ("writes, p99", delay(of: found)),
                ("closed by", found["closedBy"]?.string.map { "run \($0)" } ?? ""),
            ])
            invocation.terminal.line()
            var table = TextTable([
                .init("TENANT"), .init("NAME", leastWidth: 8), .init("ITEMS", isNumber: true),
                .init("BYTES", isNumber: true), .init("WRITES/S", isNumber: true),
                .init("STAYS", leastWidth: 6),
            ])
            for tenant in found["tenants"]?.elements ?? [] {
                table.add([
                    tenant.text("tenant"), tenant.text("name"), Figures.count(tenant.number("items")),
                    Figures.bytes(tenant.number("bytes")),
                    Figures.oneDecimal(tenant["writesPerSecond"]?.double ?? 0), tenant.text("stays"),
                ])
            }
            return output.table(table, empty: "no tenants are placed in it")
        })

    private static let rebalance = Command(
        path: ["pool", "rebalance"], summary: "spread the tenants of a full or busy pool over the others",
        arguments: [pool], options: changes,
        notes: [
            "Moves the tenants that weigh most, while they are used, to the least loaded pools of the same tier, until it and they "
                + "are even. A tenant weighs by what it has and by what it has written in the last minutes. Where no other pool has "
                + "room a new one is made. The pool takes no new tenants meanwhile."
        ],
        examples: ["homeroom pool rebalance pool-basic-1 --dry-run"],
        run: { try start($0, "rebalance", into: nil) })

    private static let merge = Command(
        path: ["pool", "merge"], summary: "move all tenants of a pool into another and remove it",
        arguments: [pool],
        options: [
            CommandOption(
                name: "into", value: "POOL", help: "the pool of the same tier that takes them",
                isRequired: true),
            .yes,
        ] + changes,
        notes: [
            "The pool is removed when the last move can no longer be taken back, its streams show nothing more, and nothing is "
                + "found in it. Until then `homeroom run cancel` takes all moves back."
        ],
        examples: ["homeroom pool merge pool-basic-2 --into pool-basic-1 --dry-run"],
        run: { invocation in
            try invocation.confirm(
                "All tenants of `\(invocation.argument(0))` move to `\(invocation.value("into") ?? "")`, and it is removed.",
                refusal: "the emptied pool is removed; look at the plan with --dry-run, then add --yes")
            return try start(invocation, "merge", into: invocation.value("into"))
        })

    private static func start(_ invocation: Invocation, _ verb: String, into: String?) throws -> ExitCode {
        var client = try ControlClient(invocation)
        // Counting the items of a large pool takes its time.
        client.timeoutSeconds = 600
        let window = try invocation.integer("undo-window", in: 0...30 * 86_400)
        let isDry = invocation.isSet("dry-run")
        let pool = invocation.argument(0)
        let answer = try client.post(
            "/v1/pools/\(ControlClient.encoded(pool))/\(verb)",
            idempotencyKey: invocation.value("idempotency-key")
        ) { json in
            if let into { json.member("into", into) }
            if let window {
                json.name("undoWindowSeconds")
                json.int(window)
            }
            if isDry {
                json.name("dryRun")
                json.bool(true)
            }
        }
        if !invocation.isSet("wait") || isDry, let code = Output(invocation).json(answer) { return code }
        if isDry { return showPlan(answer.json, invocation, verb) }
        let run = answer.json.text("id")
        guard invocation.isSet("wait") else {
            Output(invocation).pairs([
                ("run", run), ("watch", "homeroom run watch \(run)"), ("undo", "homeroom run cancel \(run)"),
            ])
            return .done
        }
        return try RunWatch(invocation, client).watch(run, untilSwitched: false)
    }

    private static func showPlan(
        _ plan: JSONAnswer, _ invocation: Invocation, _ verb: String
    ) -> ExitCode {
        var table = TextTable([
            .init("TENANT"), .init("NAME", leastWidth: 8), .init("TO"), .init("ITEMS", isNumber: true),
            .init("BYTES", isNumber: true),
        ])
        let moves = plan["moves"]?.elements ?? []
        for move in moves {
            table.add([
                move.text("tenant"), move.text("name"), move.text("to"), Figures.count(move.number("items")),
                Figures.bytes(move.number("bytes")),
            ])
        }
        let output = Output(invocation)
        _ = output.table(table, empty: "no tenant is in the pool")
        for tenant in plan["hindered"]?.elements ?? [] {
            _ = output.line("\(tenant.text("name")) stays: \(tenant.text("stays"))")
        }
        invocation.terminal.line()
        output.pairs([
            ("tenants", Figures.count(moves.count)), ("items", Figures.count(plan.number("items"))),
            ("bytes", Figures.bytes(plan.number("bytes"))),
            ("expected", Figures.estimate(plan)),
            ("undo", "for \(Figures.seconds(Double(plan.number("undoWindowSeconds")))) after each switch"),
            (
                "next",
                "nothing was changed; run it without --dry-run" + (verb == "merge" ? " and with --yes" : "")
            ),
        ])
        return .done
    }

    private static func delay(of pool: JSONAnswer) -> String {
        pool["writeP99Microseconds"]?.int.map { Figures.oneDecimal(Double($0) / 1000) + " ms" } ?? ""
    }
}
