import FoundationEssentials
import Reviews
import Tenancy

/// `homeroom policy checks`.
enum PolicyChecksCommand {
    static let command = Command(
        path: ["policy", "checks"], summary: "explain what lint looks for",
        arguments: [
            CommandArgument(
                name: "ID", help: "a check's name; without it all names are listed", isOptional: true)
        ],
        examples: ["homeroom policy checks"],
        run: ReviewOutput.running { try run($0) })

    private static let page = "Policies/CHECKS.md"

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        guard let path = SharedFiles.path(of: page) else {
            throw ReviewFailure("cannot find `\(page)`, which ships with homeroom")
        }
        let text = String(decoding: try PolicyFolder.contents(of: path), as: UTF8.self)
        let sections = CheckPage(text).sections
        let output = ReviewOutput(showingTo: invocation.terminal)
        guard let wanted = invocation.arguments.first else {
            for section in sections { output.line(section.id) }
            return .clean
        }
        guard let section = sections.first(where: { $0.id == wanted }) else {
            throw ReviewFailure(
                "there is no check `\(wanted)`; \(Suggestion.remedy(for: wanted, among: sections.map(\.id)))")
        }
        output.line(section.text)
        return .clean
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
