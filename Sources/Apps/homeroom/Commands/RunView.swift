import Base

/// A run's particulars for people.
struct RunView {
    private let output: Output
    private let terminal: Terminal

    init(_ invocation: Invocation) {
        output = Output(invocation)
        terminal = invocation.terminal
    }

    func show(_ run: JSONAnswer) {
        output.pairs([
            ("run", run.text("id")), ("kind", run.text("kind")), ("tenant", run.text("tenant")),
            ("state", RunView.state(of: run)), ("reason", run.text("reason")),
            ("stuck", RunView.stall(of: run)), ("turn", RunView.turn(of: run)),
            ("pace", RunView.pace(of: run)), ("by", run.text("actor")), ("why", run.text("why")),
            ("started", Figures.moment(run.text("createdAt"))),
            ("ended", Figures.moment(run.text("endedAt"))),
        ])
        showSteps(run["steps"]?.elements ?? [])
        showHistory(run["steps"]?.elements ?? [])
        showRequests(run)
        let notes = run["notes"]?.elements ?? []
        if !notes.isEmpty { terminal.line("\nnotes") }
        for note in RunView.collapsed(notes) { terminal.line(TextWidth.harmless("  " + note)) }
        guard let result = run["result"] else { return }
        if result["route"] != nil {
            terminal.line("\nreceipt")
            output.pairs(ReceiptView.pairs(of: result))
        } else {
            terminal.line("\nresult")
            output.pairs(RunView.pairs(of: result, prefix: "  "))
        }
    }

    private func showSteps(_ steps: [JSONAnswer]) {
        var table = TextTable([
            .init("STEP"), .init("STATE"), .init("ERRORS", isNumber: true), .init("STARTED"),
            .init("LAST ERROR", leastWidth: 12),
        ])
        for step in steps {
            table.add([
                step.text("name"), step.text("state"), String(step.number("attempts")),
                Figures.moment(step.text("startedAt")), step.text("lastError"),
            ])
        }
        terminal.line()
        terminal.table(table)
    }

    /// The state, with a word where it makes no progress or waits for its turn.
    static func state(of run: JSONAnswer) -> String {
        let state = run.text("state")
        if run["stuck"] != nil { return "\(state), stuck" }
        return run["waitsForTurn"] != nil ? "\(state), in line" : state
    }

    /// `since 08:05: a call of the step has not come back`.
    static func stall(of run: JSONAnswer) -> String {
        run["stuck"].map { "since \(Figures.moment($0.text("since"))): \($0.text("reason"))" } ?? ""
    }

    /// `waits for its turn behind 3; at most 4 runs of its tenant at once`.
    static func turn(of run: JSONAnswer) -> String {
        guard let turn = run["waitsForTurn"] else { return "" }
        let of = turn.text("limit") == "tenant" ? "its tenant" : "its kind"
        return
            "waits for its turn behind \(turn.number("runsBefore")); at most \(turn.number("max")) runs of \(of) at once"
    }

    /// `500 items a second: as somebody asked`, whatever holds it back.
    static func pace(of run: JSONAnswer) -> String {
        if let pace = run["progress"]?["pace"] {
            return "\(Figures.count(pace.number("itemsPerSecond"))) items a second: \(pace.text("reason"))"
        }
        return run["itemsPerSecondMax"]?.int.map { "\(Figures.count($0)) items a second at most" } ?? ""
    }

    /// The attempts that did not simply succeed, and what was skipped.
    private func showHistory(_ steps: [JSONAnswer]) {
        var lines: [String] = []
        for step in steps {
            let name = step.text("name")
            let attempts = step["history"]?.elements ?? []
            let dropped = step.number("historyDropped")
            if dropped > 0 { lines.append("\(name): \(dropped) earlier attempts are not kept") }
            for attempt in attempts where attempt.text("outcome") != "done" {
                let what = attempt.text("direction") == "undo" ? "undo of \(name)" : name
                lines.append(
                    "\(Figures.moment(attempt.text("endedAt")))  \(what): \(attempt.text("outcome"))"
                        + (attempt["error"]?.string.map { ": \($0)" } ?? ""))
            }
            if let skip = step["skipped"] {
                lines.append(
                    "\(Figures.moment(skip.text("time")))  \(name): skipped by \(skip.text("by")): \(skip.text("reason"))"
                )
            }
        }
        guard !lines.isEmpty else { return }
        terminal.line("\nattempts")
        for line in lines { terminal.line(TextWidth.harmless("  " + line)) }
    }

    private func showRequests(_ run: JSONAnswer) {
        let requests = run["requests"]?.elements ?? []
        guard !requests.isEmpty else { return }
        terminal.line("\nasked")
        for request in requests {
            let reason = request["reason"]?.string.map { ": \($0)" } ?? ""
            let time = Figures.moment(request.text("time"))
            terminal.line(
                TextWidth.harmless("  \(time)  \(request.text("what")) by \(request.text("actor"))\(reason)"))
        }
    }

    /// The notes as lines; the same one again and again as one line with the time of the last.
    private static func collapsed(_ notes: [JSONAnswer]) -> [String] {
        var lines: [(text: String, time: String, count: Int)] = []
        for note in notes {
            let text = "\(note.text("step")): \(note.text("text"))"
            let count = lines.last?.text == text ? lines.removeLast().count : 0
            lines.append((text, Figures.moment(note.text("time")), count + 1))
        }
        return lines.map { "\($0.time)  \($0.text)" + ($0.count > 1 ? " (\($0.count) times)" : "") }
    }

    /// The members as lines; those of inner objects with their path.
    private static func pairs(of value: JSONAnswer, prefix: String) -> [(String, String)] {
        value.members.flatMap { name, value -> [(String, String)] in
            if let text = value.string { return [(prefix + name, text)] }
            if let number = value.int, name.hasSuffix("At") {
                return [(prefix + name, Figures.moment(Timestamp(milliseconds: Int64(number)).iso8601))]
            }
            if let number = value.int { return [(prefix + name, Figures.count(number))] }
            if let number = value.double { return [(prefix + name, Figures.oneDecimal(number))] }
            return pairs(of: value, prefix: prefix + name + ".")
        }
    }
}
