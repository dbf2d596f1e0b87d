import Base

/// How a command shows what it found.
struct Output {
    private let terminal: Terminal
    private let isJSON: Bool

    init(_ invocation: Invocation) {
        terminal = invocation.terminal
        isJSON = invocation.isSet("json")
    }

    /// The server's JSON as it is, where `--json` asks for it; nil where it does not.
    func json(_ answer: ControlClient.Answer) -> ExitCode? {
        guard isJSON else { return nil }
        terminal.line(answer.body)
        return .done
    }

    /// A whole list as one JSON document, all pages in one.
    func json(list client: ControlClient, _ path: String, _ member: String, max: Int = .max)
        throws(CommandFailure)
        -> ExitCode
    {
        var json = JSONWriter(reserving: 4096)
        json.beginObject()
        json.name(text: member)
        json.beginArray()
        for element in try client.list(path, member, max: max) { element.write(to: &json) }
        json.endArray()
        json.endObject()
        terminal.line(json.bytes)
        return .done
    }

    /// A line.
    func line(_ text: String) -> ExitCode {
        terminal.line(TextWidth.harmless(text))
        return .done
    }

    /// A table's lines, or a sentence where it has no rows.
    func table(_ table: TextTable, empty: String) -> ExitCode {
        let lines = table.lines(width: terminal.columns)
        guard lines.count > 1 else { return line(empty) }
        for line in lines { terminal.line(line) }
        return .done
    }

    /// Names and values below one another.
    func pairs(_ pairs: [(String, String)]) {
        let width = (pairs.map(\.0.count).max() ?? 0) + 2
        for (name, value) in pairs where !value.isEmpty {
            let name = TextWidth.harmless(name)
            terminal.line(
                name + String(repeating: " ", count: width - name.count) + TextWidth.harmless(value))
        }
    }
}

/// Finds a tenant by its id or its exact name.
struct TenantFinder {
    private let client: ControlClient

    init(_ client: ControlClient) { self.client = client }

    /// The tenant.
    /// - Throws: `CommandFailure` where there is none, or several of that name.
    func find(_ text: String) throws(CommandFailure) -> JSONAnswer {
        if TenantID(text) != nil { return try client.get("/v1/tenants/\(text)").json }
        let found = try client.list("/v1/tenants?name=\(ControlClient.encoded(text))", "tenants")
        guard let tenant = found.first else {
            throw .failed("there is no tenant `\(text)`; `homeroom tenant list` shows those there are")
        }
        guard found.count == 1 else {
            let ids = found.map { $0.text("id") }.joined(separator: ", ")
            throw .failed("\(found.count) tenants are named `\(text)`; use one of their ids: \(ids)")
        }
        return tenant
    }
}
