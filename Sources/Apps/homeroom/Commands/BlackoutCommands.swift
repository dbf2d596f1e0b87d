import Base

/// `homeroom tenant blackout …`: days on which a tenant is not moved by itself.
enum BlackoutCommands {
    static let all: [Command] = [set, list, clear]

    private static let tenant = CommandArgument(name: "TENANT", help: "the tenant's id or its exact name")

    private static let set = Command(
        path: ["tenant", "blackout", "set"],
        summary: "keep a tenant from being moved by itself on some days",
        arguments: [
            tenant, CommandArgument(name: "FIRST-DAY", help: "such as 2026-12-14, in the tenant's time zone"),
            CommandArgument(
                name: "LAST-DAY", help: "the last of the days; the first where none is named",
                isOptional: true),
        ],
        options: [
            CommandOption(
                name: "reason", value: "TEXT", help: "why, for whoever wonders later", isRequired: true)
        ] + ControlClient.options,
        notes: [
            "These days are kept beside those of the catalog, which are for all tenants. What began on the same day before is replaced. "
                + "An operator's own move, by `homeroom tenant move` or with `--now`, goes by no calendar."
        ],
        examples: [
            #"homeroom tenant blackout set "Springfield USD" 2026-12-14 2026-12-18 \"#,
            #"    --reason "exam week""#,
        ],
        run: { invocation in
            let client = try ControlClient(invocation)
            let first = invocation.argument(1)
            let last = invocation.arguments.count > 2 ? invocation.argument(2) : first
            let path = "\(try path(client, invocation))/\(ControlClient.encoded(first))"
            let answer = try client.write("PUT", path) { json in
                json.member("to", last)
                json.member("reason", invocation.value("reason") ?? "")
            }
            return show(answer, invocation)
        })

    private static let list = Command(
        path: ["tenant", "blackout", "list"],
        summary: "list the days on which a tenant is not moved by itself", arguments: [tenant],
        options: ControlClient.options, examples: [#"homeroom tenant blackout list "Springfield USD""#],
        run: { invocation in
            let client = try ControlClient(invocation)
            return show(try client.get(try path(client, invocation)), invocation)
        })

    private static let clear = Command(
        path: ["tenant", "blackout", "clear"],
        summary: "let a tenant be moved by itself on days of its own blackouts",
        arguments: [
            tenant,
            CommandArgument(
                name: "FIRST-DAY", help: "of which blackout; all of its own where none is named",
                isOptional: true),
        ],
        options: ControlClient.options,
        examples: [#"homeroom tenant blackout clear "Springfield USD" 2026-12-14"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let day = invocation.arguments.dropFirst().first.map { "/\(ControlClient.encoded($0))" } ?? ""
            return show(try client.delete("\(try path(client, invocation))\(day)"), invocation)
        })

    private static func path(_ client: ControlClient, _ invocation: Invocation) throws -> String {
        "/v1/tenants/\(try TenantFinder(client).find(invocation.argument(0)).text("id"))/blackouts"
    }

    private static func show(_ answer: ControlClient.Answer, _ invocation: Invocation) -> ExitCode {
        if let code = Output(invocation).json(answer) { return code }
        var table = TextTable([.init("FROM"), .init("TO"), .init("OF"), .init("REASON", leastWidth: 12)])
        for (member, owner) in [("blackouts", "the tenant"), ("catalog", "the catalog")] {
            for blackout in answer.json[member]?.elements ?? [] {
                table.add([blackout.text("from"), blackout.text("to"), owner, blackout.text("reason")])
            }
        }
        return Output(invocation).table(table, empty: "none: it may be moved on any day")
    }
}
