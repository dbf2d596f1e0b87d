import Archives
import Base

/// `homeroom tenant export`.
struct TenantExport {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() throws -> ExitCode {
        let out = invocation.value("out")
        guard (out != nil) != invocation.isSet("server-side") else {
            throw CommandFailure.usage("say either --out DIR or --server-side")
        }
        let client = try ControlClient(invocation)
        let run = try invocation.value("run") ?? start(client)
        guard invocation.waits(unlessSaid: out != nil) else { return started(run, out) }
        guard let out else { return try RunWatch(invocation, client).watch(run, untilSwitched: false) }
        let code = try RunWatch(invocation, client).watch(run, untilSwitched: false)
        guard code == .done else { return code }
        return try fetch(run, into: out, client)
    }

    private func started(_ run: String, _ out: String?) -> ExitCode {
        let output = Output(invocation)
        if invocation.isSet("json") {
            output.json { $0.member("run", run) }
        } else {
            output.pairs([
                ("run", run), ("watch", "homeroom run watch \(run)"),
                (
                    "fetch",
                    "homeroom tenant export \(invocation.argument(0)) --run \(run) --out \(out ?? "DIR")"
                ),
            ])
        }
        return .done
    }

    private func start(_ client: ControlClient) throws -> String {
        let tenant = try TenantFinder(client).find(invocation.argument(0)).text("id")
        let answer = try client.post(
            "/v1/tenants/\(tenant)/exports", idempotencyKey: invocation.value("idempotency-key")
        ) { json in
            if let moment = invocation.value("as-of") { json.member("asOf", moment) }
        }
        return answer.json.text("id")
    }

    private func fetch(_ run: String, into path: String, _ client: ControlClient) throws -> ExitCode {
        let base = "/v1/exports/\(ControlClient.encoded(run))"
        let again = "go on with `homeroom tenant export \(invocation.argument(0)) --run \(run) --out \(path)`"
        do {
            let copy = try ExportCopy(path: path, manifest: client.bytes(base))
            var fetched = 0
            for file in copy.files {
                guard var offset = try copy.position(of: file) else {
                    fetched += file.bytes ?? 0
                    continue
                }
                while offset < file.bytes ?? .max {
                    let bytes = try client.bytes(
                        "\(base)/files/\(ControlClient.encoded(file.name))?offset=\(offset)")
                    guard !bytes.isEmpty else { break }
                    try copy.add(bytes, to: file)
                    offset += bytes.count
                    invocation.terminal.progress(
                        "fetching   \(Figures.bytes(fetched + offset)) of \(Figures.bytes(copy.bytes))")
                }
                try copy.complete(file)
                fetched += file.bytes ?? 0
            }
            try copy.finish()
            guard !invocation.isSet("json") else { return .done }
            Output(invocation).pairs([
                ("export", path), ("as of", copy.instant.iso8601), ("items", Figures.count(copy.items)),
                ("size", Figures.bytes(copy.bytes)), ("checked", "every file is what the manifest says"),
            ])
            return .done
        } catch let error as ArchiveError {
            throw CommandFailure.failed("\(error.description); \(again)")
        } catch let failure as CommandFailure {
            throw CommandFailure.failed("\(failure.message)\n  \(again)")
        }
    }
}
