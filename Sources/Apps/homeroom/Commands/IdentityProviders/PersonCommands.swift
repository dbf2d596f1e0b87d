import Base

/// The commands about single people whom a district's identity provider lets in.
enum PersonCommands {
    static let all: [Command] = [refuse, list, allow]

    private static let tenant = CommandArgument(name: "TENANT", help: "the tenant's id or its exact name")
    private static let person = CommandArgument(
        name: "PERSON", help: "the provider's name, a slash, and what it calls them")

    private static let refuse = Command(
        path: ["person", "refuse"],
        summary: "refuse somebody whom an identity provider lets in, and their tokens",
        arguments: [tenant, person],
        options: [CommandOption(name: "reason", value: "TEXT", help: "why, for those who read the list")]
            + ControlClient.options,
        notes: [
            "What a provider calls somebody is the claim `sub` of its tokens; `identity-provider test` shows it as the subject, and the "
                + "audit of each token that was issued as the person."
        ],
        examples: [#"homeroom person refuse "Springfield USD" google/1098 --reason left"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let answer = try client.post(try path(client, invocation)) { json in
                json.member("person", invocation.argument(1))
                if let reason = invocation.value("reason") { json.member("reason", reason) }
            }
            if let code = Output(invocation).json(answer) { return code }
            return Output(invocation).line(
                "\(answer.json.text("person")) is refused from now on, with their tokens and sessions")
        })

    private static let list = Command(
        path: ["person", "list"], summary: "list whom a district refuses, and whom it has let in again",
        arguments: [tenant], options: ControlClient.options,
        examples: [#"homeroom person list "Springfield USD""#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let path = try path(client, invocation)
            if invocation.isSet("json") { return try Output(invocation).json(list: client, path, "people") }
            var table = TextTable([
                .init("PERSON", leastWidth: 16), .init("STATE"), .init("REFUSED"),
                .init("REASON", leastWidth: 8),
            ])
            for found in try client.list(path, "people") {
                table.add([
                    found.text("person"), found.text("state"), found.text("refusedAt"), found.text("reason"),
                ])
            }
            return Output(invocation).table(table, empty: "nobody was refused")
        })

    private static let allow = Command(
        path: ["person", "allow"],
        summary: "let somebody in again; what was issued to them before stays refused",
        arguments: [tenant, person], options: ControlClient.options,
        examples: [#"homeroom person allow "Springfield USD" google/1098"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let path = try path(client, invocation)
            let name = invocation.argument(1)
            guard
                let known = try client.list(path, "people").first(where: {
                    $0.text("person") == name || $0.text("id") == name
                })
            else {
                throw CommandFailure.failed(
                    "nobody called `\(name)` was refused; `homeroom person list` shows who was")
            }
            let answer = try client.delete(path + "/" + known.text("id"))
            if let code = Output(invocation).json(answer) { return code }
            return Output(invocation).line("\(answer.json.text("person")) can come in again")
        })

    private static func path(
        _ client: ControlClient, _ invocation: Invocation
    ) throws(CommandFailure) -> String {
        "/v1/tenants/\(try TenantFinder(client).find(invocation.argument(0)).text("id"))/refused-people"
    }
}
