import Base
import FoundationEssentials

/// `homeroom tenant …` and `homeroom school …`.
enum TenantCommands {
    static let all: [Command] = [onboard, `import`, list, show, suspend, resume, move, addSchool]

    private static let tenant = CommandArgument(name: "TENANT", help: "the tenant's id or its exact name")

    private static let keyOption = CommandOption(
        name: "idempotency-key", value: "KEY",
        help: "the same key gives the same answer, however often it is sent")

    private static let onboard = Command(
        path: ["tenant", "onboard"],
        summary: "onboard a district: record, place, tables, first items, first key",
        arguments: [CommandArgument(name: "NAME", help: "the district's name")],
        options: [
            CommandOption(name: "tier", value: "TIER", help: "a tier of the catalog", isRequired: true),
            CommandOption(name: "admin", value: "EMAIL", help: "whom to write to", isRequired: true),
            CommandOption(
                name: "school", value: "NAME", help: "a school of the district", isRepeatable: true),
            CommandOption(
                name: "timezone", value: "ZONE", help: "a name of the IANA database", isRequired: true),
            CommandOption(name: "allow-duplicate-name", help: "take the name even if another tenant has it"),
            CommandOption(
                name: "key-out", value: "FILE", help: "write the tenant's key to a new file (mode 0600)"),
            .wait, keyOption,
        ] + ControlClient.options,
        examples: [
            #"homeroom tenant onboard "Springfield USD" --tier basic \"#,
            #"    --admin it@springfield.example --school "Lincoln High" \"#,
            "    --timezone America/Chicago",
        ],
        run: { try TenantOnboarding($0).run() })

    private static let `import` = Command(
        path: ["tenant", "import"], summary: "onboard all districts of a CSV file; safe to run again",
        arguments: [CommandArgument(name: "FILE", help: "a CSV file: name,tier,admin,school,timezone")],
        options: [
            CommandOption(
                name: "keys-out", value: "FILE", help: "write each tenant's key to a new CSV file (mode 0600)"
            ), .wait,
        ] + ControlClient.options,
        notes: [
            "Columns may stand in any order; several schools are separated by semicolons; a column external_id gives each row a key "
                + "of its own. A row that was imported before gives the tenant that it gave then."
        ],
        examples: ["homeroom tenant import districts.csv"],
        run: { try DistrictImport($0).run() })

    private static let list = Command(
        path: ["tenant", "list"], summary: "list the tenants",
        options: [
            CommandOption(name: "tier", value: "TIER", help: "only those of a tier"),
            CommandOption(
                name: "state", value: "STATE",
                help: "only those: onboarding, active, suspended, offboarding, gone"),
            CommandOption(name: "since", value: "TIME", help: "only those made since: 12h, 30d or a moment"),
            ListQuery.sort("name", "id", "createdAt", "tier", "schoolCount", standard: "name"),
        ] + ControlClient.options,
        examples: ["homeroom tenant list --tier basic"],
        run: { try listTenants($0) })

    private static let show = Command(
        path: ["tenant", "show"], summary: "show a tenant: schools, place, tables, runs",
        arguments: [tenant], options: ControlClient.options,
        examples: [#"homeroom tenant show "Springfield USD""#],
        run: { try TenantView($0).run() })

    private static let suspend = Command(
        path: ["tenant", "suspend"], summary: "refuse a tenant's requests, or its writes, from now on",
        arguments: [tenant],
        options: [
            CommandOption(
                name: "reason", value: "TEXT", help: "why; the audit log keeps it", isRequired: true),
            CommandOption(name: "read-only", help: "go on serving reads"),
        ] + ControlClient.options,
        examples: [#"homeroom tenant suspend "Springfield USD" --reason "contract ended""#],
        run: { invocation in
            let isReadOnly = invocation.isSet("read-only")
            return try change(
                invocation, "suspend",
                "is suspended: its \(isReadOnly ? "writes" : "requests") are refused from now on"
            ) {
                $0.member("reason", invocation.value("reason") ?? "")
                if isReadOnly { $0.member("mode", "read-only") }
            }
        })

    private static let resume = Command(
        path: ["tenant", "resume"], summary: "serve a suspended tenant again", arguments: [tenant],
        options: ControlClient.options, examples: [#"homeroom tenant resume "Springfield USD""#],
        run: { try change($0, "resume", "is served again") { _ in } })

    private static let move = Command(
        path: ["tenant", "move"], summary: "move a tenant to another tier or pool while it is used",
        arguments: [tenant],
        options: [
            CommandOption(name: "tier", value: "TIER", help: "the tier to move to"),
            CommandOption(
                name: "pool", value: "POOL", help: "the pool to move to, of the same tier or another",
                standard: "the least loaded of the tier"),
            CommandOption(
                name: "when", value: "WHEN",
                help: "now, or window: in the tenant's next maintenance window", standard: "now",
                choices: ["now", "window"]),
            CommandOption(
                name: "reason", value: "TEXT", help: "why; the run and the audit keep it"),
            CommandOption(name: "dry-run", help: "show the plan and change nothing"),
            .wait,
            CommandOption(
                name: "undo-window", value: "SECONDS", help: "how long it can be rolled back",
                standard: "what the tier says"),
            keyOption,
        ] + ControlClient.options,
        notes: [
            "A move now is an operator's own, and is not counted among the catalog's `movesPerNight`. With --when window it is a request that is approved, as by `homeroom upgrade request` and `homeroom upgrade approve`; "
                + "`homeroom upgrade explain` says when it begins, and `homeroom upgrade refuse` takes it back."
        ],
        examples: [
            #"homeroom tenant move "Springfield USD" --tier premium --dry-run"#,
            #"homeroom tenant move "Springfield USD" --tier premium --when window"#,
        ],
        run: { try TenantMove($0).run() })

    private static let addSchool = Command(
        path: ["school", "add"], summary: "add a school to a tenant",
        arguments: [tenant, CommandArgument(name: "NAME", help: "the school's name")],
        options: [.wait, keyOption] + ControlClient.options,
        examples: [#"homeroom school add "Springfield USD" "Washington Middle""#],
        run: { try add(school: $0) })

    private static func listTenants(_ invocation: Invocation) throws -> ExitCode {
        let client = try ControlClient(invocation)
        var query = ListQuery(invocation, ["tier", "state", "since"])
        query.add("sort", invocation.value("sort") ?? "name")
        let path = query.path("/v1/tenants")
        if invocation.isSet("json") { return try Output(invocation).json(list: client, path, "tenants") }
        var table = TextTable([
            .init("ID"), .init("NAME", leastWidth: 12), .init("TIER"), .init("STATE"),
            .init("SCHOOLS", isNumber: true), .init("STORE", leastWidth: 8),
        ])
        for tenant in try client.list(path, "tenants") {
            table.add([
                tenant.text("id"), tenant.text("name"), tenant.text("tier"), tenant.text("state"),
                String(tenant.number("schoolCount")), tenant["placement"]?.text("store") ?? "",
            ])
        }
        return Output(invocation).table(
            table, empty: "no tenants yet; `homeroom tenant onboard --help` makes one")
    }

    private static func change(
        _ invocation: Invocation, _ verb: String, _ outcome: String, _ body: (inout JSONWriter) -> Void
    ) throws -> ExitCode {
        let client = try ControlClient(invocation)
        let tenant = try TenantFinder(client).find(invocation.argument(0))
        let answer = try client.post("/v1/tenants/\(tenant.text("id"))/\(verb)", body)
        return Output(invocation).json(answer) ?? Output(invocation).line("\(tenant.text("name")) \(outcome)")
    }

    private static func add(school invocation: Invocation) throws -> ExitCode {
        let client = try ControlClient(invocation)
        let tenant = try TenantFinder(client).find(invocation.argument(0))
        let watch = RunWatch(invocation, client)
        let answer: ControlClient.Answer
        switch try watch.post(
            "/v1/tenants/\(tenant.text("id"))/schools", { $0.member("name", invocation.argument(1)) })
        {
        case .answered(let found): answer = found
        case .ended(let run): return watch.end(run)
        }
        let output = Output(invocation)
        if let shown = output.json(answer) { return shown }
        guard let school = answer.json["school"] else {
            RunWatch.showUnfinished(answer, output)
            return .done
        }
        _ = output.line("\(school.text("name")) is a school of \(tenant.text("name")): \(school.text("id"))")
        if let grace = answer.json["grace"] { _ = output.line(grace.text("text")) }
        return .done
    }
}

extension JSONWriter {
    /// A member that is a string.
    mutating func member(_ name: StaticString, _ text: String) {
        self.name(name)
        string(text)
    }
}
