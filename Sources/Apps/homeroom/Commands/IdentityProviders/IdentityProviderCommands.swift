import Base
import Tenancy

/// The commands about the identity providers of districts, whose tokens are exchanged for Homeroom's.
enum IdentityProviderCommands {
    static let all: [Command] = [add, list, show, update, remove, test]

    private static let tenant = CommandArgument(name: "TENANT", help: "the tenant's id or its exact name")
    private static let name = CommandArgument(name: "NAME", help: "what the tenant calls the provider")

    private static let add = Command(
        path: ["identity-provider", "add"],
        summary: "let a district's own identity provider say who its people are",
        arguments: [
            tenant,
            CommandArgument(
                name: "NAME", help: "what to call it: small letters, digits, dashes; subjects begin with it"),
        ],
        options: [
            CommandOption(
                name: "issuer", value: "URL", help: "the issuer, exactly as its tokens have it in `iss`",
                isRequired: true),
            CommandOption(
                name: "audience", value: "ID", help: "the client id at the provider; again for more",
                isRequired: true, isRepeatable: true),
            CommandOption(
                name: "shared-by", value: "CLAIM",
                help: "the required claim that tells the customers of a shared issuer apart"),
        ] + ProviderRegistration.options + ControlClient.options,
        notes: [
            "An issuer speaks for one tenant alone. One that serves many, such as Google's, is shared by a claim, of which each tenant has "
                + "a value of its own. Its people exchange their tokens at /oauth/token (RFC 8693)."
        ],
        examples: [
            #"homeroom identity-provider add "Springfield USD" google \"#,
            #"    --issuer https://accounts.google.com \"#,
            #"    --audience 1234.apps.googleusercontent.com \"#,
            #"    --require hd=springfield.example --shared-by hd \"#,
            #"    --default-school "Lincoln High" --default-role teacher"#,
        ],
        run: { invocation in
            let client = try ControlClient(invocation)
            let path = try path(client, invocation)
            let registration = try ProviderRegistration(invocation)
            let answer = try client.post(path) { json in
                json.member("name", invocation.argument(1))
                registration.write(to: &json)
            }
            return shown(answer, invocation)
        })

    private static let list = Command(
        path: ["identity-provider", "list"], summary: "list a district's identity providers",
        arguments: [tenant], options: ControlClient.options,
        examples: [#"homeroom identity-provider list "Springfield USD""#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let (answer, providers) = try client.whole(try path(client, invocation), "providers")
            if let code = Output(invocation).json(answer) { return code }
            var table = TextTable([
                .init("NAME", leastWidth: 8), .init("ISSUER", leastWidth: 24),
                .init("AUDIENCES", leastWidth: 12),
            ])
            for provider in providers {
                let audiences = provider["audiences"]?.elements.compactMap(\.string) ?? []
                table.add([provider.text("name"), provider.text("issuer"), audiences.joined(separator: " ")])
            }
            return Output(invocation).table(table, empty: "no identity providers")
        })

    private static let show = Command(
        path: ["identity-provider", "show"], summary: "show an identity provider and how its claims are read",
        arguments: [tenant, name], options: ControlClient.options,
        examples: [#"homeroom identity-provider show "Springfield USD" google"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            return shown(try client.get(try path(client, invocation, isNamed: true)), invocation)
        })

    private static let update = Command(
        path: ["identity-provider", "update"],
        summary: "change whom an identity provider lets in and as what",
        arguments: [tenant, name],
        options: [
            CommandOption(
                name: "audience", value: "ID", help: "the client id at the provider; again for more",
                isRepeatable: true)
        ] + ProviderRegistration.options.map(\.withoutStandard) + [
            CommandOption(
                name: "unset", value: "OPTION",
                help: "take away what that option has set, again for more: "
                    + ProviderRegistration.options.map(\.name).joined(separator: ", "),
                isRepeatable: true, choices: ProviderRegistration.options.map(\.name)),
            CommandOption(
                name: "refuse-issued", help: "refuse the tokens and sessions that its people have, too"),
            CommandOption(name: "yes", help: "do not ask"),
        ] + ControlClient.options,
        notes: [
            "What no option names stays. An option that may stand there several times replaces all that it has set before: name every "
                + "role that is to be there, not the new one alone.",
            "It holds from the next exchange on. What was issued before is good until it ends, a token 15 minutes, and is refused at once "
                + "with --refuse-issued. The issuer, and the claim that divides a shared one, do not change: that is another provider.",
        ],
        examples: [
            #"homeroom identity-provider update "Springfield USD" google \"#,
            #"    --role-claim groups --role staff=teacher --unset default-role"#,
        ],
        run: { try change($0) })

    private static func change(_ invocation: Invocation) throws -> ExitCode {
        let names = ["audience"] + ProviderRegistration.options.map(\.name)
        let takenAway = invocation.values("unset")
        let isRefusing = invocation.isSet("refuse-issued")
        guard isRefusing || !takenAway.isEmpty || names.contains(where: { !invocation.values($0).isEmpty })
        else { throw CommandFailure.usage("say what is to be another: --audience, --role or another option") }
        for option in takenAway {
            guard names.dropFirst().contains(option) else {
                throw CommandFailure.usage(
                    "--unset: `\(option)` is none of them; "
                        + Suggestion.remedy(for: option, among: Array(names.dropFirst())))
            }
            guard invocation.values(option).isEmpty else {
                throw CommandFailure.usage("--unset \(option) and --\(option) exclude each other; choose one")
            }
        }
        let said = try ProviderRegistration(invocation)
        let client = try ControlClient(invocation)
        let path = try path(client, invocation, isNamed: true)
        let known = try client.get(path)
        if isRefusing {
            try invocation.confirm(
                "Who is in by `\(invocation.argument(1))` of `\(invocation.argument(0))` is put out and signs in anew.",
                refusal: "add --yes to refuse what was issued")
        }
        let registration = said.completed(from: known.json, without: takenAway)
        // Only where it still is what was completed from: somebody else may be at it too.
        let answer = try client.write("PUT", path, ifMatch: known.tag) { json in
            registration.write(to: &json)
            if isRefusing {
                json.name("refuseIssued")
                json.bool(true)
            }
        }
        return shown(answer, invocation)
    }

    private static let remove = Command(
        path: ["identity-provider", "remove"],
        summary: "remove an identity provider and refuse its people's tokens from now on",
        arguments: [tenant, name],
        options: [CommandOption(name: "yes", help: "do not ask")] + ControlClient.options,
        examples: [#"homeroom identity-provider remove "Springfield USD" google --yes"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let path = try path(client, invocation, isNamed: true)
            let what = "`\(invocation.argument(1))` of `\(invocation.argument(0))`"
            try invocation.confirm(
                "Nobody gets in by \(what) any more, and who is in is put out.",
                refusal: "add --yes to remove \(what)")
            let answer = try client.delete(path)
            if let code = Output(invocation).json(answer) { return code }
            return Output(invocation).line(
                "identity provider \(answer.json.text("name")) is removed; its people's tokens are refused")
        })

    private static let test = Command(
        path: ["identity-provider", "test"],
        summary: "say step by step what a token of the provider would come to",
        arguments: [tenant, name],
        options: [
            CommandOption(
                name: "file", value: "FILE", help: "a file with the token", standard: "standard input"),
            CommandOption(name: "scope", value: "SCOPE", help: "as at /oauth/token: school:ID or district"),
            CommandOption(name: "student", value: "ID", help: "as student_id at /oauth/token"),
        ] + ControlClient.options,
        notes: ["Nothing is issued. It ends with 1 where the token would be refused."],
        examples: [#"homeroom identity-provider test "Springfield USD" google --file id-token.jwt"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let path = try path(client, invocation, isNamed: true)
            let token = try token(invocation)
            let answer = try client.post(path + "/test") { json in
                json.member("token", token)
                for name in ["scope", "student"] {
                    guard let value = invocation.value(name) else { continue }
                    json.name(text: name)
                    json.string(value)
                }
            }
            let code: ExitCode = answer.json["accepted"]?.bool == true ? .done : .failed
            if Output(invocation).json(answer) != nil { return code }
            var table = TextTable([.init("STEP"), .init("OUTCOME"), .init("FINDING", leastWidth: 16)])
            for step in answer.json["steps"]?.elements ?? [] {
                table.add([step.text("step"), step.text("outcome"), step.text("finding")])
            }
            _ = Output(invocation).table(table, empty: "")
            guard code == .done else {
                _ = Output(invocation).line("the token would be refused")
                return code
            }
            return Output(invocation).line(
                "the token would be exchanged: \(answer.json.text("subject")), \(answer.json.text("role")), "
                    + answer.json.text("school")
                    + (answer.json["student"]?.string.map { ", student \($0)" } ?? ""))
        })

    private static func token(_ invocation: Invocation) throws(CommandFailure) -> String {
        guard let path = invocation.value("file") else {
            guard let line = readLine(), !line.isEmpty else {
                throw .failed("expected a token on standard input, or --file FILE")
            }
            return line.filter { !$0.isWhitespace }
        }
        guard let token = ControlClient.firstLine(of: path) else {
            throw .failed("--file: cannot read a token from `\(path)`")
        }
        return token
    }

    private static func path(
        _ client: ControlClient, _ invocation: Invocation, isNamed: Bool = false
    ) throws(CommandFailure) -> String {
        let tenant = try TenantFinder(client).find(invocation.argument(0)).text("id")
        let name = isNamed ? "/" + ControlClient.encoded(invocation.argument(1)) : ""
        return "/v1/tenants/\(tenant)/identity-providers\(name)"
    }

    private static func shown(_ answer: ControlClient.Answer, _ invocation: Invocation) -> ExitCode {
        if let code = Output(invocation).json(answer) { return code }
        let provider = answer.json
        var pairs = [("name", provider.text("name")), ("tenant", provider.text("tenant"))]
        pairs.append(("issuer", provider.text("issuer")))
        for audience in provider["audiences"]?.elements ?? [] {
            pairs.append(("audience", audience.string ?? ""))
        }
        pairs.append(("keys", provider["keysUrl"]?.string ?? "as its discovery document says"))
        for (name, value) in provider["required"]?.members ?? [] {
            let isShare = name == provider.text("sharedBy")
            pairs.append(("requires", "\(name)=\(value.string ?? "")" + (isShare ? " (shared by it)" : "")))
        }
        for (claim, table, target, standard) in [
            ("schoolClaim", "schools", "school", "defaultSchool"),
            ("roleClaim", "roles", "role", "defaultRole"),
        ] {
            pairs.append((target, provider[claim]?.string.map { "by the claim `\($0)`" } ?? "everybody's"))
            for line in provider[table]?.elements ?? [] {
                pairs.append(("", "\(line.text("value")) → \(line.text(target))"))
            }
            if let text = provider[standard]?.string { pairs.append(("", "else \(text)")) }
        }
        if let claim = provider["studentClaim"]?.string {
            pairs.append(("student", "by the claim `\(claim)`"))
        }
        Output(invocation).pairs(pairs)
        return .done
    }
}

extension CommandOption {
    /// The same where what is left out stays as it is.
    fileprivate var withoutStandard: CommandOption {
        var option = self
        option.standard = nil
        return option
    }
}
