import Base

/// `homeroom upgrade …`: tenants that have outgrown their tier, and those for whom another was sold.
enum UpgradeCommands {
    static let all: [Command] = [list, explain, request, approve, refuse]

    private static let tenant = CommandArgument(name: "TENANT", help: "the tenant's id or its exact name")

    private static let list = Command(
        path: ["upgrade", "list"],
        summary: "list the tenants on their way to another tier, and what each waits for",
        options: ControlClient.options, examples: ["homeroom upgrade list"],
        run: { invocation in
            let (answer, upgrades) = try ControlClient(invocation).whole("/v1/upgrades", "upgrades")
            if let code = Output(invocation).json(answer) { return code }
            var table = TextTable([
                .init("TENANT"), .init("NAME", leastWidth: 8), .init("STATE"), .init("FROM"), .init("TO"),
                .init("NEXT", leastWidth: 12),
            ])
            for upgrade in upgrades {
                let smaller = upgrade["smaller"].flatMap { $0["recommended"]?.bool == true ? $0 : nil }
                let isSmaller = upgrade.text("state") == "fits" ? smaller : nil
                table.add([
                    upgrade.text("tenant"), upgrade.text("name"),
                    isSmaller == nil ? upgrade.text("state") : "shrunk", upgrade.text("tier"),
                    isSmaller?.text("tier") ?? upgrade.text("target"),
                    isSmaller == nil ? next(upgrade) : "it has had room there for a month",
                ])
            }
            return Output(invocation).table(table, empty: "no tenant has outgrown its tier")
        })

    private static let explain = Command(
        path: ["upgrade", "explain"],
        summary: "show how a tenant stands: each rule of its tier, its input, and what is missing",
        arguments: [tenant], options: ControlClient.options,
        notes: [
            "A rule holds when its input has been above its threshold for as long as the catalog says, and until it clears. What is "
                + "missing is said for each rule; what comes next, and when, is said above them."
        ],
        examples: [#"homeroom upgrade explain "Springfield USD""#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let answer = try client.get("\(try path(client, invocation))")
            return Output(invocation).json(answer) ?? show(answer.json, invocation)
        })

    private static let request = Command(
        path: ["upgrade", "request"], summary: "ask for another tier for a tenant, as sales has sold it",
        arguments: [tenant],
        options: [
            CommandOption(name: "tier", value: "TIER", help: "the tier that is wanted", isRequired: true),
            CommandOption(
                name: "reason", value: "TEXT", help: "why, for whoever approves it"),
            CommandOption(name: "dry-run", help: "show the plan and its cost; ask for nothing"),
        ] + ControlClient.options,
        notes: [
            "Nothing moves before an operator approves it: `homeroom upgrade approve` shows the plan and what it costs first."
        ],
        examples: [
            #"homeroom upgrade request "Springfield USD" --tier premium --dry-run"#,
            #"homeroom upgrade request "Springfield USD" --tier premium --reason "sold""#,
        ],
        run: { invocation in
            let isDry = invocation.isSet("dry-run")
            guard isDry || invocation.value("reason") != nil else {
                throw CommandFailure.usage("expected --reason TEXT: why, for whoever approves it")
            }
            let client = try ControlClient(invocation)
            let path = try path(client, invocation)
            let tier = invocation.value("tier") ?? ""
            if isDry {
                return try plan(
                    client, path, to: tier, next: "nothing was asked for; run it with --reason TEXT",
                    invocation)
            }
            let answer = try client.post("\(path)/request") { json in
                json.member("tier", tier)
                json.member("reason", invocation.value("reason") ?? "")
            }
            return Output(invocation).json(answer) ?? show(answer.json, invocation)
        })

    private static let approve = Command(
        path: ["upgrade", "approve"],
        summary: "agree to the move that a tenant's rules, or somebody, ask for", arguments: [tenant],
        options: [
            CommandOption(
                name: "to", value: "TIER", help: "approve the move to this tier; without it the plan is shown"
            ),
            CommandOption(name: "now", help: "begin at once, and not in the next window"),
            .wait,
        ] + ControlClient.options,
        examples: [
            #"homeroom upgrade approve "Springfield USD""#,
            #"homeroom upgrade approve "Springfield USD" --to advanced"#,
            #"homeroom upgrade approve "Springfield USD" --to advanced --now --wait"#,
        ],
        run: { invocation in
            let waits = invocation.waits()
            guard !waits || (invocation.isSet("now") && invocation.value("to") != nil) else {
                throw CommandFailure.usage(
                    "--wait goes with --to TIER and --now; `homeroom upgrade explain` says what another move waits for"
                )
            }
            let client = try ControlClient(invocation)
            let path = try path(client, invocation)
            guard let tier = invocation.value("to") else {
                return try planToApprove(client, path, invocation)
            }
            let answer = try client.post("\(path)/approve") { json in
                json.member("tier", tier)
                json.name("now")
                json.bool(invocation.isSet("now"))
            }
            if waits { return try follow(answer, to: tier, client, path, invocation) }
            return Output(invocation).json(answer) ?? show(answer.json, invocation)
        })

    private static let refuse = Command(
        path: ["upgrade", "refuse"],
        summary: "decide against the move that a tenant's rules, or somebody, ask for", arguments: [tenant],
        options: [
            CommandOption(
                name: "reason", value: "TEXT", help: "why; the audit log keeps it", isRequired: true)
        ] + ControlClient.options,
        notes: ["The rules begin anew when the cool-down of the tenant's tier is over."],
        examples: [#"homeroom upgrade refuse "Springfield USD" --reason "two schools merge in June""#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let answer = try client.post("\(try path(client, invocation))/refuse") { json in
                json.member("reason", invocation.value("reason") ?? "")
            }
            return Output(invocation).json(answer) ?? show(answer.json, invocation)
        })

    // MARK: What they do

    /// Follows the move that was approved for now; where the catalog's limits let none begin yet, once one may.
    private static func follow(
        _ approved: ControlClient.Answer, to tier: String, _ client: ControlClient, _ path: String,
        _ invocation: Invocation
    ) throws -> ExitCode {
        var answer = approved
        while answer.json["run"] == nil, answer.json.text("state") == "agreed" {
            invocation.terminal.progress(TextWidth.harmless(next(answer.json)))
            RunWatch.pause()
            answer = try client.get(path)
        }
        if let run = answer.json["run"]?.string {
            return try RunWatch(invocation, client).watch(run, untilSwitched: true)
        }
        // Between two looks it has moved, or somebody has taken it back.
        let code: ExitCode = answer.json.text("tier") == tier ? .done : .failed
        if let written = Output(invocation).json(answer) { return code == .done ? written : code }
        _ = show(answer.json, invocation)
        return code
    }

    private static func path(_ client: ControlClient, _ invocation: Invocation) throws -> String {
        "/v1/tenants/\(try TenantFinder(client).find(invocation.argument(0)).text("id"))/upgrade"
    }

    /// What would be approved: the plan of the move, as `homeroom tenant move --dry-run` shows it.
    private static func planToApprove(
        _ client: ControlClient, _ path: String, _ invocation: Invocation
    ) throws -> ExitCode {
        let upgrade = try client.get(path).json
        let target = upgrade.text("target")
        guard upgrade.text("state") != "fits", !target.isEmpty else {
            throw CommandFailure.failed(
                "tenant `\(upgrade.text("tenant"))` has not outgrown its tier and nobody has asked for another; "
                    + "`homeroom upgrade request` does")
        }
        return try plan(
            client, path, to: target, next: "nothing was approved; add --to \(target)", invocation)
    }

    private static func plan(
        _ client: ControlClient, _ path: String, to tier: String, next: String, _ invocation: Invocation
    ) throws -> ExitCode {
        let when = invocation.isSet("now") ? "now" : "window"
        let answer = try client.get("\(path)/plan?tier=\(ControlClient.encoded(tier))&when=\(when)")
        if let code = Output(invocation).json(answer) { return code }
        let name = try client.get(path).json.text("name")
        return TenantMove(invocation).show(plan: answer.json, of: name, next: next)
    }

    private static func next(_ upgrade: JSONAnswer) -> String {
        upgrade.text("next")
            + (upgrade["nextAt"]?.string.map { ", \(Figures.moment($0).dropLast(3)) UTC" } ?? "")
    }

    static func show(_ upgrade: JSONAnswer, _ invocation: Invocation) -> ExitCode {
        let output = Output(invocation)
        let order = upgrade["order"].map {
            "\($0.text("tier")) by \($0.text("by")), \(Figures.moment($0.text("at"))) UTC: \($0.text("reason"))"
        }
        let target = upgrade.text("target")
        output.pairs(
            [
                ("tenant", "\(upgrade.text("name")) (\(upgrade.text("tenant")))"),
                ("tier", upgrade.text("tier") + (target.isEmpty ? "" : ", next \(target)")),
                ("mode", upgrade.text("mode")),
                ("state", upgrade.text("state") + since(upgrade)),
                ("next", next(upgrade)), ("asked for", order ?? ""),
                ("approved by", upgrade.text("approvedBy")),
                ("failed", upgrade.text("failure")), ("schools", schools(upgrade)),
                ("smaller", smaller(upgrade)),
            ] + blackouts(upgrade))
        let rules = upgrade["rules"]?.elements ?? []
        guard !rules.isEmpty else { return .done }
        invocation.terminal.line()
        var table = TextTable([.init("RULE"), .init("HOLDS"), .init("NOW", leastWidth: 20)])
        for rule in rules {
            table.add([
                rule.text("rule"), rule["holds"]?.bool == true ? "yes" : "no", rule.text("explanation"),
            ])
        }
        return output.table(table, empty: "")
    }

    private static func blackouts(_ upgrade: JSONAnswer) -> [(String, String)] {
        (upgrade["blackouts"]?.elements ?? []).map { ("no moves", TenantView.text(ofBlackout: $0)) }
    }

    private static func since(_ upgrade: JSONAnswer) -> String {
        upgrade["since"]?.string.map { " since \(Figures.moment($0)) UTC" } ?? ""
    }

    private static func schools(_ upgrade: JSONAnswer) -> String {
        let (has, grace) = (upgrade.number("schools"), upgrade.number("schoolsGrace"))
        guard let max = upgrade["schoolsMax"]?.int else { return "\(has)" }
        return "\(has) of \(max)" + (grace > 0 ? ", up to \(max + grace) until it is moved" : "")
    }

    private static func smaller(_ upgrade: JSONAnswer) -> String {
        guard let smaller = upgrade["smaller"] else { return "" }
        return
            "it would have room in \(smaller.text("tier")) since \(Figures.moment(smaller.text("since"))) UTC"
    }
}
