extension LintRule {
    /// Every check, in the order of CHECKS.md.
    static let all: [LintRule] =
        loading + loadingValues + arns + isolation + tags + breadth + denies + conditions + values + forms
        + redundancies + roles

    private static let byID = Dictionary(uniqueKeysWithValues: all.map { ($0.check.id, $0) })

    /// The check of that name.
    static func named(_ id: String) -> LintRule {
        guard let rule = byID[id] else { preconditionFailure("there is no check `\(id)`") }
        return rule
    }
}

extension LintCheck {
    /// Every check that lint knows, in the order of CHECKS.md.
    public static var all: [LintCheck] { LintRule.all.map(\.check) }

    /// Whether some of its findings come with a fix.
    public var hasFix: Bool { LintRule.named(id).fix != .none }
}
