import Base
import JSONText
import PolicyLint

/// A kind of finding, as SARIF and a page list it: a check of lint, or what a test or a proof can come to.
public struct ReviewRule: Hashable, Sendable {
    /// How grave its findings are, in SARIF's words. Source: SARIF 2.1.0, 3.27.10.
    public enum Level: String, Sendable {
        case error, warning, note
    }

    /// Its name, which never changes.
    public let id: String
    /// How grave its findings are.
    public let level: Level
    /// A few words.
    public let title: String
    /// One sentence that says why it matters.
    public let why: String
    /// Where its page is; nil where it has none.
    public let page: String?
    /// Whether it is about somebody's access, so that it belongs among a repository's security alerts.
    public let isSecurity: Bool

    /// A kind of finding.
    public init(
        id: String, level: Level, title: String, why: String, page: String? = nil, isSecurity: Bool = false
    ) {
        self.id = id
        self.level = level
        self.title = title
        self.why = why
        self.page = page
        self.isSecurity = isSecurity
    }

    /// Where the page of a check is: a path in the folder that ships.
    public static func link(_ check: LintCheck) -> String { "Policies/\(check.page)" }

    /// A check of lint.
    public init(_ check: LintCheck) {
        let level: Level =
            switch check.severity {
            case .error: .error
            case .securityWarning, .warning: .warning
            case .suggestion: .note
            }
        self.init(
            id: check.id, level: level, title: check.title, why: check.why, page: ReviewRule.link(check),
            isSecurity: check.severity == .securityWarning)
    }
}

/// Something that a review found, with its place in a file.
public struct ReviewFinding: Hashable, Sendable {
    /// What kind of thing.
    public let rule: ReviewRule
    /// The file, by its path below the folder.
    public let file: String
    /// Where it is, the column in bytes.
    public let position: TextPosition
    /// What was found, for people.
    public let message: String
    /// The edits that put it right; empty where there is no safe one.
    public let fix: [TextEdit]

    /// A finding.
    public init(
        _ rule: ReviewRule, file: String, position: TextPosition, message: String, fix: [TextEdit] = []
    ) {
        self.rule = rule
        self.file = file
        self.position = position
        self.message = message
        self.fix = fix
    }

    /// A finding of lint: what was found, and what to do.
    public init(_ finding: LintFinding) {
        self.init(
            ReviewRule(finding.check), file: finding.file, position: finding.position,
            message: "\(finding.message); \(finding.remedy)", fix: finding.fix)
    }
}
