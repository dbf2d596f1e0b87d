import Base

/// The commands of whoever has an account: sign in and out, and look after one's own secrets.
enum OwnAccountCommands {
    static let all: [Command] = [
        accept, password, addFactor, confirmFactor, removeFactor, login, logout, whoami,
    ]

    private static let account = CommandArgument(name: "ACCOUNT", help: "your e-mail address")

    private static func file(_ name: String, _ what: String) -> CommandOption {
        CommandOption(
            name: name, value: "FILE", help: "a file with \(what); - is standard input",
            standard: "asked for at the terminal")
    }

    private static let passwordFile = file("password-file", "the password")
    private static let codeFile = file("code-file", "the code")

    private static let accept = Command(
        path: ["account", "accept"], summary: "set your first password, with an invitation",
        arguments: [account],
        options: [file("code-file", "the invitation"), passwordFile] + ControlClient.options,
        notes: ["A password has 15 characters or more: some words that do not belong together will do."],
        examples: ["homeroom account accept ada@vendor.example --server https://homeroom.example"],
        run: { invocation in
            let client = try ControlClient(invocation, needsKey: false)
            let code = try SecretPrompt.read("Invitation", option: "code-file", invocation)
            let password = try SecretPrompt.read(
                "New password", option: "password-file", invocation, isRepeated: true)
            let answer = try client.post("/v1/invitations") { json in
                json.member("account", invocation.argument(0))
                json.member("code", code)
                json.member("password", password)
            }
            if let code = Output(invocation).json(answer) { return code }
            let account = answer.json.text("account")
            return Output(invocation).line("the password is set; `homeroom login \(account)` signs in")
        })

    private static let password = Command(
        path: ["account", "password"], summary: "set yourself another password; other sessions end",
        options: [file("current-file", "the password until now"), passwordFile] + ControlClient.options,
        examples: ["homeroom account password"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let current = try SecretPrompt.read("Password until now", option: "current-file", invocation)
            let new = try SecretPrompt.read(
                "New password", option: "password-file", invocation, isRepeated: true)
            let answer = try client.post("/v1/me/password") { json in
                json.member("current", current)
                json.member("password", new)
            }
            return Output(invocation).json(answer) ?? Output(invocation).line("the password is another one")
        })

    // MARK: The second factor

    private static let addFactor = Command(
        path: ["account", "factor", "add"], summary: "begin a second factor with an authenticator program",
        options: [passwordFile] + ControlClient.options, examples: ["homeroom account factor add"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let password = try SecretPrompt.read("Password", option: "password-file", invocation)
            let answer = try client.post("/v1/me/second-factor") { $0.member("password", password) }
            if let code = Output(invocation).json(answer) { return code }
            Output(invocation).pairs([
                ("secret", answer.json.text("secret")), ("address", answer.json.text("uri")),
            ])
            invocation.terminal.line("\nType the secret into your authenticator program, then:\n")
            invocation.terminal.line("  homeroom account factor confirm")
            return .done
        })

    private static let confirmFactor = Command(
        path: ["account", "factor", "confirm"],
        summary: "confirm your second factor by a code, and get recovery codes",
        options: [codeFile] + ControlClient.options,
        notes: ["Each recovery code is good once in place of a code. They are shown this once."],
        examples: ["homeroom account factor confirm"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let code = try SecretPrompt.read("Code", option: "code-file", invocation)
            let answer = try client.post("/v1/me/second-factor/confirm") { $0.member("code", code) }
            if let code = Output(invocation).json(answer) { return code }
            invocation.terminal.line("The second factor is on. Keep these recovery codes in a safe place:\n")
            for code in answer.json["recoveryCodes"]?.elements ?? [] {
                invocation.terminal.line("  " + TextWidth.harmless(code.string ?? ""))
            }
            return .done
        })

    private static let removeFactor = Command(
        path: ["account", "factor", "remove"], summary: "take your second factor away",
        options: [passwordFile, codeFile] + ControlClient.options,
        examples: ["homeroom account factor remove"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let password = try SecretPrompt.read("Password", option: "password-file", invocation)
            let code = try SecretPrompt.read("Code", option: "code-file", invocation)
            let answer = try client.post("/v1/me/second-factor/remove") { json in
                json.member("password", password)
                json.member("code", code)
            }
            return Output(invocation).json(answer) ?? Output(invocation).line("the second factor is off")
        })

    // MARK: Sessions

    private static let login = Command(
        path: ["login"], summary: "sign in to a server; the session is kept in a file (mode 0600)",
        arguments: [account], options: [passwordFile, codeFile] + ControlClient.options,
        notes: [
            "Server, authorities and session are kept under the profile's name: later commands with that name use them, and those "
                + "without any use the profile `default`, or the one of `homeroom profile use`. A session ends after 30 minutes "
                + "without use and after 12 hours. The file is `homeroom/credentials.json` in XDG_CONFIG_HOME or ~/.config, or "
                + "the one that HOMEROOM_CREDENTIALS names."
        ],
        examples: [
            "homeroom login ada@vendor.example --server https://homeroom.example",
            "homeroom login ada@vendor.example --profile staging \\",
            "    --server https://staging.example:8080 --ca-file company.pem",
        ],
        run: { try signIn($0) })

    private static func signIn(_ invocation: Invocation) throws -> ExitCode {
        let client = try ControlClient(invocation, needsKey: false)
        let file = try CredentialsFile.needed(invocation)
        let known = try file.read()
        let name = try place(client, known, invocation)
        let device = known[name].flatMap { $0.server == client.server ? $0.device : nil }
        let password = try SecretPrompt.read("Password", option: "password-file", invocation)
        var code: String?
        if invocation.value("code-file") != nil {
            code = try SecretPrompt.read("Code", option: "code-file", invocation)
        }
        let send = { (code: String?) throws(CommandFailure) in
            try client.post("/v1/sessions") { json in
                json.member("account", invocation.argument(0))
                json.member("password", password)
                if let code { json.member("code", code) }
                if let device { json.member("device", device) }
            }
        }
        let answer: ControlClient.Answer
        do throws(CommandFailure) { answer = try send(code) } catch {
            guard code == nil, error.isAbout(field: "code") else { throw error }
            code = try SecretPrompt.read("Code", option: "code-file", invocation)
            answer = try send(code)
        }
        // Read again: another terminal may have signed in while this one was typing.
        var profiles = try file.read()
        profiles.keep(
            Profile(
                name: name, server: client.server, caFile: client.choice.caFile,
                account: answer.json.text("account"), token: answer.json.text("token"),
                endsAt: answer.json.text("endsAt"), device: answer.json["device"]?.string,
                allowsPlain: ControlClient.allowsPlain(invocation)))
        try file.write(profiles)
        if invocation.isSet("json") { return show(json: answer.json, client.server, name, invocation) }
        let roles = answer.json["roles"]?.elements.compactMap(\.string).joined(separator: ", ") ?? ""
        Output(invocation).pairs([
            ("account", answer.json.text("account")), ("roles", roles), ("server", client.server),
            ("profile", name),
            ("ends", Figures.moment(answer.json.text("endsAt")) + " UTC"), ("session", "in \(file.path)"),
        ])
        if let left = answer.json["recoveryCodesLeft"]?.int {
            invocation.terminal.line("\n\(left) recovery codes are left.")
        }
        return .done
    }

    /// The name to keep a session under: none whose session at another server is good, which would be lost.
    private static func place(
        _ client: ControlClient, _ profiles: Profiles, _ invocation: Invocation
    ) throws(CommandFailure) -> String {
        let own = client.choice.isOfProfile ? client.profile?.name : nil
        let name = try Profile.name(invocation.value("profile") ?? own ?? Profile.standardName)
        if let before = profiles[name], before.server != client.server,
            before.token(at: SystemClock().now()) != nil
        {
            throw .failed(
                "the profile `\(name)` has a session at \(before.server): give another name with --profile NAME, or end that one "
                    + "with `homeroom logout --profile \(name)`")
        }
        return name
    }

    /// What the server sent, without what is for the file alone.
    private static func show(
        json answer: JSONAnswer, _ server: String, _ profile: String, _ invocation: Invocation
    ) -> ExitCode {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        json.member("server", server)
        json.member("profile", profile)
        for (name, value) in answer.members where !["token", "device"].contains(name) {
            json.name(text: name)
            value.write(to: &json)
        }
        json.endObject()
        invocation.terminal.line(json.bytes)
        return .done
    }

    private static let logout = Command(
        path: ["logout"], summary: "end your session, here or everywhere",
        options: [CommandOption(name: "everywhere", help: "end all sessions of your account")]
            + ControlClient.options,
        examples: ["homeroom logout", "homeroom logout --everywhere"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let file = try CredentialsFile.needed(invocation)
            let path = invocation.isSet("everywhere") ? "/v1/sessions" : "/v1/sessions/current"
            let answer = try client.delete(path)
            var profiles = try file.read()
            if var profile = client.profile {
                (profile.token, profile.endsAt) = (nil, nil)
                profiles.keep(profile)
                try file.write(profiles)
            }
            if let code = Output(invocation).json(answer) { return code }
            return Output(invocation).line("signed out of \(client.server)")
        })

    private static let whoami = Command(
        path: ["whoami"], summary: "show who you are to the server, and your roles",
        options: ControlClient.options, examples: ["homeroom whoami"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let answer = try client.get("/v1/me")
            if let code = Output(invocation).json(answer) { return code }
            let roles = answer.json["roles"]?.elements.compactMap(\.string).joined(separator: ", ") ?? ""
            Output(invocation).pairs([
                ("account", answer.json.text("account")), ("key", answer.json.text("key")),
                ("member", answer.json.text("member")), ("person", answer.json.text("person")),
                ("tenant", answer.json.text("tenant")), ("roles", roles), ("server", client.server),
                ("profile", client.profile?.name ?? ""),
            ])
            return .done
        })
}
