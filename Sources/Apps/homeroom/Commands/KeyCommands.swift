import Base

/// The commands about keys.
enum KeyCommands {
    static let all: [Command] = [create, list, rotate, revoke]

    private static let create = Command(
        path: ["key", "create"],
        summary: "make a key for a program or a person: for the control API, or for the gateway",
        options: [
            CommandOption(
                name: "role", value: "ROLE",
                help: "sales, operator, reviewer or admin; give it again for more", isRequired: true,
                isRepeatable: true),
            CommandOption(
                name: "opens", value: "WHAT", help: "gateway or control",
                standard: "gateway for an operator, else control"),
            CommandOption(name: "label", value: "TEXT", help: "what people know it by"),
            CommandOption(
                name: "expires", value: "WHEN", help: "when it ends: 90d, 2027-01-01", standard: "never"),
            CommandOption(
                name: "out", value: "FILE",
                help: "write it to a new file (mode 0600): that AWS_SHARED_CREDENTIALS_FILE can name, "
                    + "or --key-file"),
        ] + ControlClient.options,
        notes: [
            "`homeroom access list` shows what each role may do. For the gateway there are operators' keys alone: who has one sees "
                + "physical tables, its own, which it makes and changes like any user of DynamoDB, and those that hold tenants' items, "
                + "which it can read; each such look is in the audit log.",
            "A reviewer alone can accept a risk with policies.",
            "The secret is shown this once: it is not stored.",
        ],
        examples: [
            "homeroom key create --role operator --label terraform --out operator.aws",
            "AWS_SHARED_CREDENTIALS_FILE=operator.aws aws dynamodb list-tables",
            "homeroom key create --role reviewer --label Ada --out ada.key",
            "homeroom key create --role sales --label crm --expires 90d --out crm.key",
        ],
        run: { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let client = try ControlClient(invocation)
        let answer = try make(client, invocation)
        if let key = answer.json["controlKey"]?.string { return show(control: key, answer, invocation) }
        let (id, secret) = (answer.json.text("accessKeyId"), answer.json.text("secretAccessKey"))
        if let code = Output(invocation).json(answer) { return code }
        let terminal = invocation.terminal
        Output(invocation).pairs([
            ("access key", id), ("secret", invocation.value("out").map { "in \($0)" } ?? secret),
            ("expires", end(of: answer)),
        ])
        terminal.line("\nAn AWS SDK or the AWS CLI needs these, and AWS_DEFAULT_REGION (any):\n")
        func export(_ name: String, _ value: String) {
            terminal.line("  export \(name)=\(ShellText.posix(TextWidth.harmless(value)))")
        }
        export("AWS_ENDPOINT_URL", answer.json.text("endpoint"))
        if let path = invocation.value("out") {
            export("AWS_SHARED_CREDENTIALS_FILE", path)
        } else {
            export("AWS_ACCESS_KEY_ID", id)
            terminal.line("  export AWS_SECRET_ACCESS_KEY=…   (the secret, which is shown this once)")
        }
        return .done
    }

    private static func show(
        control key: String, _ answer: ControlClient.Answer, _ invocation: Invocation
    ) -> ExitCode {
        if let code = Output(invocation).json(answer) { return code }
        let file = invocation.value("out")
        let former = answer.json["key"]?.text("formerSecretUntil") ?? ""
        Output(invocation).pairs([
            ("key", answer.json["key"]?.text("id") ?? ""), ("secret", file.map { "in \($0)" } ?? key),
            ("expires", end(of: answer)),
            ("before", former.isEmpty ? "" : "the secret before is good until \(Figures.moment(former)) UTC"),
        ])
        invocation.terminal.line("\nCommands take it from a file:\n")
        invocation.terminal.line("  homeroom access list --key-file \(TextWidth.harmless(file ?? "FILE"))")
        return .done
    }

    private static func end(of answer: ControlClient.Answer) -> String {
        let end = answer.json["key"]?.text("expiresAt") ?? ""
        return end.isEmpty ? "" : Figures.moment(end) + " UTC"
    }

    private static func make(
        _ client: ControlClient, _ invocation: Invocation
    ) throws(CommandFailure) -> ControlClient.Answer {
        try withSecretFile(invocation) { () throws(CommandFailure) in
            try client.post("/v1/keys") { json in
                json.name("roles")
                json.beginArray()
                for role in invocation.values("role") { json.string(role) }
                json.endArray()
                for name in ["opens", "label", "expires"] {
                    if let value = invocation.value(name) {
                        json.name(text: name)
                        json.string(value)
                    }
                }
            }
        }
    }

    /// Sends what answers a secret, which goes to the file of `--out`, where there is one. The file comes first: a key whose secret
    /// has nowhere to go would be lost.
    private static func withSecretFile(
        _ invocation: Invocation, _ send: () throws(CommandFailure) -> ControlClient.Answer
    ) throws(CommandFailure) -> ControlClient.Answer {
        guard let path = invocation.value("out") else { return try send() }
        let file = try SecretFile(creating: path)
        let answer: ControlClient.Answer
        do throws(CommandFailure) { answer = try send() } catch {
            SecretFile.remove(path)
            throw error
        }
        if let key = answer.json["controlKey"]?.string {
            try file.append(key + "\n")
            return answer
        }
        try file.append(
            "[default]\naws_access_key_id = \(answer.json.text("accessKeyId"))\n"
                + "aws_secret_access_key = \(answer.json.text("secretAccessKey"))\n")
        return answer
    }

    private static let list = Command(
        path: ["key", "list"], summary: "list all keys: what they open, when they were last used",
        options: [
            CommandOption(name: "tenant", value: "TENANT", help: "only a tenant's own: id or exact name"),
            CommandOption(name: "role", value: "ROLE", help: "only those with a role, such as sales"),
            CommandOption(name: "state", value: "STATE", help: "only those: active, revoked, expired"),
            ListQuery.sort(
                "id", "label", "role", "createdAt", "expiresAt", "lastUsedAt", standard: "id"),
        ] + ControlClient.options,
        examples: ["homeroom key list", "homeroom key list --state active --sort lastUsedAt"],
        run: { invocation in
            let client = try ControlClient(invocation)
            var query = ListQuery(invocation, ["role", "state", "sort"])
            query.add(
                "tenant", try invocation.value("tenant").map { try TenantFinder(client).find($0).text("id") })
            let path = query.path("/v1/keys")
            if invocation.isSet("json") { return try Output(invocation).json(list: client, path, "keys") }
            var table = TextTable([
                .init("KEY", leastWidth: 20), .init("OPENS"), .init("ROLE", leastWidth: 8), .init("STATE"),
                .init("LAST USED"), .init("EXPIRES"), .init("LABEL", leastWidth: 8),
            ])
            for key in try client.list(path, "keys") {
                let label = key.text("label")
                table.add([
                    key.text("id"), key.text("opens"), key.text("role"), key.text("state"),
                    day(key, "lastUsedAt"), day(key, "expiresAt"),
                    label.isEmpty ? key.text("tenant") : label,
                ])
            }
            return Output(invocation).table(table, empty: query.isEmpty ? "no keys" : "no such keys")
        })

    /// The date of a moment; nothing where there is none.
    private static func day(_ key: JSONAnswer, _ name: String) -> String { String(key.text(name).prefix(10)) }

    private static let key = CommandArgument(
        name: "KEY", help: "the key's id, as `homeroom key list` shows it")

    private static let rotate = Command(
        path: ["key", "rotate"],
        summary: "give a key another secret; the one before stays good for a while",
        arguments: [key],
        options: [
            CommandOption(
                name: "grace", value: "SECONDS", help: "how long the secret before stays good",
                standard: "86400"),
            CommandOption(
                name: "out", value: "FILE", help: "write the key to a new file (mode 0600) for --key-file"),
        ] + ControlClient.options,
        notes: ["A key that ends is good for as long again as when it was made."],
        examples: ["homeroom key rotate sales-0123456789ab --grace 3600 --out crm-2.key"],
        run: { invocation in
            let grace = try invocation.integer("grace", in: 0...30 * 86_400)
            let client = try ControlClient(invocation)
            let path = "/v1/keys/\(ControlClient.encoded(invocation.argument(0)))/rotate"
            let answer = try withSecretFile(invocation) { () throws(CommandFailure) in
                try client.post(path) { json in
                    guard let grace else { return }
                    json.name("graceSeconds")
                    json.int(grace)
                }
            }
            return show(control: answer.json.text("controlKey"), answer, invocation)
        })

    private static let revoke = Command(
        path: ["key", "revoke"], summary: "refuse a key from now on",
        arguments: [key],
        options: [.yes] + ControlClient.options,
        examples: ["homeroom key revoke AKIAQ2W3E4R5T6Y7U2I3 --yes"],
        run: { invocation in
            try invocation.confirm(
                "Key \(invocation.argument(0)) is refused from now on; it cannot be made good again.",
                refusal: "a revoked key cannot be made good again; add --yes to revoke it")
            let client = try ControlClient(invocation)
            let answer = try client.delete("/v1/keys/\(ControlClient.encoded(invocation.argument(0)))")
            if let code = Output(invocation).json(answer) { return code }
            return Output(invocation).line("key \(answer.json.text("id")) is refused from now on")
        })
}
