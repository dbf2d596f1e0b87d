import Base

/// The commands about service accounts: programs of a tenant that get tokens by their own credentials.
enum ServiceAccountCommands {
    static let all: [Command] = [create, list, rotate, disable, enable, remove, revokeToken]

    private static let account = CommandArgument(
        name: "ACCOUNT", help: "its id, as `homeroom service-account list` shows it")
    private static let out = CommandOption(
        name: "out", value: "FILE", help: "write id and secret to a new file (mode 0600)")

    private static let create = Command(
        path: ["service-account", "create"],
        summary: "let a program of a tenant get tokens by its own credentials",
        options: [
            CommandOption(
                name: "tenant", value: "TENANT", help: "the tenant's id or exact name", isRequired: true),
            CommandOption(
                name: "school", value: "SCHOOL",
                help: "a school that it may act for; several times for several; none for the district",
                isRepeatable: true),
            CommandOption(
                name: "role", value: "ROLE", help: "a role of the policies, such as service", isRequired: true
            ),
            CommandOption(name: "label", value: "TEXT", help: "what people know it by"),
            CommandOption(
                name: "algorithm", value: "NAME",
                help: "ES256, or RS256 for clients that know nothing else", standard: "ES256",
                choices: ["ES256", "RS256"]),
            CommandOption(name: "days", value: "NUMBER", help: "how long it is good", standard: "for ever"),
            out,
        ] + ControlClient.options,
        notes: [
            "It gets tokens at /oauth/token by OAuth 2.0's client credentials: scope=school:ID where it may act for several schools, "
                + "scope=offline_access for a refresh token. The secret is shown this once."
        ],
        examples: [
            #"homeroom service-account create --tenant "Springfield USD" \"#,
            #"    --school "Lincoln High" --role service --out gradebook.json"#,
        ],
        run: { invocation in
            let client = try ControlClient(invocation)
            let tenant = try TenantFinder(client).find(invocation.value("tenant") ?? "")
            let days = try invocation.integer("days", in: 1...3650)
            return try withSecret(invocation) { () throws(CommandFailure) in
                try client.post("/v1/service-accounts") { json in
                    json.member("tenant", tenant.text("id"))
                    json.name("schools")
                    json.beginArray()
                    for school in invocation.values("school") { json.string(school) }
                    json.endArray()
                    for name in ["role", "label", "algorithm"] {
                        guard let value = invocation.value(name) else { continue }
                        json.name(text: name)
                        json.string(value)
                    }
                    if let days {
                        json.name("days")
                        json.int(days)
                    }
                }
            }
        })

    private static let list = Command(
        path: ["service-account", "list"], summary: "list service accounts",
        options: [
            CommandOption(name: "tenant", value: "TENANT", help: "those of this tenant only"),
            CommandOption(name: "role", value: "ROLE", help: "only those with a role, such as service"),
            CommandOption(name: "state", value: "STATE", help: "only those: active, disabled"),
            ListQuery.sort("id", "label", "createdAt", "expiresAt", standard: "id"),
        ] + ControlClient.options,
        examples: ["homeroom service-account list", "homeroom service-account list --sort expiresAt"],
        run: { invocation in
            let client = try ControlClient(invocation)
            var query = ListQuery(invocation, ["role", "state", "sort"])
            query.add(
                "tenant", try invocation.value("tenant").map { try TenantFinder(client).find($0).text("id") })
            let path = query.path("/v1/service-accounts")
            if invocation.isSet("json") {
                return try Output(invocation).json(list: client, path, "accounts")
            }
            var table = TextTable([
                .init("ACCOUNT", leastWidth: 24), .init("TENANT"), .init("SCHOOLS", isNumber: true),
                .init("ROLE"), .init("STATE"), .init("LABEL", leastWidth: 8),
            ])
            for account in try client.list(path, "accounts") {
                let schools = account["schools"]?.elements.count ?? 0
                table.add([
                    account.text("id"), account.text("tenant"), schools == 0 ? "-" : String(schools),
                    account.text("role"), account.text("state"), account.text("label"),
                ])
            }
            return Output(invocation).table(
                table, empty: query.isEmpty ? "no service accounts" : "no such service accounts")
        })

    private static let rotate = Command(
        path: ["service-account", "rotate"], summary: "give a service account another secret",
        arguments: [account],
        options: [
            CommandOption(
                name: "grace", value: "SECONDS", help: "how long the secret before stays good beside it",
                standard: "0"), out,
        ] + ControlClient.options,
        examples: ["homeroom service-account rotate svc_0t5z8cvh6t2wj9k3mq7x --grace 3600"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let grace = try invocation.integer("grace", in: 0...604_800) ?? 0
            let id = ControlClient.encoded(invocation.argument(0))
            return try withSecret(invocation) { () throws(CommandFailure) in
                try client.post("/v1/service-accounts/\(id)/rotate") { json in
                    json.name("graceSeconds")
                    json.int(grace)
                }
            }
        })

    private static let disable = change(
        "disable", "refuse a service account and all its tokens from now on",
        "is refused from now on, with its tokens and their sessions")
    private static let enable = change(
        "enable", "let a service account get tokens again; those from before stay refused",
        "gets tokens again")

    private static func change(_ word: String, _ summary: String, _ done: String) -> Command {
        Command(
            path: ["service-account", word], summary: summary, arguments: [account],
            options: ControlClient.options,
            examples: ["homeroom service-account \(word) svc_0t5z8cvh6t2wj9k3mq7x"],
            run: { invocation in
                let id = ControlClient.encoded(invocation.argument(0))
                let answer = try ControlClient(invocation).post("/v1/service-accounts/\(id)/\(word)")
                if let code = Output(invocation).json(answer) { return code }
                return Output(invocation).line("service account \(answer.json.text("id")) \(done)")
            })
    }

    private static let remove = Command(
        path: ["service-account", "remove"],
        summary: "remove a service account, and refuse what was issued to it", arguments: [account],
        options: [CommandOption(name: "yes", help: "do not ask")] + ControlClient.options,
        examples: ["homeroom service-account remove svc_0t5z8cvh6t2wj9k3mq7x --yes"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let what = "`\(invocation.argument(0))`"
            try invocation.confirm(
                "Service account \(what) is removed, and its tokens are refused.",
                refusal: "add --yes to remove \(what)")
            let answer = try client.delete(
                "/v1/service-accounts/\(ControlClient.encoded(invocation.argument(0)))")
            if let code = Output(invocation).json(answer) { return code }
            return Output(invocation).line("service account \(answer.json.text("id")) is removed")
        })

    private static let revokeToken = Command(
        path: ["token", "revoke"], summary: "refuse a token from now on, and the sessions that it has opened",
        options: [
            CommandOption(name: "file", value: "FILE", help: "the file with the token", isRequired: true)
        ] + ControlClient.options,
        examples: ["homeroom token revoke --file token.jwt"],
        run: { invocation in
            let path = invocation.value("file") ?? ""
            guard let token = ControlClient.firstLine(of: path) else {
                throw CommandFailure.failed("--file: cannot read a token from `\(path)`")
            }
            let answer = try ControlClient(invocation).post(
                "/oauth/revoke", form: [("token", token)])
            if let code = Output(invocation).json(answer) { return code }
            return Output(invocation).line("the token is refused from now on")
        })

    /// Shows an account's secret, or writes it to a file, which is made first: a secret that has nowhere to go would be lost.
    private static func withSecret(
        _ invocation: Invocation, _ ask: () throws(CommandFailure) -> ControlClient.Answer
    ) throws -> ExitCode {
        let answer: ControlClient.Answer
        if let path = invocation.value("out") {
            let file = try SecretFile(creating: path)
            do throws(CommandFailure) { answer = try ask() } catch {
                SecretFile.remove(path)
                throw error
            }
            try file.append(answer.body)
        } else {
            answer = try ask()
        }
        if let code = Output(invocation).json(answer) { return code }
        Output(invocation).pairs([
            ("client id", answer.json.text("clientId")),
            ("secret", invocation.value("out").map { "in \($0)" } ?? answer.json.text("clientSecret")),
        ])
        return .done
    }
}
