import Base

/// The commands about the identity providers of districts, whose tokens are exchanged for Homeroom's.
enum IdentityProviderCommands {
    static let all: [Command] = [add, list, show, remove, test]

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
                name: "keys-url", value: "URL", help: "where its keys are",
                standard: "as its discovery document says"),
            CommandOption(name: "school-claim", value: "CLAIM", help: "which claim names the school"),
            CommandOption(
                name: "school", value: "VALUE=SCHOOL",
                help: "what its values stand for, beside ids and exact names; `district` for the district",
                isRepeatable: true),
            CommandOption(
                name: "default-school", value: "SCHOOL",
                help: "the school of those whose token names none, or `district`",
                standard: "they are refused"),
            CommandOption(name: "role-claim", value: "CLAIM", help: "which claim says what somebody is"),
            CommandOption(
                name: "role", value: "VALUE=ROLE",
                help: "what its values stand for; the first that applies is the one", isRepeatable: true),
            CommandOption(
                name: "default-role", value: "ROLE", help: "the role of those to whom none applies",
                standard: "they are refused"),
            CommandOption(
                name: "require", value: "CLAIM=VALUE",
                help: "a claim that must be there, such as hd=springfield.example", isRepeatable: true),
            CommandOption(
                name: "shared-by", value: "CLAIM",
                help: "the required claim that tells the customers of a shared issuer apart"),
        ] + ControlClient.options,
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
            let required = try lines("require", "CLAIM=VALUE", invocation)
            let schools = try lines("school", "VALUE=SCHOOL", invocation)
            let roles = try lines("role", "VALUE=ROLE", invocation)
            let answer = try client.post(path) { json in
                json.member("name", invocation.argument(1))
                json.name("audiences")
                json.beginArray()
                for audience in invocation.values("audience") { json.string(audience) }
                json.endArray()
                for (option, member) in [
                    ("issuer", "issuer"), ("keys-url", "keysUrl"), ("shared-by", "sharedBy"),
                    ("school-claim", "schoolClaim"), ("default-school", "defaultSchool"),
                    ("role-claim", "roleClaim"), ("default-role", "defaultRole"),
                ] {
                    guard let value = invocation.value(option) else { continue }
                    json.name(text: member)
                    json.string(value)
                }
                json.name("required")
                json.beginObject()
                for line in required {
                    json.name(text: line.value)
                    json.string(line.target)
                }
                json.endObject()
                write(schools, "schools", target: "school", to: &json)
                write(roles, "roles", target: "role", to: &json)
            }
            return shown(answer, invocation)
        })

    private static let list = Command(
        path: ["identity-provider", "list"], summary: "list a district's identity providers",
        arguments: [tenant], options: ControlClient.options,
        examples: [#"homeroom identity-provider list "Springfield USD""#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let answer = try client.get(try path(client, invocation))
            if let code = Output(invocation).json(answer) { return code }
            var table = TextTable([
                .init("NAME", leastWidth: 8), .init("ISSUER", leastWidth: 24),
                .init("AUDIENCES", leastWidth: 12),
            ])
            for provider in answer.json["providers"]?.elements ?? [] {
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
        ] + ControlClient.options,
        notes: ["Nothing is issued. It ends with 1 where the token would be refused."],
        examples: [#"homeroom identity-provider test "Springfield USD" google --file id-token.jwt"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let path = try path(client, invocation, isNamed: true)
            let token = try token(invocation)
            let answer = try client.post(path + "/test") { json in
                json.member("token", token)
                if let scope = invocation.value("scope") { json.member("scope", scope) }
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
                    + answer.json.text("school"))
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

    /// The values of an option with an equals sign in them: what stands before it, and behind it. Of several it is the last one, for
    /// schools and roles have none; of claims that are required the first one.
    private static func lines(
        _ name: String, _ form: String, _ invocation: Invocation
    ) throws(CommandFailure) -> [(value: String, target: String)] {
        try invocation.values(name).map { text throws(CommandFailure) in
            let sign = name == "require" ? text.firstIndex(of: "=") : text.lastIndex(of: "=")
            guard let sign, sign > text.startIndex, text.index(after: sign) < text.endIndex
            else { throw .usage("--\(name): expected \(form), found `\(text)`") }
            return (String(text[..<sign]), String(text[text.index(after: sign)...]))
        }
    }

    private static func write(
        _ lines: [(value: String, target: String)], _ name: StaticString, target: StaticString,
        to json: inout JSONWriter
    ) {
        json.name(name)
        json.beginArray()
        for line in lines {
            json.beginObject()
            json.member("value", line.value)
            json.member(target, line.target)
            json.endObject()
        }
        json.endArray()
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
        Output(invocation).pairs(pairs)
        return .done
    }
}
