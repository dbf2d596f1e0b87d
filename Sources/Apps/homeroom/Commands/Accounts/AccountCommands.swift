import Base

/// The commands about the accounts of those who run the platform, for administrators.
enum AccountCommands {
    static let all: [Command] = [create, list, show, roles, disable, enable, reset]

    private static let account = CommandArgument(name: "ACCOUNT", help: "the e-mail address")

    private static let role = CommandOption(
        name: "role", value: "ROLE", help: "sales, operator, reviewer or admin; again for more",
        isRequired: true, isRepeatable: true)

    private static let out = CommandOption(
        name: "out", value: "FILE", help: "write the invitation to a new file (mode 0600)")

    private static let create = Command(
        path: ["account", "create"], summary: "make somebody an account and invite them",
        arguments: [account],
        options: [
            CommandOption(name: "name", value: "TEXT", help: "what people call them", isRequired: true), role,
            out,
        ] + ControlClient.options,
        notes: [
            "The invitation is shown this once. It is good for three days, once: hand it over on another way than the address, and its "
                + "holder sets a password with `homeroom account accept`."
        ],
        examples: [#"homeroom account create ada@vendor.example --name "Ada Park" --role sales"#],
        run: { invocation in
            try invite(invocation, "/v1/accounts") { json in
                json.member("account", invocation.argument(0))
                json.member("name", invocation.value("name") ?? "")
                write(roles: invocation, to: &json)
            }
        })

    private static let reset = Command(
        path: ["account", "reset"],
        summary: "take an account's password and second factor, and invite its owner anew",
        arguments: [account],
        options: [out, CommandOption(name: "yes", help: "do not ask")] + ControlClient.options,
        notes: ["All its sessions end, and failed attempts are forgotten."],
        examples: ["homeroom account reset ada@vendor.example --yes"],
        run: { invocation in
            try invocation.confirm(
                "The password and the second factor of `\(invocation.argument(0))` are taken, and all its sessions end.",
                refusal: "add --yes to reset the account")
            return try invite(invocation, "\(path(invocation))/reset") { _ in }
        })

    private static let list = Command(
        path: ["account", "list"], summary: "list the accounts of those who run the platform",
        options: [
            CommandOption(
                name: "role", value: "ROLE", help: "only those with it: sales, operator, reviewer, admin"),
            CommandOption(name: "state", value: "STATE", help: "only those: invited, active, disabled"),
            ListQuery.sort("id", "name", "createdAt", "lastSignInAt", standard: "id"),
        ] + ControlClient.options,
        examples: ["homeroom account list", "homeroom account list --role admin"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let query = ListQuery(invocation, ["role", "state", "sort"])
            let path = query.path("/v1/accounts")
            if invocation.isSet("json") { return try Output(invocation).json(list: client, path, "accounts") }
            var table = TextTable([
                .init("ACCOUNT", leastWidth: 16), .init("NAME", leastWidth: 8), .init("ROLES", leastWidth: 8),
                .init("STATE"), .init("2ND FACTOR"), .init("LAST SEEN"),
            ])
            for account in try client.list(path, "accounts") {
                table.add([
                    account.text("id"), account.text("name"), rolesText(of: account), account.text("state"),
                    account.text("secondFactor"), String(account.text("lastSignInAt").prefix(10)),
                ])
            }
            return Output(invocation).table(
                table,
                empty: query.isEmpty
                    ? "no accounts yet; `homeroom account create --help` makes one" : "no such accounts")
        })

    private static let show = Command(
        path: ["account", "show"], summary: "show an account", arguments: [account],
        options: ControlClient.options, examples: ["homeroom account show ada@vendor.example"],
        run: { invocation in
            display(try ControlClient(invocation).get(path(invocation)), invocation)
        })

    private static let roles = Command(
        path: ["account", "roles"], summary: "give an account other roles, from its next request on",
        arguments: [account], options: [role] + ControlClient.options,
        examples: ["homeroom account roles ada@vendor.example --role sales --role reviewer"],
        run: { invocation in
            display(
                try ControlClient(invocation).write("PUT", "\(path(invocation))/roles") {
                    write(roles: invocation, to: &$0)
                }, invocation)
        })

    private static let disable = Command(
        path: ["account", "disable"], summary: "close an account and end its sessions at once",
        arguments: [account], options: ControlClient.options,
        examples: ["homeroom account disable ada@vendor.example"],
        run: { invocation in
            display(try ControlClient(invocation).post("\(path(invocation))/disable"), invocation)
        })

    private static let enable = Command(
        path: ["account", "enable"], summary: "open a closed account again, with its password",
        arguments: [account], options: ControlClient.options,
        examples: ["homeroom account enable ada@vendor.example"],
        run: { invocation in
            display(try ControlClient(invocation).post("\(path(invocation))/enable"), invocation)
        })

    // MARK: What they do

    private static func path(_ invocation: Invocation) -> String {
        "/v1/accounts/\(ControlClient.encoded(invocation.argument(0)))"
    }

    private static func write(roles invocation: Invocation, to json: inout JSONWriter) {
        json.name("roles")
        json.beginArray()
        for role in invocation.values("role") { json.string(role) }
        json.endArray()
    }

    private static func rolesText(of account: JSONAnswer) -> String {
        account["roles"]?.elements.compactMap(\.string).joined(separator: ",") ?? ""
    }

    private static func display(_ answer: ControlClient.Answer, _ invocation: Invocation) -> ExitCode {
        if let code = Output(invocation).json(answer) { return code }
        let account = answer.json
        Output(invocation).pairs([
            ("account", account.text("id")), ("name", account.text("name")),
            ("roles", rolesText(of: account)),
            ("state", account.text("state")), ("2nd factor", account.text("secondFactor")),
            ("sessions", String(account.number("sessions"))),
            ("last seen", Figures.moment(account.text("lastSignInAt"))),
        ])
        return .done
    }

    private static func invite(
        _ invocation: Invocation, _ path: String, _ body: (inout JSONWriter) -> Void
    ) throws -> ExitCode {
        let client = try ControlClient(invocation)
        let answer: ControlClient.Answer
        if let out = invocation.value("out") {
            // The file first: an invitation that has nowhere to go would be lost.
            let file = try SecretFile(creating: out)
            do throws(CommandFailure) { answer = try client.post(path, body) } catch {
                SecretFile.remove(out)
                throw error
            }
            try file.append(answer.json.text("invitation") + "\n")
        } else {
            answer = try client.post(path, body)
        }
        if let code = Output(invocation).json(answer) { return code }
        let account = answer.json["account"]?.text("id") ?? ""
        Output(invocation).pairs([
            ("account", account), ("roles", answer.json["account"].map { rolesText(of: $0) } ?? ""),
            ("invitation", invocation.value("out").map { "in \($0)" } ?? answer.json.text("invitation")),
            ("good until", Figures.moment(answer.json.text("invitationUntil")) + " UTC"),
        ])
        invocation.terminal.line("\nIts owner sets a password with it:\n")
        invocation.terminal.line(
            "  homeroom account accept \(TextWidth.harmless(account)) --server \(client.server)")
        return .done
    }
}
