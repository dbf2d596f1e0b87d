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
            ("state", run.text("state")), ("reason", run.text("reason")), ("by", run.text("actor")),
            ("started", Figures.moment(run.text("createdAt"))),
            ("ended", Figures.moment(run.text("endedAt"))),
        ])
        showSteps(run["steps"]?.elements ?? [])
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
        for line in table.lines(width: terminal.columns) { terminal.line(line) }
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
