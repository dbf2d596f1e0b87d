import JSONText

/// What is wrong with a policy, role or case file, where, and what to do about it.
public struct PolicyProblem: Error, Hashable, Sendable, CustomStringConvertible, Comparable {
    /// The file's name as the caller gave it.
    public let file: String
    /// The place in the file.
    public let position: TextPosition
    /// One sentence without a full stop: what was expected and what was found.
    public let message: String
    /// What to do, as an imperative without a full stop.
    public let remedy: String
    /// What kind of problem it is.
    public let kind: PolicyProblemKind

    /// A problem at a place.
    public init(
        file: String, position: TextPosition, message: String, remedy: String,
        kind: PolicyProblemKind = .wrongType
    ) {
        self.kind = kind
        self.file = file
        self.position = position
        self.message = message
        self.remedy = remedy
    }

    /// `file:line:column: message; remedy`.
    public var description: String { "\(file):\(position.line):\(position.column): \(message); \(remedy)" }

    /// By file, then by place.
    public static func < (left: PolicyProblem, right: PolicyProblem) -> Bool {
        (left.file, left.position, left.message) < (right.file, right.position, right.message)
    }
}

/// Everything that is wrong with a set of files; never empty.
public struct PolicyProblems: Error, Equatable, Sendable, CustomStringConvertible {
    /// By file, then by place; at most `Limits.policyProblemsMax`.
    public let problems: [PolicyProblem]

    /// One problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
