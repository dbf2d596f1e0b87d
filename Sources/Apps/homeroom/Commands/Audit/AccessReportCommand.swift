import Base

/// `homeroom audit access-report`.
enum AccessReportCommand {
    static let command = Command(
        path: ["audit", "access-report"],
        summary: "report who had access to a tenant's data in a period, and what they did",
        options: [
            CommandOption(
                name: "tenant", value: "TENANT", help: "the tenant's id or exact name", isRequired: true),
            CommandOption(
                name: "from", value: "AGO", help: "from then on: 90d, 2026-01-31, or 2026-01-31T08:05:00Z",
                isRequired: true),
            CommandOption(name: "to", value: "AGO", help: "before then, said likewise", standard: "now"),
        ] + ControlClient.options,
        notes: [
            "It has the keys, roles and tokens that opened the data, what was done with the tenant, and every access of those who "
                + "run the service. It does not have what the tenant's own people read by their own sessions: the school "
                + "application records that. Making the report is itself an entry of the audit."
        ],
        examples: [
            #"homeroom audit access-report --tenant "Springfield USD" --from 180d"#
        ],
        run: { try report($0) })

    private static func report(_ invocation: Invocation) throws -> ExitCode {
        let from = try AuditCommands.moment("from", invocation) ?? ""
        let to = try AuditCommands.moment("to", invocation)
        let client = try ControlClient(invocation)
        let tenant = try AuditCommands.tenantID(invocation.value("tenant") ?? "", client)
        var path = "/v1/audit/access-report?tenant=\(tenant)&from=\(ControlClient.encoded(from))"
        if let to { path += "&to=\(ControlClient.encoded(to))" }
        let answer = try client.get(path)
        if let code = Output(invocation).json(answer) { return code }
        AccessReportView(report: answer.json, output: Output(invocation), terminal: invocation.terminal)
            .show()
        return .done
    }
}

/// The report as people read it.
struct AccessReportView {
    let report: JSONAnswer
    let output: Output
    let terminal: Terminal

    func show() {
        output.pairs([
            ("tenant", "\(report.text("tenant")) \(report.text("name"))"),
            ("from", Figures.moment(report.text("from")) + " UTC"),
            ("to", Figures.moment(report.text("to")) + " UTC"),
            (
                "made",
                Figures.moment(report.text("madeAt"))
                    + " UTC, of \(Figures.count(report.number("entries"))) entries"
            ),
        ])
        for (kind, time) in report["keptFrom"]?.members ?? [] where report.text("from") <= time.string ?? "" {
            _ = output.line(
                "NOTE  of `\(kind)` nothing is kept from before \(Figures.moment(time.string ?? "")) UTC")
        }
        keys()
        policies()
        tokens()
        deeds()
        entries(
            "Access by those who run the service", "accesses", none: "nobody looked at this tenant's data")
        entries("Moves, exports, backups and restores", "disclosures", none: "there were none")
        denials()
        ends()
    }

    private func section(_ title: String, _ table: TextTable, none: String) {
        terminal.line()
        terminal.line(title)
        _ = output.table(table, empty: none)
    }

    private func keys() {
        var table = TextTable([
            .init("KEY", leastWidth: 12), .init("KIND"), .init("ROLE"), .init("LABEL", leastWidth: 8),
            .init("FROM"),
            .init("TO"), .init("KNOWN TO", leastWidth: 8),
        ])
        for key in report["holders"]?.elements ?? [] {
            let end = key["to"] == nil ? "" : Figures.moment(key.text("to"))
            table.add([
                key.text("key"), key.text("kind"), key.text("role"), key.text("label"),
                Figures.moment(key.text("from")),
                end.isEmpty && key["revoked"].map(Self.isTrue) ?? false ? "revoked" : end,
                key.text("knownTo"),
            ])
        }
        section("Keys and accounts that opened the data", table, none: "there were none")
    }

    private static func isTrue(_ value: JSONAnswer) -> Bool {
        var json = JSONWriter()
        value.write(to: &json)
        return json.bytes == Array("true".utf8)
    }

    private func policies() {
        var table = TextTable([
            .init("POLICIES", isNumber: true), .init("FROM"), .init("TO"), .init("ROLES", leastWidth: 20),
            .init("BY", leastWidth: 8),
        ])
        for policy in report["policies"]?.elements ?? [] {
            let roles = (policy["roles"]?.members ?? []).map { "\($0.name) (\($0.value.string ?? ""))" }
            table.add([
                String(policy.number("version")), Figures.moment(policy.text("from")),
                Figures.moment(policy.text("to")), roles.joined(separator: ", "), policy.text("by"),
            ])
        }
        section("Roles, by the policies in force", table, none: "there were none")
    }

    private func tokens() {
        var table = TextTable([
            .init("SCHOOL", leastWidth: 12), .init("ROLE"), .init("TOKENS", isNumber: true), .init("FIRST"),
            .init("LAST"), .init("BY", leastWidth: 8),
        ])
        for tokens in report["tokens"]?.elements ?? [] {
            table.add([
                tokens.text("school"), tokens.text("role"), Figures.count(tokens.number("count")),
                Figures.moment(tokens.text("first")), Figures.moment(tokens.text("last")), tokens.text("by"),
            ])
        }
        section("Tokens that were issued", table, none: "there were none")
    }

    private func deeds() {
        var table = TextTable([
            .init("BY", leastWidth: 12), .init("ACTION", leastWidth: 12), .init("OUTCOME"),
            .init("TIMES", isNumber: true), .init("FIRST"), .init("LAST"),
        ])
        for deed in report["deeds"]?.elements ?? [] {
            table.add([
                deed.text("actor"), deed.text("action"), deed.text("outcome"),
                Figures.count(deed.number("count")), Figures.moment(deed.text("first")),
                Figures.moment(deed.text("last")),
            ])
        }
        section("What was done", table, none: "nothing")
    }

    private func entries(_ title: String, _ member: String, none: String) {
        var table = TextTable([
            .init("TIME"), .init("BY", leastWidth: 12), .init("SIGN-IN"), .init("FROM", leastWidth: 8),
            .init("ACTION", leastWidth: 12), .init("SUBJECT", leastWidth: 12), .init("ITEMS", isNumber: true),
            .init("OUTCOME"),
        ])
        for entry in report[member]?.elements ?? [] {
            table.add([
                Figures.moment(entry.text("time")), entry.text("actor"), entry.text("signIn"),
                entry.text("address"), entry["detail"]?["action"]?.string ?? entry.text("action"),
                entry.text("subject"), entry["detail"]?.text("items") ?? "", entry.text("outcome"),
            ])
        }
        section(title, table, none: none)
        let more = report.number("\(member)LeftOut")
        if more > 0 {
            _ = output.line("and \(Figures.count(more)) more; `homeroom audit search` shows them all")
        }
    }

    private func denials() {
        var table = TextTable([.init("REASON"), .init("TIMES", isNumber: true)])
        for (reason, count) in report["denials"]?.members ?? [] {
            table.add([reason, Figures.count(count.int ?? 0)])
        }
        section("Requests that were refused", table, none: "none")
    }

    private func ends() {
        var table = TextTable([.init("CHAIN"), .init("ENTRIES TO", isNumber: true), .init("DIGEST")])
        for head in report["heads"]?.elements ?? [] {
            table.add([head.text("kind"), Figures.count(head.number("number")), head.text("digest")])
        }
        section("The chains that this was made of", table, none: "none")
    }
}
