import Archives
import Base

/// `homeroom backup restore`.
struct BackupRestore {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() throws -> ExitCode {
        let isDry = invocation.isSet("dry-run")
        try invocation.confirm(
            "A restore of `\(invocation.argument(0))` replaces what the tenant has now.",
            refusal:
                "a restore replaces what the tenant has now; look at it with --dry-run first, then give --yes"
        )
        let client = try ControlClient(invocation)
        let what = invocation.argument(0)
        let moment = invocation.value("to")
        let tenant: String
        if moment != nil {
            tenant = try TenantFinder(client).find(what).text("id")
        } else {
            guard let id = BackupID(what) else {
                throw CommandFailure.usage(
                    "`\(what)` is no backup's id; `homeroom backup list` shows them, or give a moment with --to"
                )
            }
            tenant = id.tenant.text
        }
        let answer = try client.post(
            "/v1/tenants/\(tenant)/restores", idempotencyKey: invocation.value("idempotency-key")
        ) { json in
            if let moment { json.member("to", moment) } else { json.member("backup", what) }
            guard isDry else { return }
            json.name("dryRun")
            json.bool(true)
        }
        guard isDry else { return try BackupCommands.follow(answer, invocation, client) }
        let run = answer.json.text("id")
        let end = try RunWatch(invocation, client).waitQuietly(run)
        if let code = Output(invocation).json(end) { return code }
        guard end.json.text("state") == "completed", let plan = end.json["result"] else {
            throw CommandFailure.failed(end.json.text("reason"))
        }
        show(plan)
        return .done
    }

    private func show(_ plan: JSONAnswer) {
        var table = TextTable([
            .init("TABLE"), .init("ADDED", isNumber: true), .init("CHANGED", isNumber: true),
            .init("REMOVED", isNumber: true), .init("UNCHANGED", isNumber: true),
        ])
        for count in plan["tables"]?.elements ?? [] {
            table.add(
                [count.text("table")]
                    + ["added", "changed", "removed", "unchanged"].map { Figures.count(count.number($0)) })
        }
        _ = Output(invocation).table(table, empty: "no tables")
        let schools = plan["schoolsNotCovered"]?.elements.compactMap(\.string) ?? []
        if !schools.isEmpty {
            invocation.terminal.line(
                "schools that came later, whose own items stay: \(schools.joined(separator: ", "))")
        }
        invocation.terminal.line("nothing was changed; give --yes instead of --dry-run to do it")
    }
}

/// `homeroom backup list` and `show`.
struct BackupLists {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() throws -> ExitCode {
        let client = try ControlClient(invocation)
        let limit = try invocation.integer("limit", in: 1...100_000) ?? 1000
        let query = ListQuery(invocation, ["state", "purpose", "since", "sort"])
        guard let name = invocation.value("tenant") else {
            let path = query.path("/v1/backups")
            if invocation.isSet("json") {
                return try Output(invocation).json(list: client, path, "backups", max: limit)
            }
            return show(try client.list(path, "backups", max: limit))
        }
        let tenant = try TenantFinder(client).find(name).text("id")
        let (answer, backups) = try client.whole(
            query.path("/v1/tenants/\(tenant)/backups"), "backups")
        if let code = Output(invocation).json(answer) { return code }
        // By their ids the newest come last.
        let isSorted = invocation.value("sort") != nil
        let code = show(Array(isSorted ? backups.prefix(limit) : backups.suffix(limit)))
        guard let schedule = answer.json["schedule"] else { return code }
        if schedule.number("failures") > 0 {
            invocation.terminal.line(
                "the last \(schedule.number("failures")) scheduled backups failed: "
                    + TextWidth.harmless(schedule.text("failure")))
        }
        if schedule.number("missed") > 0 {
            invocation.terminal.line("missed so far by schedule: \(schedule.number("missed"))")
        }
        return code
    }

    private func show(_ backups: [JSONAnswer]) -> ExitCode {
        var table = TextTable([
            .init("ID", leastWidth: 40), .init("STATE"), .init("WHY"), .init("SHOWS"),
            .init("ITEMS", isNumber: true), .init("ON DISK", isNumber: true), .init("EXPIRES"),
        ])
        for backup in backups {
            table.add([
                backup.text("id"), backup.text("state"), backup.text("purpose"),
                Figures.moment(backup.text("instant")), Figures.count(backup.number("items")),
                Figures.bytes(backup.number("diskBytes")), Figures.day(backup.text("expiresAt")),
            ])
        }
        return Output(invocation).table(
            table, empty: "no backups yet; `homeroom backup create TENANT` makes one")
    }

    func show(_ backup: JSONAnswer) {
        var pairs = [
            ("backup", backup.text("id")), ("tenant", backup.text("tenant")),
            ("state", backup.text("state")), ("reason", backup.text("reason")),
            ("why", backup.text("purpose")), ("shows", backup.text("instant")),
            ("kept until", backup.text("expiresAt")), ("items", Figures.count(backup.number("items"))),
            ("bytes", Figures.bytes(backup.number("bytes"))),
            ("on disk", Figures.bytes(backup.number("diskBytes"))), ("digest", backup.text("digest")),
            ("verified", backup.text("verifiedAt")), ("run", backup.text("run")),
            ("by", backup.text("actor")),
        ]
        pairs += (backup["tables"]?.elements ?? []).map {
            ("table", "\($0.text("name"))  \(Figures.count($0.number("items"))) items")
        }
        Output(invocation).pairs(pairs)
    }
}
