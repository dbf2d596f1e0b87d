import Base
import FoundationEssentials
import Tenancy

/// `homeroom catalog plan` and `homeroom catalog apply`.
enum CatalogCommands {
    static let all: [Command] = [plan, apply]

    private static let file = CommandArgument(name: "FILE", help: "a catalog")
    private static let example = "Templates/catalogs/dedicated-from-advanced.json"

    private static let plan = Command(
        path: ["catalog", "plan"], summary: "show what another catalog would mean; changes nothing",
        arguments: [file], options: ControlClient.options,
        notes: [
            "Ends with 0 where it can be put in force, with 1 where it could expose or orphan data: owned keys or the key of a table "
                + "that is used change, a table goes that holds items, a tier goes that has tenants."
        ],
        examples: ["homeroom catalog plan \(example)"], run: { try run($0, "plan") })

    private static let apply = Command(
        path: ["catalog", "apply"], summary: "put another catalog in force at the next start",
        arguments: [file], options: ControlClient.options,
        notes: [
            "The plan is checked now and again at the start, where tables and indexes are made. No tenant moves by itself. "
                + "`homeroom serve --accept-catalog-changes` does both at once for the file it is started with."
        ],
        examples: ["homeroom catalog apply \(example)"], run: { try run($0, "apply") })

    private static func run(_ invocation: Invocation, _ verb: String) throws -> ExitCode {
        let path = invocation.argument(0)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure.failed("cannot read `\(path)`; is the name right?")
        }
        guard data.count <= Limits.catalogBytesMax,
            let text = String(validating: [UInt8](data), as: UTF8.self)
        else {
            throw CommandFailure.failed(
                "`\(path)` is no catalog: expected UTF-8 text of at most \(Limits.catalogBytesMax) bytes")
        }
        let answer = try ControlClient(invocation).post("/v1/catalog/\(verb)") { $0.member("content", text) }
        let isRefused = answer.json["isRefused"]?.bool == true
        if Output(invocation).json(answer) == nil { show(answer.json, verb, isRefused, invocation) }
        return isRefused ? .failed : .done
    }

    private static func show(
        _ answer: JSONAnswer, _ verb: String, _ isRefused: Bool, _ invocation: Invocation
    ) {
        let output = Output(invocation)
        if answer["isInForce"]?.bool == true {
            _ = output.line("it is the catalog in force; nothing changes")
            return
        }
        for entry in answer["changes"]?.elements ?? [] {
            let mark = entry.text("weight").padding(10)
            _ = output.line("\(mark)\(entry.text("subject")): \(entry.text("text"))")
            let tenants = (entry["tenants"]?.elements ?? []).compactMap(\.string)
            guard !tenants.isEmpty else { continue }
            let more = entry.number("tenantCount") - tenants.count
            _ = output.line(
                "          " + tenants.joined(separator: ", ")
                    + (more > 0 ? " and \(Figures.count(more)) more" : ""))
        }
        let runs = answer["waitsFor"]?.elements.count ?? 0
        if runs > 0 {
            _ = output.line("it changes tables, so it waits for \(Figures.count(runs)) runs under way")
        }
        if isRefused {
            _ = output.line("refused: it could expose or orphan data")
        } else {
            _ = output.line(
                verb == "plan"
                    ? "nothing was changed; `homeroom catalog apply` puts it in force at the next start"
                    : "accepted: it is in force from the next start on")
        }
    }
}

extension String {
    /// The text with spaces behind it, to so many characters.
    fileprivate func padding(_ width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
