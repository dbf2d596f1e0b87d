import Base

/// `homeroom school list`, `close`, `reopen` and `move`.
enum SchoolCommands {
    static let all: [Command] = [list, close, reopen, move]

    private static let arguments = [
        CommandArgument(name: "TENANT", help: "the tenant's id or its exact name"),
        CommandArgument(name: "SCHOOL", help: "the school's id or its exact name"),
    ]

    private static let list = Command(
        path: ["school", "list"], summary: "list schools and whose they are",
        options: [
            CommandOption(name: "tenant", value: "TENANT", help: "only those of a tenant: id or exact name"),
            CommandOption(name: "state", value: "STATE", help: "only those: open, closed, moving"),
            CommandOption(name: "since", value: "TIME", help: "only those made since: 12h, 30d or a moment"),
            ListQuery.sort("name", "id", "createdAt", "tenant", standard: "name"),
        ] + ControlClient.options,
        examples: [#"homeroom school list --tenant "Springfield USD""#],
        run: { invocation in
            let client = try ControlClient(invocation)
            var query = ListQuery(invocation, ["state", "since"])
            query.add(
                "tenant", try invocation.value("tenant").map { try TenantFinder(client).find($0).text("id") })
            query.add("sort", invocation.value("sort") ?? "name")
            let path = query.path("/v1/schools")
            if invocation.isSet("json") { return try Output(invocation).json(list: client, path, "schools") }
            var table = TextTable([
                .init("SCHOOL"), .init("NAME", leastWidth: 12), .init("STATE"), .init("TENANT"),
                .init("DISTRICT", leastWidth: 12),
            ])
            for found in try client.list(path, "schools") {
                let school = found["school"]
                table.add([
                    school?.text("id") ?? "", school?.text("name") ?? "", school?.text("state") ?? "",
                    found.text("tenant"), found.text("tenantName"),
                ])
            }
            return Output(invocation).table(table, empty: "no schools")
        })

    private static let close = Command(
        path: ["school", "close"],
        summary: "refuse a school's tokens and sessions from now on; its items stay with the district",
        arguments: arguments,
        options: [
            CommandOption(
                name: "reason", value: "TEXT", help: "why; the audit log keeps it", isRequired: true)
        ] + ControlClient.options,
        examples: [#"homeroom school close "Springfield USD" "Lincoln High" --reason "merged""#],
        run: { invocation in
            try change(invocation, "close", "is closed: its sessions are refused from now on") {
                $0.member("reason", invocation.value("reason") ?? "")
            }
        })

    private static let reopen = Command(
        path: ["school", "reopen"], summary: "serve a closed school again", arguments: arguments,
        options: ControlClient.options,
        examples: [#"homeroom school reopen "Springfield USD" "Lincoln High""#],
        run: { try change($0, "reopen", "is served again") { _ in } })

    private static let move = Command(
        path: ["school", "move"], summary: "move a school with its items to another tenant",
        arguments: [
            CommandArgument(
                name: "SCHOOL", help: "the school's id, or its exact name together with --tenant")
        ],
        options: [
            CommandOption(name: "to", value: "TENANT", help: "the tenant to move to", isRequired: true),
            CommandOption(name: "tenant", value: "TENANT", help: "whose school is meant, where it is named"),
            CommandOption(
                name: "allow-duplicate-name", help: "even if the new tenant has a school of that name"),
            CommandOption(name: "dry-run", help: "show the plan and change nothing"),
            .wait, .yes,
            CommandOption(
                name: "idempotency-key", value: "KEY",
                help: "the same key gives the same answer, however often it is sent"),
        ] + ControlClient.options,
        notes: [
            "The school's writes are refused, to be tried again, while its items are copied; its reads go on. Until the switch it "
                + "can be taken back with `homeroom run cancel`; from then on the way back is another move."
        ],
        examples: ["homeroom school move s27xpt9rcwab03ar --to Shelbyville --dry-run"],
        run: { try SchoolMoveCommand($0).run() })

    private static func change(
        _ invocation: Invocation, _ verb: String, _ outcome: String, _ body: (inout JSONWriter) -> Void
    ) throws -> ExitCode {
        let client = try ControlClient(invocation)
        let tenant = try TenantFinder(client).find(invocation.argument(0)).text("id")
        let school = invocation.argument(1)
        let answer = try client.post(
            "/v1/tenants/\(tenant)/schools/\(ControlClient.encoded(school))/\(verb)", body)
        return Output(invocation).json(answer) ?? Output(invocation).line("\(school) \(outcome)")
    }
}

/// `homeroom school move`.
private struct SchoolMoveCommand {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() throws -> ExitCode {
        let client = try ControlClient(invocation)
        let finder = TenantFinder(client)
        let (school, from) = try find(client, finder)
        let to = try finder.find(invocation.value("to") ?? "").text("id")
        let path = "/v1/tenants/\(from)/schools/\(ControlClient.encoded(school))/moves"
        let isDry = invocation.isSet("dry-run")
        if isDry || !invocation.isSet("yes"), invocation.value("idempotency-key") == nil {
            let plan = try client.post(path) { body(&$0, to: to, isDry: true) }
            if isDry, let code = Output(invocation).json(plan) { return code }
            if !invocation.isSet("json") { show(plan.json) }
            guard !isDry else {
                Output(invocation).pairs([
                    ("next", "nothing was changed; run it without --dry-run, with --yes")
                ])
                return .done
            }
            try invocation.confirm(
                "The school moves; once it is switched over only another move brings it back.",
                refusal: "nothing was changed; say --yes to move the school")
        }
        let answer = try client.post(path, idempotencyKey: invocation.value("idempotency-key")) {
            body(&$0, to: to, isDry: false)
        }
        let run = answer.json.text("id")
        guard invocation.isSet("wait") else {
            if let code = Output(invocation).json(answer) { return code }
            Output(invocation).pairs([
                ("run", run), ("watch", "homeroom run watch \(run)"), ("undo", "homeroom run cancel \(run)"),
            ])
            return .done
        }
        return try RunWatch(invocation, client).watch(run, untilSwitched: false)
    }

    private func body(_ json: inout JSONWriter, to: String, isDry: Bool) {
        json.member("to", to)
        for (name, isSet) in [
            ("dryRun", isDry), ("allowDuplicateName", invocation.isSet("allow-duplicate-name")),
        ]
        where isSet {
            json.name(text: name)
            json.bool(true)
        }
    }

    /// The school as the path names it, and its tenant.
    private func find(_ client: ControlClient, _ finder: TenantFinder) throws -> (String, String) {
        let school = invocation.argument(0)
        if let tenant = invocation.value("tenant") { return (school, try finder.find(tenant).text("id")) }
        guard SchoolID(school) != nil else {
            throw CommandFailure.usage(
                "`\(school)` is no school's id; say whose school is meant with --tenant")
        }
        return (school, try client.get("/v1/schools/\(school)").json.text("tenant"))
    }

    private func show(_ plan: JSONAnswer) {
        let isCopied = plan.text("fromStore") != plan.text("toStore")
        var pairs = [
            ("school", "\(plan.text("school"))  \(plan.text("name"))"),
            ("from", "\(plan.text("from")), store \(plan.text("fromStore"))"),
            ("to", "\(plan.text("to")), store \(plan.text("toStore"))"),
            ("items", Figures.count(plan.number("items"))), ("bytes", Figures.bytes(plan.number("bytes"))),
            (
                "copied",
                isCopied ? "all of them: the stores differ" : "none of them: both tenants are in one store"
            ),
            (
                "district's",
                "\(Figures.count(plan.number("hangingItems"))) items hang on the school and get the new district's key"
            ),
        ]
        let stray = plan.number("unrecognisedItems")
        if stray > 0 {
            pairs.append(
                ("stay behind", "\(Figures.count(stray)) items name the school and hang on it by no rule"))
            pairs += (plan["unrecognisedKeys"]?.elements ?? []).map { ("", $0.string ?? "") }
        }
        pairs.append(("writes", "of the school are refused from the freeze until the switch; reads go on"))
        Output(invocation).pairs(pairs)
    }
}
