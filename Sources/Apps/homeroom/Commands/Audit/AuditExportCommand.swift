import Audits
import Base
import Registry

/// `homeroom audit export`.
enum AuditExportCommand {
    static let command = Command(
        path: ["audit", "export"],
        summary: "write the audit to a file, as lines of JSON that verify by themselves",
        options: [
            CommandOption(name: "out", value: "FILE", help: "a new file (mode 0600)", isRequired: true),
            CommandOption(
                name: "since", value: "AGO", help: "entries from then on: 2d, or 2026-01-31T08:05:00Z"),
            CommandOption(name: "until", value: "AGO", help: "entries before then, said likewise"),
            CommandOption(name: "kind", value: "KIND", help: "activity, access or denial; otherwise all"),
        ] + ControlClient.options,
        notes: [
            "Each line is an entry as it is stored, byte for byte: its digest is what the next one names. The file also has the "
                + "heads that were sealed. `homeroom audit verify --file FILE --keys KEYS` needs no server."
        ],
        examples: [
            "homeroom audit export --out audit.jsonl",
            "homeroom audit export --out may.jsonl --since 30d --kind access",
        ],
        run: { try export($0) })

    private static func export(_ invocation: Invocation) throws -> ExitCode {
        let client = try ControlClient(invocation)
        let source = try AuditSource(client, invocation)
        let path = invocation.value("out") ?? ""
        let file = try SecretFile(creating: path)
        var entries = 0
        do {
            try source.forEachPage { bytes in
                try file.append(bytes)
                entries += bytes.count { $0 == 0x0A }
                invocation.terminal.progress("\(Figures.count(entries)) lines")
            }
        } catch {
            SecretFile.remove(path)
            throw error
        }
        if invocation.isSet("json") {
            var json = JSONWriter(reserving: 64)
            json.beginObject()
            json.name("file")
            json.string(path)
            json.name("lines")
            json.int(entries)
            json.endObject()
            invocation.terminal.line(json.bytes)
            return .done
        }
        return Output(invocation).line(
            "\(Figures.count(entries)) lines in \(path); `homeroom audit verify --file \(path)` verifies them"
        )
    }
}

/// The export of a server's audit, page by page: what a file gets, and what is verified.
struct AuditSource {
    private let client: ControlClient
    private let kinds: [AuditKind]
    private let from: Timestamp?
    private let to: Timestamp?

    init(_ client: ControlClient, _ invocation: Invocation) throws(CommandFailure) {
        self.client = client
        let now = SystemClock().now()
        from = try AuditCommands.moment("since", invocation).flatMap { Timestamp(past: $0, before: now) }
        to = try AuditCommands.moment("until", invocation).flatMap { Timestamp(past: $0, before: now) }
        if let text = invocation.value("kind") {
            guard let kind = AuditKind(rawValue: text) else {
                throw .usage("--kind: expected activity, access or denial, found `\(text)`")
            }
            kinds = [kind]
        } else {
            kinds = AuditKind.allCases
        }
    }

    /// Hands over whole lines: the beginning, the sealed heads, then chain by chain.
    func forEachPage(_ body: ([UInt8]) throws -> Void) throws {
        try body(AuditExportLine.begin(kinds: kinds, time: SystemClock().now()).bytes)
        if from != nil || to != nil { try body(period) }
        // Before the chains: so none of them is behind its chain's end.
        for head in try client.list("/v1/audit/heads", "heads") {
            guard kinds.contains(where: { $0.rawValue == head.text("kind") }) else { continue }
            try body(Array("{\"sealed\":{\"statement\":\"\(head.text("statement"))\"}}\n".utf8))
        }
        for kind in kinds { try forEachPage(of: kind, body) }
    }

    private func forEachPage(of kind: AuditKind, _ body: ([UInt8]) throws -> Void) throws {
        var after: String?
        repeat {
            var path = "/v1/audit/export?kind=\(kind.rawValue)"
            if let from { path += "&since=\(ControlClient.encoded(from.iso8601))" }
            if let to { path += "&until=\(ControlClient.encoded(to.iso8601))" }
            if let after { path += "&cursor=\(ControlClient.encoded(after))" }
            let page = try client.lines(path)
            try body(page.bytes)
            after = page.next
        } while after != nil
    }

    private var period: [UInt8] {
        var json = JSONWriter(reserving: 96)
        json.beginObject()
        json.name("period")
        json.beginObject()
        if let from {
            json.name("from")
            json.int(Int(from.milliseconds))
        }
        if let to {
            json.name("to")
            json.int(Int(to.milliseconds))
        }
        json.endObject()
        json.endObject()
        return json.bytes + [0x0A]
    }
}
