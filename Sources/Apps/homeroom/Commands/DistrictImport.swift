import Base
import FoundationEssentials
import Synchronization
import Tenancy

/// `homeroom tenant import`: a row is a request with an idempotency key of its own, so that running it again is safe.
struct DistrictImport {
    private static let parallel = 8

    /// What has come of the rows so far.
    private struct Tally: Sendable {
        var onboarded = 0
        var repeated = 0
        /// Rows whose runs go on by themselves.
        var underWay = 0
        var failed: [(line: Int, name: String, why: String)] = []
        var keys: [Int: String] = [:]
        /// Set once nobody answers any more: the rest of the rows would fail the same way.
        var unreachable: CommandFailure?

        var done: Int { onboarded + repeated + underWay + failed.count }
    }

    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() throws -> ExitCode {
        let path = invocation.argument(0)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure.failed("cannot read `\(path)`; is the name right?")
        }
        guard data.count <= Limits.fileBytesMax else {
            throw CommandFailure.failed(
                "`\(path)` has \(data.count) bytes; split it into files of \(Limits.fileBytesMax)")
        }
        let file = DistrictFile(parsing: [UInt8](data))
        let client = try ControlClient(invocation)
        let faults = try file.faults + ImportCheck(client).faults(of: file)
        guard faults.isEmpty else { return refuse(faults, rows: file.rows.count) }
        let started = SystemClock().monotonicNanoseconds()
        let tally = onboard(file.rows, client)
        let seconds = Double(SystemClock().monotonicNanoseconds() - started) / 1e9
        if let keysFile = invocation.value("keys-out") { try write(tally.keys, of: file.rows, to: keysFile) }
        summarise(tally, rows: file.rows.count, seconds: seconds)
        if let failure = tally.unreachable { throw failure }
        return tally.failed.isEmpty ? .done : .failed
    }

    /// Tells all that is wrong with the file, row by row; nothing is made of it.
    private func refuse(_ faults: [CSVFault], rows: Int) -> ExitCode {
        let sorted = faults.sorted { ($0.line, $0.column ?? 0) < ($1.line, $1.column ?? 0) }
        guard !invocation.isSet("json") else {
            var json = JSONWriter(reserving: 1024)
            json.beginObject()
            json.name("onboarded")
            json.int(0)
            json.name("faults")
            json.beginArray()
            for fault in sorted {
                json.beginObject()
                json.name("line")
                json.int(fault.line)
                if let column = fault.column {
                    json.name("column")
                    json.int(column)
                }
                json.member("message", fault.message)
                json.endObject()
            }
            json.endArray()
            json.endObject()
            invocation.terminal.line(json.bytes)
            return .failed
        }
        for fault in sorted { invocation.terminal.errorLine(TextWidth.harmless(fault.description)) }
        invocation.terminal.line(
            "\(Figures.count(sorted.count)) faults; nothing was onboarded. Mend them and run it again")
        return .failed
    }

    private func onboard(_ rows: [DistrictRow], _ client: ControlClient) -> Tally {
        let tally = Mutex(Tally())
        let pool = WorkerPool(label: "import", threads: DistrictImport.parallel, queueMax: max(1, rows.count))
        for (index, row) in rows.enumerated() {
            let isTaken = pool.submit { onboard(row, at: index, of: rows.count, client, tally) }
            precondition(isTaken, "the queue has room for every row")
        }
        pool.stop()
        return tally.withLock { $0 }
    }

    private func onboard(
        _ row: DistrictRow, at index: Int, of count: Int, _ client: ControlClient,
        _ tally: borrowing Mutex<Tally>
    ) {
        guard tally.withLock({ $0.unreachable == nil }) else { return }
        do throws(CommandFailure) {
            let key = ImportCheck.key(of: row)
            var answer = try client.post("/v1/tenants", idempotencyKey: key) {
                DistrictImport.write(row, to: &$0)
            }
            if answer.status == 202, invocation.waits() {
                _ = try RunWatch(invocation, client).waitQuietly(answer.json.text("run"))
                answer = try client.post("/v1/tenants", idempotencyKey: key) {
                    DistrictImport.write(row, to: &$0)
                }
            }
            tally.withLock { tally in
                switch answer.status {
                case 200: tally.repeated += 1
                case _ where answer.isRepeated: tally.repeated += 1
                case 202: tally.underWay += 1
                default: tally.onboarded += 1
                }
                if let secret = answer.json["credentials"]?["key"]?.string { tally.keys[index] = secret }
            }
        } catch {
            guard error.problem != nil else {
                tally.withLock { $0.unreachable = error }
                return
            }
            tally.withLock { $0.failed.append((row.line, row.name.text, error.message)) }
            report(line: row.line, row.name.text, error.message)
        }
        let (done, failed) = tally.withLock { ($0.done, $0.failed.count) }
        invocation.terminal.progress(DistrictImport.bar(done, of: count, failed: failed))
    }

    static func write(_ row: DistrictRow, to json: inout JSONWriter) {
        json.member("name", row.name.text)
        json.member("tier", row.tier.text)
        json.member("admin", row.admin.text)
        json.member("timezone", row.timezone.text)
        json.name("schools")
        json.beginArray()
        for school in row.schools { json.string(school.text) }
        json.endArray()
    }

    /// `[##########..............]  12 of 30   1 failed`.
    private static func bar(_ done: Int, of count: Int, failed: Int) -> String {
        let width = 30
        let filled = count == 0 ? width : done * width / count
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        return "[\(bar)]  \(done) of \(count)" + (failed > 0 ? "   \(failed) failed" : "")
    }

    private func report(line: Int, _ name: String, _ why: String) {
        invocation.terminal.errorLine(
            TextWidth.harmless("line \(line): " + (name.isEmpty ? "" : "\(name): ") + why))
    }

    private func summarise(_ tally: Tally, rows: Int, seconds: Double) {
        let failed = tally.failed.count
        if invocation.isSet("json") {
            var json = JSONWriter(reserving: 128)
            json.beginObject()
            for (name, number) in [
                ("rows", rows), ("onboarded", tally.onboarded), ("repeated", tally.repeated),
                ("underWay", tally.underWay),
                ("failed", failed),
            ] {
                json.name(text: name)
                json.int(number)
            }
            json.name("seconds")
            json.double(seconds)
            json.endObject()
            invocation.terminal.line(json.bytes)
            return
        }
        var parts = ["\(Figures.count(tally.onboarded)) onboarded"]
        if tally.underWay > 0 { parts.append("\(Figures.count(tally.underWay)) still under way") }
        if tally.repeated > 0 { parts.append("\(Figures.count(tally.repeated)) were there already") }
        if failed > 0 { parts.append("\(Figures.count(failed)) failed") }
        let missing = rows - tally.done
        if missing > 0 { parts.append("\(Figures.count(missing)) not tried") }
        invocation.terminal.line(parts.joined(separator: ", ") + " in \(Figures.seconds(seconds))")
        if failed + missing > 0 {
            invocation.terminal.line("mend the lines above and run it again: nothing is doubled")
        }
    }

    private func write(_ keys: [Int: String], of rows: [DistrictRow], to path: String) throws {
        let file = try SecretFile(creating: path)
        try file.append("name,key\n")
        for (index, key) in keys.sorted(by: { $0.key < $1.key }) {
            let name = rows[index].name.text.split(separator: "\"", omittingEmptySubsequences: false).joined(
                separator: "\"\"")
            try file.append("\"\(name)\",\(key)\n")
        }
    }
}
