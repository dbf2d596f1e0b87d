import Base

/// `homeroom run …`.
enum RunCommands {
    static let all: [Command] = [list, show, watch] + changes

    private static let run = CommandArgument(name: "RUN", help: "the run's id")
    private static let exampleID = "r06gz1q8f3a4c5e7"

    private static let list = Command(
        path: ["run", "list"], summary: "list runs, the newest first",
        options: [
            CommandOption(name: "tenant", value: "TENANT", help: "only those of a tenant: id or exact name"),
            CommandOption(name: "limit", value: "NUMBER", help: "how many at most", standard: "50"),
        ] + ControlClient.options,
        examples: [#"homeroom run list --tenant "Springfield USD""#],
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
            path: ["run", verb], summary: summary, arguments: [run], options: ControlClient.options,
            examples: ["homeroom run \(verb) \(exampleID)"],
            run: { invocation in
                let client = try ControlClient(invocation)
                let id = invocation.argument(0)
                let answer = try client.post("/v1/runs/\(ControlClient.encoded(id))/\(verb)")
                return Output(invocation).json(answer) ?? Output(invocation).line("run \(id) \(outcome)")
            })
    }

    private static func listRuns(_ invocation: Invocation) throws -> ExitCode {
        let client = try ControlClient(invocation)
        let limit = try invocation.integer("limit", in: 1...10_000) ?? 50
        let path =
            try invocation.value("tenant").map { text in
                "/v1/runs?tenant=\(try TenantFinder(client).find(text).text("id"))"
            } ?? "/v1/runs"
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
                run.text("id"), run.text("kind"), run.text("tenant"), run.text("state"), run.text("step"),
                Figures.day(run.text("createdAt")),
            ])
        }
        return Output(invocation).table(table, empty: "no runs yet")
    }
}
