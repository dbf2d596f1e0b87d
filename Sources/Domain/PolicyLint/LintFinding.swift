import JSONText

/// How grave a finding is, in the classes of IAM Access Analyzer. Source: IAM User Guide, "Access Analyzer
/// policy check reference".
public enum LintSeverity: String, CaseIterable, Sendable, Comparable {
    /// The document does not say what it means to, or cannot be used.
    case error
    /// It opens more than its author can have meant.
    case securityWarning = "security-warning"
    /// It is not good practice, or will surprise.
    case warning
    /// It could be said better.
    case suggestion

    /// The graver first.
    public static func < (left: LintSeverity, right: LintSeverity) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .error: 0
        case .securityWarning: 1
        case .warning: 2
        case .suggestion: 3
        }
    }
}

/// One kind of fault that lint looks for.
public struct LintCheck: Hashable, Sendable {
    /// Its name, which never changes: `leading-keys-without-null`.
    public let id: String
    /// How grave it is.
    public let severity: LintSeverity
    /// A few words.
    public let title: String
    /// One sentence that says why it matters.
    public let why: String

    /// A check.
    public init(id: String, severity: LintSeverity, title: String, why: String) {
        self.id = id
        self.severity = severity
        self.title = title
        self.why = why
    }

    /// Its page: a path below the folder of policies, `CHECKS.md#leading-keys-without-null`.
    public var page: String { "CHECKS.md#\(id)" }
}

/// A replacement of a piece of a file.
public struct TextEdit: Hashable, Sendable {
    /// The bytes that go, by their places in the file.
    public let range: Range<Int>
    /// What comes in their place.
    public let replacement: String

    /// A replacement.
    public init(range: Range<Int>, replacement: String) {
        self.range = range
        self.replacement = replacement
    }
}

/// Something that a check found.
public struct LintFinding: Hashable, Sendable, Comparable {
    /// What was looked for.
    public let check: LintCheck
    /// The file's name as the caller gave it.
    public let file: String
    /// Where it is.
    public let position: TextPosition
    /// One sentence without a full stop: what was found here.
    public let message: String
    /// What to do, as an imperative without a full stop.
    public let remedy: String
    /// The edits of a fix that changes nothing but the fault; empty where there is none that is safe.
    public let fix: [TextEdit]

    /// A finding.
    public init(
        _ check: LintCheck, file: String, position: TextPosition, message: String, remedy: String,
        fix: [TextEdit] = []
    ) {
        self.check = check
        self.file = file
        self.position = position
        self.message = message
        self.remedy = remedy
        self.fix = fix
    }

    /// By file, then by place, then the graver first.
    public static func < (left: LintFinding, right: LintFinding) -> Bool {
        (left.file, left.position, left.check.severity, left.check.id)
            < (right.file, right.position, right.check.severity, right.check.id)
    }
}
