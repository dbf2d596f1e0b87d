import Archives
import Base
import Tenancy

/// `homeroom backup …`: backups and restores of single tenants.
enum BackupCommands {
    static let all: [Command] = [list, create, show, verify, window, restore, delete]

    private static let backup = CommandArgument(name: "BACKUP", help: "the backup's id")
    private static let tenant = CommandArgument(name: "TENANT", help: "the tenant: id or exact name")
    private static let exampleID = "t06gz1q8f3a4c5e7.01795168800000-5f0c91aa"
    private static let key = CommandOption(
        name: "idempotency-key", value: "KEY", help: "the same key starts the same run only once")

    private static let list = Command(
        path: ["backup", "list"], summary: "list backups of tenants, the oldest of each tenant first",
        options: [
            CommandOption(name: "tenant", value: "TENANT", help: "only those of a tenant: id or exact name"),
            CommandOption(name: "state", value: "STATE", help: "only those: writing, complete, damaged"),
            CommandOption(
                name: "purpose", value: "WHY", help: "only those made by: schedule, request, restore"),
            CommandOption(name: "since", value: "TIME", help: "only those made since: 12h, 30d or a moment"),
            ListQuery.sort("id", "createdAt", "expiresAt", "diskBytes", standard: "id"),
            CommandOption(name: "limit", value: "NUMBER", help: "how many at most", standard: "1000"),
        ] + ControlClient.options,
        examples: [#"homeroom backup list --tenant "Springfield USD""#], run: { try BackupLists($0).run() })

    private static let create = Command(
        path: ["backup", "create"], summary: "back a tenant up as it is now",
        arguments: [tenant],
        options: [
            CommandOption(
                name: "kept-for", value: "DAYS", help: "for how many days it is kept",
                standard: "what the catalog says, else 35"), .wait, key,
        ] + ControlClient.options,
        examples: [#"homeroom backup create "Springfield USD" --wait"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let tenant = try TenantFinder(client).find(invocation.argument(0)).text("id")
            let days = try invocation.integer("kept-for", in: 1...Limits.backupKeptDaysMax)
            let answer = try client.post(
                "/v1/tenants/\(tenant)/backups", idempotencyKey: invocation.value("idempotency-key")
            ) { json in
                guard let days else { return }
                json.name("keptForDays")
                json.int(days)
            }
            return try follow(answer, invocation, client)
        })

    private static let show = Command(
        path: ["backup", "show"], summary: "show a backup: what it holds, until when it is kept",
        arguments: [backup], options: ControlClient.options, examples: ["homeroom backup show \(exampleID)"],
        run: { invocation in
            let answer = try ControlClient(invocation).get(path(invocation))
            if let code = Output(invocation).json(answer) { return code }
            BackupLists(invocation).show(answer.json)
            return .done
        })

    private static let verify = Command(
        path: ["backup", "verify"], summary: "read all of a backup back and compare its digests",
        arguments: [backup], options: [.wait, key] + ControlClient.options,
        notes: ["One that is not as it was written is marked as damaged, and nothing is restored from it."],
        examples: ["homeroom backup verify \(exampleID) --wait"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let answer = try client.post(
                path(invocation) + "/verify", idempotencyKey: invocation.value("idempotency-key"))
            return try follow(answer, invocation, client)
        })

    private static let window = Command(
        path: ["backup", "window"], summary: "show from when to when a tenant can be restored to any moment",
        arguments: [tenant], options: ControlClient.options,
        examples: [#"homeroom backup window "Springfield USD""#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let tenant = try TenantFinder(client).find(invocation.argument(0)).text("id")
            let answer = try client.get("/v1/tenants/\(tenant)/recovery-window")
            if let code = Output(invocation).json(answer) { return code }
            let reasons = [
                "journal": "the journal reaches back to there",
                "move": "the tenant came to its store then, and nothing from before came along",
                "onboarding": "the tenant was made then",
            ]
            Output(invocation).pairs([
                ("from", answer.json.text("from")), ("to", answer.json.text("to")),
                ("because", reasons[answer.json.text("beginning")] ?? ""),
            ])
            return .done
        })

    private static let restore = Command(
        path: ["backup", "restore"], summary: "put a tenant back to a backup or to a past moment, in place",
        arguments: [
            CommandArgument(name: "WHAT", help: "the backup's id, or with --to the tenant: id or exact name")
        ],
        options: [
            CommandOption(
                name: "to", value: "MOMENT",
                help: "a past moment: 2026-11-20T10:00:00Z, or 30m for 30 minutes ago"),
            CommandOption(name: "dry-run", help: "only count what would be done; nothing is changed"),
            .yes, .wait, key,
        ] + ControlClient.options,
        notes: [
            "Writes of this tenant wait while its items are put back, and are refused in a way that clients try again; reads go "
                + "on. Other tenants notice nothing. A backup of the tenant as it was is made first.",
            "Items are put back: schools, keys, policies and the tier stay as they are.",
        ],
        examples: [
            #"homeroom backup restore "Springfield USD" --to 2026-11-20T10:00:00Z --dry-run"#,
            "homeroom backup restore \(exampleID) --yes --wait",
        ], run: { try BackupRestore($0).run() })

    private static let delete = Command(
        path: ["backup", "delete"], summary: "delete a backup before its time",
        arguments: [backup],
        options: [.yes] + ControlClient.options,
        examples: ["homeroom backup delete \(exampleID) --yes"],
        run: { invocation in
            try invocation.confirm(
                "Backup \(invocation.argument(0)) is deleted and cannot be brought back.",
                refusal: "a deleted backup cannot be brought back; give --yes to delete it")
            let answer = try ControlClient(invocation).delete(path(invocation))
            return Output(invocation).json(answer)
                ?? Output(invocation).line("backup \(answer.json.text("id")) is deleted")
        })

    private static func path(_ invocation: Invocation) -> String {
        "/v1/backups/\(ControlClient.encoded(invocation.argument(0)))"
    }

    /// Shows the run that was started, or follows it.
    static func follow(
        _ answer: ControlClient.Answer, _ invocation: Invocation, _ client: ControlClient
    ) throws -> ExitCode {
        let run = answer.json.text("id")
        if invocation.isSet("wait") {
            return try RunWatch(invocation, client).watch(run, untilSwitched: false)
        }
        if let code = Output(invocation).json(answer) { return code }
        Output(invocation).pairs([("run", run), ("watch", "homeroom run watch \(run)")])
        return .done
    }
}
