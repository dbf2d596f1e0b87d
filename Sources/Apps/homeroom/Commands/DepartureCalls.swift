import Base
import Departures
import FoundationEssentials

/// What the commands of departures send, and how they show the answer.
struct DepartureCalls {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    // MARK: Offboarding

    func offboard() throws -> ExitCode {
        let isDry = invocation.isSet("dry-run")
        try demandYes(
            "`\(invocation.argument(0))` leaves: what is removed when the grace period is over does not come back.",
            "what is removed does not come back")
        guard !invocation.isSet("now") || invocation.value("grace") == nil else {
            throw CommandFailure.usage("--now: not together with --grace")
        }
        let grace = try invocation.isSet("now") ? 0 : DepartureCalls.seconds(invocation.value("grace"))
        let days = try invocation.value("export-days").map { text in
            guard let days = Int(text), (1...Limits.departureExportDaysMax).contains(days) else {
                throw CommandFailure.usage(
                    "--export-days: expected 1 to \(Limits.departureExportDaysMax), found `\(text)`")
            }
            return days
        }
        let client = try ControlClient(invocation)
        let tenant = try TenantFinder(client).find(invocation.argument(0))
        let answer = try client.post(
            "/v1/tenants/\(tenant.text("id"))/offboard", idempotencyKey: invocation.value("idempotency-key")
        ) { json in
            json.member("reason", invocation.value("reason") ?? "")
            json.name("graceSeconds")
            json.int(grace)
            json.name("export")
            json.bool(!invocation.isSet("no-export"))
            if let days {
                json.name("exportDays")
                json.int(days)
            }
            json.name("dryRun")
            json.bool(isDry)
        }
        if isDry {
            if let code = Output(invocation).json(answer) { return code }
            return show(plan: answer.json, of: tenant.text("name"))
        }
        return try follow(answer, client, undo: "homeroom tenant keep \(tenant.text("id"))")
    }

    private func demandYes(_ question: String, _ what: String) throws {
        try invocation.confirm(question, refusal: "\(what); look at it with --dry-run, then add --yes")
    }

    /// `30d`, `12h`, `15m`, `90s` or `0` as seconds.
    static func seconds(_ text: String?, option: String = "grace") throws -> Int {
        guard let text else { return Limits.graceSecondsStandard }
        let units: [Character: Int] = ["d": 86_400, "h": 3600, "m": 60, "s": 1]
        let unit = text.last.flatMap { units[$0] }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard let number = Int(digits), number >= 0, unit != nil || number == 0,
            number <= Limits.graceDaysMax * 86_400 / (unit ?? 1)
        else {
            throw CommandFailure.usage(
                "--\(option): expected a time such as 30d, 12h or 15m, at most \(Limits.graceDaysMax)d, found `\(text)`"
            )
        }
        return number * (unit ?? 1)
    }

    private func follow(
        _ answer: ControlClient.Answer, _ client: ControlClient, undo: String?
    ) throws -> ExitCode {
        let run = answer.json.text("id")
        if invocation.isSet("wait") {
            return try RunWatch(invocation, client).watch(run, untilSwitched: false)
        }
        if let code = Output(invocation).json(answer) { return code }
        Output(invocation).pairs([
            ("run", run), ("watch", "homeroom run watch \(run)"), ("undo", undo ?? ""),
        ])
        return .done
    }

    private func show(plan: JSONAnswer, of name: String) -> ExitCode {
        let output = Output(invocation)
        var pairs = [
            ("tenant", name), ("store", "\(plan.text("store")) (\(plan.text("isolation")))"),
        ]
        for table in plan["tables"]?.elements ?? [] {
            let size = Figures.bytes(table.number("bytes"))
            pairs.append(
                ("table", "\(table.text("physical")): \(Figures.count(table.number("items"))) items, \(size)")
            )
        }
        pairs += [
            ("history", "\(Figures.count(plan.number("historyEntries"))) entries"),
            ("keys", Figures.count(plan.number("credentials"))),
            ("decisions", Figures.count(plan.number("decisions"))),
        ]
        pairs += (plan["removed"]?.elements ?? []).map {
            ("goes too", "\($0.text("what")) \($0.text("name"))")
        }
        pairs += (plan["stays"]?.elements ?? []).map {
            ("stays", "\($0.text("what")) \($0.text("name")): \($0.text("remedy"))")
        }
        pairs += [
            ("can be kept", "until \(plan.text("keepableUntil"))"),
            ("next", "nothing was changed; run it with --yes in place of --dry-run"),
        ]
        output.pairs(pairs)
        return .done
    }

    func grace() throws -> ExitCode {
        try invocation.confirm(
            "The period becomes \(invocation.value("to") ?? ""); a shorter one may be over at once.",
            refusal: "a shorter period may be over at once; add --yes")
        let seconds = try DepartureCalls.seconds(invocation.value("to"), option: "to")
        let client = try ControlClient(invocation)
        let tenant = try TenantFinder(client).find(invocation.argument(0))
        let answer = try client.post("/v1/tenants/\(tenant.text("id"))/grace") { json in
            json.name("graceSeconds")
            json.int(seconds)
            json.member("reason", invocation.value("reason") ?? "")
        }
        return try follow(answer, client, undo: "homeroom tenant keep \(tenant.text("id"))")
    }

    func keep() throws -> ExitCode {
        let client = try ControlClient(invocation)
        let tenant = try TenantFinder(client).find(invocation.argument(0))
        let answer = try client.post("/v1/tenants/\(tenant.text("id"))/keep") { _ in }
        guard invocation.isSet("wait") else { return try follow(answer, client, undo: nil) }
        // To be undone is what was asked for.
        _ = try RunWatch(invocation, client).watch(
            answer.json.text("id"), untilSwitched: false)
        let state = try client.get("/v1/tenants/\(tenant.text("id"))").json.text("state")
        _ = Output(invocation).line("the tenant is \(state)")
        return state == "offboarding" ? .failed : .done
    }

    // MARK: Receipts

    func receipt() throws -> ExitCode {
        let client = try ControlClient(invocation)
        let (answer, receipts) = try client.whole(
            "/v1/tenants/\(ControlClient.encoded(invocation.argument(0)))/receipts", "receipts")
        if let path = invocation.value("out") {
            guard let newest = receipts.last else {
                throw CommandFailure.failed("the tenant has no receipt (yet)")
            }
            guard !FileManager.default.fileExists(atPath: path),
                FileManager.default.createFile(
                    atPath: path, contents: Data((newest.text("statement") + "\n").utf8),
                    attributes: [.posixPermissions: 0o600])
            else { throw CommandFailure.failed("--out: cannot make the new file `\(path)`") }
        }
        if let code = Output(invocation).json(answer) { return code }
        if receipts.isEmpty { return Output(invocation).line("no receipt (yet)") }
        for receipt in receipts { show(receipt) }
        return .done
    }

    private func show(_ answer: JSONAnswer) {
        guard let receipt = answer["receipt"] else { return }
        var pairs = [
            (
                "receipt",
                "number \(receipt.number("number")), \(answer.text("kind")), run \(answer.text("run"))"
            ),
            ("finished", answer.text("finishedAt")), ("asked by", receipt.text("actor")),
            ("reason", receipt.text("reason")),
        ]
        for table in receipt["tables"]?.elements ?? [] {
            pairs.append(
                ("removed", "\(Figures.count(table.number("items"))) items of \(table.text("name"))"))
        }
        for other in receipt["others"]?.members ?? [] {
            pairs.append(("removed", "\(other.value.int ?? 0) \(other.name)"))
        }
        if let export = receipt["export"] {
            pairs.append(
                (
                    "export",
                    "\(export.text("folder")), kept until \(Timestamp(milliseconds: Int64(export.number("keptUntil"))).iso8601)"
                ))
        }
        for copy in receipt["rewritten"]?.elements ?? [] {
            pairs.append(("changed", "\(copy.text("what")) \(copy.text("name"))"))
        }
        for rest in receipt["remainders"]?.elements ?? [] {
            pairs.append(("stays", "\(rest.text("what")) \(rest.text("name")): \(rest.text("remedy"))"))
        }
        pairs += [("digest", answer.text("digest")), ("follows", receipt.text("previousDigest"))]
        Output(invocation).pairs(pairs)
    }

    // MARK: Erasure

    func erase() throws -> ExitCode {
        let isDry = invocation.isSet("dry-run")
        try demandYes(
            "Items of `\(invocation.argument(0))` are erased, in backups and exports too, and do not come back.",
            "what is erased does not come back")
        let client = try ControlClient(invocation)
        let tenant = try TenantFinder(client).find(invocation.argument(0))
        let answer = try client.post(
            "/v1/tenants/\(tenant.text("id"))/erasures", idempotencyKey: invocation.value("idempotency-key")
        ) { json in
            json.member("reason", invocation.value("reason") ?? "")
            json.name("keys")
            json.beginArray()
            for keys in invocation.values("keys") { json.string(keys) }
            json.endArray()
            json.name("dryRun")
            json.bool(isDry)
        }
        guard isDry else { return try follow(answer, client, undo: nil) }
        if let code = Output(invocation).json(answer) { return code }
        var pairs = (answer.json["tables"]?.elements ?? []).map {
            ("table", "\($0.text("name")): \(Figures.count($0.number("items"))) items")
        }
        pairs += [
            ("items", Figures.count(answer.json.number("items"))),
            ("history", "\(count(answer.json, "historyEntries")) entries"),
            ("decisions", count(answer.json, "decisions")),
        ]
        pairs += (answer.json["copies"]?.elements ?? []).map {
            ("copy", "\($0.text("what")) \($0.text("name")) \($0.text("until"))")
        }
        pairs += [
            ("digest", answer.json.text("keysDigest")),
            ("next", "nothing was changed; run it with --yes in place of --dry-run"),
        ]
        Output(invocation).pairs(pairs)
        return .done
    }

    /// `12`, or `at least 12` where there was no time to count on.
    private func count(_ plan: JSONAnswer, _ name: String) -> String {
        let isLeast = plan["unfinished"]?.elements.contains { $0.string == name } ?? false
        return (isLeast ? "at least " : "") + Figures.count(plan.number(name))
    }
}
