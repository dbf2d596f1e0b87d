import Base

/// What `homeroom doctor` found of one thing.
struct Diagnosis: Sendable, Equatable {
    /// How it stands.
    enum State: String, Sendable {
        case ok
        /// It works, and may not for long, or not for everybody.
        case doubtful
        case wrong
    }

    let subject: String
    let state: State
    /// What was found.
    let text: String
    /// What to do; nil where nothing is to be done.
    let remedy: String?

    static func ok(_ subject: String, _ text: String) -> Diagnosis {
        Diagnosis(subject: subject, state: .ok, text: text, remedy: nil)
    }

    static func doubtful(_ subject: String, _ text: String, _ remedy: String) -> Diagnosis {
        Diagnosis(subject: subject, state: .doubtful, text: text, remedy: remedy)
    }

    static func wrong(_ subject: String, _ text: String, _ remedy: String) -> Diagnosis {
        Diagnosis(subject: subject, state: .wrong, text: text, remedy: remedy)
    }
}

/// All that was found, for people and for programs.
struct DoctorReport {
    let found: [Diagnosis]

    var isHealthy: Bool { !found.contains { $0.state == .wrong } }

    func show(_ invocation: Invocation) {
        let terminal = invocation.terminal
        switch invocation.input.format {
        case .json: Output(invocation).json { write(to: &$0) }
        case .csv:
            var table = TextTable([.init("STATE"), .init("SUBJECT"), .init("FOUND"), .init("REMEDY")])
            for item in found {
                table.add([item.state.rawValue, item.subject, item.text, item.remedy ?? ""])
            }
            terminal.table(table)
        case .table:
            for item in found { show(item, terminal) }
            terminal.line()
            terminal.line(summary)
        }
    }

    private func show(_ item: Diagnosis, _ terminal: Terminal) {
        let tints: [Diagnosis.State: Terminal.Tint] = [.ok: .good, .doubtful: .doubtful, .wrong: .bad]
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let head = padded(item.state.rawValue, 8) + "  " + padded(item.subject, 11) + "  "
        let width = terminal.columns ?? 100
        let lines = HelpText.wrapped(TextWidth.harmless(item.text), indent: head.count, width: width)
        terminal.line(
            terminal.tinted(String(head.prefix(8)), tints[item.state]) + head.dropFirst(8)
                + lines.dropFirst(head.count))
        guard let remedy = item.remedy else { return }
        terminal.line(HelpText.wrapped("→ " + TextWidth.harmless(remedy), indent: head.count, width: width))
    }

    private var summary: String {
        func count(_ state: Diagnosis.State) -> Int { found.count { $0.state == state } }
        let (wrong, doubtful) = (count(.wrong), count(.doubtful))
        if wrong + doubtful == 0 { return "Nothing is wrong." }
        return
            "\(Figures.count(wrong)) wrong, \(Figures.count(doubtful)) doubtful, \(Figures.count(count(.ok))) in order."
    }

    private func write(to json: inout JSONWriter) {
        json.name("healthy")
        json.bool(isHealthy)
        json.name("checks")
        json.beginArray()
        for item in found {
            json.beginObject()
            json.member("subject", item.subject)
            json.member("state", item.state.rawValue)
            json.member("text", item.text)
            if let remedy = item.remedy { json.member("remedy", remedy) }
            json.endObject()
        }
        json.endArray()
    }
}
