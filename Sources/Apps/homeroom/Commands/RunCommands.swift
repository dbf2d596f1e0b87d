import Base
import Migrations

/// `homeroom run …`.
enum RunCommands {
    static let all: [Command] = [list, show, watch] + changes + [skip, throttle]

    private static let run = CommandArgument(name: "RUN", help: "the run's id")
    private static let exampleID = "r06gz1q8f3a4c5e7"

    private static let list = Command(
        path: ["run", "list"], summary: "list runs, the newest first",
        options: [
            CommandOption(name: "tenant", value: "TENANT", help: "only those of a tenant: id or exact name"),
            CommandOption(name: "kind", value: "KIND", help: "only those of a kind, such as move"),
            CommandOption(
                name: "state", value: "STATE",
                help:
                    "only those that are pending, running, waiting, paused, failed, undoing, undone or completed"
            ),
            CommandOption(name: "stuck", help: "only those that make no progress"),
            CommandOption(
                name: "since", value: "TIME", help: "only those started since: 30m, 1h, 2d or a moment in UTC"
            ),
            CommandOption(name: "until", value: "TIME", help: "only those started before then"),
            ListQuery.sort("createdAt", standard: "-createdAt"),
            CommandOption(name: "limit", value: "NUMBER", help: "how many at most", standard: "50"),
        ] + ControlClient.options,
        examples: [
            #"homeroom run list --tenant "Springfield USD""#, "homeroom run list --state failed --since 1d",
            "homeroom run list --stuck",
        ],
        run: { try listRuns($0) })

    private static let show = Command(
        path: ["run", "show"], summary: "show a run: its steps, what went wrong, what it left",
        arguments: [run],
        options: ControlClient.options, examples: ["homeroom run show \(exampleID)"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let answer = try client.get("/v1/runs/\(ControlClient.encoded(invocation.argument(0)))")
            if let code = Output(invocation).json(answer) { return code }
            RunView(invocation).show(answer.json)
            return .done
        })

    private static let watch = Command(
        path: ["run", "watch"], summary: "follow a run until it ends: phase, items, rate, lag, time left",
        arguments: [run],
        options: [
            CommandOption(name: "until-switched", help: "end when a move has put the tenant in its new place")
        ] + ControlClient.options,
        examples: ["homeroom run watch \(exampleID)"],
        run: { invocation in
            let client = try ControlClient(invocation)
            return try RunWatch(invocation, client).watch(
                invocation.argument(0), untilSwitched: invocation.isSet("until-switched"))
        })

    private static let changes: [Command] = [
        change("pause", "hold a run where it is", "is held; `homeroom run resume` lets it go on"),
        change("resume", "let a held run go on", "goes on"),
        change("cancel", "take a run back, step by step", "is being taken back"),
        change(
            "rollback", "take a move back, the writes made since included", "is being taken back"),
        change("retry", "let a failed run try its step again", "tries again"),
    ]

    private static func change(_ verb: String, _ summary: String, _ outcome: String) -> Command {
        Command(
            path: ["run", verb], summary: summary, arguments: [run], options: [.wait] + ControlClient.options,
            examples: ["homeroom run \(verb) \(exampleID)"],
            run: { try post($0, verb, outcome) })
    }

    private static let skip = Command(
        path: ["run", "skip"], summary: "let a failed or stuck run go on without the step it is at",
        arguments: [run],
        options: [
            CommandOption(name: "reason", value: "TEXT", help: "why; the run and the audit log keep it"),
            .wait,
        ] + ControlClient.options,
        examples: [#"homeroom run skip \#(exampleID) --reason "the store is gone, ticket 4711""#],
        run: { invocation in
            guard let reason = invocation.value("reason"), !reason.isEmpty else {
                throw CommandFailure.usage(
                    "--reason: expected why the step is skipped, such as --reason \"…\"")
            }
            return try post(invocation, "skip", "goes on without the step") { $0.member("reason", reason) }
        })

    private static let throttle = Command(
        path: ["run", "throttle"], summary: "set how many items a second a run does at most, while it runs",
        arguments: [run],
        options: [
            CommandOption(
                name: "items-per-second", value: "NUMBER", help: "at most so many; the tier's rate stays"),
            CommandOption(name: "off", help: "lift the limit"),
        ] + ControlClient.options,
        notes: ["For moves, and for what is made of moves: there each of them keeps to the number."],
        examples: ["homeroom run throttle \(exampleID) --items-per-second 500"],
        run: { invocation in
            let rate = try invocation.integer("items-per-second", in: 1...Limits.copyItemsPerSecondMax)
            guard invocation.isSet("off") == (rate == nil) else {
                throw CommandFailure.usage(
                    "expected either --items-per-second NUMBER, or --off to lift the limit")
            }
            let outcome =
                rate.map { "does \(Figures.count($0)) items a second at most" } ?? "has no limit of its own"
            return try post(invocation, "throttle", outcome) { json in
                if let rate {
                    json.name("itemsPerSecond")
                    json.int(rate)
                } else {
                    json.name("off")
                    json.bool(true)
                }
            }
        })

    private static func post(
        _ invocation: Invocation, _ verb: String, _ outcome: String,
        _ write: (inout JSONWriter) -> Void = { _ in }
    ) throws -> ExitCode {
        let client = try ControlClient(invocation)
        let id = invocation.argument(0)
        let answer = try client.post("/v1/runs/\(ControlClient.encoded(id))/\(verb)", write)
        if invocation.isSet("wait") {
            return try RunWatch(invocation, client).watch(id, untilSwitched: false)
        }
        return Output(invocation).json(answer) ?? Output(invocation).line("run \(id) \(outcome)")
    }

    private static func listRuns(_ invocation: Invocation) throws -> ExitCode {
        let client = try ControlClient(invocation)
        let limit = try invocation.integer("limit", in: 1...10_000) ?? 50
        var query = ListQuery(invocation, ["kind", "state", "since", "until", "sort"])
        query.add(
            "tenant", try invocation.value("tenant").map { try TenantFinder(client).find($0).text("id") })
        query.add("stuck", invocation.isSet("stuck") ? "true" : nil)
        let path = query.path("/v1/runs")
        if invocation.isSet("json") {
            return try Output(invocation).json(list: client, path, "runs", max: limit)
        }
        var table = TextTable([
            .init("ID"), .init("KIND", leastWidth: 6), .init("TENANT"), .init("STATE"),
            .init("STEP", leastWidth: 6),
            .init("STARTED"),
        ])
        for run in try client.list(path, "runs", max: limit) {
            table.add([
                run.text("id"), run.text("kind"), run.text("tenant"), RunView.state(of: run),
                run.text("step"),
                Figures.day(run.text("createdAt")),
            ])
        }
        return Output(invocation).table(table, empty: query.isEmpty ? "no runs yet" : "no such runs")
    }
}
