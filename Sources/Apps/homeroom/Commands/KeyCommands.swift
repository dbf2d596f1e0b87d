import Base

/// The commands about keys.
enum KeyCommands {
    static let all: [Command] = [create, list, revoke]

    private static let create = Command(
        path: ["key", "create"],
        summary: "make a key: an operator's for the gateway, or a reviewer's for the policies",
        options: [
            CommandOption(name: "role", value: "ROLE", help: "operator or reviewer", isRequired: true),
            CommandOption(name: "label", value: "TEXT", help: "what people know it by"),
            CommandOption(
                name: "out", value: "FILE",
                help: "write it to a new file (mode 0600): that AWS_SHARED_CREDENTIALS_FILE can name, "
                    + "or --key-file"),
        ] + ControlClient.options,
        notes: [
            "An operator sees physical tables: its own, which it makes and changes like any user of DynamoDB, and those that hold "
                + "tenants' items, which it can read; each such look is in the audit log.",
            "A reviewer reads, checks and activates policies (`homeroom policy`), alone can accept a risk with them, and reads decisions "
                + "and the audit log; nothing else.",
            "The secret is shown this once: it is not stored.",
        ],
        examples: [
            "homeroom key create --role operator --label terraform --out operator.aws",
            "AWS_SHARED_CREDENTIALS_FILE=operator.aws aws dynamodb list-tables",
            "homeroom key create --role reviewer --label Ada --out ada.key",
        ],
        run: { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let client = try ControlClient(invocation)
        let answer = try make(client, invocation)
        if let key = answer.json["controlKey"]?.string { return show(reviewer: key, answer, invocation) }
        let (id, secret) = (answer.json.text("accessKeyId"), answer.json.text("secretAccessKey"))
        if let code = Output(invocation).json(answer) { return code }
        let terminal = invocation.terminal
        Output(invocation).pairs([
            ("access key", id), ("secret", invocation.value("out").map { "in \($0)" } ?? secret),
        ])
        terminal.line("\nAn AWS SDK or the AWS CLI needs these, and AWS_DEFAULT_REGION (any):\n")
        terminal.line("  export AWS_ENDPOINT_URL=\(answer.json.text("endpoint"))")
        if let path = invocation.value("out") {
            terminal.line("  export AWS_SHARED_CREDENTIALS_FILE=\(path)")
        } else {
            terminal.line("  export AWS_ACCESS_KEY_ID=\(id)")
            terminal.line("  export AWS_SECRET_ACCESS_KEY=…   (the secret, which is shown this once)")
        }
        return .done
    }

    private static func show(
        reviewer key: String, _ answer: ControlClient.Answer, _ invocation: Invocation
    ) -> ExitCode {
        if let code = Output(invocation).json(answer) { return code }
        let file = invocation.value("out")
        Output(invocation).pairs([
            ("key", answer.json["key"]?.text("id") ?? ""), ("secret", file.map { "in \($0)" } ?? key),
        ])
        invocation.terminal.line("\nThe reviewer's commands take it from a file:\n")
        invocation.terminal.line("  homeroom policy history --key-file \(TextWidth.harmless(file ?? "FILE"))")
        return .done
    }

    private static func make(
        _ client: ControlClient, _ invocation: Invocation
    ) throws(CommandFailure) -> ControlClient.Answer {
        guard let path = invocation.value("out") else { return try post(client, invocation) }
        // The file first: a key whose secret has nowhere to go would be lost.
        let file = try SecretFile(creating: path)
        let answer: ControlClient.Answer
        do throws(CommandFailure) { answer = try post(client, invocation) } catch {
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

    private static func post(
        _ client: ControlClient, _ invocation: Invocation
    ) throws(CommandFailure) -> ControlClient.Answer {
        try client.post("/v1/keys") { json in
            json.member("role", invocation.value("role") ?? "")
            if let label = invocation.value("label") { json.member("label", label) }
        }
    }

    private static let list = Command(
        path: ["key", "list"], summary: "list the keys of administrators, tenants, operators and reviewers",
        options: ControlClient.options, examples: ["homeroom key list"],
        run: { invocation in
            let client = try ControlClient(invocation)
            if invocation.isSet("json") {
                return try Output(invocation).json(list: client, "/v1/keys", "keys")
            }
            var table = TextTable([
                .init("KEY", leastWidth: 20), .init("KIND"), .init("STATE"), .init("MADE"),
                .init("LABEL", leastWidth: 8),
            ])
            for key in try client.list("/v1/keys", "keys") {
                let label = key.text("label")
                table.add([
                    key.text("id"), key.text("kind"), key.text("state"),
                    Figures.moment(key.text("createdAt")), label.isEmpty ? key.text("tenant") : label,
                ])
            }
            return Output(invocation).table(table, empty: "no keys")
        })

    private static let revoke = Command(
        path: ["key", "revoke"], summary: "refuse a key from now on",
        arguments: [CommandArgument(name: "KEY", help: "the key's id, as `homeroom key list` shows it")],
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
