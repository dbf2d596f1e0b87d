import Base

/// Something that exists and should not, or should and does not.
public struct Finding: Hashable, Sendable, Codable {
    /// What can be done about it.
    public enum Remedy: Hashable, Sendable, Codable {
        /// `--repair` does this; nothing can be lost by it.
        case repair(String)
        /// This removes something, so it is done only where it is asked for by name.
        case removal(String)
        /// Somebody must decide: this is what to do.
        case byHand(String)

        /// What would be done, for people.
        public var text: String {
            switch self {
            case .repair(let text), .removal(let text), .byHand(let text): text
            }
        }

        /// The case's name, for programs.
        public var name: String {
            switch self {
            case .repair: "repair"
            case .removal: "removal"
            case .byHand: "by-hand"
            }
        }
    }

    /// What is wrong.
    public let kind: FindingKind
    /// With what: ids and names, never what is in an item.
    public let subject: String
    /// What should be and what is, in a sentence.
    public let problem: String
    /// The failed run that it belongs to and that can put it right; nil where no run owns it.
    public let run: RunID?
    /// What can be done about it.
    public let remedy: Remedy

    /// Kind and subject: what it is named by when it is to be removed.
    public var id: String { "\(kind.rawValue):\(subject)" }

    /// A finding.
    public init(
        kind: FindingKind, subject: String, problem: String, run: RunID? = nil, remedy: Remedy
    ) {
        self.kind = kind
        self.subject = subject
        self.problem = problem
        self.run = run
        self.remedy = remedy
    }
}

/// A finding with what carries its remedy out.
public struct Candidate: Sendable {
    /// What was found.
    public let finding: Finding
    /// Repairs or removes it, and writes the audit entry; answers whether there was still something to do. Nil where somebody
    /// must decide.
    public let fix: (@Sendable (Fixer) throws -> Bool)?

    /// A finding and its remedy.
    public init(_ finding: Finding, fix: (@Sendable (Fixer) throws -> Bool)? = nil) {
        self.finding = finding
        self.fix = fix
    }
}

/// How closely to look.
public enum Scrutiny: Int, Hashable, Sendable, Comparable {
    /// The registry's records and the names of files; no store is opened.
    case records
    /// Every store too: who is in it, its tables, and whose the keys are.
    case stores
    /// Without a limit on owners and keys, and with the number of items.
    case deep

    /// From the quickest to the closest.
    public static func < (left: Scrutiny, right: Scrutiny) -> Bool { left.rawValue < right.rawValue }
}
