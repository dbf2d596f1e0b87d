/// The page of documentation that findings link to, `Policies/CHECKS.md`, made from the table of checks.
public enum ChecksPage {
    /// The page, in Markdown.
    public static func render() -> String {
        var lines = [
            "# What `homeroom policy lint` looks for", "",
            "Made from the table of checks in Sources/Domain/PolicyLint; a test compares them and says how to make it"
                + " anew.", "",
            "| severity | what it means |", "|---|---|",
            "| error | the document does not say what it means to, or cannot be used |",
            "| security-warning | it opens more than its author can have meant |",
            "| warning | it is not good practice, or will surprise |",
            "| suggestion | it could be said better |", "",
            "Examples are about the tables of Templates/catalogs/default.json.", "",
            "| check | severity | fix | what it finds |", "|---|---|---|---|",
        ]
        for rule in LintRule.all {
            lines.append(
                "| [\(rule.check.id)](#\(rule.check.id)) | \(rule.check.severity.rawValue) | "
                    + "\(rule.fix == .none ? "" : "yes") | \(rule.check.title) |")
        }
        for rule in LintRule.all { lines += section(rule) }
        lines += coverage()
        return lines.joined(separator: "\n") + "\n"
    }

    private static func section(_ rule: LintRule) -> [String] {
        var lines = [
            "", "## \(rule.check.id)", "",
            "**\(rule.check.title)** (\(rule.check.severity.rawValue)). \(rule.check.why)",
        ]
        switch rule.fix {
        case .none: break
        case .same: lines += ["", "`--fix` does it; every request is decided as before."]
        case .narrows: lines += ["", "`--fix` does it; the statement then allows less, never more."]
        case .repairs:
            lines += ["", "`--fix` does it; the document then does what it says, so look it over."]
        }
        lines += ["", "Found in `\(rule.faulty.path)`:", "", "```json", shown(rule.faulty), "```"]
        lines += ["", "Repaired, `\(rule.repaired.path)`:", "", "```json", shown(rule.repaired), "```"]
        if !rule.sources.isEmpty {
            let names = rule.sources.map { source in
                source.hasPrefix("AA:")
                    ? "IAM Access Analyzer `\(source.dropFirst(3))`" : "parliament `\(source.dropFirst(2))`"
            }
            lines += ["", "The same as: \(names.joined(separator: ", "))."]
        }
        return lines
    }

    /// An example's text; of a long one the beginning.
    private static func shown(_ example: LintExample) -> String {
        let text = example.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "\n")
        guard text.utf8.count > shownBytesMax else { return text }
        return String(text.prefix(300)) + "…"
    }

    private static let shownBytesMax = 2500

    private static func coverage() -> [String] {
        var lines = [
            "", "## Checks of other tools that have nothing to do here", "",
            "| check | why not |", "|---|---|",
        ]
        for (reason, ids) in CheckCoverage.notApplicable {
            for id in ids { lines.append("| \(id.split(separator: ":", maxSplits: 1)[1]) | \(reason) |") }
        }
        return lines
    }
}
