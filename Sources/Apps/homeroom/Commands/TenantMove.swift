import Base

/// `homeroom tenant move`.
struct TenantMove {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() throws -> ExitCode {
        guard invocation.value("tier") != nil || invocation.value("pool") != nil else {
            throw CommandFailure.usage("expected --tier TIER or --pool POOL: where the tenant moves to")
        }
        let isInWindow = try self.isInWindow()
        let client = try ControlClient(invocation)
        let tenant = try TenantFinder(client).find(invocation.argument(0))
        let answer = try ask(client, tenant, isInWindow: isInWindow)
        let isDry = invocation.isSet("dry-run")
        if !invocation.isSet("wait") || isDry, let code = Output(invocation).json(answer) { return code }
        if isDry { return show(plan: answer.json, of: tenant.text("name")) }
        if isInWindow { return UpgradeCommands.show(answer.json, invocation) }
        let run = answer.json.text("id")
        guard invocation.isSet("wait") else {
            Output(invocation).pairs([
                ("run", run), ("watch", "homeroom run watch \(run)"),
                ("undo", "homeroom run rollback \(run)"),
            ])
            return .done
        }
        return try RunWatch(invocation, client).watch(run, untilSwitched: true)
    }

    /// Whether the move begins in the tenant's next opening.
    private func isInWindow() throws -> Bool {
        switch invocation.value("when") ?? "now" {
        case "now": return false
        case "window":
            guard !invocation.isSet("wait") else {
                throw CommandFailure.usage(
                    "--wait goes with a move now; `homeroom upgrade explain` says what this one waits for")
            }
            return true
        case let other: throw CommandFailure.usage("--when: expected now or window, found `\(other)`")
        }
    }

    private func ask(
        _ client: ControlClient, _ tenant: JSONAnswer, isInWindow: Bool
    ) throws -> ControlClient.Answer {
        let window = try invocation.integer("undo-window", in: 0...30 * 86_400)
        return try client.post(
            "/v1/tenants/\(tenant.text("id"))/moves", idempotencyKey: invocation.value("idempotency-key")
        ) { json in
            if let tier = invocation.value("tier") { json.member("tier", tier) }
            if let pool = invocation.value("pool") { json.member("pool", pool) }
            if let window {
                json.name("undoWindowSeconds")
                json.int(window)
            }
            if isInWindow { json.member("when", "window") }
            if let reason = invocation.value("reason") { json.member("reason", reason) }
            if invocation.isSet("dry-run") {
                json.name("dryRun")
                json.bool(true)
            }
        }
    }

    func show(
        plan: JSONAnswer, of name: String, next: String = "nothing was changed; run it without --dry-run"
    ) -> ExitCode {
        let output = Output(invocation)
        func place(_ end: JSONAnswer?) -> String {
            "\(end?.text("tier") ?? ""), store \(end?.text("store") ?? "") (\(end?.text("isolation") ?? ""))"
        }
        var pairs = [("tenant", name), ("from", place(plan["from"])), ("to", place(plan["to"]))]
        pairs += (plan["to"]?["tables"]?.members ?? []).map {
            ("table", "\($0.name) becomes \($0.value.string ?? "")")
        }
        pairs += [
            ("items", Figures.count(plan.number("items"))), ("bytes", Figures.bytes(plan.number("bytes"))),
            ("expected", Figures.estimate(plan)),
            ("write pause", "at most \(plan.number("writePauseMaxMilliseconds")) ms, at the switch"),
            ("undo", "for \(Figures.seconds(Double(plan.number("undoWindowSeconds")))) after the switch"),
            ("streams", streams(plan)), ("cost", cost(plan)), ("window", window(plan)), ("next", next),
        ]
        output.pairs(pairs)
        return .done
    }

    /// What readers of streams would miss; nothing where they would not.
    private func streams(_ plan: JSONAnswer) -> String {
        let tables = plan["streamsCutShort"]?.elements.compactMap(\.string) ?? []
        guard !tables.isEmpty else { return "" }
        return
            "of \(tables.joined(separator: ", ")) lose what nobody has read by the end of the undo window; "
            + "--undo-window 86400 keeps it"
    }

    /// When it would begin; nothing where it would at once.
    private func window(_ plan: JSONAnswer) -> String {
        guard plan.members.contains(where: { $0.name == "window" }) else { return "" }
        guard let window = plan["window"] else { return "none within the next year: see the calendar" }
        let (from, to) = (window.text("from"), window.text("to"))
        return "\(Figures.moment(from).dropLast(3)) to \(Figures.moment(to).dropLast(3)) UTC"
            + (window["hasRoom"]?.bool == false ? ", though the move may take longer" : "")
    }

    /// What the move changes of a month's costs; nothing where the catalog has no prices.
    private func cost(_ plan: JSONAnswer) -> String {
        guard let before = plan["monthBeforeMicros"]?.int, let after = plan["monthAfterMicros"]?.int else {
            return ""
        }
        let currency = plan.text("currency")
        let change = Figures.money(abs(after - before), currency)
        return "\(Figures.money(after, currency)) a month, "
            + (after == before
                ? "as before" : after > before ? "\(change) more than now" : "\(change) less than now")
    }
}
