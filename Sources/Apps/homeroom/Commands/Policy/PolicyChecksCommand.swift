import Base
import FoundationEssentials
import PolicyLint
import Reviews
import Tenancy

/// `homeroom policy checks`.
enum PolicyChecksCommand {
    static let command = Command(
        path: ["policy", "checks"], summary: "explain what lint looks for",
        arguments: [
            CommandArgument(
                name: "ID", help: "a check's name; without it all checks are listed", isOptional: true)
        ],
        options: [ReviewOutput.jsonOption],
        examples: ["homeroom policy checks", "homeroom policy checks leading-keys-without-tag"],
        run: ReviewOutput.running { try run($0) })

    private static let page = "Policies/CHECKS.md"

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let output = try ReviewOutput(invocation)
        var checks = LintCheck.all
        if let wanted = invocation.arguments.first {
            checks = checks.filter { $0.id == wanted }
            guard !checks.isEmpty else {
                throw ReviewFailure(
                    "there is no check `\(wanted)`; "
                        + Suggestion.remedy(for: wanted, among: LintCheck.all.map(\.id)))
            }
        }
        switch output.format {
        case .json, .sarif: output.json { write(checks, to: &$0) }
        case .people:
            guard let wanted = invocation.arguments.first else { return list(checks, output) }
            output.line(try text(of: wanted))
        }
        return .clean
    }

    private static func list(_ checks: [LintCheck], _ output: ReviewOutput) -> ExitCode {
        var table = TextTable([
            .init("CHECK"), .init("SEVERITY"), .init("FIX"), .init("TITLE", leastWidth: 12),
        ])
        for check in checks {
            table.add([check.id, check.severity.rawValue, check.hasFix ? "yes" : "", check.title])
        }
        output.table(table) { _ in nil }
        return .clean
    }

    private static func text(of id: String) throws -> String {
        guard let path = SharedFiles.path(of: page) else {
            throw ReviewFailure("cannot find `\(page)`, which ships with homeroom")
        }
        let text = String(decoding: try PolicyFolder.contents(of: path), as: UTF8.self)
        guard let section = CheckPage(text).sections.first(where: { $0.id == id }) else {
            throw ReviewFailure("`\(page)` does not explain `\(id)`")
        }
        return section.text
    }

    private static func write(_ checks: [LintCheck], to json: inout JSONWriter) {
        json.beginObject()
        json.name("checks")
        json.beginArray()
        for check in checks {
            json.beginObject()
            json.member("id", check.id)
            json.member("severity", check.severity.rawValue)
            json.member("title", check.title)
            json.member("why", check.why)
            json.member("link", ReviewRule.link(check))
            json.name("hasFix")
            json.bool(check.hasFix)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}

/// The page that explains the checks, cut into its sections.
struct CheckPage {
    /// What a heading names, and all up to the next heading.
    let sections: [(id: String, text: String)]

    init(_ text: String) {
        var sections: [(id: String, text: String)] = []
        var lines: [Substring] = []
        var id: String?
        func close() {
            guard let id else { return }
            while lines.last?.isEmpty == true { lines.removeLast() }
            sections.append((id, lines.joined(separator: "\n")))
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("#") {
                close()
                let heading = line.drop { $0 == "#" || $0 == " " }.filter { $0 != "`" }
                id = CheckPage.isID(heading) ? heading : nil
                lines = [line]
            } else {
                lines.append(line)
            }
        }
        close()
        self.sections = sections
    }

    private static func isID(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy { ($0.isASCII && $0.isLowercase) || $0.isNumber || $0 == "-" }
    }
}
