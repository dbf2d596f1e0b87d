import PolicyLint

extension PolicyLinter {
    /// All that lint looks for, as SARIF lists it.
    public static var reviewRules: [ReviewRule] { LintCheck.all.map(ReviewRule.init) }
}
