import Base

/// `homeroom tenant rename`, `contact …`, `override …`, `states`: what changes in a tenant's life.
enum LifeCommands {
    static let all: [Command] = [
        rename, timezone, addContact, listContacts, removeContact, setOverride, listOverrides, clearOverride,
        states,
    ]

    private static let tenant = CommandArgument(name: "TENANT", help: "the tenant's id or its exact name")

    private static let rename = Command(
        path: ["tenant", "rename"], summary: "give a tenant another name; the old one is free at once",
        arguments: [tenant, CommandArgument(name: "NAME", help: "the new name")],
        options: [
            CommandOption(name: "allow-duplicate-name", help: "take the name even if another tenant has it")
        ] + ControlClient.options,
        examples: [#"homeroom tenant rename "Springfield USD" "Springfield Unified""#],
        run: { invocation in
            try change(invocation) { json in
                json.member("name", invocation.argument(1))
                if invocation.isSet("allow-duplicate-name") {
                    json.name("allowDuplicateName")
                    json.bool(true)
                }
            }
        })

    private static let timezone = Command(
        path: ["tenant", "timezone"], summary: "give a tenant another time zone",
        arguments: [tenant, CommandArgument(name: "ZONE", help: "a name of the IANA database")],
        options: ControlClient.options,
        examples: [#"homeroom tenant timezone "Springfield USD" America/Denver"#],
        run: { invocation in try change(invocation) { $0.member("timezone", invocation.argument(1)) } })

    private static let addContact = Command(
        path: ["tenant", "contact", "add"], summary: "add somebody to write to or to call at a tenant",
        arguments: [tenant, CommandArgument(name: "NAME", help: "the person's name")],
        options: [
            CommandOption(name: "role", value: "ROLE", help: "what the person does", isRequired: true),
            CommandOption(name: "email", value: "EMAIL", help: "where to write to", isRequired: true),
            CommandOption(name: "phone", value: "NUMBER", help: "where to call"),
        ] + ControlClient.options,
        examples: [
            #"homeroom tenant contact add "Springfield USD" "Edna Park" --role billing \"#,
            "    --email edna@springfield.example",
        ],
        run: { try add(contact: $0) })

    private static let listContacts = Command(
        path: ["tenant", "contact", "list"], summary: "list a tenant's contacts", arguments: [tenant],
        options: ControlClient.options, examples: [#"homeroom tenant contact list "Springfield USD""#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let contacts = try client.whole("\(try path(client, invocation))/contacts", "contacts")
            return show(contacts: contacts.answer, invocation)
        })

    private static let removeContact = Command(
        path: ["tenant", "contact", "remove"], summary: "remove a contact of a tenant",
        arguments: [
            tenant, CommandArgument(name: "NUMBER", help: "the contact's number, as the list shows it"),
        ],
        options: ControlClient.options, examples: [#"homeroom tenant contact remove "Springfield USD" 1"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let number = ControlClient.encoded(invocation.argument(1))
            let answer = try client.delete("\(try path(client, invocation))/contacts/\(number)")
            return show(contacts: answer, invocation)
        })

    private static let setOverride = Command(
        path: ["tenant", "override", "set"], summary: "let a tenant have other limits than its tier's",
        arguments: [
            tenant,
            CommandArgument(
                name: "LIMIT=VALUE",
                help:
                    "schools, read-units, write-units, undo-window-seconds, write-pause-milliseconds or copy-items",
                isRepeatable: true),
        ],
        options: [
            CommandOption(
                name: "until", value: "WHEN", help: "when the tier's word holds again: 2027-01-01, 30d",
                standard: "never"),
            CommandOption(
                name: "reason", value: "TEXT", help: "why; the audit log keeps it", isRequired: true),
        ] + ControlClient.options,
        examples: [
            #"homeroom tenant override set "Springfield USD" read-units=2000 \"#,
            #"    --until 30d --reason "exam weeks""#,
        ],
        run: { try set(overrides: $0) })

    private static let listOverrides = Command(
        path: ["tenant", "override", "list"], summary: "list where a tenant has other limits than its tier's",
        arguments: [tenant], options: ControlClient.options,
        examples: [#"homeroom tenant override list "Springfield USD""#],
        run: { invocation in
            let client = try ControlClient(invocation)
            return show(overrides: try client.get("\(try path(client, invocation))/overrides"), invocation)
        })

    private static let clearOverride = Command(
        path: ["tenant", "override", "clear"], summary: "let the tier's limits hold again",
        arguments: [
            tenant, CommandArgument(name: "LIMIT", help: "which; all where none is named", isOptional: true),
        ],
        options: ControlClient.options,
        examples: [#"homeroom tenant override clear "Springfield USD" read-units"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let limit = invocation.arguments.dropFirst().first.map { "/\(ControlClient.encoded($0))" } ?? ""
            let answer = try client.delete("\(try path(client, invocation))/overrides\(limit)")
            return show(overrides: answer, invocation)
        })

    private static let states = Command(
        path: ["tenant", "states"],
        summary: "show which states tenants can be in, and what leads from one to another",
        options: ControlClient.options, examples: ["homeroom tenant states"],
        run: { invocation in
            let answer = try ControlClient(invocation).get("/v1/tenant-states")
            if let code = Output(invocation).json(answer) { return code }
            var table = TextTable([.init("FROM"), .init("TO"), .init("BY", leastWidth: 12)])
            for change in answer.json["changes"]?.elements ?? [] {
                table.add([change.text("from"), change.text("to"), change.text("means")])
            }
            return Output(invocation).table(table, empty: "no changes")
        })

    // MARK: What they do

    private static func path(_ client: ControlClient, _ invocation: Invocation) throws -> String {
        "/v1/tenants/\(try TenantFinder(client).find(invocation.argument(0)).text("id"))"
    }

    private static func change(_ invocation: Invocation, _ body: (inout JSONWriter) -> Void) throws
        -> ExitCode
    {
        let client = try ControlClient(invocation)
        let answer = try client.write("PATCH", try path(client, invocation), body)
        let tenant = answer.json
        return Output(invocation).json(answer)
            ?? Output(invocation).line(
                "\(tenant.text("id")) is \(tenant.text("name")), \(tenant.text("timezone"))")
    }

    private static func add(contact invocation: Invocation) throws -> ExitCode {
        let client = try ControlClient(invocation)
        let answer = try client.post("\(try path(client, invocation))/contacts") { json in
            json.member("name", invocation.argument(1))
            json.member("role", invocation.value("role") ?? "")
            json.member("email", invocation.value("email") ?? "")
            if let phone = invocation.value("phone") { json.member("phone", phone) }
        }
        return Output(invocation).json(answer)
            ?? Output(invocation).line(
                "\(answer.json.text("name")) is contact \(answer.json.number("number"))")
    }

    private static func show(contacts answer: ControlClient.Answer, _ invocation: Invocation) -> ExitCode {
        if let code = Output(invocation).json(answer) { return code }
        var table = TextTable([
            .init("NUMBER", isNumber: true), .init("NAME", leastWidth: 12), .init("ROLE"), .init("EMAIL"),
            .init("PHONE"),
        ])
        for contact in answer.json["contacts"]?.elements ?? [] {
            table.add([
                String(contact.number("number")), contact.text("name"), contact.text("role"),
                contact.text("email"), contact.text("phone"),
            ])
        }
        return Output(invocation).table(
            table, empty: "no contacts yet; `homeroom tenant contact add --help` adds one")
    }

    private static func set(overrides invocation: Invocation) throws -> ExitCode {
        var limits: [(name: String, value: Int)] = []
        for word in invocation.arguments.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let value = Int(parts[1]) else {
                throw CommandFailure.usage("expected LIMIT=VALUE, such as read-units=2000, found `\(word)`")
            }
            limits.append((String(parts[0]), value))
        }
        let client = try ControlClient(invocation)
        let path = try path(client, invocation)
        var answer = try client.get("\(path)/overrides")
        for limit in limits {
            answer = try client.write("PUT", "\(path)/overrides/\(ControlClient.encoded(limit.name))") {
                json in
                json.name("value")
                json.int(limit.value)
                if let until = invocation.value("until") { json.member("until", until) }
                json.member("reason", invocation.value("reason") ?? "")
            }
        }
        return show(overrides: answer, invocation)
    }

    private static func show(overrides answer: ControlClient.Answer, _ invocation: Invocation) -> ExitCode {
        if let code = Output(invocation).json(answer) { return code }
        var table = TextTable([
            .init("LIMIT"), .init("VALUE", isNumber: true), .init("TIER'S", isNumber: true), .init("UNTIL"),
            .init("REASON", leastWidth: 12),
        ])
        for override in answer.json["overrides"]?.elements ?? [] {
            table.add([
                override.text("limit"), String(override.number("value")),
                override["tierValue"]?.int.map { String($0) } ?? "any",
                override["until"] == nil ? "it is cleared" : Figures.moment(override.text("until")),
                override.text("reason"),
            ])
        }
        return Output(invocation).table(table, empty: "none: the tier's limits hold")
    }
}
