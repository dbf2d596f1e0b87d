import Base

/// `homeroom reconcile`.
enum ReconcileCommands {
    static let all: [Command] = [reconcile]

    private static let reconcile = Command(
        path: ["reconcile"], summary: "compare what should exist with what does, and repair it",
        options: [
            CommandOption(
                name: "repair", help: "put right what can be put right without losing anything"),
            CommandOption(
                name: "remove", value: "KIND|ID",
                help: "remove what was found under this id, or of this kind",
                isRepeatable: true),
            .yes,
            CommandOption(name: "deep", help: "look at every key, and count the items that are nobody's"),
            .wait, .noWait,
        ] + ControlClient.options,
        notes: [
            "Compares the registry with stores' files, the tenants each store knows, tables, indexes, whose the items are, counts, "
                + "names, keys, runs with their locks and marks, events, receipts and the files of the data folder. What a run "
                + "under way is just changing is left to it. Ends with 0 where nothing is wrong, with 1 where something is.",
            "Without an option nothing is changed. What no run owns is removed only where --remove names it. Each repair and each "
                + "removal is in the audit log.",
            "With --repair, --remove or --deep it is a run, which is followed to its end unless --no-wait is given: `homeroom run "
                + "cancel` ends it between two of what it does, and after a crash it goes on. One at a time puts something right.",
        ],
        examples: [
            "homeroom reconcile", "homeroom reconcile --repair",
            "homeroom reconcile --remove store-file-stray:pool-basic-9 --yes",
            "homeroom reconcile --deep --no-wait",
        ],
        run: { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let names = invocation.values("remove")
        let (isRepair, isDeep) = (invocation.isSet("repair"), invocation.isSet("deep"))
        guard !isRepair || names.isEmpty else {
            throw CommandFailure.usage("--remove: not together with --repair; one after the other")
        }
        let isRun = isRepair || isDeep || !names.isEmpty
        guard isRun || !invocation.isSet("no-wait") else {
            throw CommandFailure.usage(
                "--no-wait: goes with --deep, --repair or --remove; without these nothing is started")
        }
        if !names.isEmpty {
            try invocation.confirm(
                "Removed is \(names.joined(separator: ", ")), and does not come back.",
                refusal:
                    "--remove: what is removed does not come back; look at it with `homeroom reconcile`, then add --yes"
            )
        }
        let client = try ControlClient(invocation)
        guard isRun else { return show(try client.get("/v1/reconcile"), invocation) }
        let started = try client.post("/v1/reconcile") { json in
            for (name, isSet) in [("repair", isRepair), ("deep", isDeep)] where isSet {
                json.name(text: name)
                json.bool(true)
            }
            guard !names.isEmpty else { return }
            json.name("remove")
            json.beginArray()
            for name in names { json.string(name) }
            json.endArray()
        }
        guard invocation.waits(unlessSaid: true) else {
            return Output(invocation).json(started) ?? RunWatch.showStarted(started, Output(invocation))
        }
        let run = try RunWatch(invocation, client).completed(started).json.text("id")
        return show(try client.get("/v1/runs/\(run)/report"), invocation)
    }

    /// Shows the report; whether it is clean is the command's result.
    private static func show(_ answer: ControlClient.Answer, _ invocation: Invocation) -> ExitCode {
        let findings = answer.json["findings"]?.elements ?? []
        if Output(invocation).json(answer) == nil { show(answer.json, findings, invocation) }
        return answer.json["isClean"]?.bool == true ? .done : .failed
    }

    private static func show(_ answer: JSONAnswer, _ findings: [JSONAnswer], _ invocation: Invocation) {
        let output = Output(invocation)
        let done = answer["done"]?.elements ?? []
        for finding in done { _ = output.line("done    \(finding.text("id")): \(finding.text("action"))") }
        for failure in answer["failures"]?.elements ?? [] {
            _ = output.line("failed  \(failure.text("finding")): \(failure.text("reason"))")
        }
        for finding in findings {
            _ = output.line(finding.text("id"))
            _ = output.line("  " + finding.text("problem"))
            _ = output.line("  owner   " + (finding["run"]?.string.map { "run \($0)" } ?? "no run owns it"))
            _ = output.line("  \(label(finding.text("remedy"))) " + finding.text("action"))
        }
        let unfinished = answer["unfinished"]?.elements.compactMap(\.string) ?? []
        if !unfinished.isEmpty {
            _ = output.line(
                "not looked at to the end: \(unfinished.joined(separator: ", "))"
                    + (invocation.isSet("deep")
                        ? "; its time was over" : "; `--deep` takes its time for all of it")
            )
        }
        let more = answer.number("findingsMore")
        if more > 0 { _ = output.line("and \(Figures.count(more)) more") }
        guard findings.isEmpty else {
            _ = output.line(
                "\(Figures.count(findings.count + more)) found"
                    + (findings.contains { $0.text("remedy") == "repair" }
                        ? "; `homeroom reconcile --repair` repairs what it may" : ""))
            return
        }
        let place = unfinished.isEmpty ? "" : " in what was looked at"
        _ = output.line((done.isEmpty ? "nothing is wrong" : "nothing else is wrong") + place)
    }

    private static func label(_ remedy: String) -> String {
        switch remedy {
        case "repair": "repair "
        case "removal": "remove "
        default: "by hand"
        }
    }
}
