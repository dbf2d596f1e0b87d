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
        guard isJSON else {
            terminal.note(answer.json)
            return nil
        }
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

    /// One JSON object.
    func json(_ write: (inout JSONWriter) -> Void) {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        write(&json)
        json.endObject()
        terminal.line(json.bytes)
    }

    /// A line.
    func line(_ text: String) -> ExitCode {
        terminal.line(TextWidth.harmless(text))
        return .done
    }

    /// A table, or a sentence where it has no rows.
    func table(_ table: TextTable, empty: String) -> ExitCode {
        // Programs want the heading of an empty table, people a word.
        if table.isEmpty { terminal.emptyTable(table, empty) } else { terminal.table(table) }
        return .done
    }

    /// Names and values below one another.
    func pairs(_ pairs: [(String, String)]) { terminal.pairs(pairs.map { (name: $0.0, value: $0.1) }) }
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
