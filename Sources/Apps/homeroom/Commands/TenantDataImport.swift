import Archives
import Base

/// `homeroom tenant import-data`.
struct TenantDataImport {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() throws -> ExitCode {
        let policy = invocation.value("on-conflict") ?? ImportConflict.fail.rawValue
        guard ImportConflict(rawValue: policy) != nil else {
            throw CommandFailure.usage("--on-conflict: expected fail, skip or replace, found `\(policy)`")
        }
        let archive: ArchiveToSend
        do throws(ArchiveError) { archive = try ArchiveToSend(path: invocation.value("from") ?? "") } catch {
            throw CommandFailure.failed("--from: \(error)")
        }
        let client = try ControlClient(invocation)
        let tenant = try TenantFinder(client).find(invocation.argument(0)).text("id")
        let mappings = try mappings(to: tenant)
        let upload = try send(archive, client, tenant)
        let answer = try client.post(
            "/v1/tenants/\(tenant)/imports/\(upload)/runs",
            idempotencyKey: invocation.value("idempotency-key")
        ) { json in
            if let table = invocation.value("table") { json.member("table", table) }
            json.member("onConflict", policy)
            json.name("skipForeign")
            json.bool(invocation.isSet("skip-foreign"))
            json.name("allowErased")
            json.bool(invocation.isSet("allow-erased"))
            json.name("dryRun")
            json.bool(invocation.isSet("dry-run"))
            json.name("mappings")
            json.beginObject()
            for (old, new) in mappings.sorted(by: { $0.key < $1.key }) {
                json.name(text: old)
                json.string(new)
            }
            json.endObject()
        }
        let run = answer.json.text("id")
        guard invocation.waits(unlessSaid: true) else {
            if let code = Output(invocation).json(answer) { return code }
            Output(invocation).pairs([("run", run), ("watch", "homeroom run watch \(run)")])
            return .done
        }
        let code = try RunWatch(invocation, client).watch(run, untilSwitched: false)
        guard code == .done, !invocation.isSet("json") else { return code }
        return show(try client.get("/v1/runs/\(run)").json["result"])
    }

    private func mappings(to tenant: String) throws -> [String: String] {
        var mappings: [String: String] = [:]
        if let old = invocation.value("map-tenant") { mappings[old] = tenant }
        for text in invocation.values("map-school") {
            let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, SchoolID(parts[0]) != nil, SchoolID(parts[1]) != nil else {
                throw CommandFailure.usage(
                    "--map-school: expected OLD=NEW, two ids of schools, found `\(text)`")
            }
            mappings[parts[0]] = parts[1]
        }
        return mappings
    }

    /// Sends the files that are not there yet; the upload's id.
    private func send(_ archive: ArchiveToSend, _ client: ControlClient, _ tenant: String) throws -> String {
        let base = "/v1/tenants/\(tenant)/imports"
        let upload = try invocation.value("upload") ?? client.post(base).json.text("upload")
        let path = "\(base)/\(ControlClient.encoded(upload))"
        do {
            var there: [String: Int] = [:]
            for file in try client.get(path).json["files"]?.elements ?? [] {
                there[file.text("name")] = file.number("bytes")
            }
            let total = archive.files.reduce(0) { $0 + $1.bytes }
            var sent = 0
            for file in archive.files {
                var offset = there[file.name] ?? 0
                while offset < file.bytes || (offset == 0 && there[file.name] == nil) {
                    let bytes = try archive.piece(of: file, from: offset)
                    guard !bytes.isEmpty || offset == 0 else { break }
                    _ = try client.put(
                        "\(path)/files/\(ControlClient.encoded(file.name))?offset=\(offset)", bytes: bytes)
                    offset += bytes.count
                    invocation.terminal.progress(
                        "sending   \(Figures.bytes(sent + offset)) of \(Figures.bytes(total))")
                    if bytes.isEmpty { break }
                }
                sent += file.bytes
            }
            return upload
        } catch let failure as CommandFailure {
            throw CommandFailure.failed("\(failure.message)\n  go on with --upload \(upload)")
        }
    }

    private func show(_ report: JSONAnswer?) -> ExitCode {
        guard let report else { return .failed }
        var pairs = [("rows", Figures.count(report.number("items")))]
        func add(_ name: String, _ member: String) {
            if report.number(member) > 0 { pairs.append((name, Figures.count(report.number(member)))) }
        }
        add("there already", "same")
        add("mapped", "mapped")
        add("of others", "foreign")
        add("erased", "erased")
        add("keys taken", "conflicts")
        for (name, member) in [
            ("of others", "foreignRows"), ("erased", "erasedRows"), ("key taken", "conflictRows"),
        ] {
            for row in report[member]?.elements ?? [] {
                pairs.append((name, "\(row.text("file")) line \(row.number("line"))"))
            }
        }
        add("created", "created")
        add("replaced", "replaced")
        add("left out", "skipped")
        add("read back", "verified")
        add("other since", "changedSince")
        if invocation.isSet("dry-run") {
            pairs.append(("next", "nothing was written; run it without --dry-run"))
        }
        Output(invocation).pairs(pairs)
        return report.number("changedSince") == 0 ? .done : .failed
    }
}
