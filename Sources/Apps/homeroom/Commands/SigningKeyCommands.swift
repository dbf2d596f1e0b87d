import Base

/// The commands about the keys that sign tokens.
enum SigningKeyCommands {
    static let all: [Command] = [list, rotate, revoke, KeyRewrap.command]

    private static let list = Command(
        path: ["signing-key", "list"], summary: "list the keys that sign tokens, or did",
        options: ControlClient.options,
        notes: [
            "A key is `next` while it is published and does not sign yet, `current` while it signs, `former` until its last token has "
                + "expired, `gone` afterwards; `revoked` where its tokens are refused."
        ],
        examples: ["homeroom signing-key list"],
        run: { invocation in
            let (answer, keys) = try ControlClient(invocation).whole("/v1/signing-keys", "keys")
            return show(answer, keys, invocation)
        })

    private static let rotate = Command(
        path: ["signing-key", "rotate"],
        summary: "sign with the next key from now on; no token is refused for it",
        options: ControlClient.options,
        notes: [
            "The server does this by itself when a key has signed for 90 days (`serve --signing-key-days`). The next key must have been "
                + "published for six minutes: so long a client may go on with the keys that it has fetched."
        ],
        examples: ["homeroom signing-key rotate"],
        run: { invocation in
            let answer = try ControlClient(invocation).post("/v1/signing-keys/rotate")
            return show(answer, answer.json["keys"]?.elements ?? [], invocation)
        })

    private static let revoke = Command(
        path: ["signing-key", "revoke"],
        summary: "refuse all tokens of a key from now on, and their sessions",
        arguments: [
            CommandArgument(name: "KEY", help: "the key's id, as `homeroom signing-key list` shows it")
        ],
        options: [CommandOption(name: "yes", help: "do not ask")] + ControlClient.options,
        notes: ["For a key that has leaked. Where it was the current one, the next one signs at once."],
        examples: ["homeroom signing-key revoke NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs --yes"],
        run: { invocation in
            let key = ControlClient.encoded(invocation.argument(0))
            try invocation.confirm(
                "All tokens that key `\(invocation.argument(0))` has signed are refused, for good, and the sessions that they have opened.",
                refusal: "add --yes to revoke the key")
            let answer = try ControlClient(invocation).post("/v1/signing-keys/\(key)/revoke")
            if let code = Output(invocation).json(answer) { return code }
            return Output(invocation).line(
                "key \(answer.json.text("id")) is revoked: its tokens and their sessions are refused")
        })

    private static func show(
        _ answer: ControlClient.Answer, _ keys: [JSONAnswer], _ invocation: Invocation
    ) -> ExitCode {
        if let code = Output(invocation).json(answer) { return code }
        var table = TextTable([
            .init("KEY", leastWidth: 12), .init("FOR"), .init("STATE"), .init("MADE"), .init("SIGNS FROM"),
            .init("UNTIL"),
        ])
        for key in keys {
            table.add([
                key.text("id"), key.text("algorithm"), key.text("state"),
                Figures.moment(key.text("createdAt")), moment(key, "signsFrom"), moment(key, "signedUntil"),
            ])
        }
        return Output(invocation).table(table, empty: "no keys")
    }

    private static func moment(_ key: JSONAnswer, _ name: String) -> String {
        key.text(name).isEmpty ? "" : Figures.moment(key.text(name))
    }
}
