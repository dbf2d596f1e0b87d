import Base

/// `homeroom audit …`: who did what, and whether the record of it is whole.
enum AuditCommands {
    static let all: [Command] = [
        list("list"), list("search"), show, AuditExportCommand.command, AuditVerifyCommand.command, heads,
        AccessReportCommand.command,
    ]

    /// The options by which entries are found.
    private static let filters: [CommandOption] = [
        CommandOption(
            name: "tenant", value: "TENANT", help: "that concern this tenant: its id or exact name"),
        CommandOption(name: "actor", value: "ACTOR", help: "by this one, as the list shows it"),
        CommandOption(
            name: "action", value: "ACTION", help: "of this action; `tenant.*` for all that begin so"),
        CommandOption(
            name: "since", value: "AGO", help: "from then on: 30m, 1h, 2d, or 2026-01-31T08:05:00Z"),
        CommandOption(name: "until", value: "AGO", help: "before then, said likewise"),
        CommandOption(name: "outcome", value: "OUTCOME", help: "done, refused, failed or begun"),
        CommandOption(name: "kind", value: "KIND", help: "activity, access or denial"),
    ]

    private static func list(_ name: String) -> Command {
        Command(
            path: ["audit", name],
            summary: name == "list" ? "list who did what, the newest first" : "the same as `audit list`",
            options: filters + [
                CommandOption(name: "limit", value: "NUMBER", help: "how many at most", standard: "50")
            ] + ControlClient.options,
            notes: [
                "`activity` is what was changed, `access` what was looked at across tenants, `denial` what was refused, as counts "
                    + "by reason. No entry holds anything of an item, nor a key of one."
            ],
            examples: [
                name == "list"
                    ? "homeroom audit list --limit 20"
                    : #"homeroom audit search --tenant "Springfield USD" --kind access --since 30d"#
            ],
            run: { try search($0) })
    }

    private static func search(_ invocation: Invocation) throws -> ExitCode {
        let limit = try invocation.integer("limit", in: 1...100_000) ?? 50
        let client = try ControlClient(invocation)
        let path = "/v1/audit" + (try query(invocation, client))
        if invocation.isSet("json") {
            return try Output(invocation).json(list: client, path, "entries", max: limit)
        }
        var table = TextTable([
            .init("ID"), .init("TIME"), .init("ACTION", leastWidth: 10), .init("SUBJECT", leastWidth: 16),
            .init("OUTCOME"), .init("BY", leastWidth: 6), .init("FROM", leastWidth: 6),
        ])
        for entry in try client.list(path, "entries", max: limit) {
            table.add([
                entry.text("id"), Figures.moment(entry.text("time")), entry.text("action"),
                entry.text("subject"), entry.text("outcome"), entry.text("actor"), entry.text("address"),
            ])
        }
        return Output(invocation).table(table, empty: "the audit has no such entry")
    }

    private static func query(_ invocation: Invocation, _ client: ControlClient) throws -> String {
        var parameters: [(String, String)] = []
        for name in ["since", "until"] {
            if let text = try moment(name, invocation) { parameters.append((name, text)) }
        }
        for name in ["actor", "action", "outcome", "kind"] {
            if let text = invocation.value(name) { parameters.append((name, text)) }
        }
        if let tenant = invocation.value("tenant") {
            parameters.append(("tenant", try tenantID(tenant, client)))
        }
        let query = parameters.map { "\($0)=\(ControlClient.encoded($1))" }.joined(separator: "&")
        return query.isEmpty ? "" : "?\(query)"
    }

    /// A tenant's id, also of one that has left, or of one that is named.
    static func tenantID(_ text: String, _ client: ControlClient) throws(CommandFailure) -> String {
        if TenantID(text) != nil { return text }
        return try TenantFinder(client).find(text).text("id")
    }

    /// The value of an option that is a moment; the server's clock counts, this one only tells what can be read.
    static func moment(_ name: String, _ invocation: Invocation) throws(CommandFailure) -> String? {
        guard let text = invocation.value(name) else { return nil }
        guard Timestamp(past: text, before: SystemClock().now()) != nil else {
            throw .usage(
                "--\(name): expected 30m, 1h, 2d, 2026-01-31 or 2026-01-31T08:05:00Z, found `\(text)`")
        }
        return text
    }

    private static let show = Command(
        path: ["audit", "show"], summary: "show all that one entry of the audit says",
        arguments: [CommandArgument(name: "ID", help: "the entry's id, as `audit search` shows it")],
        options: ControlClient.options, examples: ["homeroom audit show a1fv9ldb7s00000012"],
        run: { invocation in
            let id = ControlClient.encoded(invocation.argument(0))
            let answer = try ControlClient(invocation).get("/v1/audit/entries/\(id)")
            if let code = Output(invocation).json(answer) { return code }
            let entry = answer.json
            let names = [
                "id", "time", "kind", "number", "action", "subject", "tenant", "outcome", "actor", "signIn",
                "address", "requestId", "traceId", "previous",
            ]
            var pairs = names.map { name in
                (name, entry[name]?.int.map(String.init) ?? entry.text(name))
            }
            for part in ["before", "after", "detail"] {
                for (name, value) in entry[part]?.members ?? [] {
                    pairs.append(("\(part) \(name)", value.string ?? ""))
                }
            }
            Output(invocation).pairs(pairs)
            return .done
        })

    private static let heads = Command(
        path: ["audit", "heads"],
        summary: "show where the audit's chains end, and the heads that were sealed",
        options: [CommandOption(name: "limit", value: "NUMBER", help: "how many at most", standard: "50")]
            + ControlClient.options,
        notes: [
            "A head is the number and the digest of a chain's last entry, signed by the service. Who keeps one elsewhere can tell "
                + "for ever that nothing before it was changed: `audit verify --heads FILE`."
        ],
        examples: ["homeroom audit heads --limit 10"],
        run: { invocation in
            let limit = try invocation.integer("limit", in: 1...10_000) ?? 50
            let client = try ControlClient(invocation)
            if invocation.isSet("json") {
                return try Output(invocation).json(list: client, "/v1/audit/heads", "heads", max: limit)
            }
            let ends = try client.get("/v1/audit/heads?limit=1").json["ends"]?.elements ?? []
            var now = TextTable([
                .init("CHAIN"), .init("ENTRIES TO", isNumber: true), .init("DIGEST", leastWidth: 16),
            ])
            for end in ends {
                now.add([end.text("kind"), Figures.count(end.number("number")), end.text("digest")])
            }
            _ = Output(invocation).table(now, empty: "the audit is empty")
            invocation.terminal.line()
            var sealed = TextTable([
                .init("SEALED"), .init("CHAIN"), .init("NUMBER", isNumber: true),
            ])
            for head in try client.list("/v1/audit/heads", "heads", max: limit) {
                sealed.add([
                    Figures.moment(head.text("signedAt")), head.text("kind"),
                    Figures.count(head.number("number")),
                ])
            }
            return Output(invocation).table(sealed, empty: "no head was sealed yet; that is done each minute")
        })
}
