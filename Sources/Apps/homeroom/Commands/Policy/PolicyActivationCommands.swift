import Base
import FoundationEssentials
import JSONText
import Policies
import Reviews

/// The commands that put policies in force on a server, and tell which are and were.
enum PolicyActivationCommands {
    /// In the order of `--help`.
    static let all: [Command] = [activate, history, show, rollback]

    private static let wishOptions: [CommandOption] = [
        CommandOption(
            name: "accept-risk", value: "REASON",
            help:
                "put them in force though roles are not proved; needs a reviewer's key, and the audit log keeps why"
        ),
        CommandOption(name: "note", value: "TEXT", help: "what the history is to say of it"),
        CommandOption(name: "dry-run", help: "only tell what would come of it"),
    ]

    private static let gateNote =
        "The server lints, tests and proves the files first. Errors of lint and failed cases refuse them. So do a counterexample "
        + "and a role that is not proved, unless a reviewer accepts it: `homeroom key create --role reviewer` makes a reviewer's "
        + "key, --key-file names it. From the answer on every request is decided by the new policies, those of sessions that "
        + "exist as well."

    private static let exitCodes =
        "Ends with 0 where they are in force, with 1 where they are refused, with 2 where it could not run."

    // MARK: activate

    private static let activate = Command(
        path: ["policy", "activate"],
        summary: "put a folder of policies in force, once linted, tested and proved",
        arguments: [PolicyFolder.argument], options: wishOptions + ControlClient.options,
        notes: [gateNote, exitCodes],
        examples: [
            #"homeroom policy activate Policies --note "parents see grades""#,
            "homeroom policy activate Policies --dry-run",
        ],
        run: running { invocation in
            let folder: PolicyFolder
            let texts: [(path: String, text: String)]
            do throws(ReviewFailure) {
                folder = try PolicyFolder.read(invocation)
                texts = try utf8(folder)
            } catch { throw CommandFailure.usage(error.description) }
            let client = try ControlClient(invocation)
            let before = try client.get("/v1/policies/versions?limit=1").json.number("active")
            return try PolicyActivationView(invocation, what: folder.path).show { () throws(CommandFailure) in
                try client.post("/v1/policies/activations") { json in
                    json.name("files")
                    json.beginObject()
                    for (path, text) in texts {
                        json.name(text: path)
                        json.string(text)
                    }
                    json.endObject()
                    json.name("expectedVersion")
                    json.int(before)
                    write(invocation, to: &json)
                }
            }
        })

    /// The files as JSON can carry them.
    private static func utf8(_ folder: PolicyFolder) throws(ReviewFailure) -> [(path: String, text: String)] {
        if let fault = folder.files.fault { throw ReviewFailure("\(folder.path): \(fault)") }
        var texts: [(String, String)] = []
        for (path, bytes) in folder.files.files.sorted(by: { $0.key < $1.key }) {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw ReviewFailure("`\(folder.shown(path))` is not UTF-8; save it as UTF-8")
            }
            texts.append((path, text))
        }
        return texts
    }

    // MARK: rollback

    private static let rollback = Command(
        path: ["policy", "rollback"], summary: "put the files of an earlier version in force again",
        arguments: [
            CommandArgument(
                name: "VERSION", help: "its number (default: the version before the files in force)",
                isOptional: true)
        ], options: wishOptions + ControlClient.options,
        notes: [
            "It is an activation like any other: the files go through the same gate again, a risk that was accepted with them must "
                + "be accepted again, and they get a new number.", gateNote, exitCodes,
        ],
        examples: ["homeroom policy rollback", #"homeroom policy rollback 3 --note "grades leaked""#],
        run: running { invocation in
            let number = try version(invocation)
            let client = try ControlClient(invocation)
            let what = number.map { "version \($0)" } ?? "the version before"
            return try PolicyActivationView(invocation, what: what).show { () throws(CommandFailure) in
                try client.post("/v1/policies/rollbacks") { json in
                    if let number {
                        json.name("version")
                        json.int(number)
                    }
                    write(invocation, to: &json)
                }
            }
        })

    private static func write(_ invocation: Invocation, to json: inout JSONWriter) {
        if let reason = invocation.value("accept-risk") { json.member("acceptRisk", reason) }
        if let note = invocation.value("note") { json.member("note", note) }
        if invocation.isSet("dry-run") {
            json.name("dryRun")
            json.bool(true)
        }
    }

    /// The number that the first argument is, or nil where there is none.
    private static func version(_ invocation: Invocation) throws(CommandFailure) -> Int? {
        guard let text = invocation.arguments.first else { return nil }
        guard let number = Int(text), number > 0, number <= Int(Int32.max) else {
            throw .usage("expected a version's number, such as 3, found `\(text)`")
        }
        return number
    }

    // MARK: history

    private static let history = Command(
        path: ["policy", "history"], summary: "list the versions of the policies, the newest first",
        options: [
            CommandOption(name: "limit", value: "NUMBER", help: "how many at most", standard: "50")
        ] + ControlClient.options,
        examples: ["homeroom policy history"],
        run: running { invocation in
            let limit = try invocation.integer("limit", in: 1...10_000) ?? 50
            let client = try ControlClient(invocation)
            if invocation.isSet("json") {
                return try Output(invocation).json(
                    list: client, "/v1/policies/versions", "versions", max: limit)
            }
            var table = TextTable([
                .init("VERSION", isNumber: true), .init("STATE"), .init("SINCE"), .init("BY", leastWidth: 8),
                .init("PROVED", isNumber: true), .init("CASES", isNumber: true),
                .init("ACCEPTED RISK", leastWidth: 8), .init("NOTE", leastWidth: 8),
            ])
            for version in try client.list("/v1/policies/versions", "versions", max: limit) {
                let roles = version["gate"]?["roles"]?.elements ?? []
                let proved = roles.count { $0.text("verdict") == "proved" }
                let origin = version["rollbackOf"]?.int.map { "files of version \($0)" }
                let note = version["note"]?.string
                table.add([
                    String(version.number("version")), version.text("state"),
                    Figures.moment(version.text("activatedAt")), version.text("by"),
                    "\(proved) of \(roles.count)", Figures.count(version["gate"]?.number("cases") ?? 0),
                    version["acceptedRisk"]?.text("reason") ?? "",
                    [origin, note].compactMap { $0 }.joined(separator: ": "),
                ])
            }
            return Output(invocation).table(table, empty: "no versions")
        })

    // MARK: show

    private static let show = Command(
        path: ["policy", "show"], summary: "show a version of the policies, or write its files",
        arguments: [
            CommandArgument(name: "VERSION", help: "its number (default: the one in force)", isOptional: true)
        ],
        options: [
            CommandOption(name: "out", value: "DIR", help: "write the files to a new or empty folder")
        ] + ControlClient.options,
        examples: ["homeroom policy show", "homeroom policy show 3 --out Policies-3"],
        run: running { invocation in
            let number = try version(invocation)
            let client = try ControlClient(invocation)
            let answer = try client.get("/v1/policies/versions/\(number.map(String.init) ?? "active")")
            if let folder = invocation.value("out") {
                try PolicyVersionView(answer: answer.json).write(to: folder)
            }
            if let code = Output(invocation).json(answer) { return code }
            Output(invocation).pairs(PolicyVersionView(answer: answer.json).pairs)
            if let folder = invocation.value("out") {
                invocation.terminal.line("\nThe files are in \(TextWidth.harmless(folder)).")
            }
            return .done
        })

    /// Whatever keeps a command from an answer ends with 2; the server's own problem stays for `--json`.
    private static func running(_ body: @escaping @Sendable (Invocation) throws -> ExitCode)
        -> @Sendable (Invocation) throws -> ExitCode
    {
        { invocation in
            do { return try body(invocation) } catch var failure as CommandFailure {
                failure.exitCode = .couldNotRun
                throw failure
            }
        }
    }
}
